package plainyaml

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// FromJSON writes JSON for people: keys keep their order, texts over lines stay so. What it writes, [Parse] reads as the
// same JSON.
func FromJSON(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	w := writer{dec: dec}
	if err := w.value(place{}); err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	return w.out.Bytes(), nil
}

type writer struct {
	dec *json.Decoder
	out bytes.Buffer
}

// place is what stands before a value: nothing, "key:" or "-", at a column.
type place struct {
	column    int
	key, dash bool
}

func (w *writer) value(p place) error {
	t, err := w.dec.Token()
	if err != nil {
		return err
	}
	open, nested := t.(json.Delim)
	if !nested || !w.dec.More() {
		return w.flat(p, t)
	}
	inner, list := place{column: p.column, key: open == '{', dash: open == '['}, open == '['
	if p.dash || p.key && !list {
		inner.column += 2 // lists stand below their key, not further in
	}
	if p.key {
		w.out.WriteByte('\n')
	}
	for first := true; w.dec.More(); first = false {
		switch {
		case first && p.dash:
			w.out.WriteByte(' ')
		default:
			w.indent(inner.column)
		}
		if err := w.entry(inner); err != nil {
			return err
		}
	}
	_, err = w.dec.Token()
	return err
}

func (w *writer) entry(p place) error {
	if p.dash {
		w.out.WriteByte('-')
		return w.value(p)
	}
	name, err := w.dec.Token()
	if err != nil {
		return err
	}
	key, _ := name.(string)
	w.out.WriteString(line(key))
	w.out.WriteByte(':')
	return w.value(p)
}

// flat writes what fits on the line of its key, and a text over several ones.
func (w *writer) flat(p place, t json.Token) error {
	if p.key || p.dash {
		w.out.WriteByte(' ')
	}
	switch v := t.(type) {
	case json.Delim:
		if _, err := w.dec.Token(); err != nil {
			return err
		}
		w.out.WriteString(map[json.Delim]string{'{': "{}", '[': "[]"}[v])
	case string:
		if (p.key || p.dash) && literal(v) {
			w.lines(p.column+2, v)
			return nil
		}
		w.out.WriteString(line(v))
	case nil:
		w.out.WriteString("null")
	case json.Number:
		w.out.WriteString(number(v.String()))
	default:
		fmt.Fprint(&w.out, v)
	}
	w.out.WriteByte('\n')
	return nil
}

// number gives a point to what would be read as a text without one: powers of ten, and what no integer can hold.
func number(n string) string {
	if strings.Contains(n, ".") {
		return n
	}
	if digits, power, ok := strings.Cut(strings.ToLower(n), "e"); ok {
		return digits + ".0e" + power
	}
	if _, err := strconv.ParseInt(n, 10, 64); err != nil {
		return n + ".0"
	}
	return n
}

// lines writes a text as it is, indented.
func (w *writer) lines(column int, text string) {
	body, ends := strings.CutSuffix(text, "\n")
	w.out.WriteString(map[bool]string{true: "|\n", false: "|-\n"}[ends])
	for l := range strings.SplitSeq(body, "\n") {
		if l != "" {
			w.indent(column)
		}
		w.out.WriteString(l + "\n")
	}
}

func (w *writer) indent(column int) { w.out.WriteString(strings.Repeat(" ", column)) }

// literal says whether a text can be written line by line: printable, with an end of at most one line break, and without
// lines whose spaces would be taken for indentation.
func literal(s string) bool {
	if !strings.Contains(s, "\n") || strings.HasSuffix(s, "\n\n") {
		return false
	}
	for i, l := range strings.Split(s, "\n") {
		if i == 0 && l == "" || l != strings.TrimSpace(l) {
			return false
		}
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) })
}

var (
	plain    = regexp.MustCompile(`^\pL[\pL\pN _./()+@,'’!?%°ªº–-]*$`)
	reserved = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|nan|inf|infinity)$`)
)

// line is a text on one line: bare where nobody can take it for something else, else quoted as in JSON.
func line(s string) string {
	if plain.MatchString(s) && !reserved.MatchString(s) && !strings.HasSuffix(s, " ") {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r > 0xffff && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
