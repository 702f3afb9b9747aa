package storage

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pronto/dispatch"
)

// storedTypes are a pointer to a value of each type that is stored.
func storedTypes() (all []any) {
	for _, r := range given(recordTypes[:]) {
		if _, ok := r.(dispatch.CommandAnswered); !ok { // stored as answered
			all = append(all, reflect.New(reflect.TypeOf(r)).Interface())
		}
	}
	for _, r := range given(replyTypes[:]) {
		all = append(all, reflect.New(reflect.TypeOf(r)).Interface())
	}
	return append(all, &dispatch.ConversationSnapshot{}, &dispatch.AgentSnapshot{}, &dispatch.Ticket{}, &dispatch.ContactSnapshot{},
		&answered{}, &inboundValue{}, &parked{})
}

// sameAsDecMode fails unless what the plans read, if anything, is what decMode reads.
func sameAsDecMode(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, typ reflect.Type, raw []byte,
) (planned bool) {
	t.Helper()
	got, want := reflect.New(typ), reflect.New(typ)
	planned = readPlanned(raw, got.Interface())
	if !planned {
		if !got.Elem().IsZero() {
			t.Fatalf("%s from %x: something is left of what was not read: %+v", typ, raw, got.Elem())
		}
		return false
	}
	if err := decMode.Unmarshal(raw, want.Interface()); err != nil {
		t.Fatalf("%s from %x: read as %+v, and decMode says %v", typ, raw, got.Elem(), err)
	}
	if !reflect.DeepEqual(got.Interface(), want.Interface()) {
		t.Fatalf("%s from %x:\nplanned %+v\ndecMode %+v", typ, raw, got.Elem(), want.Elem())
	}
	return true
}

// Each type that is stored is read by a plan, whatever is in it.
func TestWhatIsStoredIsReadByPlan(t *testing.T) {
	for _, v := range storedTypes() {
		typ := reflect.TypeOf(v).Elem()
		check := func(what string) {
			t.Helper()
			raw, err := encMode.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if !sameAsDecMode(t, typ, raw) {
				t.Errorf("%s with %s is left to decMode: %x", typ, what, raw)
			}
		}
		of := reflect.ValueOf(v).Elem()
		fill := func(f reflect.Value) {
			if f.Type() == rawTyp {
				f.SetBytes([]byte{0xa1, 0x01, 0x82, 0x63, 'a', 'b', 'c', 0xf5})
				return
			}
			sample(f, 0)
		}
		leaves(of, "", func(f reflect.Value, name string) {
			if f.Type() == rawTyp { // one that is there has something
				fill(f)
			}
		})
		check("nothing")
		leaves(of, "", func(f reflect.Value, name string) {
			before := reflect.New(f.Type()).Elem()
			before.Set(f)
			fill(f)
			check(name)
			f.Set(before)
		})
		leaves(of, "", func(f reflect.Value, _ string) { fill(f) })
		check("everything")
	}
}

// Bytes that nobody wrote: the plans may give up, and never give something else than decMode.
func TestPlansNeverReadSomethingElse(t *testing.T) {
	types := storedTypes()
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(types).Draw(t, "type")
		to := reflect.New(reflect.TypeOf(v).Elem())
		leaves(to.Elem(), "", func(f reflect.Value, name string) {
			if f.Type() != rawTyp && rapid.Bool().Draw(t, name) {
				sample(f, rapid.IntRange(0, 300).Draw(t, name))
			}
		})
		raw, err := encMode.Marshal(to.Interface())
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "how") {
			case 0:
				raw[at] = rapid.Byte().Draw(t, "byte")
			case 1:
				raw[at]++
			case 2:
				raw = append(raw[:at:at], raw[at+1:]...)
			case 3:
				raw = append(raw[:at:at], append([]byte{rapid.Byte().Draw(t, "byte")}, raw[at:]...)...)
			}
			if len(raw) == 0 {
				return
			}
		}
		sameAsDecMode(t, to.Elem().Type(), raw)
	})
}

func TestTimesAreReadAsTheLibraryReadsThem(t *testing.T) {
	for _, text := range []string{
		"2026-03-01T08:00:00Z", "2026-03-01T08:00:00.5Z", "2026-03-01T08:00:00.123456789Z", "2026-02-29T08:00:00Z", "2024-02-29T23:59:59.000000001Z",
		"2026-13-01T08:00:00Z", "2026-00-01T08:00:00Z", "2026-01-00T08:00:00Z", "2026-01-32T08:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
		"2026-01-01T00:00:60Z", "2026-03-01T08:00:00.Z", "2026-03-01T08:00:00,5Z", "2026-03-01T08:00:00.1234567890Z", "2026-03-01T08:00:00+01:00",
		"2026-03-01T08:00:00", "2026-03-01 08:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "", "Z", "2026-03-01T08:00:0aZ",
	} {
		want, err := time.Parse(time.RFC3339, text)
		got, ok := parseUTC([]byte(text))
		if ok && (err != nil || !reflect.DeepEqual(got, want)) {
			t.Errorf("%q is read as %v, the library says %v, %v", text, got, want, err)
		}
		if !ok && err == nil && text[len(text)-1] == 'Z' && len(text) <= 30 && text[19] != ',' {
			t.Errorf("%q is left to the library", text)
		}
	}
}

// Shapes that encMode does not write, one by one.
func TestRareShapesAreLeftToDecMode(t *testing.T) {
	opened := reflect.TypeFor[dispatch.ConversationOpened]()
	for _, c := range []struct {
		what string
		typ  reflect.Type
		raw  string
	}{
		{"a number that is too large for its field", reflect.TypeFor[answered](), "\xa1\x02\x19\x01\x01"},
		{"a number that is too small for any", opened, "\xa1\x06\x3b\xff\xff\xff\xff\xff\xff\xff\xff"},
		{"a number that is too large for a signed one", opened, "\xa1\x06\x1b\xff\xff\xff\xff\xff\xff\xff\xff"},
		{"no UTF-8", opened, "\xa1\x01\x61\xff"},
		{"keys in another order", opened, "\xa2\x02\x60\x01\x60"},
		{"a key twice", opened, "\xa2\x01\x60\x01\x61a"},
		{"a key of a map twice", opened, "\xa1\x08\xa2\x61a\x61b\x61a\x61c"},
		{"an unknown key", opened, "\xa1\x18\xc8\x00"},
		{"a text as a key", opened, "\xa1\x61a\x00"},
		{"an item without a length", opened, "\xbf\x01\x60\xff"},
		{"a tag", opened, "\xa1\x01\xc0\x60"},
		{"nothing instead of a text", opened, "\xa1\x01\xf6"},
		{"a float", opened, "\xa1\x06\xf9\x3c\x00"},
		{"bytes instead of a text", opened, "\xa1\x01\x41a"},
		{"more than one item", opened, "\xa1\x01\x60\x00"},
		{"less than one item", opened, "\xa1\x01"},
		{"a reserved length", opened, "\xa1\x01\x7c"},
		{"a longer text than there is", opened, "\xa1\x01\x7b\xff\xff\xff\xff\xff\xff\xff\xff"},
		{"raw nothing", reflect.TypeFor[answered](), "\xa1\x03\xf6"},
		{"a raw item of too many levels", reflect.TypeFor[answered](), "\xa1\x03\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x00"},
	} {
		if sameAsDecMode(t, c.typ, []byte(c.raw)) {
			t.Errorf("%s is read by plan", c.what)
		}
	}
}
