package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"pronto/internal/app"
	"pronto/protocol"
	"pronto/storage"
)

// serverFlags name a running server and a credential for it.
type serverFlags struct {
	Server string `help:"Address of a running server, as http://127.0.0.1:8080; without it the data folder is used, which no server may have open." placeholder:"URL" env:"PRONTO_SERVER"`
	Token  string `help:"API token with the scope admin, for --server. Better given as PRONTO_TOKEN than in the command line." env:"PRONTO_TOKEN"`
}

// ask sends a request to the server and decodes its answer into out.
func (f serverFlags) ask(ctx context.Context, method, path string, body []byte, out any) error {
	if f.Token == "" {
		return errors.New("--server needs a token: set PRONTO_TOKEN")
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(f.Server, "/")+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask server: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+f.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask server: %w", err)
	}
	raw, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("ask server: %w", err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		return problemOf(res.StatusCode, raw)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

// problemOf is what the server refused; where it names fields, it wraps *protocol.Invalid.
func problemOf(status int, raw []byte) error {
	var p protocol.Problem
	if err := json.Unmarshal(raw, &p); err != nil || p.Code == "" {
		return fmt.Errorf("server answered %d", status)
	}
	if len(p.Errors) > 0 {
		return fmt.Errorf("server refused: %s: %w", p.Code, &protocol.Invalid{Fields: p.Errors})
	}
	return fmt.Errorf("server refused: %s: %s", p.Code, p.Detail)
}

type backupCommand struct {
	Create backupCreate `cmd:"" help:"Make a backup, through a running server or of a data folder that no server has open."`
	Verify backupVerify `cmd:"" help:"Read every byte of a backup, and look through a copy of its store."`
}

type backupCreate struct {
	dataFlags
	serverFlags
	Attachments app.AttachmentConfig `embed:"" prefix:"attachments-" envprefix:"PRONTO_ATTACHMENTS_"`

	To   string `help:"Folder to make, for a backup of a data folder. A server has a folder of its own for backups (--backups)." type:"path"`
	Keep int    `help:"With --server: then remove the server's older backups, all but so many. Without it none is removed." placeholder:"N"`
}

// Run prints where the backup is.
func (c backupCreate) Run(w world) error {
	var b protocol.Backup
	var err error
	switch {
	case c.Server != "" && c.To != "":
		return errors.New("--to is for data folders; a server makes backups in the folder that it was started with (--backups)")
	case c.Keep < 0, c.Keep > 0 && c.Server == "":
		return errors.New("--keep is a number above 0, and needs --server: a folder given with --to is yours alone")
	case c.Server != "":
		path := "/backups"
		if c.Keep > 0 {
			path += fmt.Sprintf("?keep=%d", c.Keep)
		}
		err = c.ask(w.ctx, http.MethodPost, path, nil, &b)
	case c.To == "":
		return errors.New("say where to: --to FOLDER, or --server URL for a server that runs")
	default:
		b, err = app.BackUpFolder(w.ctx, c.Data, c.To, version, c.Attachments)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "%s: %d files, %d bytes\n", b.Path, b.Files, b.Bytes)
	for _, name := range b.Removed {
		fmt.Fprintln(w.out, "removed:", name)
	}
	return err
}

type backupVerify struct {
	Backup      string               `arg:"" help:"Folder of the backup." type:"path"`
	Files       bool                 `help:"Where the files of attachments are in a bucket: read every byte of each too, and compare it with the file's hash."`
	Attachments app.AttachmentConfig `embed:"" prefix:"attachments-" envprefix:"PRONTO_ATTACHMENTS_"`
}

// Run is an error unless all is well.
func (c backupVerify) Run(w world) error {
	m, d, err := app.VerifyBackup(w.ctx, c.Backup, c.Attachments, c.Files)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.out, "backup: made %s by version %s, %d files, %d bytes\n", m.MadeAt.Format("2006-01-02 15:04:05Z"), m.Version, len(m.Files), m.Bytes())
	return printDiagnosis(w, d)
}

type restoreCommand struct {
	dataFlags
	From string `arg:"" help:"Folder of the backup." type:"path"`
}

// Run makes the data folder.
func (c restoreCommand) Run(w world) error {
	m, err := app.Restore(w.ctx, c.From, c.Data)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "%s restored as of %s; look through it with: pronto doctor --data %s\n", c.Data, m.MadeAt.Format("2006-01-02 15:04:05Z"), c.Data)
	return err
}

type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Check that no entry of the audit was changed. The server must not run."`
}

type auditVerify struct{ dataFlags }

// Run prints the head, to be compared with one that was kept elsewhere.
func (c auditVerify) Run(w world) error {
	return c.use(func(db *storage.DB) error {
		rep, err := db.VerifyAudit(w.ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(w.out, "audit: %d entries, head %x\n", rep.Entries, rep.Head)
		for _, p := range rep.Problems {
			fmt.Fprintln(w.out, "problem:", p)
		}
		if len(rep.Problems) > 0 {
			return fmt.Errorf("%d problems", len(rep.Problems))
		}
		_, err = fmt.Fprintln(w.out, "ok")
		return err
	})
}

// printDiagnosis prints what a look through a store found; anything found is an error.
func printDiagnosis(w world, d app.Diagnosis) error {
	for _, f := range d.Facts {
		fmt.Fprintln(w.out, f)
	}
	for _, f := range d.Findings {
		fmt.Fprintf(w.out, "problem: %s\n remedy: %s\n", f.Problem, f.Remedy)
	}
	if len(d.Findings) > 0 {
		return fmt.Errorf("%d problems", len(d.Findings))
	}
	_, err := fmt.Fprintln(w.out, "ok")
	return err
}
