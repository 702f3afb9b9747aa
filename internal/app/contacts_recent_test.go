package app

import (
	"sync/atomic"
	"testing"
	"time"

	"pronto/protocol"
	"pronto/storage"
)

func TestASenderWhoLeavesOutTheNameIsRememberedAndOneWhoBringsTheFirstIsNot(t *testing.T) {
	var reads atomic.Int64
	db, err := storage.Open(storage.Options{Dir: t.TempDir(), MinFreeBytes: 1, MinFreePercent: 1, Read: func(_, _ []byte) { reads.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := &contacts{db: db, now: time.Now}
	find := func(value, name string) (origin, int64) {
		k, err := normalize(protocol.InboundContact{Name: name, Identities: []protocol.Identity{{Kind: "external", Value: value}}})
		if err != nil {
			t.Fatal(err)
		}
		before := reads.Load()
		found, err := c.find(t.Context(), k, newDoor(nil, 0))
		if err != nil {
			t.Fatal(err)
		}
		return found, reads.Load() - before
	}
	first, _ := find("1", "Marina")
	for _, name := range []string{"", "Marina", "Outro nome"} {
		if found, n := find("1", name); n != 0 || found.made || found.contact != first.contact || found.contact.Name != "Marina" {
			t.Errorf("as %q: %+v after %d reads", name, found, n)
		}
	}
	find("2", "")
	if found, n := find("2", ""); n != 0 || found.contact.Name != "" {
		t.Errorf("without a name: %+v after %d reads", found, n)
	}
	if found, n := find("2", "Bia"); n == 0 || found.contact.Name != "Bia" {
		t.Errorf("with the first name: %+v after %d reads", found, n)
	}
	c.recent.forgetAll()
	if found, n := find("2", ""); n == 0 || found.contact.Name != "Bia" {
		t.Errorf("later: %+v after %d reads", found, n)
	}
}
