package pdf

import "strings"

// face is what one document uses of a font. A code is what a page says; it stands for one glyph and the characters that
// it was drawn for, so that the same box extracts as each of the characters that it replaces.
type face struct {
	font   *font
	number ref // of the font's object; 0 while nothing uses it
	keep   []uint16
	index  map[uint16]uint16 // glyph of the font → of the subset
	codes  map[code]uint16
	list   []code // by code
	quick  [latinGlyphs]uint16
}

type code struct {
	glyph uint16
	text  string
}

// maxCodes is how many codes two bytes have. What comes later shares the code of its first likeness, or of none.
const maxCodes = 1 << 16

func newFace(f *font) *face {
	return &face{font: f, keep: []uint16{0}, index: map[uint16]uint16{0: 0}, codes: map[code]uint16{}, list: []code{{}}}
}

// code returns the code of a cluster.
func (f *face) code(c *cluster) uint16 {
	if len(c.text) == 1 {
		if n := f.quick[c.text[0]]; n != 0 {
			return n
		}
	}
	key := code{c.glyph, c.text}
	n, ok := f.codes[key]
	if !ok {
		n = f.add(key)
	}
	if len(c.text) == 1 {
		f.quick[c.text[0]] = n
	}
	return n
}

func (f *face) add(key code) uint16 {
	if len(f.list) == maxCodes {
		return 0
	}
	if _, ok := f.index[key.glyph]; !ok {
		f.index[key.glyph] = uint16(len(f.keep))
		f.keep = append(f.keep, key.glyph)
	}
	key.text = strings.Clone(key.text) // not the whole message
	n := uint16(len(f.list))
	f.list = append(f.list, key)
	f.codes[key] = n
	return n
}

// write writes the font with what was used of it.
func (f *face) write(out *file) {
	name := subsetName(f.keep) + "+" + f.font.name
	program, descriptor, glyphs, unicode := out.reserve(), out.reserve(), out.reserve(), out.reserve()
	data := f.font.subset(f.keep)
	out.stream(program, appendInt([]byte("/Length1 "), len(data)), data)
	out.object(descriptor, f.descriptor(name, program))
	out.stream(glyphs, nil, f.codesToGlyphs())
	out.stream(unicode, nil, f.codesToText())

	descendant := out.reserve()
	b := []byte("<</Type/Font/Subtype/CIDFontType2/BaseFont/" + name + "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor ")
	b = appendRef(append(appendRef(b, descriptor), "/CIDToGIDMap "...), glyphs)
	b = append(b, "/DW 0/W[0["...)
	for _, c := range f.list {
		b = append(appendNumber(b, f.font.advance(c.glyph)), ' ')
	}
	out.object(descendant, append(b, "]]>>"...))
	b = []byte("<</Type/Font/Subtype/Type0/BaseFont/" + name + "/Encoding/Identity-H/DescendantFonts[")
	b = append(appendRef(b, descendant), "]/ToUnicode "...)
	out.object(f.number, append(appendRef(b, unicode), ">>"...))
}

// subsetName is six letters that differ between subsets.
func subsetName(keep []uint16) string {
	sum := uint32(2166136261)
	for _, g := range keep {
		sum = (sum ^ uint32(g)) * 16777619
	}
	var b [6]byte
	for i := range b {
		b[i] = byte('A' + sum%26)
		sum /= 26
	}
	return string(b[:])
}

func (f *face) descriptor(name string, program ref) []byte {
	const symbolic = 4
	b := []byte("<</Type/FontDescriptor/FontName/" + name + "/Flags ")
	b = append(appendInt(b, symbolic), "/FontBBox["...)
	for _, v := range f.font.bounds {
		b = append(appendInt(b, v), ' ')
	}
	b = append(appendInt(append(b, "]/ItalicAngle 0/Ascent "...), f.font.ascent), "/Descent "...)
	b = append(appendInt(b, f.font.descent), "/CapHeight "...)
	b = append(appendInt(b, f.font.capitals), "/StemV 80/FontFile2 "...)
	return append(appendRef(b, program), ">>"...)
}

func (f *face) codesToGlyphs() []byte {
	out := make([]byte, 0, 2*len(f.list))
	for _, c := range f.list {
		out = be.AppendUint16(out, f.index[c.glyph])
	}
	return out
}

// codesInBlock is how many lines a block of this table may have.
const codesInBlock = 100

// codesToText is the table by which text extracts.
func (f *face) codesToText() []byte {
	b := []byte("/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	for from := 1; from < len(f.list); from += codesInBlock {
		block := f.list[from:min(from+codesInBlock, len(f.list))]
		b = append(appendInt(b, len(block)), " beginbfchar\n"...)
		for i, c := range block {
			b = append(appendHex(append(b, '<'), uint16(from+i)), "><"...)
			b = append(hexText(b, c.text), ">\n"...)
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, "endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n"...)
}
