package storage

import (
	"os"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options.Read is told of every read but these, by which no reader is answered: whether a folder is new, the conditions of a
// change, and what a sweep gives back.
func TestEveryReadIsTold(t *testing.T) {
	untold := map[string]int{"engine.go": 1, "db.go": 1, "group.go": 1, "retention.go": 1}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		raw, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		n := strings.Count(string(raw), "e.p.NewIter(") + strings.Count(string(raw), "e.p.Get(")
		if n != untold[f.Name()] {
			t.Errorf("%s reads %d times without telling, not %d", f.Name(), n, untold[f.Name()])
		}
	}
}

func TestReadsAreToldWithTheirBounds(t *testing.T) {
	var told []string
	o := testOptions(t, vfs.NewMem())
	o.Read = func(from, below []byte) { told = append(told, string(from)+"|"+string(below)) }
	db := openTest(t, o)
	t.Cleanup(func() { closeTest(t, db) })
	told = nil
	if _, err := db.Get([]byte("k")); err == nil {
		t.Fatal("it is not there")
	}
	if _, err := db.Events("e", 4, 9); err != nil {
		t.Fatal(err)
	}
	if err := db.Scan(Prefix([]byte("p")), func(_, _ []byte) error { return nil }); err != nil {
		t.Fatal(err)
	}
	want := []string{"Ik|", "He\x00\x00\x00\x00\x00\x00\x00\x00\x05|He\x01", "Ip|Iq"}
	if strings.Join(told, " ") != strings.Join(want, " ") {
		t.Errorf("told %q, want %q", told, want)
	}
}
