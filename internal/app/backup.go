package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pronto/internal/backup"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// backupsFolder is where backups go unless the configuration names another folder; it is not part of a backup.
const backupsFolder = "backups"

// backupName is when a backup was made, as a folder that sorts by age.
const backupName = "20060102T150405.000Z"

// operations is what an operator asks of a running server.
type operations struct {
	app    *App
	making sync.Mutex
}

// backups is the folder for backups.
func (a *App) backups() string {
	if a.cfg.Backups != "" {
		return a.cfg.Backups
	}
	return filepath.Join(a.cfg.Data, backupsFolder)
}

// backupSource is a data folder with its open store.
func backupSource(db *storage.DB, data, version string, files *AttachmentConfig) backup.Source {
	return backup.Source{Checkpoint: db.Checkpoint, Data: data, Skip: []string{backupsFolder}, Version: version, FilesIn: files.bucketName(), Now: time.Now}
}

// Backup makes a backup, and removes the older ones beyond keep unless that is 0. The audit says so first, so that its entry
// is in the backup.
func (o *operations) Backup(ctx context.Context, keep int) (protocol.Backup, error) {
	if !o.making.TryLock() {
		return protocol.Backup{}, &transport.Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Minute}
	}
	defer o.making.Unlock()
	name := o.app.system.Now().UTC().Format(backupName)
	dir := filepath.Join(o.app.backups(), name)
	err := o.app.audit.Record(ctx, transport.Principal{}, protocol.AuditRecord{Action: "backup.created", Object: protocol.AuditObject{Kind: "backup", ID: name}})
	if err != nil {
		return protocol.Backup{}, err
	}
	if err := os.MkdirAll(o.app.backups(), 0o700); err != nil {
		return protocol.Backup{}, fmt.Errorf("make folder for backups: %w", err)
	}
	defer o.app.files.Hold()() // what the checkpoint refers to is copied after it
	m, err := backup.Create(ctx, backupSource(o.app.db, o.app.cfg.Data, o.app.cfg.Version, &o.app.cfg.Attachments), dir)
	if err != nil {
		return protocol.Backup{}, err
	}
	out := wireBackup(dir, &m)
	if keep > 0 {
		out.Removed, err = backup.Prune(o.app.backups(), keep, name, isBackupName)
	}
	return out, err
}

func isBackupName(name string) bool {
	_, err := time.Parse(backupName, name)
	return err == nil
}

func wireBackup(dir string, m *backup.Manifest) protocol.Backup {
	return protocol.Backup{Name: filepath.Base(dir), Path: dir, MadeAt: protocol.At(m.MadeAt), Files: len(m.Files), Bytes: m.Bytes()}
}

func (o *operations) Backups(context.Context) ([]protocol.Backup, error) {
	entries, err := os.ReadDir(o.app.backups())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	var out []protocol.Backup
	for _, e := range entries {
		dir := filepath.Join(o.app.backups(), e.Name())
		if m, err := backup.Read(dir); err == nil {
			out = append(out, wireBackup(dir, &m))
		}
	}
	slices.SortStableFunc(out, func(a, b protocol.Backup) int { return b.MadeAt.Compare(a.MadeAt.Time) }) // names may be anybody's
	return out, nil
}

// BackUpFolder makes a backup of a data folder that no server has open.
func BackUpFolder(ctx context.Context, data, to, version string, files AttachmentConfig) (protocol.Backup, error) {
	db, err := OpenStore(data)
	if err != nil {
		return protocol.Backup{}, err
	}
	m, err := backup.Create(ctx, backupSource(db, data, version, &files), to)
	return wireBackup(to, &m), errors.Join(err, db.Close())
}

// VerifyBackup reads every byte of a backup, then opens a copy of its store and diagnoses that. The copy is made beside the
// backup and removed. Files of attachments that are in a bucket are looked for there, where files says how to reach it; with
// read, each byte of them is read.
func VerifyBackup(ctx context.Context, dir string, files AttachmentConfig, read bool) (m backup.Manifest, d Diagnosis, err error) {
	if m, err = backup.Verify(ctx, dir); err != nil {
		return m, d, err
	}
	work := strings.TrimRight(dir, "/") + ".verify"
	if err := os.RemoveAll(work); err != nil {
		return m, d, fmt.Errorf("verify backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if err := backup.Lay(ctx, dir, work); err != nil {
		return m, d, fmt.Errorf("verify backup: %w", err)
	}
	db, err := OpenStore(work)
	if err != nil {
		return m, d, fmt.Errorf("verify backup: %w", err)
	}
	if d, err = Diagnose(ctx, db); err == nil {
		err = d.diagnoseBackedUp(ctx, db, backedUp{work, &m, files, read})
	}
	return m, d, errors.Join(err, db.Close())
}

// backedUp is the copy of a backup that is looked through.
type backedUp struct {
	work  string
	m     *backup.Manifest
	files AttachmentConfig
	read  bool
}

// diagnoseBackedUp looks for the files of attachments: in the backup, or in the bucket that holds them.
func (d *Diagnosis) diagnoseBackedUp(ctx context.Context, db *storage.DB, b backedUp) error {
	switch in := b.m.FilesIn; {
	case in == "" && holdsFiles(b.m):
		return d.DiagnoseFiles(ctx, db, b.work, AttachmentConfig{}, false) // backup.Verify has read every byte
	case in == "":
		return nil
	case b.files.bucketName() == "":
		d.fact("attachments: their files are in %s and were not looked at: say how to reach it with --attachments-driver s3 and --attachments-s3-…", in)
		return nil
	default:
		d.fact("attachments: their files are in %s, looked for in %s", in, b.files.bucketName())
		return d.DiagnoseFiles(ctx, db, b.work, b.files, b.read)
	}
}

// holdsFiles: a backup of an earlier release, of a server that kept its files in a bucket, has none of them and does not say so.
func holdsFiles(m *backup.Manifest) bool {
	return slices.ContainsFunc(m.Files, func(f backup.File) bool { return strings.Contains(f.Path, "/"+attachmentsFolder+"/") })
}

// Restore makes a data folder of a backup, in a folder that does not exist or is empty.
func Restore(ctx context.Context, from, data string) (backup.Manifest, error) {
	return backup.Restore(ctx, from, data)
}
