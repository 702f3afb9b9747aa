package words

import (
	"strings"
	"unicode/utf8"
)

// Snippet is the part of a text that is shown of a hit. Positions count code points of Text.
type Snippet struct {
	Text       string
	Highlights []Span
}

// ellipsis stands where the text goes on.
const ellipsis = "…"

// Cut returns at most about limit bytes of the text around its first span, with the spans that lie in it. Line breaks
// become spaces.
func Cut(text string, spans []Span, limit int) Snippet {
	from, to := 0, len(text)
	if len(text) > limit {
		from, to = window(text, spans, limit)
	}
	var b strings.Builder
	runes := 0
	if from > 0 {
		b.WriteString(ellipsis)
		runes++
	}
	var out Snippet
	next := from
	put := func(part string) {
		for _, r := range part {
			if r == '\n' || r == '\r' || r == '\t' {
				r = ' '
			}
			b.WriteRune(r)
			runes++
		}
	}
	for _, s := range spans {
		if s.Start < next || s.End > to {
			continue
		}
		put(text[next:s.Start])
		start := runes
		put(text[s.Start:s.End])
		out.Highlights = append(out.Highlights, Span{start, runes})
		next = s.End
	}
	put(text[next:to])
	if to < len(text) {
		b.WriteString(ellipsis)
	}
	out.Text = b.String()
	return out
}

// window chooses what is shown: a third before the first span, the rest behind it, cut between words where one is near.
func window(text string, spans []Span, limit int) (from, to int) {
	if len(spans) > 0 {
		from = max(0, min(spans[0].Start-limit/3, len(text)-limit))
	}
	if from > 0 {
		if i := strings.IndexAny(text[from:min(from+limit/6, len(text))], " \n\t"); i >= 0 && (len(spans) == 0 || from+i < spans[0].Start) {
			from += i + 1
		}
		for !utf8.RuneStart(text[from]) {
			from--
		}
	}
	to = min(from+limit, len(text))
	if len(spans) > 0 {
		to = max(to, min(spans[0].End, from+2*limit))
	}
	if to < len(text) {
		if i := strings.LastIndexAny(text[from:to], " \n\t"); i > 0 && (len(spans) == 0 || from+i >= spans[0].End) && i > limit/2 {
			to = from + i
		}
		for to > from && !utf8.RuneStart(text[to]) {
			to--
		}
	}
	return from, to
}
