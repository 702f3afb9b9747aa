package storage

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/dispatch"
)

// sample fills every field of a value with something that is not zero, the same at every run.
func sample(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("é%d", depth))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(depth) + 1)
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(uint64(depth) + 1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			sample(v.Index(i), depth+1+i)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		sample(key, depth+1)
		sample(value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		sample(v.Elem(), depth+1)
	case reflect.Struct:
		sampleStruct(v, depth)
	}
}

func sampleStruct(v reflect.Value, depth int) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(at0.Add(time.Duration(depth) * time.Second)))
		return
	}
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("cbor") != "-" {
			sample(v.Field(i), depth+1)
		}
	}
}

// given leaves out the numbers that stand for nothing.
func given[T any](list []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return any(v) == nil })
}

// goldenFacts are all events, replies and states with every field set.
func goldenFacts(t *testing.T) (names []string, encoded map[string][]byte) {
	t.Helper()
	encoded = map[string][]byte{}
	add := func(name string, raw []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		names, encoded[name] = append(names, name), raw
	}
	for _, r := range given(recordTypes[:]) {
		v := reflect.New(reflect.TypeOf(r)).Elem()
		sample(v, 0)
		e, err := EncodeFact(v.Interface().(dispatch.Record))
		add(fmt.Sprintf("%d %T", e.Type, r), e.Data, err)
	}
	for _, r := range given(replyTypes[:]) {
		v := reflect.New(reflect.TypeOf(r)).Elem()
		sample(v, 0)
		a := dispatch.CommandAnswered{Cause: dispatch.Cause{Principal: "p", Command: "c", Hash: 7}, Reply: v.Interface().(dispatch.Reply), At: at0}
		e, err := EncodeFact(a)
		add(fmt.Sprintf("%d %T", e.Type, r), e.Data, err)
	}
	for _, s := range []any{&dispatch.ConversationSnapshot{}, &dispatch.AgentSnapshot{}, &dispatch.Ticket{}, &dispatch.ContactSnapshot{}} {
		sample(reflect.ValueOf(s).Elem(), 0)
		raw, err := encode(s)
		add(fmt.Sprintf("- %T", s), raw, err)
	}
	return names, encoded
}

const factsFile = "facts-v1.txt"

// TestFactsOfVersionOneAreReadForEver: what a release wrote must decode to the same value, and be written the same, by
// every later one. A new optional field needs a new file beside this one, not a new content of it.
func TestFactsOfVersionOneAreReadForEver(t *testing.T) {
	names, encoded := goldenFacts(t)
	path := filepath.Join("testdata", factsFile)
	if flag.Lookup("rewrite").Value.String() == "true" {
		var b strings.Builder
		for _, name := range names {
			fmt.Fprintf(&b, "%s\n%s\n", name, hex.EncodeToString(encoded[name]))
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if len(lines) != 2*len(names) {
		t.Fatalf("%d facts in the file, %d in the code", len(lines)/2, len(names))
	}
	for i := 0; i < len(lines); i += 2 {
		name, want := lines[i], lines[i+1]
		if got := hex.EncodeToString(encoded[name]); got != want {
			t.Errorf("%s is written differently:\n%s\n%s", name, want, got)
		}
	}
	decodeGolden(t, lines)
}

func decodeGolden(t *testing.T, lines []string) {
	t.Helper()
	for i := 0; i < len(lines); i += 2 {
		raw, err := hex.DecodeString(lines[i+1])
		if err != nil {
			t.Fatal(err)
		}
		var kind uint16
		if _, err := fmt.Sscanf(lines[i], "%d ", &kind); err != nil {
			continue // a state: compared as it is written
		}
		r, err := DecodeFact(Event{Type: kind, Data: raw})
		if err != nil {
			t.Errorf("%s: %v", lines[i], err)
			continue
		}
		again, err := EncodeFact(r)
		if err != nil || hex.EncodeToString(again.Data) != lines[i+1] {
			t.Errorf("%s: not the same after reading: %v", lines[i], err)
		}
	}
}

func TestANewerFactIsRefusedClearly(t *testing.T) {
	for _, e := range []Event{{Type: uint16(len(recordTypes))}, {Type: 15}, {Type: 16, Data: []byte{codecVersion + 1}}} {
		if _, err := DecodeFact(e); err == nil || !strings.Contains(err.Error(), ErrNewerFormat.Error()) {
			t.Errorf("%v: %v", e, err)
		}
	}
}

func FuzzDecodeFact(f *testing.F) {
	f.Add(uint16(16), []byte{1, 0xa0})
	f.Add(typeCommandAnswered, []byte{1, 0xa0})
	f.Fuzz(func(_ *testing.T, kind uint16, raw []byte) {
		_, _ = DecodeFact(Event{Type: kind, Data: raw}) // total: an error or a record, never a panic
	})
}
