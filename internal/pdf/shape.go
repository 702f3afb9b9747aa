package pdf

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Style is how text looks.
type Style struct {
	Bold  bool
	Size  float64 // points
	Color Color
}

// Color is red, green and blue, 0 to 255 each.
type Color struct{ R, G, B uint8 }

// Text is text in one or more styles, ready to be broken into lines. The zero value is empty.
type Text struct {
	styles   []Style
	clusters []cluster
}

// cluster is the smallest piece of text that is drawn: one glyph for one or more characters.
type cluster struct {
	text  string // the characters, as they were given
	width float64
	glyph uint16
	font  uint8
	style uint8
	kind  clusterKind
	level uint8 // odd: runs from right to left
	class bidiClass
}

type clusterKind uint8

const (
	kindLetter  clusterKind = iota
	kindSpace               // a line may end here; it is not drawn at the end of one
	kindBreak               // a line ends here; nothing is drawn
	kindPicture             // a line may end before and after: ideographs, emoji
	kindAfter               // a line may end after it when letters follow: hyphens
	kindMark                // belongs to the cluster before it
)

// maxStyles bounds the styles of one text; later ones are drawn like the last.
const maxStyles = 255

// Add appends text in a style. Any text will do: what is no UTF-8 is drawn as the sign for that.
func (t *Text) Add(text string, s Style) {
	if len(t.styles) == 0 || t.styles[len(t.styles)-1] != s && len(t.styles) < maxStyles {
		t.styles = append(t.styles, s)
	}
	sh := shaper{fonts: fonts(), style: uint8(len(t.styles) - 1), out: t.clusters}
	if s = t.styles[sh.style]; s.Bold {
		sh.base = fontBold
	}
	sh.out = slices.Grow(sh.out, len(text))
	for len(text) > 0 {
		n := sh.next(text)
		text = text[n:]
	}
	t.clusters = sh.out
	for i := range t.clusters {
		if t.clusters[i].class != classLeft {
			t.order()
			return
		}
	}
}

// Empty says that there is nothing to draw.
func (t *Text) Empty() bool { return len(t.clusters) == 0 }

// shaper turns characters into clusters.
type shaper struct {
	fonts *[fontCount]*font
	base  uint8
	style uint8
	out   []cluster
}

// next takes one cluster from the beginning of text and returns its length in bytes, at least 1.
func (s *shaper) next(text string) int {
	r, n := utf8.DecodeRuneInString(text)
	if r < utf8.RuneSelf {
		if n := s.ascii(text, r); n > 0 {
			return n
		}
	}
	switch {
	case r == '\u2028' || r == '\u2029' || r == '\u0085':
		s.add(cluster{kind: kindBreak})
		return n
	case r == '\u200B': // a place to break a line
		s.add(cluster{kind: kindSpace, font: s.base})
		return n
	case invisible(r):
		return n
	case r == utf8.RuneError && n == 1:
		s.letter("\uFFFD", r)
		return n
	}
	if took := s.emoji(text, r, n); took > 0 {
		return took
	}
	return s.composed(text, r, n)
}

// ascii handles what most text is made of; 0 when the character needs more thought.
func (s *shaper) ascii(text string, r rune) int {
	if len(text) > 1 && text[1] >= utf8.RuneSelf && r > ' ' {
		return 0 // a mark or a keycap may follow
	}
	switch {
	case r == '\r' && len(text) > 1 && text[1] == '\n':
		s.add(cluster{kind: kindBreak})
		return 2
	case r == '\n' || r == '\r' || r == '\v' || r == '\f':
		s.add(cluster{kind: kindBreak})
	case r == '\t':
		for range 4 {
			s.letter(" ", ' ')
		}
	case r < ' ' || r == 0x7f: // left out
	default:
		s.letter(text[:1], r)
	}
	return 1
}

// invisible are characters without a shape: controls, marks of direction, and what only changes a neighbour.
func invisible(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0xad, r == 0xfeff, r == 0x61c, r == 0x2060:
		return true
	case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2061 && r <= 0x206f:
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff, r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
		return true
	}
	return false
}

// maxMarks bounds the marks that are composed with one letter; further ones are drawn one by one.
const maxMarks = 4

// composed takes a letter and the marks on it, as one glyph if a font has that.
func (s *shaper) composed(text string, r rune, n int) int {
	end := n
	for range maxMarks {
		m, k := utf8.DecodeRuneInString(text[end:])
		if !unicode.Is(unicode.Mn, m) || invisible(m) {
			break
		}
		end += k
	}
	if end > n {
		var buf [64]byte
		whole := norm.NFC.AppendString(buf[:0], text[:end])
		if one, k := utf8.DecodeRune(whole); k == len(whole) && s.known(one) {
			s.letter(text[:end], one)
			return end
		}
	}
	s.letter(text[:n], r)
	return n
}

// known says whether a font has the character.
func (s *shaper) known(r rune) bool {
	return s.fonts[s.base].glyph(r) != 0 || s.fonts[fontFallback].glyph(r) != 0
}

// replacement is drawn for what no font has: an upright box.
const replacement = '\u25AF'

// letter adds the glyph of r, which stands for text.
func (s *shaper) letter(text string, r rune) {
	c := cluster{text: text, font: s.base, kind: kindOf(r), class: classOf(r)}
	if c.glyph = s.fonts[s.base].glyph(r); c.glyph == 0 {
		if c.font, c.glyph = fontFallback, s.fonts[fontFallback].glyph(r); c.glyph == 0 {
			c.glyph = s.fonts[fontFallback].glyph(replacement)
		}
	}
	c.width = s.fonts[c.font].advance(c.glyph)
	s.add(c)
}

func (s *shaper) add(c cluster) {
	c.style = s.style
	s.out = append(s.out, c)
}

func kindOf(r rune) clusterKind {
	switch {
	case r == ' ', r >= 0x2000 && r <= 0x200a && r != 0x2007, r == 0x3000, r == 0x1680, r == 0x205f:
		return kindSpace
	case r == '-', r == 0x2010, r == 0x2013, r == 0x2014:
		return kindAfter
	case r < 0x300:
		return kindLetter
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return kindPicture
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r):
		return kindMark
	}
	return kindLetter
}
