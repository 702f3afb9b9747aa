package storage

import (
	"cmp"
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// What encMode writes is read by plans, one for each type: a load of a conversation spends most of its time there, and
// decMode took four times as long. A plan knows only the shapes that encMode gives to the types of this package. It gives
// the value that decMode gives, or gives up: decMode is asked then, and it alone says what is an error.

// cborReader reads one item. Once bad, nothing of what it read counts.
type cborReader struct {
	b   []byte
	bad bool
}

// cborPlan reads an item into a value that is zero, or leaves that to decMode.
type cborPlan func(r *cborReader, v reflect.Value)

var (
	plans   sync.Map // of cborPlan, by reflect.Type
	timeTyp = reflect.TypeFor[time.Time]()
	rawTyp  = reflect.TypeFor[cbor.RawMessage]()
)

// readPlanned reads all of raw into what into points to, which must be zero, or hold only what raw holds too. It is zero when
// that is left to decMode.
func readPlanned(raw []byte, into any) bool {
	v := reflect.ValueOf(into).Elem()
	r := cborReader{b: raw}
	planOf(v.Type())(&r, v)
	if r.bad || len(r.b) > 0 {
		v.SetZero()
		return false
	}
	return true
}

func giveUp(r *cborReader, _ reflect.Value) { r.bad = true }

func planOf(t reflect.Type) cborPlan {
	if p, ok := plans.Load(t); ok {
		return p.(cborPlan) //nolint:forcetypeassert // the map holds nothing else
	}
	p := newPlan(t)
	plans.Store(t, p)
	return p
}

func newPlan(t reflect.Type) cborPlan {
	switch {
	case t == timeTyp:
		return readTime
	case t == rawTyp:
		return readRaw
	case decodesItself(t):
		return giveUp
	}
	switch t.Kind() {
	case reflect.String:
		return func(r *cborReader, v reflect.Value) { v.SetString(r.text()) }
	case reflect.Bool:
		return readBool
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return readUint
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return readInt
	case reflect.Pointer:
		return pointerPlan(t)
	case reflect.Slice:
		return slicePlan(t)
	case reflect.Map:
		return textsPlan(t)
	case reflect.Struct:
		return structPlan(t)
	}
	return giveUp
}

// decodesItself: decMode would ask the type.
func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	for _, i := range []reflect.Type{
		reflect.TypeFor[cbor.Unmarshaler](), reflect.TypeFor[interface{ UnmarshalBinary([]byte) error }](),
		reflect.TypeFor[interface{ UnmarshalText([]byte) error }](),
	} {
		if p.Implements(i) {
			return true
		}
	}
	return false
}

const (
	cborUint  = 0
	cborMinus = 1
	cborBytes = 2
	cborText  = 3
	cborArray = 4
	cborPairs = 5

	cborFalse = 0xf4
	cborTrue  = 0xf5
	cborNull  = 0xf6
)

// head reads the head of an item whose length, if it has one, is known.
func (r *cborReader) head() (major byte, n uint64) {
	if len(r.b) == 0 {
		r.bad = true
		return 0, 0
	}
	major, n = r.b[0]>>5, uint64(r.b[0]&31)
	r.b = r.b[1:]
	if n < 24 {
		return major, n
	}
	size := 1 << (n & 3)
	if n > 27 || len(r.b) < size {
		r.bad = true
		return 0, 0
	}
	switch n {
	case 24:
		n = uint64(r.b[0])
	case 25:
		n = uint64(binary.BigEndian.Uint16(r.b))
	case 26:
		n = uint64(binary.BigEndian.Uint32(r.b))
	default:
		n = binary.BigEndian.Uint64(r.b)
	}
	r.b = r.b[size:]
	return major, n
}

// count reads the head of an item of the kind that has so many parts of at least a byte.
func (r *cborReader) count(kind byte) int {
	major, n := r.head()
	if major != kind || n > uint64(len(r.b)) || n > 1<<16 {
		r.bad = true
		return 0
	}
	return int(n)
}

// bytes reads an item of the kind, which is a text or bytes.
func (r *cborReader) bytes(kind byte) []byte {
	major, n := r.head()
	if r.bad || major != kind || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *cborReader) text() string {
	b := r.bytes(cborText)
	if !utf8.Valid(b) {
		r.bad = true
	}
	return string(b)
}

// one passes over a byte that is there.
func (r *cborReader) one(b byte) bool {
	if len(r.b) == 0 || r.b[0] != b {
		return false
	}
	r.b = r.b[1:]
	return true
}

func readBool(r *cborReader, v reflect.Value) {
	switch {
	case r.one(cborTrue):
		v.SetBool(true)
	case !r.one(cborFalse):
		r.bad = true
	}
}

func readUint(r *cborReader, v reflect.Value) {
	major, n := r.head()
	if major != cborUint || v.OverflowUint(n) {
		r.bad = true
		return
	}
	v.SetUint(n)
}

func readInt(r *cborReader, v reflect.Value) {
	major, n := r.head()
	i := int64(n)
	if major == cborMinus {
		i = -1 - i
	}
	if major > cborMinus || n > math.MaxInt64 || v.OverflowInt(i) {
		r.bad = true
		return
	}
	v.SetInt(i)
}

// readTime reads a time in UTC as encMode writes it.
func readTime(r *cborReader, v reflect.Value) {
	if r.one(cborNull) {
		return
	}
	t, ok := parseUTC(r.bytes(cborText))
	if !ok {
		r.bad = true
		return
	}
	*v.Addr().Interface().(*time.Time) = t //nolint:forcetypeassert // the plan of this type
}

// parseUTC reads "2006-01-02T15:04:05.999999999Z".
func parseUTC(b []byte) (t time.Time, ok bool) {
	const form = "0000-00-00T00:00:00"
	if len(b) <= len(form) || b[len(b)-1] != 'Z' {
		return t, false
	}
	for i := range len(form) {
		if digit := b[i] >= '0' && b[i] <= '9'; digit != (form[i] == '0') || !digit && b[i] != form[i] {
			return t, false
		}
	}
	two := func(i int) int { return int(b[i]-'0')*10 + int(b[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	nano, scale := 0, 1_000_000_000
	if part := b[len(form) : len(b)-1]; len(part) > 0 {
		if part[0] != '.' || len(part) < 2 || len(part) > 10 {
			return t, false
		}
		for _, c := range part[1:] {
			if c < '0' || c > '9' {
				return t, false
			}
			scale /= 10
			nano += int(c-'0') * scale
		}
	}
	if month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return t, false
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, nano, time.UTC)
	return t, t.Day() == day
}

// readRaw keeps an item as it is.
func readRaw(r *cborReader, v reflect.Value) {
	from := r.b
	r.bad = r.bad || len(from) == 0 || from[0] == cborNull
	r.skip(8)
	if !r.bad {
		v.SetBytes(append([]byte(nil), from[:len(from)-len(r.b)]...))
	}
}

// skip passes over an item that has no more than so many levels.
func (r *cborReader) skip(levels int) {
	if levels == 0 {
		r.bad = true
		return
	}
	if r.one(cborFalse) || r.one(cborTrue) || r.one(cborNull) {
		return
	}
	switch major, n := r.head(); major {
	case cborUint, cborMinus:
	case cborBytes, cborText:
		if n > uint64(len(r.b)) {
			r.bad = true
			return
		}
		r.b = r.b[n:]
	case cborArray, cborPairs:
		if n > uint64(len(r.b)) || n > 1<<16 {
			r.bad = true
			return
		}
		if major == cborPairs {
			n *= 2
		}
		for ; n > 0 && !r.bad; n-- {
			r.skip(levels - 1)
		}
	default:
		r.bad = true
	}
}

func pointerPlan(t reflect.Type) cborPlan {
	elem := lazyPlan(t.Elem())
	return func(r *cborReader, v reflect.Value) {
		if r.one(cborNull) {
			return
		}
		to := reflect.New(t.Elem())
		elem(r, to.Elem())
		v.Set(to)
	}
}

func slicePlan(t reflect.Type) cborPlan {
	if t.Elem().Kind() == reflect.Uint8 {
		return func(r *cborReader, v reflect.Value) {
			if b := r.bytes(cborBytes); !r.bad {
				v.SetBytes(append([]byte{}, b...))
			}
		}
	}
	elem := lazyPlan(t.Elem())
	return func(r *cborReader, v reflect.Value) {
		if r.one(cborNull) {
			return
		}
		n := r.count(cborArray)
		if r.bad {
			return
		}
		v.Set(reflect.MakeSlice(t, n, n))
		for i := 0; i < n && !r.bad; i++ {
			elem(r, v.Index(i))
		}
	}
}

// textsPlan reads a map of texts by text; none else is stored.
func textsPlan(t reflect.Type) cborPlan {
	if t.Key().Kind() != reflect.String || t.Elem().Kind() != reflect.String {
		return giveUp
	}
	return func(r *cborReader, v reflect.Value) {
		n := r.count(cborPairs)
		if r.bad {
			return
		}
		v.Set(reflect.MakeMapWithSize(t, n))
		for i := 0; i < n && !r.bad; i++ {
			key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			key.SetString(r.text())
			value.SetString(r.text())
			v.SetMapIndex(key, value)
		}
		r.bad = r.bad || v.Len() != n // which of two with one key counts is for decMode to say
	}
}

// lazyPlan is asked for when it is first used: types may hold themselves.
func lazyPlan(t reflect.Type) cborPlan {
	get := sync.OnceValue(func() cborPlan { return planOf(t) })
	return func(r *cborReader, v reflect.Value) { get()(r, v) }
}

// cborField is a field of a struct, with its key; 0 in one that is an array.
type cborField struct {
	key   uint64
	index int
	plan  cborPlan
}

func structPlan(t reflect.Type) cborPlan {
	fields, array, ok := fieldsOf(t)
	switch {
	case !ok:
		return giveUp
	case array:
		return func(r *cborReader, v reflect.Value) {
			r.bad = r.count(cborArray) != len(fields) || r.bad
			for i := 0; i < len(fields) && !r.bad; i++ {
				fields[i].plan(r, v.Field(fields[i].index))
			}
		}
	}
	return func(r *cborReader, v reflect.Value) { readFields(r, v, fields) }
}

// readFields reads the pairs of a struct. Both they and the fields are in order of the keys.
func readFields(r *cborReader, v reflect.Value, fields []cborField) {
	at := 0
	for n := r.count(cborPairs); n > 0 && !r.bad; n-- {
		major, key := r.head()
		for at < len(fields) && fields[at].key < key {
			at++
		}
		if r.bad || major != cborUint || at == len(fields) || fields[at].key != key {
			r.bad = true
			return
		}
		fields[at].plan(r, v.Field(fields[at].index))
		at++
	}
}

// fieldsOf reads the tags of a struct: numbers as keys, or one array of all. Not ok: something else is there.
func fieldsOf(t reflect.Type) (fields []cborField, array, ok bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("cbor"), ",")
		switch {
		case f.Name == "_" && options == "toarray":
			array = true
		case name == "-" || !f.IsExported() && !f.Anonymous, f.Type.Kind() == reflect.Struct && f.Type.NumField() == 0:
		case f.Anonymous && name == "":
			return nil, false, false
		case array:
			fields = append(fields, cborField{index: i, plan: lazyPlan(f.Type)})
		default:
			key, err := strconv.ParseUint(name, 10, 64)
			if err != nil || !strings.Contains(options, "keyasint") {
				return nil, false, false
			}
			fields = append(fields, cborField{key, i, lazyPlan(f.Type)})
		}
	}
	slices.SortStableFunc(fields, func(a, b cborField) int { return cmp.Compare(a.key, b.key) })
	return fields, array, true
}
