package storage

import (
	"bytes"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// rowSet collects the rows of a group and gives them to Pebble in order of their keys:
// in a memtable the place of a row is found from that of the row before, which is
// cheap for neighbours and was a tenth of the CPU of a busy server without them.
type rowSet struct {
	arena
	rows []stagedRow
}

type stagedRow struct {
	key   []byte
	value []byte // nil: the row is deleted
	place int    // among those of the group: a later row of a key counts
}

func (s *rowSet) reset() {
	clear(s.rows)
	s.rows = s.rows[:0]
	s.arena.reset()
}

// key begins a row, which is deleted unless a value follows.
func (s *rowSet) key(b []byte) {
	s.rows = append(s.rows, stagedRow{key: s.take(b), place: len(s.rows)})
}

func (s *rowSet) value(b []byte) { s.rows[len(s.rows)-1].value = s.take(b) }

func (s *rowSet) size() int {
	n := 0
	for i := range s.rows {
		n += len(s.rows[i].key) + len(s.rows[i].value) + 8
	}
	return n
}

// fill adds the rows to the batch. The set is good for reset only after it.
func (s *rowSet) fill(b *pebble.Batch) error {
	slices.SortFunc(s.rows, func(x, y stagedRow) int {
		if c := bytes.Compare(x.key, y.key); c != 0 {
			return c
		}
		return x.place - y.place
	})
	for i := range s.rows {
		r := &s.rows[i]
		var err error
		if r.value == nil {
			err = b.Delete(r.key, nil)
		} else {
			err = b.Set(r.key, r.value, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
