package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// Members must take what encoding/json takes as an object, and give the same members.
func FuzzMembersAreThoseOfTheDecoder(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { "a" : 1 , "b":[1,{"c":null}],"d":"x\"\u00e9\\" } `, `{"a":-0.5e+10,"b":true,"c":false,"d":[],"e":{}}`, `{"a":01}`, `{"a":1.}`, `{"a":+1}`,
		`{"a":"` + "\x01" + `"}`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":1,}`, `{"a" 1}`, `{,}`, `[1]`, `"a"`, ``, `{"a":1}{}`, `{"a":tru}`, `{"a":[1,]}`, `{"a":1,"a":2}`,
		"{\"a\":\"\xff\"}", `{"\u0061":1}`, `{"a":1e}`, `{"a":-}`, `{"a":"b`, `{"a":{"b":[[[]]]}}`, strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		type member struct{ name, value string }
		var got, want []member
		err := Members(data, func(name, value []byte) error {
			var key string
			if err := json.Unmarshal(append(append([]byte{'"'}, name...), '"'), &key); err != nil {
				t.Fatalf("%q has a member %q", data, name)
			}
			got = append(got, member{key, string(value)})
			return nil
		})
		object := json.Valid(data) && bytes.TrimLeft(data, " \t\r\n")[0] == '{'
		if (err == nil) != object {
			t.Fatalf("%q: %v, an object: %v", data, err, object)
		}
		if err != nil {
			if !errors.Is(err, ErrSyntax) {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		_, _ = dec.Token()
		for dec.More() {
			name, err := dec.Token()
			var value json.RawMessage
			if err != nil || dec.Decode(&value) != nil {
				t.Fatalf("%q: %v", data, err)
			}
			want = append(want, member{name.(string), string(value)})
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %q, want %q", data, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%q: %q, want %q", data, got, want)
			}
		}
	})
}

// Texts and whole numbers must be those of encoding/json.
func FuzzValuesOfMembersAreThoseOfTheDecoder(f *testing.F) {
	for _, seed := range []string{`"a"`, `"é"`, `"a\"b"`, `""`, `"`, `"a`, `1`, `-7`, `1.5`, `1e3`, `99999999999999999999`, `null`, "\"\xff\"", `"\ud800"`, `"a"b"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if !json.Valid(value) || strings.TrimSpace(string(value)) != string(value) {
			return // Members gives no such value
		}
		var text *string
		isText := json.Unmarshal(value, &text) == nil && text != nil
		if got, err := Text(value); isText && (err != nil || got != *text) || !isText && err == nil && string(value) != "null" {
			t.Errorf("%q: %q, %v", value, got, err)
		}
		var n *int64
		isWhole := json.Unmarshal(value, &n) == nil && n != nil
		if got, err := Whole(value); isWhole != (err == nil) || isWhole && got != *n {
			t.Errorf("%q: %d, %v", value, got, err)
		}
	})
}

func TestAnErrorOfACallerEndsMembers(t *testing.T) {
	enough, calls := errors.New("enough"), 0
	err := Members([]byte(`{"a":1,"b":2`), func([]byte, []byte) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestMembersAllocateNothing(t *testing.T) {
	data := []byte(`{"id":"off_1","contact":{"id":"con_1","identity":"a-1"},"attempt":1,"texts":["a","b"],"at":null}`)
	n := 0
	if allocs := testing.AllocsPerRun(100, func() {
		if err := Members(data, func(name, _ []byte) error { n += len(name); return nil }); err != nil {
			t.Fatal(err)
		}
	}); allocs > 0 {
		t.Errorf("%.1f allocations", allocs)
	}
}
