package transport

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// Bulk reading: how many different contacts, that one does not serve, one has read of within an hour. The audit has the
// first mark that was reached and each doubling of it, before the answer that reaches it is given.
const (
	bulkHour  = time.Hour
	bulkFirst = 100
	bulkMost  = 200_000 // contacts that are told apart; those beyond count each time
	bulkWho   = 16_384  // people and programs that are told apart
)

// bulkReads counts what was read by whom. It is not kept over a restart: the count begins anew, what was in the audit stays.
type bulkReads struct {
	now  func() time.Time
	seed maphash.Seed
	mu   sync.Mutex
	by   map[string]*bulkRead
}

type bulkRead struct {
	since time.Time
	seen  map[uint64]struct{}
	more  int
	next  int // the count that is told
}

func newBulkReads(now func() time.Time) *bulkReads {
	return &bulkReads{now: now, seed: maphash.MakeSeed(), by: map[string]*bulkRead{}}
}

// add counts contacts and returns how many there were since when, if that is to be told.
func (b *bulkReads) add(who string, contacts []dispatch.ContactID) (count int, since time.Time, tell bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	r := b.by[who]
	if r == nil || now.Sub(r.since) >= bulkHour {
		if r == nil && len(b.by) >= bulkWho {
			b.forget(now)
		}
		r = &bulkRead{since: now, seen: map[uint64]struct{}{}, next: bulkFirst}
		b.by[who] = r
	}
	for _, id := range contacts {
		if len(r.seen) < bulkMost {
			r.seen[maphash.String(b.seed, string(id))] = struct{}{}
		} else {
			r.more++
		}
	}
	count = len(r.seen) + r.more
	if count < r.next {
		return count, r.since, false
	}
	for r.next <= count {
		r.next *= 2
	}
	return count, r.since, true
}

// forget drops whose hour is over; when nobody's is, everybody.
func (b *bulkReads) forget(now time.Time) {
	for who, r := range b.by {
		if now.Sub(r.since) >= bulkHour {
			delete(b.by, who)
		}
	}
	if len(b.by) >= bulkWho {
		clear(b.by)
	}
}

// readOf is one conversation that is about to be told.
type readOf struct {
	contact dispatch.ContactID
	object  Object
}

// reads notes that the principal of the call is about to be told of contacts. Those that it serves, or served last, do not
// count.
func (s *Server) reads(ctx context.Context, list ...readOf) error {
	p := callOf(ctx).principal
	if s.o.Audit == nil || p.ID == "" {
		return nil
	}
	var others []dispatch.ContactID
	for i := range list {
		o := &list[i].object
		if p.Agent == "" || o.Owner != p.Agent && o.OfferedTo != p.Agent {
			others = append(others, list[i].contact)
		}
	}
	if len(others) == 0 {
		return nil
	}
	count, since, tell := s.bulk.add(p.ID, others)
	if !tell {
		return nil
	}
	return s.o.Audit.Record(ctx, p, protocol.AuditRecord{
		Action:  "contacts.read_in_bulk",
		Changes: []protocol.AuditChange{{Field: "contacts", After: count}, {Field: "since", After: protocol.At(since)}},
	})
}
