package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"pronto/storage"
)

// Diagnosis is what a look through a whole data folder found.
type Diagnosis struct {
	Facts    []string
	Findings []Finding
}

// Finding is something that is not as it must be, and what to do.
type Finding struct{ Problem, Remedy string }

// Remedies. Each is for findings of one part of the store.
const (
	remedyJournal = "the journal itself is damaged: start no server on this folder; keep it, and restore the newest backup that verifies (pronto backup verify, pronto restore)"
	remedyHistory = "the history no longer agrees with the journal: stop the server, keep the folder, restore the newest backup that verifies (pronto restore)"
	remedyState   = "a state or an index is not what the records add up to: stop the server and run doctor again; if it stays, restore the newest backup that verifies and report it with this output"
	remedyAudit   = "an entry of the audit was changed or removed: treat it as an intrusion; compare the audit heads in the server's log with GET /audit, keep the folder, and compare with the newest backup"
)

// Doctor diagnoses a data folder that no server has open. What is damaged so badly that it cannot be looked through any
// further is a finding, too.
func Doctor(ctx context.Context, data string, files AttachmentConfig, read bool) (d Diagnosis, err error) {
	db, err := OpenStore(data)
	if err == nil {
		if d, err = Diagnose(ctx, db); err == nil {
			err = d.DiagnoseFiles(ctx, db, data, files, read)
		}
		if e := db.Close(); len(d.Findings) == 0 { // one that met damage says so again
			err = errors.Join(err, e)
		}
	}
	if errors.Is(err, storage.ErrCorrupt) {
		d.Findings, err = append(d.Findings, Finding{err.Error(), remedyJournal}), nil
	}
	return d, err
}

// Diagnose looks through a whole store: the chain of the journal, that history, heads and claims are what it adds up to,
// that states and indexes are what the records add up to, and the chain of the audit. Indexes are built anew in memory and
// compared. No server should work on the store meanwhile: changes may show as findings.
func Diagnose(ctx context.Context, db *storage.DB) (d Diagnosis, err error) {
	journal, err := db.Verify(ctx, nil)
	if err != nil {
		return d, err
	}
	d.fact("journal: %d records, %d events of %d entities, %d claims", journal.Records, journal.Events, journal.Entities, journal.Claims)
	for _, p := range journal.Problems {
		remedy := remedyHistory
		if strings.HasPrefix(p, "shard ") {
			remedy = remedyJournal
		}
		d.Findings = append(d.Findings, Finding{p, remedy})
	}
	if more := journal.Bad - uint64(len(journal.Problems)); more > 0 {
		d.Findings = append(d.Findings, Finding{fmt.Sprintf("%d more problems in the journal", more), remedyJournal})
	}
	states, err := db.VerifyStates(ctx)
	if err != nil {
		return d, err
	}
	d.fact("states: %d conversations folded from their records", states.Conversations)
	for _, p := range states.Problems {
		d.Findings = append(d.Findings, Finding{p, remedyState})
	}
	return d, d.audit(ctx, db)
}

func (d *Diagnosis) audit(ctx context.Context, db *storage.DB) error {
	audit, err := db.VerifyAudit(ctx)
	if err != nil {
		return err
	}
	d.fact("audit: %d entries, head %s", audit.Entries, hex.EncodeToString(audit.Head[:]))
	for _, p := range audit.Problems {
		d.Findings = append(d.Findings, Finding{p, remedyAudit})
	}
	return nil
}

func (d *Diagnosis) fact(format string, args ...any) {
	d.Facts = append(d.Facts, fmt.Sprintf(format, args...))
}
