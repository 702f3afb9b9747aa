package storage

import (
	"bytes"
	"container/heap"
)

const (
	probed    = 32   // rows of a word by which its rate is told
	stepFirst = 4    // steps before a seek: what is near is cheaper to step to
	maxBegins = 1024 // words with one beginning
	fewTexts  = 4    // of a word that are read together at first
	manyTexts = 64
	someYears = 1e12 // milliseconds; the time over which a word is rare that has few texts
)

// wordTexts are the texts of one word.
type wordTexts struct {
	s      *textSearch
	it     *wordIter
	prefix []byte
	often  float64
	ok     bool
}

func wordBounds(word string) (lower, upper []byte) {
	lower = append(append([]byte{spaceIndex, rowWord}, word...), 0)
	return lower, keyAfter(lower)
}

func (s *textSearch) openWord(word string) (*wordTexts, error) {
	lower, upper := wordBounds(word)
	it, err := s.db.words(s.db.e.p, s.fresh, lower, upper)
	if err != nil {
		return nil, err
	}
	w := &wordTexts{s: s, it: it, prefix: lower}
	s.sources = append(s.sources, w)
	return w, w.begin()
}

// begin goes to the start, and tells the rate there.
func (w *wordTexts) begin() error {
	w.ok = w.it.seek(append(w.prefix[:len(w.prefix):len(w.prefix)], w.s.start...))
	if !w.ok {
		return w.it.err()
	}
	first := bytes.Clone(w.place())
	n, last := 0, first
	for ; w.ok && n < probed; w.ok = w.it.next() {
		n++
		last = append(last[:0:0], w.place()...)
	}
	w.often = rateOf(n, first, last, !w.ok)
	w.s.work.Spend(probed*WorkOfStep + 2*WorkOfSeek)
	w.ok = w.it.seek(append(w.prefix[:len(w.prefix):len(w.prefix)], first...))
	return w.it.err()
}

// rateOf n texts, of which the first and the last are given; all: there are no others.
func rateOf(n int, first, last []byte, all bool) float64 {
	if all {
		return float64(n) / someYears
	}
	return float64(n) / float64(1+timeOf(last)-timeOf(first))
}

// timeOf a place grows with its age.
func timeOf(place []byte) (ms int64) {
	for _, b := range place[:6] {
		ms = ms<<8 | int64(b)
	}
	return ms
}

func (w *wordTexts) rate() float64 { return w.often }

func (w *wordTexts) place() []byte {
	if !w.ok {
		return nil
	}
	return w.it.key()[len(w.prefix):]
}

func (w *wordTexts) value() []byte { return rowValue(w.it.value()) }

// rowValue is what follows the shard; a row that has nothing says nothing.
func rowValue(v []byte) []byte {
	if len(v) < 2 {
		return []byte{0, morePlaces}
	}
	return v[1:]
}

func (w *wordTexts) kind() TextKind { return TextKind(w.value()[0]) }
func (w *wordTexts) places() []byte { return w.value()[1:] }

func (w *wordTexts) seek(place []byte) error {
	for range stepFirst {
		if !w.ok || bytes.Compare(w.place(), place) >= 0 {
			return w.it.err()
		}
		w.ok = w.it.next()
		w.s.work.Spend(WorkOfStep)
	}
	if w.ok && bytes.Compare(w.place(), place) < 0 {
		w.ok = w.it.seek(append(w.prefix[:len(w.prefix):len(w.prefix)], place...))
		w.s.work.Spend(WorkOfSeek)
	}
	return w.it.err()
}

func (w *wordTexts) close() error { return w.it.close() }

// beginTexts are the texts of all words with a beginning: a heap of words by the place of the next text of each.
type beginTexts struct {
	s     *textSearch
	it    *wordIter
	words []*beginWord
	often float64
}

// beginWord is one of the words, with the texts that were read ahead.
type beginWord struct {
	prefix []byte
	ahead  []aheadText
	room   int // how many are read next time
	all    bool
}

type aheadText struct {
	place []byte
	kind  TextKind
}

// openBegin reads ahead of every word; not all: there are more words than that is good for.
func (s *textSearch) openBegin(begin string) (b *beginTexts, all bool, err error) {
	lower := append([]byte{spaceIndex, rowWord}, begin...)
	it, err := s.db.words(s.db.e.p, s.fresh, lower, keyAfter(lower))
	if err != nil {
		return nil, false, err
	}
	b = &beginTexts{s: s, it: it}
	if all, err = b.begin(); err != nil || !all || len(b.words) == 0 {
		if e := b.close(); err == nil {
			err = e
		}
	}
	return b, all, err
}

func (b *beginTexts) begin() (all bool, err error) {
	words := 0
	for ok := b.it.first(); ok; {
		key := b.it.key()
		n := bytes.IndexByte(key, 0)
		if n < 0 {
			return false, corrupt("search row %q", key)
		}
		w := &beginWord{prefix: bytes.Clone(key[:n+1]), room: fewTexts}
		if words++; words > maxBegins {
			return false, nil
		}
		if err := b.read(w, b.s.start); err != nil {
			return false, err
		}
		if len(w.ahead) > 0 {
			b.words = append(b.words, w)
			b.often += rateOf(len(w.ahead), w.ahead[0].place, w.ahead[len(w.ahead)-1].place, w.all)
		}
		b.s.work.Spend(WorkOfSeek)
		ok = b.it.seek(keyAfter(w.prefix))
	}
	heap.Init(b)
	return true, b.it.err()
}

// read reads ahead from a place on.
func (b *beginTexts) read(w *beginWord, from []byte) error {
	w.ahead = w.ahead[:0]
	n := len(w.prefix)
	ok := b.it.seek(append(w.prefix[:n:n], from...))
	for ; ok && len(w.ahead) < w.room && bytes.HasPrefix(b.it.key(), w.prefix); ok = b.it.next() {
		w.ahead = append(w.ahead, aheadText{bytes.Clone(b.it.key()[n:]), TextKind(rowValue(b.it.value())[0])})
	}
	w.all = len(w.ahead) < w.room
	w.room = min(2*w.room, manyTexts)
	b.s.work.Spend(WorkOfSeek + len(w.ahead)*WorkOfStep)
	return b.it.err()
}

func (b *beginTexts) rate() float64 { return b.often }

func (b *beginTexts) place() []byte {
	if len(b.words) == 0 {
		return nil
	}
	return b.words[0].ahead[0].place
}

func (b *beginTexts) kind() TextKind { return b.words[0].ahead[0].kind }

func (b *beginTexts) seek(place []byte) error {
	for len(b.words) > 0 && bytes.Compare(b.place(), place) < 0 {
		w := b.words[0]
		for len(w.ahead) > 0 && bytes.Compare(w.ahead[0].place, place) < 0 {
			w.ahead = w.ahead[1:]
		}
		b.s.work.Spend(WorkOfStep)
		if len(w.ahead) == 0 && !w.all {
			if err := b.read(w, place); err != nil {
				return err
			}
		}
		if len(w.ahead) == 0 {
			heap.Pop(b)
			continue
		}
		heap.Fix(b, 0)
	}
	return nil
}

func (b *beginTexts) close() error {
	it := b.it
	if b.it, b.words = nil, nil; it == nil {
		return nil
	}
	return it.close()
}

// Len is part of heap.Interface, like what follows.
func (b *beginTexts) Len() int { return len(b.words) }
func (b *beginTexts) Less(i, j int) bool {
	return bytes.Compare(b.words[i].ahead[0].place, b.words[j].ahead[0].place) < 0
}
func (b *beginTexts) Swap(i, j int) { b.words[i], b.words[j] = b.words[j], b.words[i] }
func (b *beginTexts) Push(x any)    { b.words = append(b.words, x.(*beginWord)) } //nolint:forcetypeassert // only our own
func (b *beginTexts) Pop() any {
	w := b.words[len(b.words)-1]
	b.words = b.words[:len(b.words)-1]
	return w
}
