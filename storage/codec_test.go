package storage

import (
	"bytes"
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

func goldenStates() []any {
	return []any{&dispatch.ConversationSnapshot{}, &dispatch.AgentSnapshot{}, &dispatch.Ticket{}, &dispatch.ContactSnapshot{}}
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
	for _, s := range goldenStates() {
		sample(reflect.ValueOf(s).Elem(), 0)
		raw, err := encode(s)
		add(fmt.Sprintf("- %T", s), raw, err)
	}
	return names, encoded
}

// plainOf gives what an encoded value was in version 1.
func plainOf(t *testing.T, raw []byte) []byte {
	t.Helper()
	var in terse
	plain, ok := in.expand([]byte{codecPlain}, raw[1:])
	if raw[0] != codecVersion || !ok {
		t.Fatalf("%x is not of version %d", raw, codecVersion)
	}
	return plain
}

// TestFactsOfVersionOneAreReadForEver: what a release wrote must decode to the same value by every later one. The file is not
// written any more.
func TestFactsOfVersionOneAreReadForEver(t *testing.T) {
	names, encoded := goldenFacts(t)
	lines := goldenLines(t, "facts-v1.txt")
	if len(lines) != 2*len(names) {
		t.Fatalf("%d facts in the file, %d in the code", len(lines)/2, len(names))
	}
	for i := 0; i < len(lines); i += 2 {
		if got := hex.EncodeToString(plainOf(t, encoded[lines[i]])); got != lines[i+1] {
			t.Errorf("%s is another value:\n%s\n%s", lines[i], lines[i+1], got)
		}
	}
	decodeGolden(t, lines)
}

// TestFactsAreWrittenTheSame: what this release writes is written the same, and read, by every later one of its codecVersion.
// A new optional field needs a new file beside this one, not a new content of it.
func TestFactsAreWrittenTheSame(t *testing.T) {
	names, encoded := goldenFacts(t)
	raw, err := encode(shortTexts())
	if err != nil {
		t.Fatal(err)
	}
	pointing := answered{Answered: dispatch.CommandAnswered{Cause: dispatch.Cause{Principal: "p", Command: "c", Hash: 7}, At: at0}, Kind: 2, Back: 1, ScriptRequired: true, RatingAsked: true}
	back, err := encode(&pointing)
	if err != nil {
		t.Fatal(err)
	}
	inbound, err := encode(&inboundValue{Conversation: "cnv_01kb3m2v9r00000000000000aa", Created: true, Ordinal: 2, At: at0})
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"- an answer that points back": back, "- a claim": inbound, "- short texts": raw} {
		encoded[name] = raw
	}
	names = append(names, "- an answer that points back", "- a claim", "- short texts")
	const file = "facts-v2.txt"
	if flag.Lookup("rewrite").Value.String() == "true" {
		var b strings.Builder
		for _, name := range names {
			fmt.Fprintf(&b, "%s\n%s\n", name, hex.EncodeToString(encoded[name]))
		}
		if err := os.WriteFile(filepath.Join("testdata", file), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lines := goldenLines(t, file)
	if len(lines) != 2*len(names) {
		t.Fatalf("%d facts in the file, %d in the code", len(lines)/2, len(names))
	}
	for i := 0; i < len(lines); i += 2 {
		if got := hex.EncodeToString(encoded[lines[i]]); got != lines[i+1] {
			t.Errorf("%s is written differently:\n%s\n%s", lines[i], lines[i+1], got)
		}
	}
	decodeGolden(t, lines)
	var got []string
	if raw, err = hex.DecodeString(lines[len(lines)-1]); err != nil || decode(raw, &got) != nil || !slices.Equal(got, shortTexts()) {
		t.Errorf("short texts are read as %q, %v", got, err)
	}
}

// shortTexts are texts of every terse form, with every prefix and word.
func shortTexts() []string {
	out := []string{"0123456789abcdef0123456789abcdef", "2026-11-28T12:00:00Z", "2026-11-28T11:59:59.9Z", "2026-11-28T12:00:00.000000001Z"}
	for i, p := range tersePrefixes {
		out = append(out, dispatch.FormatID(p, at0.Add(time.Duration(i)*time.Minute), dispatch.Partition(i*60), uint64(i)*0x123456789abcdef))
	}
	return append(append(out, out[4:14]...), terseWords[:]...)
}

func goldenLines(t *testing.T, file string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}

// decodeGolden reads what the lines hold and compares it, written again, with them.
func decodeGolden(t *testing.T, lines []string) {
	t.Helper()
	states := map[string]any{}
	for _, s := range goldenStates() {
		states[fmt.Sprintf("- %T", s)] = s
	}
	for i := 0; i < len(lines); i += 2 {
		raw, err := hex.DecodeString(lines[i+1])
		if err != nil {
			t.Fatal(err)
		}
		again, err := againOf(lines[i], raw, states)
		if err != nil {
			t.Errorf("%s: %v", lines[i], err)
			continue
		}
		if raw[0] == codecPlain {
			again = plainOf(t, again)
		}
		if again != nil && !bytes.Equal(again, raw) {
			t.Errorf("%s: not the same after reading", lines[i])
		}
	}
}

// againOf reads a fact or state and writes it again; nil: it is neither.
func againOf(name string, raw []byte, states map[string]any) (again []byte, err error) {
	var kind uint16
	if _, err := fmt.Sscanf(name, "%d ", &kind); err == nil {
		r, err := DecodeFact(Event{Type: kind, Data: raw})
		if err != nil {
			return nil, err
		}
		e, err := EncodeFact(r)
		return e.Data, err
	}
	s := states[name]
	if s == nil {
		return nil, nil
	}
	if err := decode(raw, s); err != nil {
		return nil, err
	}
	return encode(s)
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
	f.Add(typeCommandAnswered, []byte{codecVersion, 0xa1, 1, 0xa1, 1, 0xa1, 1, 0xe9})
	if e, err := EncodeFact(dispatch.MessageAppended{Message: dispatch.Chat{ID: "msg_01kb3m2v9r00000000000000aa", At: at0}}); err == nil {
		f.Add(e.Type, e.Data)
	}
	f.Fuzz(func(_ *testing.T, kind uint16, raw []byte) {
		_, _ = DecodeFact(Event{Type: kind, Data: raw}) // total: an error or a record, never a panic
	})
}
