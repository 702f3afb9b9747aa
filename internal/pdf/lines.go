package pdf

import "strings"

// Line is a part of a text that fits a width.
type Line struct {
	text     *Text
	from, to int
	width    float64
}

// Width of the line in points.
func (l Line) Width() float64 { return l.width }

// Size of the largest style in the line, or of the text's first one when the line is empty.
func (l Line) Size() float64 {
	size := 0.0
	for _, c := range l.text.clusters[l.from:l.to] {
		size = max(size, l.text.styles[c.style].Size)
	}
	if size == 0 && len(l.text.styles) > 0 {
		return l.text.styles[0].Size
	}
	return size
}

func (t *Text) points(c *cluster) float64 { return c.width * t.styles[c.style].Size / 1000 }

// Width of the text on one line, in points.
func (t *Text) Width() float64 {
	w := 0.0
	for i := range t.clusters {
		w += t.points(&t.clusters[i])
	}
	return w
}

// Lines breaks the text into lines of at most width points. A line ends where the text says so, else between words,
// else between clusters; one cluster is on each line, however narrow.
func (t *Text) Lines(width float64) []Line {
	var out []Line
	for from := 0; from < len(t.clusters); {
		l, next := t.line(from, width)
		out = append(out, l)
		from = next
	}
	return out
}

// line returns the line that begins at from, and where the next one begins.
func (t *Text) line(from int, width float64) (l Line, next int) {
	w, breakAt, breakWidth := 0.0, -1, 0.0 // the last place where the line may end
	softAt, softWidth := -1, 0.0           // the last one inside a word that does not fit a line, such as an address
	for i := from; i < len(t.clusters); i++ {
		c := &t.clusters[i]
		if c.kind == kindBreak {
			return t.trimmed(from, i, w), i + 1
		}
		if i > from && t.mayEndBefore(i) {
			breakAt, breakWidth = i, w
		}
		step := t.points(c)
		if w+step > width && c.kind != kindSpace && i > from {
			if breakAt > from {
				return t.trimmed(from, breakAt, breakWidth), breakAt
			}
			if softAt > from {
				return t.trimmed(from, softAt, softWidth), softAt
			}
			return t.trimmed(from, i, w), i
		}
		w += step
		if c.kind == kindLetter && strings.Contains("/?&=_.,;:", c.text) {
			softAt, softWidth = i+1, w
		}
	}
	return t.trimmed(from, len(t.clusters), w), len(t.clusters)
}

// mayEndBefore says whether a line may end between the clusters i-1 and i.
func (t *Text) mayEndBefore(i int) bool {
	before, c := t.clusters[i-1].kind, t.clusters[i].kind
	switch {
	case c == kindSpace || c == kindMark:
		return false
	case before == kindSpace || before == kindPicture || c == kindPicture:
		return true
	}
	return before == kindAfter && c == kindLetter && i > 1 && t.clusters[i-2].kind == kindLetter
}

// trimmed leaves out spaces at the end of a line.
func (t *Text) trimmed(from, to int, width float64) Line {
	for to > from && t.clusters[to-1].kind == kindSpace {
		to--
		width -= t.points(&t.clusters[to])
	}
	return Line{text: t, from: from, to: to, width: width}
}
