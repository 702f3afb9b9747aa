package pdf

import (
	"encoding/binary"
	"slices"
)

var be = binary.BigEndian

// parseFont reads an embedded font. It panics on a damaged one: that is a defect, found by the first test.
func parseFont(name string, data []byte) *font {
	f := &font{name: name, tables: map[string][]byte{}, glyphs: map[rune]uint16{}, ligatures: map[uint16][]ligature{}}
	for i := range int(be.Uint16(data[4:])) {
		entry := data[12+16*i:]
		at := be.Uint32(entry[8:])
		f.tables[string(entry[:4])] = data[at : at+be.Uint32(entry[12:])]
	}
	head, hhea, os2 := f.tables["head"], f.tables["hhea"], f.tables["OS/2"]
	f.unitsEm = int(be.Uint16(head[18:]))
	for i := range f.bounds {
		f.bounds[i] = f.scaled(int(int16(be.Uint16(head[36+2*i:]))))
	}
	f.ascent, f.descent = f.scaled(int(int16(be.Uint16(hhea[4:])))), f.scaled(int(int16(be.Uint16(hhea[6:]))))
	f.capitals = f.ascent
	if be.Uint16(os2) >= 2 {
		f.capitals = f.scaled(int(be.Uint16(os2[88:])))
	}
	for i := range int(be.Uint16(hhea[34:])) {
		f.advances = append(f.advances, be.Uint16(f.tables["hmtx"][4*i:]))
	}
	f.parseLoca(be.Uint16(head[50:]) == 1, int(be.Uint16(f.tables["maxp"][4:])))
	f.parseCmap()
	f.parseLigatures()
	return f
}

// parseLoca reads where each glyph's outline is; there is one more offset than there are glyphs.
func (f *font) parseLoca(long bool, glyphs int) {
	loca := f.tables["loca"]
	for i := range glyphs + 1 {
		if long {
			f.loca = append(f.loca, be.Uint32(loca[4*i:]))
		} else {
			f.loca = append(f.loca, 2*uint32(be.Uint16(loca[2*i:])))
		}
	}
}

// parseCmap reads the table of format 12, which has every character that the font draws.
func (f *font) parseCmap() {
	cmap := f.tables["cmap"]
	for i := range int(be.Uint16(cmap[2:])) {
		table := cmap[be.Uint32(cmap[4+8*i+4:]):]
		if be.Uint16(table) != 12 {
			continue
		}
		for g := range int(be.Uint32(table[12:])) {
			group := table[16+12*g:]
			first, last, glyph := be.Uint32(group), be.Uint32(group[4:]), be.Uint32(group[8:])
			for r := first; r <= last; r++ {
				f.glyphs[rune(r)] = uint16(glyph + r - first)
			}
		}
	}
	for r := range f.latin {
		f.latin[r] = f.glyphs[rune(r)]
	}
}

// featureComposition is the feature whose ligatures make one picture of a sequence of emoji.
const featureComposition = "ccmp"

// parseLigatures reads the plain ligatures of composition. Substitutions that depend on their surroundings are left
// out: in the fonts here they serve flags and joiners that the plain ones have too.
func (f *font) parseLigatures() {
	gsub := f.tables["GSUB"]
	if f.name != "NotoEmoji-Regular" || gsub == nil {
		return // ligatures of letters are a matter of taste, and cost the one glyph for one character
	}
	features, lookups := gsub[be.Uint16(gsub[6:]):], gsub[be.Uint16(gsub[8:]):]
	for i := range int(be.Uint16(features)) {
		record := features[2+6*i:]
		feature := features[be.Uint16(record[4:]):]
		if string(record[:4]) != featureComposition {
			continue
		}
		for j := range int(be.Uint16(feature[2:])) {
			f.parseLookup(lookups[be.Uint16(lookups[2+2*be.Uint16(feature[4+2*j:]):]):])
		}
	}
	for first, list := range f.ligatures {
		slices.SortStableFunc(list, func(a, b ligature) int { return len(b.rest) - len(a.rest) })
		f.ligatures[first] = list
	}
}

const ligatureLookup = 4

func (f *font) parseLookup(lookup []byte) {
	if be.Uint16(lookup) != ligatureLookup {
		return
	}
	for i := range int(be.Uint16(lookup[4:])) {
		sub := lookup[be.Uint16(lookup[6+2*i:]):]
		firsts := coverage(sub[be.Uint16(sub[2:]):])
		for j, first := range firsts {
			f.parseSet(first, sub[be.Uint16(sub[6+2*j:]):])
		}
	}
}

func (f *font) parseSet(first uint16, set []byte) {
	for i := range int(be.Uint16(set)) {
		entry := set[be.Uint16(set[2+2*i:]):]
		l := ligature{glyph: be.Uint16(entry)}
		for k := 1; k < int(be.Uint16(entry[2:])); k++ {
			l.rest = append(l.rest, be.Uint16(entry[4+2*(k-1):]))
		}
		f.ligatures[first] = append(f.ligatures[first], l)
	}
}

// coverage lists the glyphs of a coverage table in its order.
func coverage(table []byte) (glyphs []uint16) {
	n := int(be.Uint16(table[2:]))
	for i := range n {
		if be.Uint16(table) == 1 {
			glyphs = append(glyphs, be.Uint16(table[4+2*i:]))
			continue
		}
		entry := table[4+6*i:]
		for g := int(be.Uint16(entry)); g <= int(be.Uint16(entry[2:])); g++ {
			glyphs = append(glyphs, uint16(g))
		}
	}
	return glyphs
}
