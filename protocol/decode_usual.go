package protocol

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bodies and commands as clients usually write them are read in one go, by the plans of their types: half the time and a
// third of the allocations of encoding/json, which goes over the text twice and finds its fields anew. Whatever is not
// usual (null, a name that is spelled otherwise or there twice, an unknown field, a map, an error of any kind) is left to
// encoding/json, from the beginning, so that what is taken and how a refusal reads are its doing alone.

// reader reads what comes next into v, of the type that it was made for; false: it is not usual, and v may hold parts of it.
type reader func(s *scanner, v reflect.Value) bool

var (
	typeUnmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	typeTextUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// readUsual reads data into v, a pointer to a struct, which may hold defaults.
func readUsual(data []byte, v any) bool {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() || p.Elem().Kind() != reflect.Struct || planOf(p.Elem().Type()).itself {
		return false
	}
	s := scanner{b: data}
	s.blanks()
	if !readObject(&s, p.Elem()) {
		return false
	}
	s.blanks()
	return s.i == len(data)
}

// readsItself says that encoding/json would call a method of the type.
func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(typeUnmarshaler) || p.Implements(typeTextUnmarshaler)
}

// readerOfField is the reader of a struct's field; nil: what it holds is never usual.
func readerOfField(f reflect.StructField, options string) reader {
	if len(f.Index) != 1 || slices.Contains(strings.Split(options, ","), "string") {
		return nil
	}
	return readerOf(f.Type)
}

func readerOf(t reflect.Type) reader {
	if t == typeTime {
		return readTime
	}
	if readsItself(t) {
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		return readText
	case reflect.Bool:
		return readFlag
	case reflect.Int, reflect.Int64, reflect.Int32:
		return readWhole
	case reflect.Struct:
		return readObject
	case reflect.Pointer:
		return readPointer(t)
	case reflect.Slice:
		return readList(t)
	}
	return nil
}

func readText(s *scanner, v reflect.Value) bool {
	start := s.i
	if !s.text() {
		return false
	}
	if text := s.b[start+1 : s.i-1]; bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		v.SetString(string(text))
		return true
	}
	var out string
	if json.Unmarshal(s.b[start:s.i], &out) != nil {
		return false
	}
	v.SetString(out)
	return true
}

func readFlag(s *scanner, v reflect.Value) bool {
	yes := s.word("true")
	if !yes && !s.word("false") {
		return false
	}
	v.SetBool(yes)
	return true
}

func readWhole(s *scanner, v reflect.Value) bool {
	start := s.i
	if !s.number() {
		return false
	}
	n, err := strconv.ParseInt(string(s.b[start:s.i]), 10, 64)
	if err != nil || v.OverflowInt(n) {
		return false
	}
	v.SetInt(n)
	return true
}

func readTime(s *scanner, v reflect.Value) bool {
	start := s.i
	if !s.text() {
		return false
	}
	t, ok := v.Addr().Interface().(*Time)
	return ok && t.UnmarshalJSON(s.b[start:s.i]) == nil
}

func readPointer(t reflect.Type) reader {
	read := readerOf(t.Elem())
	if read == nil {
		return nil
	}
	return func(s *scanner, v reflect.Value) bool {
		if !v.IsNil() {
			return false
		}
		to := reflect.New(t.Elem())
		if !read(s, to.Elem()) {
			return false
		}
		v.Set(to)
		return true
	}
}

func readList(t reflect.Type) reader {
	read := readerOf(t.Elem())
	if read == nil {
		return nil
	}
	return func(s *scanner, v reflect.Value) bool {
		if !v.IsNil() || !s.open('[') {
			return false
		}
		if s.blanks(); s.take(']') {
			s.depth--
			v.Set(reflect.MakeSlice(t, 0, 0))
			return true
		}
		for n := 0; ; n++ {
			v.Grow(1)
			v.SetLen(n + 1)
			if !read(s, v.Index(n)) {
				return false
			}
			if more, err := s.more(']'); !more {
				return err == nil
			}
		}
	}
}

// readObject reads a struct, whose fields each come once at most.
func readObject(s *scanner, v reflect.Value) bool {
	if !s.open('{') {
		return false
	}
	if s.blanks(); s.take('}') {
		s.depth--
		return true
	}
	p := planOf(v.Type())
	var seen uint64
	for at := 0; ; {
		start := s.i + 1
		if !s.text() {
			return false
		}
		name := s.b[start : s.i-1]
		if s.blanks(); !s.take(':') {
			return false
		}
		s.blanks()
		i := p.find(name, at)
		if i < 0 || i >= 64 || seen&(1<<i) != 0 || p.fields[i].read == nil {
			return false
		}
		seen |= 1 << i
		if f := &p.fields[i]; !f.read(s, v.Field(f.index[0])) {
			return false
		}
		at = i + 1
		if more, err := s.more('}'); !more {
			return err == nil
		}
	}
}

// find is the index of the field that is called name, -1 for none. Clients write fields in the order of the documents, so it
// looks from at on first.
func (p *plan) find(name []byte, at int) int {
	for i := range p.fields {
		k := at + i
		if k >= len(p.fields) {
			k -= len(p.fields)
		}
		if p.fields[k].name == string(name) {
			return k
		}
	}
	return -1
}
