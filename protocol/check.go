package protocol

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// checker is a struct with rules that its tags cannot say. Problems are reported relative to the struct.
type checker interface{ check() []FieldError }

// fieldPlan is one field's rules, read from its tags once.
type fieldPlan struct {
	index             []int
	name              string
	typ               reflect.Type
	omitEmpty         bool
	required          bool
	min, max          *int64
	minLen, maxLen    int // code points of a text; -1 = no rule
	maxItems          int // entries of a list or a map; -1 = no rule
	enum, unsupported []string
	def               string
	nests             bool // what it holds may have rules of its own
	read              reader
}

type plan struct {
	fields   []fieldPlan
	checks   bool // a checker
	itself   bool // encoding/json would call a method of it
	defaults bool // a field of it, or of a struct that it contains by value, has a default
}

var plans sync.Map // reflect.Type → *plan

var (
	typeRaw     = reflect.TypeFor[json.RawMessage]()
	typeChecker = reflect.TypeFor[checker]()
)

// planOf returns the rules of struct type t. It panics on a malformed tag: that is a defect of this package.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{checks: t.Implements(typeChecker), itself: readsItself(t)}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			continue
		}
		p.fields = append(p.fields, fieldPlan{
			index: f.Index, name: name, typ: f.Type, omitEmpty: strings.Contains(options, "omit"),
			required: f.Tag.Get("required") == "true",
			min:      tagNumber(f, "minimum"), max: tagNumber(f, "maximum"),
			minLen: tagLength(f, "minLength"), maxLen: tagLength(f, "maxLength"), maxItems: tagLength(f, "maxItems"),
			enum: tagList(f, "enum"), unsupported: tagList(f, "unsupported"), def: f.Tag.Get("default"),
			nests: nests(f.Type), read: readerOfField(f, options),
		})
		contained := f.Type.Kind() == reflect.Struct && f.Type != typeTime
		p.defaults = p.defaults || f.Tag.Get("default") != "" || contained && planOf(f.Type).defaults
	}
	plans.Store(t, p)
	return p
}

// nests reports whether a value of the type may hold a struct with rules.
func nests(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return t != typeRaw && nests(t.Elem())
	case reflect.Struct:
		return t != typeTime
	}
	return t.Kind() == reflect.Interface
}

func tagNumber(f reflect.StructField, tag string) *int64 {
	text := f.Tag.Get(tag)
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("protocol: tag %s of %s: %v", tag, f.Name, err))
	}
	return &n
}

func tagLength(f reflect.StructField, tag string) int {
	if n := tagNumber(f, tag); n != nil {
		return int(*n)
	}
	return -1
}

func tagList(f reflect.StructField, tag string) []string {
	if text := f.Tag.Get(tag); text != "" {
		return strings.Split(text, ",")
	}
	return nil
}

// Check returns what is wrong with v, a struct of this package or a pointer to one, by the rules of its fields' tags.
func Check(v any) []FieldError {
	c := checking{}
	c.value(reflect.ValueOf(v))
	return c.out
}

type checking struct {
	out  []FieldError
	path []step // to the value that is looked at
}

// step is a field's name, or, where that is empty, the index of an item.
type step struct {
	name  string
	index int
}

// pointer is written only where there is something to say.
func (c *checking) pointer() string {
	var out strings.Builder
	for _, s := range c.path {
		out.WriteByte('/')
		if s.name == "" {
			out.WriteString(strconv.Itoa(s.index))
		}
		out.WriteString(s.name)
	}
	return out.String()
}

const usualDepth = 4

// below checks what stands in the value that is looked at.
func (c *checking) below(s step, v reflect.Value) {
	if c.path == nil {
		c.path = make([]step, 0, usualDepth)
	}
	c.path = append(c.path, s)
	c.value(v)
	c.path = c.path[:len(c.path)-1]
}

func (c *checking) add(pointer, code string) {
	if len(c.out) < maxFieldErrors {
		c.out = append(c.out, FieldError{Pointer: pointer, Code: code})
	}
}

// value checks what v contains; the rules of v's own field were checked by its parent.
func (c *checking) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			c.value(v.Elem())
		}
	case reflect.Slice:
		if !nests(v.Type()) {
			return
		}
		for i := range v.Len() {
			c.below(step{index: i}, v.Index(i))
		}
	case reflect.Struct:
		if v.Type() != typeTime {
			c.object(v)
		}
	}
}

func (c *checking) object(v reflect.Value) {
	p := planOf(v.Type())
	for i := range p.fields {
		f := &p.fields[i]
		field := v.FieldByIndex(f.index)
		if code := f.problem(field); code != "" {
			c.add(c.pointer()+"/"+f.name, code)
			continue
		}
		if f.nests {
			c.below(step{name: f.name}, field)
		}
	}
	if !p.checks {
		return
	}
	if v.CanAddr() {
		v = v.Addr() // without a copy
	}
	for _, e := range v.Interface().(checker).check() {
		c.add(c.pointer()+e.Pointer, e.Code)
	}
}

// problem returns the code of the first rule that v breaks, or "".
func (f *fieldPlan) problem(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return when(f.required, FieldRequired)
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return f.text(v.String())
	case reflect.Int, reflect.Int64, reflect.Int32:
		n := v.Int()
		return when(f.min != nil && n < *f.min || f.max != nil && n > *f.max, FieldRange)
	case reflect.Slice, reflect.Map:
		if f.required && v.Len() == 0 {
			return FieldRequired
		}
		return f.list(v)
	case reflect.Struct:
		return when(f.required && v.IsZero(), FieldRequired)
	}
	return ""
}

func (f *fieldPlan) text(s string) string {
	if s == "" {
		return when(f.required, FieldRequired)
	}
	if f.enum != nil && !slices.Contains(f.enum, s) {
		return FieldNotAllowed
	}
	if slices.Contains(f.unsupported, s) {
		return FieldNotSupported
	}
	if f.maxLen >= 0 && len(s) > f.maxLen && utf8.RuneCountInString(s) > f.maxLen {
		return FieldTooLong
	}
	return when(f.minLen >= 0 && utf8.RuneCountInString(s) < f.minLen, FieldTooShort)
}

// list checks the number of items; texts in a list obey minLength, maxLength and enum of the field and are never empty.
func (f *fieldPlan) list(v reflect.Value) string {
	if f.maxItems >= 0 && v.Len() > f.maxItems {
		return FieldTooLong
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String {
		for i := range v.Len() {
			if v.Index(i).Len() == 0 {
				return FieldRequired
			}
			if code := f.text(v.Index(i).String()); code != "" {
				return code
			}
		}
	}
	return ""
}

func when(broken bool, code string) string {
	if broken {
		return code
	}
	return ""
}
