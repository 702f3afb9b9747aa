package sim

import (
	"bytes"
	"fmt"
	"slices"
	"sort"

	"pronto/storage"
)

// again spares checks of storage that would see what they saw. What such a check reads is decided by the rows in the ranges
// that storage reads for it: as long as none of them was added, changed or lost, and what it is compared with is as it was,
// it gives what it gave. The rows themselves are all read and compared each time. In some worlds nothing is spared, and each
// check that could have been must read what it read.
type again struct {
	doubts  bool
	now     rowImage
	before  rowImage
	changed [][]byte // keys that differ between the two, in order
	look    int
	passed  map[any]*passed
	follows *passed // the check that runs
}

// passed is a check that passed.
type passed struct {
	look  int // the last one at which it held
	reads []keyRange
}

// keyRange is what one read may have depended on; below nil: one key.
type keyRange struct{ from, below []byte }

func (r keyRange) equal(o keyRange) bool {
	return bytes.Equal(r.from, o.from) && bytes.Equal(r.below, o.below) && (r.below == nil) == (o.below == nil)
}

// doubtful is one in so many worlds: there every check runs every time.
const doubtful = 16

func newAgain(seed uint64) *again {
	return &again{doubts: seed%doubtful == 0, passed: map[any]*passed{}}
}

// read notes what storage reads for the check that runs. Storage calls it also for the claims of a save, in the goroutine
// of a shard, when no check runs.
func (a *again) read(from, below []byte) {
	if a.follows == nil {
		return
	}
	n := len(from)
	both := append(append(make([]byte, 0, n+len(below)), from...), below...)
	r := keyRange{from: both[:n:n]}
	if below != nil {
		r.below = both[n:]
	}
	a.follows.reads = append(a.follows.reads, r)
}

// start reads every row.
func (a *again) start(db *storage.DB) error {
	a.look++
	a.now, a.before = a.before, a.now
	a.now.reset(&a.before)
	err := db.EachRow(a.now.add)
	a.changed = differing(a.changed[:0], &a.before, &a.now)
	return err
}

// check runs one, unless it passed before and nothing that it read is another. same says whether that holds of what it is
// compared with.
func (a *again) check(key any, same bool, run func()) {
	p := a.passed[key]
	spared := p != nil && same && p.look == a.look-1 && !p.touched(a.changed)
	if spared && !a.doubts {
		p.look = a.look
		return
	}
	now := &passed{look: a.look}
	a.follows = now
	run()
	a.follows = nil
	if spared && !slices.EqualFunc(p.reads, now.reads, keyRange.equal) {
		panic(fmt.Sprintf("the check of %v read %q and now, with the same rows, %q", key, p.reads, now.reads))
	}
	a.passed[key] = now
}

// touched: one of the keys is in what was read.
func (p *passed) touched(changed [][]byte) bool {
	return slices.ContainsFunc(p.reads, func(r keyRange) bool {
		i := sort.Search(len(changed), func(i int) bool { return bytes.Compare(changed[i], r.from) >= 0 })
		if i == len(changed) {
			return false
		}
		if r.below == nil {
			return bytes.Equal(changed[i], r.from)
		}
		return bytes.Compare(changed[i], r.below) < 0
	})
}

// rowImage is every row of a store, in order of the keys.
type rowImage struct {
	bytes []byte
	rows  []rowEnd
}

// rowEnd is where the key and the value of a row end in the bytes.
type rowEnd struct{ key, value int }

// reset empties the image, for about as many rows as another one has.
func (m *rowImage) reset(like *rowImage) {
	m.bytes = slices.Grow(m.bytes[:0], len(like.bytes)*5/4)
	m.rows = slices.Grow(m.rows[:0], len(like.rows)*5/4)
}

func (m *rowImage) add(key, value []byte) error {
	m.bytes = append(m.bytes, key...)
	k := len(m.bytes)
	m.bytes = append(m.bytes, value...)
	m.rows = append(m.rows, rowEnd{k, len(m.bytes)})
	return nil
}

func (m *rowImage) row(i int) (key, value []byte) {
	from := 0
	if i > 0 {
		from = m.rows[i-1].value
	}
	r := m.rows[i]
	return m.bytes[from:r.key], m.bytes[r.key:r.value]
}

// differing appends the keys of the rows that only one of two images has, or each with another value. They are valid as
// long as the images are.
func differing(keys [][]byte, a, b *rowImage) [][]byte {
	i, j := 0, 0
	for i < len(a.rows) && j < len(b.rows) {
		ka, va := a.row(i)
		kb, vb := b.row(j)
		switch c := bytes.Compare(ka, kb); {
		case c < 0:
			keys = append(keys, ka)
			i++
		case c > 0:
			keys = append(keys, kb)
			j++
		default:
			if !bytes.Equal(va, vb) {
				keys = append(keys, ka)
			}
			i++
			j++
		}
	}
	for ; i < len(a.rows); i++ {
		k, _ := a.row(i)
		keys = append(keys, k)
	}
	for ; j < len(b.rows); j++ {
		k, _ := b.row(j)
		keys = append(keys, k)
	}
	return keys
}
