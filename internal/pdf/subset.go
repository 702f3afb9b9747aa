package pdf

import "slices"

// subset returns a TrueType file with the given glyphs of the font and those that they are made of. The i-th glyph of
// the result is keep[i]; keep[0] must be 0, the glyph for none.
func (f *font) subset(keep []uint16) []byte {
	keep = slices.Clone(keep)
	var outlines, loca, metrics []byte
	for i := 0; i < len(keep); i++ { // grows while it runs
		loca = be.AppendUint32(loca, uint32(len(outlines)))
		outlines = append(outlines, f.outline(keep[i], &keep)...)
		for len(outlines)%4 != 0 {
			outlines = append(outlines, 0)
		}
		metrics = append(metrics, f.metric(keep[i])...)
	}
	loca = be.AppendUint32(loca, uint32(len(outlines)))

	head := slices.Clone(f.tables["head"])
	be.PutUint32(head[8:], 0)  // checksum of the whole, filled in below
	be.PutUint16(head[50:], 1) // long offsets
	hhea := slices.Clone(f.tables["hhea"])
	be.PutUint16(hhea[34:], uint16(len(keep)))
	maxp := slices.Clone(f.tables["maxp"])
	be.PutUint16(maxp[4:], uint16(len(keep)))
	tables := []table{
		{"cvt ", f.tables["cvt "]},
		{"fpgm", f.tables["fpgm"]},
		{"glyf", outlines},
		{"head", head},
		{"hhea", hhea},
		{"hmtx", metrics},
		{"loca", loca},
		{"maxp", maxp},
		{"prep", f.tables["prep"]},
	}
	return assemble(slices.DeleteFunc(tables, func(t table) bool { return t.data == nil }))
}

// metric is the glyph's advance and left bearing.
func (f *font) metric(glyph uint16) []byte {
	hmtx, n := f.tables["hmtx"], len(f.advances)
	if int(glyph) < n {
		return hmtx[4*int(glyph):][:4]
	}
	bearing := hmtx[4*n+2*(int(glyph)-n):][:2]
	return append(be.AppendUint16(nil, f.advances[n-1]), bearing...)
}

// Flags of a part of a composite outline.
const (
	partWords     = 1 << 0
	partScale     = 1 << 3
	partMore      = 1 << 5
	partScaleXY   = 1 << 6
	partTwoByTwo  = 1 << 7
	outlineHeader = 10
)

// outline returns a glyph's outline; parts of a composite one are added to keep and renumbered.
func (f *font) outline(glyph uint16, keep *[]uint16) []byte {
	data := f.tables["glyf"][f.loca[glyph]:f.loca[glyph+1]]
	if len(data) == 0 || int16(be.Uint16(data)) >= 0 {
		return data
	}
	data = slices.Clone(data)
	for at := outlineHeader; ; {
		flags, part := be.Uint16(data[at:]), be.Uint16(data[at+2:])
		i := slices.Index(*keep, part)
		if i < 0 {
			i = len(*keep)
			*keep = append(*keep, part)
		}
		be.PutUint16(data[at+2:], uint16(i))
		if flags&partMore == 0 {
			return data
		}
		at += partLength(flags)
	}
}

func partLength(flags uint16) int {
	n := 6
	if flags&partWords != 0 {
		n += 2
	}
	switch {
	case flags&partTwoByTwo != 0:
		n += 8
	case flags&partScaleXY != 0:
		n += 4
	case flags&partScale != 0:
		n += 2
	}
	return n
}

type table struct {
	tag  string
	data []byte
}

// assemble writes a file of the tables, which are in the order of their tags.
func assemble(tables []table) []byte {
	n := len(tables)
	power := 1
	for power*2 <= n {
		power *= 2
	}
	log := 0
	for 1<<log < power {
		log++
	}
	out := be.AppendUint32(nil, 0x00010000)
	for _, v := range []int{n, 16 * power, log, 16 * (n - power)} {
		out = be.AppendUint16(out, uint16(v))
	}
	at := len(out) + 16*n
	for _, t := range tables {
		out = append(out, t.tag...)
		for _, v := range []uint32{checksum(t.data), uint32(at), uint32(len(t.data))} {
			out = be.AppendUint32(out, v)
		}
		at += (len(t.data) + 3) &^ 3
	}
	head := 0
	for _, t := range tables {
		if t.tag == "head" {
			head = len(out)
		}
		out = append(out, t.data...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	be.PutUint32(out[head+8:], 0xB1B0AFBA-checksum(out))
	return out
}

// checksum adds the 32-bit words of a table, the last one padded with zeros.
func checksum(data []byte) (sum uint32) {
	for len(data) >= 4 {
		sum += be.Uint32(data)
		data = data[4:]
	}
	var last [4]byte
	copy(last[:], data)
	return sum + be.Uint32(last[:])
}
