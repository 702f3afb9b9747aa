package protocol

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// inputs are bodies and commands, the hot ones first.
func inputs() []any {
	out := []any{
		InboundMessage{}, MessageSend{}, OfferAccept{}, ConversationClose{}, WidgetSend{}, Queue{}, Agent{}, Channel{}, Login{}, WidgetStart{}, WidgetResume{},
	}
	for _, c := range Commands {
		out = append(out, c.Data)
	}
	for _, c := range WidgetCommands {
		out = append(out, c.Data)
	}
	return out
}

// readsAlike compares the two ways to read data into a value of the type of like. It says whether the short one was taken.
func readsAlike(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, data []byte, like any) bool {
	t.Helper()
	short, whole := reflect.New(reflect.TypeOf(like)), reflect.New(reflect.TypeOf(like))
	SetDefaults(short.Interface())
	SetDefaults(whole.Interface())
	took := readUsual(data, short.Interface())
	err := readAny(data, whole.Interface())
	switch {
	case took && err != nil:
		t.Fatalf("%T: %s is taken, and not by encoding/json: %v", like, data, err)
	case took && !reflect.DeepEqual(short.Interface(), whole.Interface()):
		t.Fatalf("%T: %s is read as %+v, by encoding/json as %+v", like, data, short, whole)
	case !took && err == nil: // what the short way left behind must not show
		if err := readAny(data, short.Interface()); err != nil || !reflect.DeepEqual(short.Interface(), whole.Interface()) {
			t.Fatalf("%T: %s is read as %+v after the short way gave up, else as %+v: %v", like, data, short, whole, err)
		}
	}
	return took
}

func TestWhatIsReadInOneGoIsWhatEncodingJSONReads(t *testing.T) {
	for _, like := range inputs() {
		rapid.Check(t, func(t *rapid.T) {
			v := reflect.New(reflect.TypeOf(like))
			for i := range v.Elem().NumField() {
				if f := v.Elem().Field(i); fillable(f.Type()) && rapid.Bool().Draw(t, "there") {
					fill(t, f)
				}
			}
			data, err := json.Marshal(v.Interface())
			if err != nil {
				t.Fatal(err)
			}
			readsAlike(t, data, like)
			for range 3 { // and damaged
				at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
				change := rapid.SampledFrom([]string{"", "x", `"`, `\`, "null", "{", "}", ",", "0", "1e2", " ", "\x80", `\u00e9`, "[", "]", "A"}).Draw(t, "change")
				data = append([]byte(string(data[:at])+change), data[at+rapid.IntRange(0, 1).Draw(t, "gone"):]...)
				readsAlike(t, data, like)
				if len(data) == 0 {
					return
				}
			}
		})
	}
}

// fillable: fill has no values for answers of any kind.
func fillable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Map:
		return t.Elem().Kind() == reflect.String
	case reflect.Pointer, reflect.Slice:
		return t.Elem().Kind() != reflect.Uint8 && fillable(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if t != typeTime && !fillable(t.Field(i).Type) {
				return false
			}
		}
	case reflect.Interface, reflect.Float64:
		return false
	}
	return true
}

func TestUsualBodiesAreReadInOneGo(t *testing.T) {
	for _, c := range []struct {
		body string
		like any
	}{
		{`{"external_id":"wamid.1","contact":{"name":"José","identities":[{"kind":"phone","value":"+5511999990000"},{"kind":"email","value":"a@b"}]},"text":"Segunda via \"já\" 🙂\n","sent_at":"2026-01-02T03:04:05Z","queue":"que_1","priority":-2,"skills":[{"id":"skl_1","min_level":3}]}`, InboundMessage{}},
		{` { "conversation_id" : "cnv_1" , "text" : "oi" , "attachment_ids" : [ ] } `, MessageSend{}},
		{`{"offer_id":"off_1"}`, OfferAccept{}},
		{`{"conversation_id":"cnv_1","script":{"reason_id":"rea_1","resolved":true}}`, ConversationClose{}},
		{`{"text":"oi","attachment_ids":["att_1","att_2"]}`, WidgetSend{}},
		{`{}`, WidgetSend{}},
	} {
		if !readsAlike(t, []byte(c.body), c.like) {
			t.Errorf("%T: %s is not usual", c.like, c.body)
		}
	}
}

func TestWhatIsUnusualIsLeftToEncodingJSON(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `{`, `{"text":null}`, `{"text":"a","text":"b"}`, `{"Text":"a"}`, `{"te\u0078t":"a"}`, `{"text":1}`, `{"text":"a"}x`, `{"text":"a",}`,
		`{"colour":1}`, `{"attributes":{"a":"b"}}`, `{"priority":1.0}`, `{"priority":99999999999999999999}`, `{"priority":01}`, `{"contact":null}`, `{"contact":{"name":1}}`,
		`{"attachment_ids":null}`, `{"attachment_ids":["a",null]}`, `{"attachment_ids":["a" "b"]}`, `{"sent_at":"yesterday"}`, `{"sent_at":1}`, `{"text":"\x01"}`,
		`{"skills":[{"id":"a"}],"skills":[{"min_level":2}]}`, `{"text":"a","contact":{"identities":[{"kind":"a"}],"name":null}}`, strings.Repeat("[", 20_000),
	} {
		if readsAlike(t, []byte(body), InboundMessage{}) {
			t.Errorf("%s is usual", body)
		}
	}
}

func FuzzUsualBodies(f *testing.F) {
	for i, seed := range []string{
		`{"external_id":"a","contact":{"identities":[{"kind":"phone","value":"+5511"}]},"text":"\ud83d\ude42 é","priority":3,"skills":[{"id":"s"}],"sent_at":"2026-01-02T03:04:05Z"}`,
		`{"conversation_id":"cnv_1","text":"oi","attachment_ids":["a"]}`, `{"offer_id":"off_1"}`,
		`{"conversation_id":"cnv_1","script":{"reason_id":"r","resolved":false,"answers":{"q":1}}}`, `{"text":"a","text":null}`,
	} {
		f.Add(uint8(i), []byte(seed))
	}
	all := inputs()
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		readsAlike(t, data, all[int(kind)%len(all)])
	})
}
