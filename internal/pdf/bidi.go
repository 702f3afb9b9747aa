package pdf

import (
	"slices"
	"unicode"
)

// bidiClass is what a character does to the direction of a line: a small part of Unicode's bidirectional algorithm,
// enough that words of Hebrew and Arabic, and the numbers in them, stand in their places.
type bidiClass uint8

const (
	classLeft    bidiClass = iota // Latin and most others
	classRight                    // Hebrew, Arabic
	classNumber                   // digits run from left to right, also among classRight
	classNeutral                  // takes the direction of both neighbours, else that of the paragraph
)

var rightToLeft = []*unicode.RangeTable{
	unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Samaritan, unicode.Mandaic, unicode.Adlam,
}

func classOf(r rune) bidiClass {
	switch {
	case r >= '0' && r <= '9':
		return classLeft // until something runs from right to left; see order
	case r < 0x590:
		return classLeft
	case unicode.In(r, rightToLeft...):
		if unicode.IsDigit(r) {
			return classNumber
		}
		return classRight
	case r >= 0x2000 && r < 0x2c00, unicode.IsPunct(r), unicode.IsSymbol(r):
		return classNeutral
	}
	return classLeft
}

// order gives each cluster its level, paragraph by paragraph. It is called only when a text has more than classLeft.
func (t *Text) order() {
	for from := 0; from < len(t.clusters); {
		to := from
		for to < len(t.clusters) && t.clusters[to].kind != kindBreak {
			to++
		}
		orderParagraph(t.clusters[from:to])
		from = to + 1
	}
}

func orderParagraph(p []cluster) {
	base := uint8(0)
	right := false
	for i := range p {
		right = right || p[i].class == classRight
	}
	if !right {
		return
	}
	for i := range p {
		if class := effective(&p[i]); class == classRight || class == classLeft {
			base = when(class == classRight)
			break
		}
	}
	before := base // the direction of the last strong character
	for i := 0; i < len(p); i++ {
		switch effective(&p[i]) {
		case classRight:
			p[i].level, before = 1, 1
		case classLeft:
			p[i].level, before = 2*base, 0
		case classNumber:
			p[i].level = 2 * max(before, base)
		case classNeutral:
			end, level := neutrals(p, i, before, base)
			for ; i < end; i++ {
				p[i].level = level
			}
			i--
		}
	}
}

// neutrals is the end of the run of neutral clusters that begins at from, and their level.
func neutrals(p []cluster, from int, before, base uint8) (end int, level uint8) {
	end = from
	for end < len(p) && effective(&p[end]) == classNeutral {
		end++
	}
	if end == len(p) {
		return end, base
	}
	class := effective(&p[end])
	after := when(class == classRight || class == classNumber && before == 1)
	switch {
	case after != before:
		return end, base
	case after == 1:
		return end, 1
	}
	return end, 2 * base
}

func when(right bool) uint8 {
	if right {
		return 1
	}
	return 0
}

// effective is the class of a cluster among others that run from right to left, where digits, spaces and signs count.
func effective(c *cluster) bidiClass {
	if c.class != classLeft || c.text == "" {
		return c.class
	}
	switch r := rune(c.text[0]); {
	case len(c.text) > 1 || r >= 0x80:
		return classLeft
	case r >= '0' && r <= '9':
		return classNumber
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return classLeft
	}
	return classNeutral
}

// places returns where each cluster of a line begins, in points from the line's left end. The clusters are in reading
// order, and are written into the file in it, so that a reader that follows the file reads them so.
func places(t *Text, line []cluster) []float64 {
	at := make([]float64, len(line))
	x := 0.0
	for _, i := range visual(line) {
		at[i] = x
		x += t.points(&line[i])
	}
	return at
}

// visual returns the clusters' places in the line in the order in which they stand from the left.
func visual(line []cluster) []int {
	highest := uint8(0)
	out := make([]int, len(line))
	for i := range line {
		out[i] = i
		highest = max(highest, line[i].level)
	}
	for level := highest; level > 0; level-- {
		for from := 0; from < len(out); from++ {
			to := from
			for to < len(out) && line[out[to]].level >= level {
				to++
			}
			slices.Reverse(out[from:to])
			from = max(from, to)
		}
	}
	if highest > 0 {
		marksLast(line, out)
	}
	return out
}

// marksLast puts marks that came to stand before their letter after it: they are drawn over what is on their left.
func marksLast(line []cluster, order []int) {
	for i := 0; i < len(order); i++ {
		letter := i
		for letter < len(order)-1 && line[order[letter]].kind == kindMark && line[order[letter]].level%2 == 1 {
			letter++
		}
		slices.Reverse(order[i : letter+1])
		i = letter
	}
}
