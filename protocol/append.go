package protocol

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// The hot objects of events are written by hand: a head takes a fifth of the time that reflection takes. A test compares
// what they write with encoding/json, field by field, over random values.

// object writes the members of one JSON object.
type object struct {
	b     []byte
	comma bool
}

func (o *object) open()  { o.b, o.comma = append(o.b, '{'), false }
func (o *object) close() { o.b, o.comma = append(o.b, '}'), true }

func (o *object) key(name string) {
	if o.comma {
		o.b = append(o.b, ',')
	}
	o.comma = true
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) text(name, v string) {
	o.key(name)
	o.b = AppendText(o.b, v)
}

// some writes a text that is left out when empty.
func (o *object) some(name, v string) {
	if v != "" {
		o.text(name, v)
	}
}

func (o *object) number(name string, v int64) {
	o.key(name)
	o.b = strconv.AppendInt(o.b, v, 10)
}

// someNumber writes a number that is left out when zero.
func (o *object) someNumber(name string, v int64) {
	if v != 0 {
		o.number(name, v)
	}
}

func (o *object) flag(name string, v bool) {
	o.key(name)
	o.b = strconv.AppendBool(o.b, v)
}

func (o *object) time(name string, v Time) {
	o.key(name)
	o.b = v.AppendJSON(o.b)
}

// sometime writes a time that is left out when zero.
func (o *object) sometime(name string, v Time) {
	if !v.IsZero() {
		o.time(name, v)
	}
}

func (o *object) texts(name string, v map[string]string) {
	if len(v) == 0 {
		return
	}
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	o.key(name)
	o.open()
	for _, k := range keys {
		if o.comma {
			o.b = append(o.b, ',')
		}
		o.b = AppendText(o.b, k)
		o.b = append(o.b, ':')
		o.b = AppendText(o.b, v[k])
		o.comma = true
	}
	o.close()
}

// list writes texts; an empty list is left out.
func (o *object) list(name string, v []string) {
	if len(v) == 0 {
		return
	}
	o.key(name)
	o.b = append(o.b, '[')
	for i, text := range v {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = AppendText(o.b, text)
	}
	o.b = append(o.b, ']')
}

func (o *object) ref(name string, v Ref) {
	o.key(name)
	o.open()
	o.text("id", v.ID)
	o.text("name", v.Name)
	o.close()
}

func (o *object) channel(v ChannelRef) {
	o.key("channel")
	o.open()
	o.text("id", v.ID)
	o.text("kind", v.Kind)
	o.text("name", v.Name)
	o.close()
}

func (o *object) contact(v ContactRef) {
	o.key("contact")
	o.open()
	o.text("id", v.ID)
	o.text("name", v.Name)
	o.text("identity", v.Identity)
	o.close()
}

const hexDigits = "0123456789abcdef"

// AppendText appends s as a JSON string; invalid UTF-8 becomes U+FFFD.
func AppendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			b = append(b, s[start:i]...)
			b = appendEscape(b, c)
			start = i + 1
		}
		i++
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\t':
		return append(b, '\\', 't')
	default:
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}
