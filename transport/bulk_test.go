package transport

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

func TestBulkReadingIsToldAtTheFirstMarkAndEachDoublingAndRepeatsCountOnce(t *testing.T) {
	now := born
	b := newBulkReads(func() time.Time { return now })
	var told []int
	read := func(who string, from, to int) {
		for i := from; i < to; i += 10 {
			ids := []dispatch.ContactID{}
			for n := i; n < min(i+10, to); n++ {
				ids = append(ids, dispatch.ContactID(fmt.Sprint("con_", n)))
			}
			if count, since, tell := b.add(who, ids); tell {
				told = append(told, count)
				if !since.Equal(now.Truncate(time.Hour)) {
					t.Errorf("since %v at %v", since, now)
				}
			}
		}
	}
	is := func(want ...int) {
		t.Helper()
		if fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("told at %v, not %v", told, want)
		}
		told = nil
	}
	read("agt_1", 0, 99)
	read("agt_1", 0, 99)
	read("agt_2", 0, 99)
	is()
	read("agt_1", 99, 100)
	is(100)
	read("agt_1", 0, 850)
	is(200, 400, 800)
	now = now.Add(time.Hour)
	read("agt_1", 0, 99)
	is()
	read("agt_1", 100, 101)
	is(100)
	for i := range bulkWho + 10 { // the memory is bounded
		read(fmt.Sprint("tok_", i), 0, 1)
	}
	if len(b.by) > bulkWho {
		t.Errorf("%d are told apart", len(b.by))
	}
}

// auditList keeps what was recorded.
type auditList struct {
	Audit
	all []protocol.AuditRecord
}

func (l *auditList) Record(_ context.Context, _ Principal, r protocol.AuditRecord) error {
	l.all = append(l.all, r)
	return nil
}

func TestWhatOneServesDoesNotCountAsBulkReading(t *testing.T) {
	audit := &auditList{}
	s := &Server{o: Options{Audit: audit}, bulk: newBulkReads(func() time.Time { return born })}
	ctx := context.WithValue(t.Context(), callKey{}, &call{principal: Principal{ID: "agt_1", Agent: "agt_1"}})
	read := func(o Object) {
		for i := range 200 {
			if err := s.reads(ctx, readOf{dispatch.ContactID(fmt.Sprint("con_", i)), o}); err != nil {
				t.Fatal(err)
			}
		}
	}
	read(Object{Owner: "agt_1"})
	read(Object{OfferedTo: "agt_1"})
	if len(audit.all) != 0 {
		t.Errorf("one's own: %+v", audit.all)
	}
	read(Object{Owner: "agt_2", Former: true, History: true})
	if len(audit.all) != 2 || audit.all[0].Action != "contacts.read_in_bulk" || audit.all[1].Changes[0].After != 200 {
		t.Errorf("others': %+v", audit.all)
	}
}

func TestEveryWayToReadOfAContactCountsAsBulkReading(t *testing.T) {
	for _, c := range [][3]string{
		{"GET", ""}, {"PATCH", "", "{}"}, {"GET", "/notes"}, {"GET", "/consents"}, {"GET", "/reveals"},
	} {
		w, audit := newWorld(), &auditList{}
		o := w.options()
		o.Audit = audit
		s := New(o)
		for i := range bulkFirst - 1 {
			s.bulk.add("agt_supervisor", []dispatch.ContactID{dispatch.ContactID(fmt.Sprint("con_other_", i))})
		}
		ask(t, s, "supervisor", c[0], "/api/v1/contacts/con_1"+c[1], c[2]).wants(200)
		if len(audit.all) != 1 || audit.all[0].Action != "contacts.read_in_bulk" {
			t.Errorf("%s %s: %+v", c[0], c[1], audit.all)
		}
	}
}
