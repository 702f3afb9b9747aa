package storage

import (
	"context"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// tables counts the tables of a store on a disk.
func tables(t *testing.T, fs vfs.FS) (n int) {
	t.Helper()
	names, err := fs.List("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".sst") {
			n++
		}
	}
	return n
}

func TestWhatAClosedStoreLeavesInItsLogIsReadAtTheNextStart(t *testing.T) {
	for _, leave := range []bool{false, true} {
		fs := vfs.NewMem()
		o := testOptions(t, fs)
		o.LeaveLog = leave
		db := openTest(t, o)
		if err := db.Commit(context.Background(), Change{Set: []Row{{Key: []byte("k"), Value: []byte("v")}}}); err != nil {
			t.Fatal(err)
		}
		closeTest(t, db)
		if n := tables(t, fs); (n == 0) != leave {
			t.Errorf("leaves the log: %v, and there are %d tables", leave, n)
		}
		db = openTest(t, o)
		if v, err := db.Get([]byte("k")); err != nil || string(v) != "v" {
			t.Errorf("leaves the log: %v, read %q, %v", leave, v, err)
		}
		closeTest(t, db)
	}
}

func TestEachRowIsGivenInOrderButThoseOfTheJournal(t *testing.T) {
	db := openMem(t)
	for _, k := range []string{"b", "a"} {
		c := Change{Set: []Row{{Key: []byte(k), Value: []byte("v")}}, Claim: []Claim{{Key: []byte(k), Value: []byte("w")}}}
		if err := db.Commit(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	err := db.EachRow(func(key, _ []byte) error {
		keys = append(keys, string(key))
		return nil
	})
	if got, want := strings.Join(keys, " "), "Ca Cb Ia Ib Mformat Msearch Mwaits"; err != nil || got != want {
		t.Errorf("rows %q, %v, want %q", got, err, want)
	}
}
