package storage

import (
	"bytes"
	"container/heap"
	"slices"
	"sync"
	"sync/atomic"

	"pronto/dispatch"
)

// The words of a text become rows later than the text: those of many texts at once, in order, as a table of their own
// (search_table.go). One by one they were a third of all rows that are written. Until then a text is fresh: searches look
// through the rows that it will have, in memory. After a start, what is fresh is read from the journal again: a mark of each
// shard says up to which record all texts are in rows.
type freshTexts struct {
	limit int           // so many are written at once
	wake  chan struct{} // holds one when there is something to do

	// writing is held by who writes fresh texts, and for reading by who changes the rows of a text that may be among them.
	writing sync.RWMutex
	// marking is held while marks and what they are about change.
	marking sync.Mutex

	mu    sync.Mutex
	texts []Text       // those that came since settled, as they became durable
	moved int          // changes since the marks
	upTo  [Shards]Tail // all texts of these records are in texts, runs or rows
	count atomic.Int64 // texts in all

	settling sync.Mutex // before mu
	words    wordRows
	runs     [][]Row // in order of keys, as they are stored; a run is never changed, only replaced
	sealed   int     // runs before it are being written
}

// Text is a text that a change adds, and where it is found.
type Text struct {
	Place TextPlace
	Text  string
}

const (
	freshLimit = 16 << 10
	freshRun   = 512      // texts in a run: a millisecond of work
	movedLimit = 64 << 10 // changes that a start reads again, when few of them have texts
	freshMost  = 4        // times the limit; beyond it texts bring their rows themselves
)

func (f *freshTexts) init(limit int) { f.limit, f.wake = limit, make(chan struct{}, 1) }

// landed takes the texts of a group that became durable, before anybody is told.
func (f *freshTexts) landed(shard Shard, group []*request, tail Tail) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range group {
		f.texts = append(f.texts, r.change.Texts...)
		f.count.Add(int64(len(r.change.Texts)))
	}
	f.upTo[shard] = tail
	f.moved += len(group)
	if len(f.texts) >= min(freshRun, f.limit) || f.moved >= movedLimit {
		select {
		case f.wake <- struct{}{}:
		default:
		}
	}
}

// imported moves the mark of a shard that was filled at once, with its rows.
func (f *freshTexts) imported(shard Shard, tail Tail) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.upTo[shard] = tail
}

// isDue: it is time to write.
func (f *freshTexts) isDue() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count.Load() >= int64(f.limit) || f.moved >= movedLimit
}

// areMany: more texts wait than should.
func (f *freshTexts) areMany() bool { return f.count.Load() >= int64(f.limit)*freshMost }

// all gives the rows of all fresh texts, as runs. Who also reads stored rows begins with these: some may be stored meanwhile.
func (f *freshTexts) all() [][]Row {
	f.settling.Lock()
	defer f.settling.Unlock()
	f.settle()
	return slices.Clone(f.runs)
}

// settled is what settle left: everything up to these records is in runs or rows.
type settled struct {
	upTo  [Shards]Tail
	moved int
	count int64
}

// settle makes the texts that came last part of a run. The caller holds settling.
func (f *freshTexts) settle() settled {
	f.mu.Lock()
	texts := f.texts
	f.texts = nil
	at := settled{f.upTo, f.moved, f.count.Load()}
	f.mu.Unlock()
	if len(texts) == 0 {
		return at
	}
	rows := f.rowsOf(texts)
	if last := len(f.runs) - 1; last >= f.sealed && len(f.runs[last]) < len(rows) {
		f.runs[last] = mergeRuns(f.runs[last], rows)
	} else {
		f.runs = append(f.runs, rows)
	}
	return at
}

func (f *freshTexts) rowsOf(texts []Text) []Row {
	const words = 8 // in most texts
	rows, mem := make([]Row, 0, words*len(texts)), arena{mem: make([]byte, 0, 48*words*len(texts))}
	for i := range texts {
		t := &texts[i]
		shard := byte(dispatch.PartitionOf(string(t.Place.Conversation)).Shard())
		rows = f.words.stored(rows, &mem, shard, t.Place, t.Text)
	}
	slices.SortFunc(rows, compareRows)
	return rows
}

// drop forgets a text that has other rows now. The caller holds writing.
func (f *freshTexts) drop(p TextPlace) {
	f.settling.Lock()
	defer f.settling.Unlock()
	f.settle()
	place := p.append(nil)
	is := func(r Row) bool { return bytes.Equal(r.Key[bytes.IndexByte(r.Key, 0)+1:], place) }
	for i, run := range f.runs {
		if slices.ContainsFunc(run, is) {
			f.runs[i] = slices.DeleteFunc(slices.Clone(run), is)
		}
	}
}

func compareRows(a, b Row) int { return bytes.Compare(a.Key, b.Key) }

func compareRowTo(r Row, key []byte) int { return bytes.Compare(r.Key, key) }

// runHeap has the run with the smallest row first.
type runHeap [][]Row

func (h runHeap) Len() int           { return len(h) }
func (h runHeap) Less(i, j int) bool { return compareRows(h[i][0], h[j][0]) < 0 }
func (h runHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is part of heap.Interface, and not used, like Pop.
func (h *runHeap) Push(any) {}

// Pop is part of heap.Interface.
func (h *runHeap) Pop() any { return nil }

// merged calls fn with the rows of all runs in order, with one that is in several once.
func merged(runs [][]Row, fn func(*Row) error) error {
	h := runHeap(slices.DeleteFunc(slices.Clone(runs), func(run []Row) bool { return len(run) == 0 }))
	heap.Init(&h)
	var last []byte
	for len(h) > 0 {
		r := &h[0][0]
		if h[0] = h[0][1:]; len(h[0]) == 0 {
			h[0] = h[len(h)-1]
			h = h[:len(h)-1]
		}
		if len(h) > 1 {
			heap.Fix(&h, 0)
		}
		if bytes.Equal(r.Key, last) {
			continue
		}
		last = r.Key
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func mergeRuns(runs ...[]Row) (rows []Row) {
	if len(runs) == 1 {
		return runs[0]
	}
	n := 0
	for _, run := range runs {
		n += len(run)
	}
	rows = make([]Row, 0, n)
	_ = merged(runs, func(r *Row) error {
		rows = append(rows, *r)
		return nil
	})
	return rows
}

// between gives the rows of all runs from one key on and below another one, in order.
func between(runs [][]Row, from, below []byte) []Row {
	var parts [][]Row
	for _, run := range runs {
		i, _ := slices.BinarySearchFunc(run, from, compareRowTo)
		j, _ := slices.BinarySearchFunc(run, below, compareRowTo)
		if i < j {
			parts = append(parts, run[i:j])
		}
	}
	return mergeRuns(parts...)
}
