package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"hash"
	"io"
	"strconv"
)

// ref is the number of an object.
type ref int

// file writes objects to a stream in any order of their numbers. What it keeps is 8 bytes for each object.
type file struct {
	w      io.Writer
	hash   hash.Hash
	err    error  // the first one; later writes do nothing
	at     uint64 // bytes written
	places []uint64
	flat   *zlib.Writer
	packed bytes.Buffer
	pack   pack
}

// pack is a stream of small objects that is being filled.
type pack struct {
	n     ref
	refs  []ref
	sizes []int
	body  []byte
}

// packSize is when a pack is written: small enough for a reader to open one for one object.
const (
	packSize    = 32 << 10
	packObjects = 200
)

// A place is an offset, or with packedPlace set, the number of a pack and the index in it.
const (
	packedPlace = 1 << 63
	packedShift = 16
)

func newFile(w io.Writer) *file {
	f := &file{w: w, hash: sha256.New(), places: make([]uint64, 1)}
	f.flat = zlib.NewWriter(&f.packed)
	f.write([]byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")) // four high bytes: not a text file
	return f
}

func (f *file) write(b []byte) {
	if f.err != nil {
		return
	}
	n, err := f.w.Write(b)
	f.hash.Write(b[:n])
	f.at += uint64(n)
	f.err = err
}

// reserve takes the number of an object that will be written later.
func (f *file) reserve() ref {
	f.places = append(f.places, 0)
	return ref(len(f.places) - 1)
}

// object writes a small object, packed with others.
func (f *file) object(n ref, body []byte) {
	if f.pack.n == 0 {
		f.pack.n = f.reserve()
	}
	f.places[n] = packedPlace | uint64(f.pack.n)<<packedShift | uint64(len(f.pack.refs))
	f.pack.refs = append(f.pack.refs, n)
	f.pack.sizes = append(f.pack.sizes, len(body)+1)
	f.pack.body = append(append(f.pack.body, body...), '\n')
	if len(f.pack.body) >= packSize || len(f.pack.refs) >= packObjects {
		f.flush()
	}
}

// flush writes the pack that is being filled.
func (f *file) flush() {
	if f.pack.n == 0 {
		return
	}
	p := f.pack
	f.pack = pack{refs: p.refs[:0], sizes: p.sizes[:0], body: nil}
	var index []byte
	at := 0
	for i, n := range p.refs {
		index = append(appendInt(append(appendInt(index, int(n)), ' '), at), ' ')
		at += p.sizes[i]
	}
	head := append(appendInt([]byte("/Type/ObjStm/N "), len(p.refs)), "/First "...)
	f.stream(p.n, appendInt(head, len(index)), append(index, p.body...))
	f.pack.body = p.body[:0]
}

// stream writes a stream object, compressed; dict holds its own entries.
func (f *file) stream(n ref, dict, data []byte) {
	f.packed.Reset()
	f.flat.Reset(&f.packed)
	_, _ = f.flat.Write(data) // into memory
	_ = f.flat.Close()
	f.plainStream(n, append(dict, "/Filter/FlateDecode"...), f.packed.Bytes())
}

// plainStream writes a stream object as it is.
func (f *file) plainStream(n ref, dict, data []byte) {
	f.places[n] = f.at
	b := append(appendInt(nil, int(n)), " 0 obj\n<<"...)
	b = append(appendInt(append(append(b, dict...), "/Length "...), len(data)), ">>\nstream\n"...)
	f.write(b)
	f.write(data)
	f.write([]byte("\nendstream\nendobj\n"))
}

// finish writes the cross references, as the last object, and the end. The document's identifier follows from its bytes.
func (f *file) finish(root, info ref) error {
	f.flush()
	id := f.hash.Sum(nil)[:16]
	n := f.reserve()
	start := f.at
	f.places[n] = start
	rows := append(make([]byte, 0, xrefRow*len(f.places)), 0, 0, 0, 0, 0, 0, 0xff, 0xff) // object 0 is free, as ever
	for _, p := range f.places[1:] {
		rows = appendPlace(rows, p)
	}
	d := appendInt([]byte("/Type/XRef/W[1 5 2]/Size "), len(f.places))
	d = appendRef(append(d, "/Root "...), root)
	d = appendRef(append(d, "/Info "...), info)
	d = append(d, "/ID["...)
	for range 2 {
		d = append(d, '<')
		for i := 0; i < len(id); i += 2 {
			d = appendHex(d, be.Uint16(id[i:]))
		}
		d = append(d, '>')
	}
	f.stream(n, append(d, ']'), rows)
	f.write(append(appendInt([]byte("startxref\n"), int(start)), "\n%%EOF\n"...))
	return f.err
}

const xrefRow = 8

// appendPlace appends a row of the cross references: kind, then offset or pack, then index.
func appendPlace(b []byte, p uint64) []byte {
	kind, index := byte(1), uint16(0)
	if p&packedPlace != 0 {
		kind, index, p = 2, uint16(p), p&^packedPlace>>packedShift
	}
	b = append(b, kind, byte(p>>32), byte(p>>24), byte(p>>16), byte(p>>8), byte(p))
	return be.AppendUint16(b, index)
}

func appendInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

func appendRef(b []byte, n ref) []byte { return append(appendInt(b, int(n)), " 0 R"...) }

// appendNumber appends a measure with two decimals at most.
func appendNumber(b []byte, v float64) []byte {
	hundredths := int64(v*100 + 0.5)
	if v < 0 {
		hundredths = int64(v*100 - 0.5)
	}
	if hundredths < 0 {
		b = append(b, '-')
		hundredths = -hundredths
	}
	b = strconv.AppendInt(b, hundredths/100, 10)
	if rest := hundredths % 100; rest != 0 {
		b = append(b, '.', byte('0'+rest/10))
		if rest%10 != 0 {
			b = append(b, byte('0'+rest%10))
		}
	}
	return b
}

// appendString appends a text string: UTF-16 in hexadecimal, which no text can end.
func appendString(b []byte, text string) []byte {
	return append(hexText(append(b, "<FEFF"...), text), '>')
}
