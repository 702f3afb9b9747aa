package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// EventAudit is an entry of the audit: the hash of the entry before it, then the entry's body.
const EventAudit uint16 = 3

// The audit is the history of one entity, so the journal's chain covers it too. Its own chain needs no journal to be
// checked, and outlives a journal that was trimmed.
const (
	auditEntity = "audit"
	auditShard  = Shard(0)
)

// AuditHash is the hash of an entry of the audit and, through it, of all before it. That of no entry is zero.
type AuditHash [sha256.Size]byte

// Audited is one entry of the audit.
type Audited struct {
	Seq      uint64 // 1, 2, 3 …
	Time     time.Time
	Body     []byte
	Previous AuditHash
	Hash     AuditHash
}

// auditTail is the end of the audit, kept so that an append needs no read.
type auditTail struct {
	known bool
	seq   uint64
	hash  AuditHash
}

// AppendAudit adds an entry. It is durable, and tied to all before it, when it returns.
func (db *DB) AppendAudit(ctx context.Context, now time.Time, body []byte) (Audited, error) {
	db.auditing.Lock()
	defer db.auditing.Unlock()
	tail, err := db.auditEnd()
	if err != nil {
		return Audited{}, fmt.Errorf("append to audit: %w", err)
	}
	a := Audited{Seq: tail.seq + 1, Time: unixNano(now.UnixNano()), Body: body, Previous: tail.hash}
	a.Hash = a.sum()
	c := Change{
		Shard: auditShard, Entity: auditEntity, Expect: tail.seq, Time: now,
		Events: []Event{{Type: EventAudit, Data: append(tail.hash[:], body...)}},
	}
	if err := db.commit(ctx, c); err != nil {
		db.audit.known = false // whether it is there is for the next one to find out
		return Audited{}, fmt.Errorf("append to audit: %w", err)
	}
	db.audit = auditTail{known: true, seq: a.Seq, hash: a.Hash}
	return a, nil
}

// sum ties the place, the time and the body to the entry before.
func (a *Audited) sum() AuditHash {
	b := append([]byte(nil), a.Previous[:]...)
	for _, v := range []uint64{a.Seq, uint64(a.Time.UnixNano())} {
		b = append(b, be64(v)...)
	}
	return sha256.Sum256(append(b, a.Body...))
}

// auditEnd reads the end of the audit unless it is known.
func (db *DB) auditEnd() (auditTail, error) {
	if db.audit.known {
		return db.audit, nil
	}
	n, err := db.auditCount()
	if err != nil {
		return auditTail{}, err
	}
	tail := auditTail{known: true, seq: n}
	if n > 0 {
		last, err := db.Audit(n-1, 1)
		if err != nil {
			return auditTail{}, err
		}
		tail.hash = last[0].Hash
	}
	db.audit = tail
	return tail, nil
}

// Audit returns at most limit entries with a seq above after, in order. Their hashes are what they should be, whether or
// not the entries after them agree; VerifyAudit compares.
func (db *DB) Audit(after uint64, limit int) ([]Audited, error) {
	events, err := db.Events(auditEntity, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	out := make([]Audited, len(events))
	for i, e := range events {
		if e.Type != EventAudit || len(e.Data) < sha256.Size {
			return nil, corrupt("audit entry %d", e.Ordinal)
		}
		a := Audited{Seq: e.Ordinal, Time: e.Time, Body: e.Data[sha256.Size:]}
		copy(a.Previous[:], e.Data)
		a.Hash = a.sum()
		out[i] = a
	}
	return out, nil
}

// AuditCount is the number of entries.
func (db *DB) AuditCount() (uint64, error) {
	n, err := db.auditCount()
	if err != nil {
		return 0, fmt.Errorf("read audit: %w", err)
	}
	return n, nil
}

// AuditReport says what VerifyAudit found.
type AuditReport struct {
	Entries  uint64
	Head     AuditHash // of the last entry; write it down elsewhere to notice a shortened audit
	Problems []string
}

const auditPage = 256

// VerifyAudit walks the whole audit and compares each entry with the hash that the next one has of it.
func (db *DB) VerifyAudit(ctx context.Context) (rep AuditReport, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return rep, fmt.Errorf("verify audit: %w", err)
		}
		page, err := db.Audit(rep.Entries, auditPage)
		if err != nil {
			return rep, fmt.Errorf("verify audit: %w", err)
		}
		for _, a := range page {
			if a.Previous != rep.Head && len(rep.Problems) < MaxProblems {
				rep.Problems = append(rep.Problems, fmt.Sprintf("audit entry %d does not follow from entry %d: one of them was changed", a.Seq, a.Seq-1))
			}
			rep.Entries, rep.Head = a.Seq, a.Hash
		}
		if len(page) < auditPage {
			return rep, nil
		}
	}
}

func (db *DB) auditCount() (uint64, error) {
	n, _, err := db.Count(auditEntity)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return n, err
}
