package storage

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/words"
)

// ErrTooMany is a search for a beginning that too many words have, and nothing else.
var ErrTooMany = errors.New("too many words begin so")

// Work is what a search may still do; see the costs. It bounds the time of a page whatever is looked for.
type Work int

// What a search spends, in steps along the rows of a word: about 0.3 µs each.
const (
	WorkOfStep = 1
	WorkOfSeek = 16
	WorkOfText = 40  // reading one text
	WorkOfHead = 120 // loading one conversation
)

// Spend takes from what is left and says whether anything is.
func (w *Work) Spend(n int) bool {
	*w -= Work(n)
	return *w > 0
}

// TextSearch selects messages and notes.
type TextSearch struct {
	Query    words.Query
	Kinds    TextKind // the sum of those that are wanted; 0: all
	From, To time.Time
	// Among are the conversations that come into question; nil: all.
	Among map[dispatch.ConversationID]bool
	Start []byte // where to begin: next of the last page; nil: at the newest
}

// oldest and newest are the times of the texts that are wanted, in milliseconds, the newest behind the last one.
func (q *TextSearch) oldest() int64 { return q.From.Add(time.Millisecond - 1).UnixMilli() }
func (q *TextSearch) newest() int64 { return q.To.Add(time.Millisecond - 1).UnixMilli() }

// Takes says whether a text is wanted, whatever it says.
func (q *TextSearch) Takes(p *TextPlace) bool {
	ms := p.At.UnixMilli()
	return (q.Kinds == 0 || q.Kinds&p.Kind != 0) && (q.From.IsZero() || ms >= q.oldest()) && (q.To.IsZero() || ms < q.newest())
}

// SearchTexts calls fn, newest first, with every text that may match: it has all words, those of a phrase as far as rows tell
// side by side, perhaps not the one whose beginning is looked for. fn reads the text for the truth. It ends when fn returns
// ErrStop or another error, and when the work is done; next is where to go on, nil at the end.
func (db *DB) SearchTexts(q *TextSearch, work *Work, fn func(TextPlace) error) (next []byte, err error) {
	err = db.reading("search", func() error {
		s := &textSearch{db: db, q: q, work: work, start: q.Start}
		next, err = s.page(fn)
		return errors.Join(err, s.close())
	})
	return next, err
}

// IsTextPlace says whether next may be what SearchTexts returned.
func IsTextPlace(next []byte) bool {
	if n := len(next); n > 0 && next[n-1] == 0 {
		if _, err := parseTextPlace(next[:n-1]); err == nil {
			return true
		}
	}
	_, err := parseTextPlace(next)
	return err == nil
}

// Key orders places: newest first.
func (p *TextPlace) Key() []byte { return p.append(nil) }

// AfterText is where a search goes on behind a text.
func AfterText(p TextPlace) []byte { return append(p.append(nil), 0) }

// textSearch is one page of a search.
type textSearch struct {
	db      *DB
	q       *TextSearch
	work    *Work
	start   []byte
	fresh   [][]Row         // of texts that have no rows yet
	end     []byte          // first place that is too old; nil: none
	among   map[string]bool // by the bytes in a place; nil: all
	sources []texts
	exact   map[string]*wordTexts
	pairs   [][2]*wordTexts // words of phrases, each beside the next
}

// texts are those of one word, or of one beginning of words, in order of their places.
type texts interface {
	seek(place []byte) error // goes forward to the first at or behind the place
	place() []byte           // nil at the end; valid until the next seek
	kind() TextKind
	rate() float64 // texts for each millisecond, near the start
	close() error
}

func (s *textSearch) page(fn func(TextPlace) error) (next []byte, err error) {
	left := *s.work
	found, err := s.plan() // bounded by itself: a page gets on in any case
	if err != nil || !found {
		return nil, err
	}
	*s.work = left
	return s.run(fn)
}

// plan opens the rows of every word; not found: one of them is in no text.
func (s *textSearch) plan() (found bool, err error) {
	s.exact, s.fresh = map[string]*wordTexts{}, s.db.fresh.all()
	s.bounds()
	s.mark()
	var begins []string
	for i := range s.q.Query.Terms {
		t := &s.q.Query.Terms[i]
		whole := t.Words
		if n := len(whole) - 1; t.Prefix {
			begins, whole = append(begins, whole[n]), whole[:n]
		}
		if err := s.open(whole); err != nil {
			return false, err
		}
	}
	for _, src := range s.sources {
		if src.place() == nil {
			return false, nil
		}
	}
	return s.openBegins(begins)
}

// mark spells the conversations as rows do: most texts are passed over by that alone.
func (s *textSearch) mark() {
	if s.q.Among == nil {
		return
	}
	s.among = make(map[string]bool, len(s.q.Among))
	for id, wanted := range s.q.Among {
		s.among[string(appendConversation(nil, id))] = wanted
	}
}

// bounds turns times into places, to the millisecond.
func (s *textSearch) bounds() {
	part := func(ms int64) []byte {
		return binary.BigEndian.AppendUint64(nil, ^uint64(ms))[2:]
	}
	if !s.q.To.IsZero() {
		if first := part(s.q.newest() - 1); bytes.Compare(first, s.start) > 0 {
			s.start = first
		}
	}
	if !s.q.From.IsZero() {
		s.end = part(s.q.oldest() - 1)
	}
}

// open opens the rows of whole words, which follow each other in a phrase.
func (s *textSearch) open(whole []string) error {
	var before *wordTexts
	for _, word := range whole {
		w := s.exact[word]
		if w == nil {
			var err error
			if w, err = s.openWord(word); err != nil {
				return err
			}
			s.exact[word] = w
		}
		if before != nil {
			s.pairs = append(s.pairs, [2]*wordTexts{before, w})
		}
		before = w
	}
	return nil
}

// openBegins opens the rows of all words with a beginning, unless that costs more than looking into the texts that the other
// words lead to.
func (s *textSearch) openBegins(begins []string) (found bool, err error) {
	for _, begin := range begins {
		b, all, err := s.openBegin(begin)
		switch {
		case err != nil:
			return false, err
		case !all:
			continue // fn looks into the text
		}
		s.sources = append(s.sources, b)
		if b.place() == nil {
			return false, nil
		}
	}
	if len(s.sources) == 0 {
		return false, ErrTooMany
	}
	slices.SortStableFunc(s.sources, func(a, b texts) int { return cmp.Compare(a.rate(), b.rate()) })
	return true, s.leaveCommon()
}

// leaveCommon closes what has many times more texts than the rarest source, where fn can tell.
func (s *textSearch) leaveCommon() error {
	most := leaveToText * s.sources[0].rate()
	for i := len(s.sources) - 1; i > 0; i-- {
		b, many := s.sources[i].(*beginTexts)
		if !many || b.rate() <= most {
			continue
		}
		s.sources = slices.Delete(s.sources, i, i+1)
		if err := b.close(); err != nil {
			return err
		}
	}
	return nil
}

// leaveToText: so many times more texts with a beginning than with the rarest word, and it is cheaper to read the latter.
const leaveToText = 4

// run leaps: each source goes to where the furthest one stands, until all stand at one text.
func (s *textSearch) run(fn func(TextPlace) error) (next []byte, err error) {
	var target []byte
	for {
		target = append(target[:0], s.sources[0].place()...)
		for i := 0; i < len(s.sources) && len(target) > 0; {
			src := s.sources[i]
			if err := src.seek(target); err != nil {
				return nil, err
			}
			switch place := src.place(); {
			case bytes.Equal(place, target):
				i++
			default:
				target, i = append(target[:0], place...), 0
			}
			if *s.work <= 0 {
				break
			}
		}
		switch {
		case len(target) == 0 || s.end != nil && bytes.Compare(target, s.end) >= 0:
			return nil, nil
		case *s.work <= 0:
			return target, nil
		}
		if err := s.give(target, fn); errors.Is(err, ErrStop) {
			return append(target, 0), nil
		} else if err != nil {
			return nil, err
		}
		if err := s.sources[0].seek(append(target, 0)); err != nil {
			return nil, err
		}
	}
}

// give calls fn unless a row says that the text does not match.
func (s *textSearch) give(place []byte, fn func(TextPlace) error) error {
	kind := s.sources[0].kind()
	if s.q.Kinds != 0 && s.q.Kinds&kind == 0 {
		return nil
	}
	if s.among != nil && !s.among[string(place[6:len(place)-4])] {
		return nil
	}
	for _, p := range s.pairs {
		if !besides(p[0].places(), p[1].places()) {
			return nil
		}
	}
	p, err := parseTextPlace(place)
	if err != nil {
		return fmt.Errorf("row of %d bytes: %w", len(place), err)
	}
	p.Kind = kind
	return fn(p)
}

// besides says whether a word may stand right behind another one.
func besides(first, second []byte) bool {
	for _, p := range first {
		if p == morePlaces || slices.Contains(second, p+1) {
			return true
		}
	}
	return len(second) == 0 || second[len(second)-1] == morePlaces
}

func (s *textSearch) close() error {
	var errs []error
	for _, src := range s.sources {
		errs = append(errs, src.close())
	}
	return errors.Join(errs...)
}
