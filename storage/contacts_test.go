package storage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

// merges writes into whom a contact is merged; empty: into nobody. It returns the version.
func merges(t *testing.T, db *DB, id, into string, version uint64) uint64 {
	t.Helper()
	p := Put{Kind: "contact", ID: id, Expect: version, Body: []byte(into), Time: at0, Unique: []string{"key\x00" + id}}
	if into != "" {
		p.Claims = []Claim{MergeClaim(dispatch.ContactID(id), dispatch.ContactID(into))}
	}
	doc, err := db.PutDocument(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Version
}

// opens opens the nth conversation of a contact on the channel, at the nth second.
func opens(t *testing.T, db *DB, n int, contact dispatch.ContactID) (*typedWorld, error) {
	t.Helper()
	id := dispatch.ConversationID(dispatch.FormatID("cnv", at0.Add(time.Duration(n)*time.Second), dispatch.Partition(n%64), uint64(n)))
	w := &typedWorld{t: t, db: db, c: dispatch.NewConversation(dispatch.ConversationSnapshot{ID: id}), now: at0}
	out, err := w.c.Step(at0, dispatch.Envelope{Message: dispatch.OpenConversation{
		Opened: dispatch.ConversationOpened{Channel: "chn_1", Contact: dispatch.Contact{ID: contact}, Queue: "que_1", Protocol: fmt.Sprintf("2026-%06d", n)},
		First:  inbound(fmt.Sprint("m", n), "oi"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return w, db.SaveConversation(context.Background(), SaveConversation{Now: at0, State: w.c.Snapshot(), Records: out.Records, Rows: &w.rows})
}

func TestNoConversationOpensForAContactWhileItIsMerged(t *testing.T) {
	mem := vfs.NewMem()
	db := openTyped(t, mem)
	first, err := opens(t, db, 1, "con_b")
	if err != nil {
		t.Fatal(err)
	}
	v := merges(t, db, "con_b", "con_a", merges(t, db, "con_b", "", 0))
	first.step(dispatch.ReceiveMessage{Inbound: inbound("more", "mais")}) // an open one goes on
	first.step(dispatch.LeaveConversation{})
	var taken *Taken
	if _, err = opens(t, db, 2, "con_b"); !errors.As(err, &taken) || !MergeTaken(taken) || string(taken.Value) != "con_a" {
		t.Fatalf("opened: %v", err)
	}
	out, err := first.c.Step(at0, dispatch.Envelope{Message: dispatch.ReceiveMessage{Inbound: inbound("again", "de novo")}})
	if err != nil || first.c.Snapshot().State == dispatch.ConversationClosed {
		t.Fatalf("the machine reopens it: %v", err)
	}
	err = db.SaveConversation(context.Background(), SaveConversation{Now: at0, State: first.c.Snapshot(), Records: out.Records, Rows: &first.rows})
	if !errors.As(err, &taken) || !MergeTaken(taken) {
		t.Fatalf("reopened: %v", err)
	}
	merges(t, db, "con_a", "con_c", 0)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openTyped(t, mem)
	defer db.Close()
	if root, err := db.RootContact("con_b"); err != nil || root != "con_c" {
		t.Errorf("root %s, %v", root, err)
	}
	if doc, err := db.Document("contact", "con_b"); err != nil || len(doc.Unique) != 2 {
		t.Errorf("unique %q, %v", doc.Unique, err)
	}
	merges(t, db, "con_b", "", v)
	if root, err := db.RootContact("con_b"); err != nil || root != "con_b" {
		t.Errorf("root %s, %v", root, err)
	}
	if _, err := opens(t, db, 3, "con_b"); err != nil {
		t.Errorf("opened once it stands for itself: %v", err)
	}
}

// TestAMergeAndAnOpeningAtOnceAreOneAfterTheOther: in different shards, so that only the claim orders them.
func TestAMergeAndAnOpeningAtOnceAreOneAfterTheOther(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	for i := range 40 {
		id := fmt.Sprint("con_", i)
		v := merges(t, db, id, "", 0)
		var group sync.WaitGroup
		var merged time.Time
		var opened *typedWorld
		group.Go(func() { merges(t, db, id, "con_root", v); merged = time.Now() })
		var began time.Time
		group.Go(func() {
			began = time.Now()
			if w, err := opens(t, db, i, dispatch.ContactID(id)); err == nil {
				opened = w
			}
		})
		group.Wait()
		if opened != nil && began.After(merged) {
			t.Fatalf("%s was opened after its merge", id)
		}
		if opened != nil {
			opened.step(dispatch.LeaveConversation{})
		}
		var taken *Taken
		if _, err := opens(t, db, 100+i, dispatch.ContactID(id)); !errors.As(err, &taken) || !MergeTaken(taken) {
			t.Fatalf("%s: another one: %v", id, err)
		}
	}
}

func TestAnArrivalMeetsWhatIsOpenOfAllWhoAreOneContact(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	kin := func(ids ...dispatch.ContactID) []dispatch.ContactID { return ids }
	meets := func(kin []dispatch.ContactID, want dispatch.Found) {
		t.Helper()
		if f, err := db.FindArrival("chn_1", "con_a", kin, "new"); err != nil || f != want {
			t.Errorf("%v: %+v, %v; want %+v", kin, f, err, want)
		}
	}
	meets(kin("con_b", "con_a"), dispatch.Found{})
	var worlds []*typedWorld
	for i, contact := range []dispatch.ContactID{"con_a", "con_b", "con_c"} {
		w, err := opens(t, db, i, contact)
		if err != nil {
			t.Fatal(err)
		}
		worlds = append(worlds, w)
	}
	id := func(i int) dispatch.ConversationID { return worlds[i].c.Snapshot().ID }
	meets(kin("con_b", "con_a", "con_c"), dispatch.Found{Open: id(1)})
	meets(kin("con_a", "con_b", "con_c"), dispatch.Found{Open: id(0)})
	worlds[1].step(dispatch.LeaveConversation{})
	meets(kin("con_b", "con_a", "con_c"), dispatch.Found{Open: id(0)})
	worlds[0].step(dispatch.LeaveConversation{})
	meets(kin("con_b", "con_a", "con_c"), dispatch.Found{Open: id(2)})
	worlds[2].step(dispatch.LeaveConversation{})
	meets(kin("con_b", "con_a", "con_c"), dispatch.Found{Past: id(2)})
	meets(kin("con_a"), dispatch.Found{Last: id(0)})
	w, err := opens(t, db, 9, "con_a")
	if err != nil {
		t.Fatal(err)
	}
	w.step(dispatch.LeaveConversation{})
	meets(kin("con_b", "con_a", "con_c"), dispatch.Found{Last: w.c.Snapshot().ID})
}

func TestTheConversationsOfSeveralContactsAreOneListNewestFirst(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	r := rand.New(rand.NewPCG(1, 2))
	contacts := []dispatch.ContactID{"con_a", "con_b", "con_c", "con_none"}
	var want []dispatch.ConversationID
	for n := range 3 * aheadOfOne {
		w, err := opens(t, db, n, contacts[r.IntN(1+n%3)])
		if err != nil {
			t.Fatal(err)
		}
		w.step(dispatch.LeaveConversation{})
		want = append(want, w.c.Snapshot().ID)
	}
	slices.Reverse(want)
	for _, before := range []int{-1, 0, 70, len(want) - 1} {
		l, rest := Listing{Contacts: contacts}, want
		if before >= 0 {
			l.Before, rest = want[before], want[before+1:]
		}
		var got []dispatch.ConversationID
		err := db.Conversations(l, func(id dispatch.ConversationID) error { got = append(got, id); return nil })
		if err != nil || !slices.Equal(got, rest) {
			t.Fatalf("before %d: %d of %d, %v", before, len(got), len(rest), err)
		}
	}
	n := 0
	if err := db.Conversations(Listing{Contacts: contacts}, func(dispatch.ConversationID) error { n++; return ErrStop }); err != nil || n != 1 {
		t.Errorf("stopped after %d: %v", n, err)
	}
}
