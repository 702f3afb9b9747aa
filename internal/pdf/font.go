package pdf

import (
	_ "embed" // the fonts
	"sync"
	"unicode/utf16"
)

var (
	//go:embed fonts/NotoSans-Regular.ttf
	sansRegular []byte
	//go:embed fonts/NotoSans-SemiBold.ttf
	sansSemiBold []byte
	//go:embed fonts/NotoEmoji-Regular.ttf
	emojiRegular []byte
	//go:embed fonts/DejaVuSans.ttf
	dejavuSans []byte
)

// The fonts by their place. A style chooses between the first two; the others fill in what these lack.
const (
	fontRegular = iota
	fontBold
	fontEmoji
	fontFallback
	fontCount
)

// fonts parses the embedded fonts once.
var fonts = sync.OnceValue(func() *[fontCount]*font {
	return &[fontCount]*font{
		parseFont("NotoSans-Regular", sansRegular),
		parseFont("NotoSans-SemiBold", sansSemiBold),
		parseFont("NotoEmoji-Regular", emojiRegular),
		parseFont("DejaVuSans", dejavuSans),
	}
})

// font is what drawing and embedding need of a TrueType file. It does not change.
type font struct {
	name     string // PostScript
	tables   map[string][]byte
	unitsEm  int
	bounds   [4]int // all of a font's measures are in thousandths of the size
	ascent   int
	descent  int // below the line: negative
	capitals int // height
	glyphs   map[rune]uint16
	latin    [latinGlyphs]uint16 // of the first characters, which are most of all
	advances []uint16            // in the font's units; the last one is that of all later glyphs
	loca     []uint32
	// ligatures are sequences that have a glyph of their own, by their first glyph, longest first.
	ligatures map[uint16][]ligature
}

const latinGlyphs = 0x250

// ligature is one sequence: the glyphs that follow its first one, and the one that stands for all.
type ligature struct {
	rest  []uint16
	glyph uint16
}

// glyph returns the glyph of a character; 0 is none.
func (f *font) glyph(r rune) uint16 {
	if r >= 0 && r < latinGlyphs {
		return f.latin[r]
	}
	return f.glyphs[r]
}

// advance is the width of a glyph in thousandths of the size.
func (f *font) advance(glyph uint16) float64 {
	return float64(f.advances[min(int(glyph), len(f.advances)-1)]) * 1000 / float64(f.unitsEm)
}

func (f *font) scaled(units int) int { return units * 1000 / f.unitsEm }

// hexText appends text as UTF-16 in hexadecimal digits.
func hexText(b []byte, text string) []byte {
	for _, r := range text {
		if r1, r2 := utf16.EncodeRune(r); r1 != '\uFFFD' {
			b = appendHex(appendHex(b, uint16(r1)), uint16(r2))
			continue
		}
		b = appendHex(b, uint16(r))
	}
	return b
}

const hexDigits = "0123456789ABCDEF"

func appendHex(b []byte, v uint16) []byte {
	return append(b, hexDigits[v>>12], hexDigits[v>>8&15], hexDigits[v>>4&15], hexDigits[v&15])
}
