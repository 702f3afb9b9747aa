package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// audit keeps what was done, and shows it.
type audit struct {
	db  *storage.DB
	now func() time.Time
	log zerolog.Logger
}

// auditBody is an entry as it is stored. Its time, place and hashes are the store's.
type auditBody struct {
	Action  string                 `json:"action"`
	By      protocol.AuditActor    `json:"by"`
	From    string                 `json:"from,omitempty"`
	Object  protocol.AuditObject   `json:"object,omitzero"`
	Changes []protocol.AuditChange `json:"changes,omitempty"`
	Outcome string                 `json:"outcome,omitempty"`
}

// headEvery is after how many entries the hash of the last one goes to the log: an audit that was cut short or made anew
// does not agree with a log that is kept elsewhere.
const headEvery = 64

// Record makes the entry durable. An unknown principal is whoever makes the request, else the server itself or a tool on
// its machine.
func (a *audit) Record(ctx context.Context, by transport.Principal, r protocol.AuditRecord) error {
	if by.Role == "" {
		by = transport.PrincipalOf(ctx)
	}
	body := auditBody{Action: r.Action, By: r.By, Object: r.Object, Changes: r.Changes, Outcome: r.Outcome}
	if body.By.Role == "" {
		body.By = protocol.AuditActor{ID: by.ID, Name: by.Name, Role: by.Role}
	}
	if body.By.Role == "" {
		body.By.Role = "server"
	}
	if from := transport.RemoteOf(ctx); from.IsValid() {
		body.From = from.String()
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode audit entry: %w", err)
	}
	entry, err := a.db.AppendAudit(ctx, a.now(), raw)
	if errors.Is(err, storage.ErrReadOnly) {
		return transport.Refuse(protocol.CodeReadOnly)
	}
	if err != nil {
		return err
	}
	if entry.Seq%headEvery == 0 {
		a.log.Info().Uint64("audit_seq", entry.Seq).Hex("audit_hash", entry.Hash[:]).Msg("audit head")
	}
	return nil
}

const (
	auditPage     = 256
	maxAuditPages = 40 // entries that one request looks through: 10 000
)

// List walks from the newest entry towards the first.
func (a *audit) List(_ context.Context, f transport.AuditFilter) (page []protocol.AuditRecord, next uint64, err error) {
	end, err := a.db.AuditCount()
	if err != nil {
		return nil, 0, err
	}
	if f.Before > 0 {
		end = min(end, f.Before-1)
	}
	for range maxAuditPages {
		if end == 0 {
			return page, 0, nil
		}
		from := end - min(end, auditPage)
		entries, err := a.db.Audit(from, int(end-from))
		if err != nil {
			return nil, 0, err
		}
		for _, e := range slices.Backward(entries) {
			if !f.From.IsZero() && e.Time.Before(f.From) {
				return page, 0, nil
			}
			r, err := auditRecord(e)
			if err != nil {
				return nil, 0, err
			}
			if auditMatches(&r, &f) {
				page = append(page, r)
			}
			if len(page) == f.Limit && e.Seq > 1 {
				return page, e.Seq, nil
			}
		}
		end = from
	}
	return page, end + 1, nil
}

func auditRecord(e storage.Audited) (protocol.AuditRecord, error) {
	var b auditBody
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return protocol.AuditRecord{}, fmt.Errorf("decode audit entry %d: %w", e.Seq, err)
	}
	r := protocol.AuditRecord{
		Seq: int64(e.Seq), At: protocol.At(e.Time), Action: b.Action, By: b.By, From: b.From, Object: b.Object, Changes: b.Changes, Outcome: b.Outcome,
		Previous: hex.EncodeToString(e.Previous[:]), Hash: hex.EncodeToString(e.Hash[:]),
	}
	if r.Changes == nil {
		r.Changes = []protocol.AuditChange{}
	}
	return r, nil
}

func auditMatches(r *protocol.AuditRecord, f *transport.AuditFilter) bool {
	switch {
	case f.Actor != "" && r.By.ID != f.Actor,
		f.Kind != "" && r.Object.Kind != f.Kind,
		f.Object != "" && r.Object.ID != f.Object,
		!f.To.IsZero() && !r.At.Before(f.To):
		return false
	}
	return f.Action == "" || r.Action == f.Action || strings.HasSuffix(f.Action, ".") && strings.HasPrefix(r.Action, f.Action)
}

// change is what is done to a document.
type change struct {
	by     transport.Principal
	object protocol.AuditObject
	action string // created, updated or deleted
}

func (c *change) entry() protocol.AuditRecord {
	return protocol.AuditRecord{Action: c.object.Kind + "." + c.action, Object: c.object}
}

// changed records a change of a document before it is made. Refused tells that it was not made after all.
func (a *audit) changed(ctx context.Context, c change, before, after []byte) error {
	r := c.entry()
	var err error
	if r.Changes, err = transport.ChangedFields(before, after); err != nil {
		return fmt.Errorf("audit %s: %w", c.object.ID, err)
	}
	return a.Record(ctx, c.by, r)
}

// refused records that what was recorded last about an object did not happen. Losing this entry only leaves a doubt.
func (a *audit) refused(ctx context.Context, c change, why error) {
	entry := c.entry()
	entry.Outcome = string(protocol.CodeInternal)
	var r *transport.Refusal
	if errors.As(why, &r) {
		entry.Outcome = string(r.Code)
	}
	if err := a.Record(ctx, c.by, entry); err != nil {
		a.log.Error().Err(err).Msg("audit of a refusal")
	}
}
