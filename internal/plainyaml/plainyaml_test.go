package plainyaml_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pronto/internal/plainyaml"
)

func read(text string) (string, error) {
	d, err := plainyaml.Parse([]byte(text))
	if err != nil {
		return "", err
	}
	raw, err := d.JSON()
	return string(raw), err
}

// pieces are what YAML has a meaning for, besides letters.
var pieces = []string{
	"a", "b", " ", "\n", "\t", ":", "#", "-", "'", "\"", "\\", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "%", "@", "`", "é", "😀", "\u2028", "\u0085", "\x00", "\a",
	"\r", "\r\n", "0", "1", "e", ".", "~", "null", "true", "no", "?", "<", "=", "_", "\u00a0", "\ufeff", "/", "+", "0x", " #", ": ", "- ", "\n\n", "---", "...", "\U000e0001",
}

var texts = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, "pieces"), "")
})

func values(depth int) *rapid.Generator[any] {
	all := []*rapid.Generator[any]{
		texts.AsAny(), texts.AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil), rapid.Just[any](nil),
		rapid.Map(rapid.Int64(), func(n int64) any { return json.Number(string(must(json.Marshal(n)))) }),
		rapid.Map(rapid.Float64(), func(f float64) any { return json.Number(string(must(json.Marshal(f)))) }),
	}
	if depth > 0 {
		all = append(all, rapid.SliceOfN(values(depth-1), 0, 4).AsAny(), rapid.MapOfN(texts, values(depth-1), 0, 4).AsAny())
	}
	return rapid.OneOf(all...)
}

func must(raw []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return raw
}

func decode(raw []byte) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// same compares; numbers that are no integers of 64 bits by their value.
func same(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		x, _ := a.Float64()
		y, _ := b.Float64()
		return ok && (a == b || x == y && (strings.ContainsAny(string(a), ".eE") || x == 0 || math.Abs(x) >= 1<<63))
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if !same(a[k], b[k]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func TestWhatIsWrittenIsReadAsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := must(json.Marshal(values(4).Draw(t, "value")))
		text, err := plainyaml.FromJSON(raw)
		if err != nil {
			t.Fatalf("write %s: %v", raw, err)
		}
		back, err := read(string(text))
		if err != nil {
			t.Fatalf("read %q of %s: %v", text, raw, err)
		}
		a, err1 := decode(raw)
		b, err2 := decode([]byte(back))
		if err := errors.Join(err1, err2); err != nil || !same(a, b) {
			t.Fatalf("%s\n%q\n%s\n%v", raw, text, back, err)
		}
	})
}

func TestItIsWrittenForPeople(t *testing.T) {
	in := `{"queues":[{"id":"que_1","name":"Suporte técnico","offer_time_ms":20000,"greeting":"Olá, {{contact.name}}!","after":"Fechado.\nVolte amanhã.\n","skills":[],"overflow":{},"script_required":true,"since":"2026-01-02T03:04:05Z","rows":[["a",1],[]]}]}`
	want := `queues:
- id: que_1
  name: Suporte técnico
  offer_time_ms: 20000
  greeting: "Olá, {{contact.name}}!"
  after: |
    Fechado.
    Volte amanhã.
  skills: []
  overflow: {}
  script_required: true
  since: "2026-01-02T03:04:05Z"
  rows:
  - - a
    - 1
  - []
`
	if got, err := plainyaml.FromJSON([]byte(in)); err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestWhatPeopleWriteIsRead(t *testing.T) {
	for text, want := range map[string]string{
		"":                               `null`,
		"# only a comment\n":             `null`,
		"---\na: 1\n":                    `{"a":1}`,
		"a: {b: [1, 'x', \"y\\n\"]}\n":   `{"a":{"b":[1,"x","y\n"]}}`,
		`{"a": [1.5, true, null, "\t"]}`: `{"a":[1.5,true,null,"\t"]}`,
		"a: >-\n  one\n  two\nb: ~\n":    `{"a":"one two","b":null}`,
		"a:\n  - b: 1\n    c: x # why\n": `{"a":[{"b":1,"c":"x"}]}`,
		"a: 0x1f\nyes: no\n":             `{"a":31,"yes":"no"}`,
		"a:\r\n  - b\r\n":                `{"a":["b"]}`,
	} {
		if got, err := read(text); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestWhatIsNotReadNamesItsPlace(t *testing.T) {
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	for text, want := range map[string]plainyaml.Error{
		"a: 1\nb: [1, 2\nc: 3\n":             {Line: 3, Column: 1, Problem: plainyaml.Broken},
		"a:\n  - b\n c: 1\n":                 {Line: 3, Column: 2, Problem: plainyaml.Broken},
		"a: b: c\n":                          {Line: 1, Column: 5, Problem: plainyaml.Broken},
		"a: 'x\n":                            {Line: 1, Column: 4, Problem: plainyaml.Broken},
		"a: &x 1\n":                          {Line: 1, Column: 4, Problem: plainyaml.NotTaken},
		"a: 1\nb: *x\n":                      {Line: 2, Column: 4, Problem: plainyaml.NotTaken},
		"a:\n  <<: {}\n":                     {Line: 2, Column: 3, Problem: plainyaml.NotTaken},
		"a: !!binary x\n":                    {Line: 1, Column: 4, Problem: plainyaml.NotTaken},
		"? a\n: b\n":                         {Line: 1, Column: 1, Problem: plainyaml.NotTaken},
		"a: .inf\n":                          {Line: 1, Column: 4, Problem: plainyaml.NotTaken},
		"a: 1\n---\nb: 1\n":                  {Line: 2, Column: 1, Problem: plainyaml.NotTaken},
		"a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n": {Line: 5, Column: 3, Problem: plainyaml.Duplicate},
		deep:                                 {Line: 1, Column: 64, Problem: plainyaml.NotTaken},
		"a: \xff\n":                          {Line: 1, Column: 1, Problem: plainyaml.Broken},
	} {
		_, err := read(text)
		var got *plainyaml.Error
		if !errors.As(err, &got) || *got != want {
			t.Errorf("%q: %v, want %v", text, err, &want)
		}
	}
}

func TestAPointerHasAPlace(t *testing.T) {
	d, err := plainyaml.Parse([]byte("# mine\nqueues:\n- id: a\n  name: x\n- id: b\n  overflow:\n    full: {text: y}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string][2]int{
		"/queues": {2, 1}, "/queues/0/name": {4, 3}, "/queues/1": {5, 3}, "/queues/1/overflow/full/text": {7, 12}, "/queues/1/missing": {5, 3}, "/queues/7/name": {2, 1},
	} {
		if line, column := d.Place(pointer); [2]int{line, column} != want {
			t.Errorf("%s: line %d, column %d, want %v", pointer, line, column, want)
		}
	}
}

// What would take a parser long is refused or read within a moment; the bound is generous for slow machines.
func TestNoTextTakesLong(t *testing.T) {
	const n = 1 << 16
	var keys strings.Builder
	for i := range n {
		keys.WriteString("k")
		keys.WriteString(strings.Repeat("x", i%7))
		keys.Write(must(json.Marshal(i)))
		keys.WriteString(": 1\n")
	}
	var stairs strings.Builder
	for i := range 2000 {
		stairs.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, text := range map[string]string{
		"aliases": "a: &a [x,x]\nb: &b [*a,*a]\n" + strings.Repeat("c: [*b,*b]\n", 100), "colons": "a" + strings.Repeat(": ", n), "keys on a line": strings.Repeat("a: ", n),
		"dashes": strings.Repeat("- ", n), "brackets": strings.Repeat("[", n), "braces": strings.Repeat("{", n), "pairs": "[" + strings.Repeat("a: ", n), "tags": strings.Repeat("!a ", n),
		"questions": strings.Repeat("? ", n), "keys": keys.String(), "stairs": stairs.String(), "items": "[" + strings.Repeat("a,", n) + "]", "pairs in a list": "[" + strings.Repeat("a: b,", n) + "]",
		"literals": strings.Repeat("- |\n", n), "lines": "a: " + strings.Repeat("x\n  ", n), "quotes": "a: " + strings.Repeat("\"a\" ", n), "list": strings.Repeat("- a: 1\n", n), "pairs in braces": "{" + strings.Repeat("a: b,", n) + "}", "full blocks": strings.Repeat("-\n"+strings.Repeat("  a: 1\n", 256), n/256),
		"keys in a list's entry": "- " + strings.ReplaceAll(keys.String(), "\n", "\n  "),
	} {
		began := time.Now()
		_, err := read(text)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: %v, %v", name, took, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("queues:\n- id: a\n  name: 'x'\n")
	f.Add("a: |\n  x\n\n  y\nb: [1, {c: d}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := read(text)
		if err != nil {
			var told *plainyaml.Error
			if !errors.As(err, &told) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if !json.Valid([]byte(raw)) {
			t.Fatalf("%q: %s", text, raw)
		}
		again, err := plainyaml.FromJSON([]byte(raw))
		if err != nil {
			t.Fatalf("%q: %s: %v", text, raw, err)
		}
		if _, err := read(string(again)); err != nil {
			t.Fatalf("%q: %s: %q: %v", text, raw, again, err)
		}
	})
}
