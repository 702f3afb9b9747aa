package storage

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Keys of few different bytes and of lengths around those that are compared at once.
func TestTheRowsOfAGroupGoIntoItsBatchInOrderAndTheLastOfAKeyCounts(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	r := rand.New(rand.NewPCG(1, 2))
	var s rowSet
	for range 200 {
		s.reset()
		want := map[string][]byte{}
		for i := range 100 {
			key := make([]byte, r.IntN(20)+1)
			if r.IntN(2) == 0 {
				key = make([]byte, 14+r.IntN(4))
			}
			for j := range key[max(0, len(key)-3):] {
				key[len(key)-1-j] = byte(r.IntN(2)) * 0xff
			}
			s.key(append(s.room(), key...))
			want[string(key)] = nil
			if i%3 > 0 {
				s.value(append(s.room(), byte(i)))
				want[string(key)] = []byte{byte(i)}
			}
		}
		b := db.e.p.NewBatch()
		if err := s.fill(b); err != nil {
			t.Fatal(err)
		}
		n, last := 0, []byte(nil)
		got := map[string][]byte{}
		for rows := b.Reader(); ; n++ {
			_, key, value, ok, err := rows.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			if bytes.Compare(last, key) > 0 {
				t.Fatalf("%x after %x", key, last)
			}
			last = bytes.Clone(key)
			got[string(key)] = bytes.Clone(value)
		}
		if n != 100 || len(got) != len(want) {
			t.Fatalf("%d rows of %d keys, want 100 of %d", n, len(got), len(want))
		}
		for key, v := range want {
			if !bytes.Equal(got[key], v) {
				t.Fatalf("%x: %x, want %x", key, got[key], v)
			}
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
