package protocol

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// appender is an object that is written by hand.
type appender interface{ AppendJSON(b []byte) []byte }

// fill sets every field of v, a struct, to something random, so that a field added later is compared, too.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.Just(""), rapid.Just("\"\\\n\t\x00\x1f <>&\u2028 é 🙂"), rapid.Just("\xff broken \xc3")).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "number"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "set") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "map")))
	case reflect.Struct:
		if v.Type() == typeTime {
			if rapid.Bool().Draw(t, "set") {
				v.Set(reflect.ValueOf(At(time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "time")))))
			}
			return
		}
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("no value for %s", v.Type())
	}
}

func TestWhatIsWrittenByHandIsWhatEncodingJSONWrites(t *testing.T) {
	for _, blank := range []func() appender{
		func() appender { return &ConversationHead{} }, func() appender { return &Message{} }, func() appender { return &Offer{} },
		func() appender { return &ConversationMessage{} }, func() appender { return &ConversationReply{} }, func() appender { return &MessageReply{} },
		func() appender { return &InboundAnswer{} },
	} {
		rapid.Check(t, func(t *rapid.T) {
			v := blank()
			fill(t, reflect.ValueOf(v).Elem())
			want, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			got := v.AppendJSON(nil)
			var a, b any
			if err := json.Unmarshal(got, &a); err != nil {
				t.Fatalf("%s: %v", got, err)
			}
			if err := json.Unmarshal(want, &b); err != nil || !reflect.DeepEqual(a, b) {
				t.Fatalf("%T:\n got %s\nwant %s", v, got, want)
			}
		})
	}
}

func TestANilListOfAttachmentsIsWrittenAsAnEmptyOne(t *testing.T) {
	var m struct{ Attachments *[]any }
	if err := json.Unmarshal((&Message{}).AppendJSON(nil), &m); err != nil || m.Attachments == nil {
		t.Fatalf("got %v %v", m, err)
	}
}
