package words

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// MaxQueryWords is how many words a query may have.
const MaxQueryWords = 16

// ErrTooMany is a query of more than MaxQueryWords words.
var ErrTooMany = errors.New("too many words")

// Query is what is looked for: every term must be in the text. The zero value finds nothing.
type Query struct{ Terms []Term }

// Term is one word, or several that must follow each other.
type Term struct {
	Words  []string
	Prefix bool // the last of them is the beginning of a word
}

// Parse reads a query: words, of which the last one may be a beginning; beginnings with a star (bol*); and phrases in
// double quotes. What is written without a space and is several words, such as an address, is a phrase. There is no
// malformed query.
func Parse(text string) (Query, error) {
	var q Query
	count := 0
	add := func(chunk string, prefix bool) {
		t := term(chunk, prefix)
		if count += len(t.Words); len(t.Words) > 0 && count <= MaxQueryWords {
			q.Terms = append(q.Terms, t)
		}
	}
	for text != "" {
		chunk, rest, quoted := cut(text)
		text = rest
		last := !quoted && strings.TrimSpace(rest) == ""
		add(chunk, last || !quoted && strings.HasSuffix(chunk, "*"))
	}
	if count > MaxQueryWords {
		return Query{}, ErrTooMany
	}
	return q, nil
}

// cut takes the first chunk of a query: what is in quotes, up to the end if they do not close, or up to a space or quote.
func cut(text string) (chunk, rest string, quoted bool) {
	text = strings.TrimLeft(text, " \t\r\n")
	if strings.HasPrefix(text, `"`) {
		chunk, rest, _ = strings.Cut(text[1:], `"`)
		return chunk, rest, true
	}
	if i := strings.IndexAny(text, " \t\r\n\""); i >= 0 {
		return text[:i], text[i:], false
	}
	return text, "", false
}

// term reads a chunk. Of a number written in parts only the whole counts, so that it is found however it is written.
func term(chunk string, prefix bool) Term {
	var s Scanner
	var starts []int
	t := Term{Prefix: prefix}
	for s.Scan(chunk); s.Next(); {
		if s.Whole {
			for len(starts) > 0 && starts[len(starts)-1] >= s.Start {
				starts, t.Words = starts[:len(starts)-1], t.Words[:len(t.Words)-1]
			}
		}
		starts, t.Words = append(starts, s.Start), append(t.Words, string(s.Word()))
	}
	return t
}

// Empty says that the query has no word, and so finds nothing.
func (q *Query) Empty() bool { return len(q.Terms) == 0 }

// Span is a place in a text, in bytes.
type Span struct{ Start, End int }

// token is one word of the text at hand.
type token struct {
	span  Span
	at    int // place among the words; the whole of a number has that of its first part
	next  int // place of the word behind it
	whole bool
	from  int // of its letters in matcher.letters
	to    int
}

// Matcher matches texts, one after the other, without new memory for each.
type Matcher struct {
	s       Scanner
	tokens  []token
	letters []byte
	spans   []Span
}

// Match says whether every term of the query is in the text, and where: spans in order, not overlapping, valid until the
// next call.
func (m *Matcher) Match(q *Query, text string) ([]Span, bool) {
	if q.Empty() {
		return nil, false
	}
	m.read(text)
	m.spans = m.spans[:0]
	for i := range q.Terms {
		if !m.find(&q.Terms[i]) {
			return nil, false
		}
	}
	slices.SortFunc(m.spans, func(a, b Span) int { return a.Start - b.Start })
	out := m.spans[:0]
	for _, s := range m.spans {
		if n := len(out); n > 0 && s.Start < out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out, true
}

func (m *Matcher) read(text string) {
	m.tokens, m.letters = m.tokens[:0], m.letters[:0]
	place := 0
	for m.s.Scan(text); m.s.Next(); {
		from := len(m.letters)
		m.letters = append(m.letters, m.s.Word()...)
		t := token{span: Span{m.s.Start, m.s.End}, at: place, next: place + 1, whole: m.s.Whole, from: from, to: len(m.letters)}
		if t.whole {
			t.at = m.placeOf(t.span.Start)
			t.next = place
		} else {
			place++
		}
		m.tokens = append(m.tokens, t)
	}
}

// placeOf is the place of the word that starts at a byte; it is among the last.
func (m *Matcher) placeOf(start int) int {
	for i := len(m.tokens) - 1; i >= 0; i-- {
		if m.tokens[i].span.Start == start {
			return m.tokens[i].at
		}
	}
	return 0
}

// find adds the spans of every place where the term stands.
func (m *Matcher) find(t *Term) bool {
	found := false
	for i := range m.tokens {
		if end, ok := m.standsAt(t, i); ok {
			m.spans = append(m.spans, Span{m.tokens[i].span.Start, end})
			found = true
		}
	}
	return found
}

// standsAt says whether the term begins with token i, and where it ends.
func (m *Matcher) standsAt(t *Term, i int) (end int, ok bool) {
	for k, want := range t.Words {
		if k > 0 {
			if i = m.following(i); i < 0 {
				return 0, false
			}
		}
		have := m.letters[m.tokens[i].from:m.tokens[i].to]
		last := k == len(t.Words)-1
		for !equal(have, want, t.Prefix && last) {
			// The same place may hold the whole of a number behind its first part.
			if i = m.alternative(i); i < 0 {
				return 0, false
			}
			have = m.letters[m.tokens[i].from:m.tokens[i].to]
		}
	}
	return m.tokens[i].span.End, true
}

func equal(have []byte, want string, prefix bool) bool {
	if prefix {
		return len(have) >= len(want) && string(have[:len(want)]) == want
	}
	return string(have) == want
}

// following is the first token at the place behind token i, -1 if none.
func (m *Matcher) following(i int) int {
	place := m.tokens[i].next
	for k := i + 1; k < len(m.tokens); k++ {
		if m.tokens[k].at == place {
			return k
		}
	}
	return -1
}

// alternative is the whole of the number that begins at the place of token i, -1 if there is none or i is it.
func (m *Matcher) alternative(i int) int {
	if m.tokens[i].whole {
		return -1
	}
	for k := i + 1; k < len(m.tokens) && k <= i+MaxBytes; k++ {
		if m.tokens[k].whole {
			if m.tokens[k].at == m.tokens[i].at {
				return k
			}
			return -1
		}
	}
	return -1
}

// Distinct returns the distinct words of a text, in the order of their first appearance, at most limit.
func Distinct(text string, limit int) []string {
	var s Scanner
	var out []string
	seen := map[string]bool{}
	for s.Scan(text); len(out) < limit && s.Next(); {
		if !seen[string(s.Word())] {
			word := string(bytes.Clone(s.Word()))
			seen[word] = true
			out = append(out, word)
		}
	}
	return out
}
