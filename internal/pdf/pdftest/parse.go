package pdftest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// File is a parsed file.
type File struct {
	Objects map[int]Object
	Names   map[string]int // every name in it, and how often
	data    []byte
}

// Object is one object: a value, and the data of a stream.
type Object struct {
	Value any // dict, array, name, number, Ref, text
	Data  []byte
}

// Dict returns the object's dictionary, or an empty one.
func (o Object) Dict() Dict {
	d, _ := o.Value.(Dict)
	return d
}

// Type is its /Type, else "".
func (o Object) Type() Name {
	n, _ := o.Dict()["Type"].(Name)
	return n
}

// Types counts the objects by their types.
func (f *File) Types() map[Name]int {
	out := map[Name]int{}
	for _, o := range f.Objects {
		out[o.Type()]++
	}
	return out
}

var errGrammar = errors.New("not what this writer writes")

// Parse reads a whole file: it is a header, stream objects without a byte between them, and the end. It refuses whatever
// package pdf does not mean to write, such as a name that it has no use for.
func Parse(data []byte) (*File, error) {
	f := &File{Objects: map[int]Object{}, Names: map[string]int{}, data: data}
	header := []byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	if !bytes.HasPrefix(data, header) {
		return nil, errors.New("header")
	}
	at, last := len(header), 0
	offsets := map[int]int{}
	for !bytes.HasPrefix(data[at:], []byte("startxref\n")) {
		n, o, next, err := f.streamAt(at)
		if err != nil {
			return nil, fmt.Errorf("at %d: %w", at, err)
		}
		f.Objects[n], offsets[n] = o, at
		at, last = next, n
	}
	end := "startxref\n" + strconv.Itoa(offsets[last]) + "\n%%EOF\n"
	if string(data[at:]) != end {
		return nil, fmt.Errorf("end: %q", data[at:])
	}
	if err := f.crossReferences(f.Objects[last], offsets); err != nil {
		return nil, err
	}
	return f, f.check()
}

// streamAt reads the stream object at an offset.
func (f *File) streamAt(at int) (n int, o Object, next int, err error) {
	p := &parser{in: f.data[at:], names: f.Names}
	n, err = p.integer()
	if err != nil || !p.take(" 0 obj\n") {
		return 0, o, 0, fmt.Errorf("object: %w", errGrammar)
	}
	if o.Value, err = p.value(); err != nil {
		return 0, o, 0, fmt.Errorf("object %d: %w", n, err)
	}
	length, _ := o.Dict()["Length"].(float64)
	if !p.take("\nstream\n") || len(p.in) < int(length) {
		return 0, o, 0, fmt.Errorf("object %d: stream: %w", n, errGrammar)
	}
	raw := p.in[:int(length)]
	p.in = p.in[int(length):]
	if !p.take("\nendstream\nendobj\n") {
		return 0, o, 0, fmt.Errorf("object %d: end of stream: %w", n, errGrammar)
	}
	o.Data = raw
	if o.Dict()["Filter"] == Name("FlateDecode") {
		o.Data, err = inflate(raw)
	}
	return n, o, len(f.data) - len(p.in), err
}

func inflate(raw []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	return out, nil
}

const xrefRow = 8

// crossReferences checks that the table leads to each object, and reads the packed ones.
func (f *File) crossReferences(table Object, offsets map[int]int) error {
	size, _ := table.Dict()["Size"].(float64)
	if table.Type() != "XRef" || len(table.Data) != int(size)*xrefRow {
		return errors.New("cross references")
	}
	streams := 0
	for n := 1; n < int(size); n++ {
		row := table.Data[n*xrefRow:]
		at := int(binary.BigEndian.Uint32(row[2:]))
		index := int(binary.BigEndian.Uint16(row[6:]))
		switch row[0] {
		case 1:
			streams++
			if row[1] != 0 || offsets[n] != at || at == 0 {
				return fmt.Errorf("object %d is not at %d", n, at)
			}
		case 2:
			if err := f.unpack(n, at, index); err != nil {
				return fmt.Errorf("object %d, at %d of pack %d: %w", n, index, at, err)
			}
		default:
			return fmt.Errorf("object %d has no place", n)
		}
	}
	if streams != len(offsets) {
		return fmt.Errorf("%d streams in the file, %d in the table", len(offsets), streams)
	}
	return nil
}

// unpack reads the index-th object of a pack, which must be number n.
func (f *File) unpack(n, pack, index int) error {
	o, ok := f.Objects[pack]
	if !ok || o.Type() != "ObjStm" {
		return errors.New("no such pack")
	}
	first, _ := o.Dict()["First"].(float64)
	p := &parser{in: o.Data[:int(first)]}
	offset := 0
	for i := 0; i <= index; i++ {
		number, err := p.integer()
		if err != nil || !p.take(" ") {
			return errGrammar
		}
		if offset, err = p.integer(); err != nil || !p.take(" ") {
			return errGrammar
		}
		if i == index && number != n {
			return fmt.Errorf("it is object %d", number)
		}
	}
	p = &parser{in: o.Data[int(first)+offset:], names: f.Names}
	v, err := p.value()
	if err == nil && !p.take("\n") {
		err = errGrammar
	}
	f.Objects[n] = Object{Value: v}
	return err
}
