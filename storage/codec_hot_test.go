package storage

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"

	"pronto/dispatch"
)

// byHand encodes by hand; not ok when that is left to encMode.
func byHand(v any) (data []byte, ok bool) {
	var a arena
	m := a.newMap()
	switch v := v.(type) {
	case *dispatch.MessageAppended:
		messageFields(&m, v)
	case *answered:
		answeredFields(&m, v)
	case *inboundValue:
		inboundFields(&m, v)
	case *dispatch.ConversationOpened:
		openedFields(&m, v)
	case *dispatch.OfferMade:
		offerFields(&m, v)
	case *dispatch.OfferAccepted:
		acceptedFields(&m, v)
	case *dispatch.ConversationEnded:
		endedFields(&m, v)
	case *dispatch.Ticket:
		ticketFields(&m, v)
	}
	return a.kept(&m)
}

func sameAsEncMode(t *testing.T, v any, what string) (hand bool) {
	t.Helper()
	want, err := encode(v)
	if err != nil {
		t.Fatal(err)
	}
	got, hand := byHand(v)
	if hand && !bytes.Equal(got, want) {
		t.Errorf("%T with %s:\nby hand %x\nencMode %x", v, what, got, want)
	}
	return hand
}

// leaves calls fn with every field below v, also those of structs that are in it, but for what is in times and pointers.
func leaves(v reflect.Value, name string, fn func(v reflect.Value, name string)) {
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		fn(v, name)
		return
	}
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("cbor") != "-" {
			leaves(v.Field(i), name+"."+f.Name, fn)
		}
	}
}

// Each field that there is, alone: one that is encoded by hand has the bytes of encMode, and none is forgotten.
func TestWhatIsEncodedByHandHasTheSameBytes(t *testing.T) {
	for _, v := range []any{
		&dispatch.MessageAppended{}, &answered{}, &inboundValue{}, &dispatch.ConversationOpened{}, &dispatch.OfferMade{}, &dispatch.OfferAccepted{},
		&dispatch.ConversationEnded{}, &dispatch.Ticket{},
	} {
		if !sameAsEncMode(t, v, "nothing") {
			t.Errorf("%T is not encoded by hand", v)
		}
		leaves(reflect.ValueOf(v).Elem(), "", func(f reflect.Value, name string) {
			if f.Type() == reflect.TypeFor[cbor.RawMessage]() {
				f.SetBytes([]byte{0x63, 'a', 'b', 'c'})
			} else {
				sample(f, 0)
			}
			sameAsEncMode(t, v, name)
			f.SetZero()
		})
	}
}

// What is stored most has parts that sampled values have not.
func TestOffersWithTheirDecisionAndEndsWithTheirScriptAreEncodedByHand(t *testing.T) {
	agent := dispatch.AgentID("agt_01kb3m2v9r00000000000000aa")
	why := &dispatch.Decision{
		Strategy: "longest_idle", Waiting: 3, Unseen: 2, Counts: []dispatch.WhyCount{{Why: dispatch.WhyFull, N: 300}, {}},
		Candidates: []dispatch.Candidate{{Agent: agent, Why: dispatch.WhyChosen}, {Agent: "agt_2"}},
	}
	for _, v := range []any{
		&dispatch.OfferMade{Offer: dispatch.Offer{Agent: agent, MadeAt: at0, Kind: dispatch.OfferFromQueue}, Why: why}, &dispatch.OfferMade{Why: &dispatch.Decision{}},
		&dispatch.ConversationEnded{Script: &dispatch.ScriptAnswer{Reason: "rsn_1", Resolved: true, Automatic: true}}, &dispatch.ConversationEnded{Script: &dispatch.ScriptAnswer{}},
	} {
		if !sameAsEncMode(t, v, "what it has") {
			t.Errorf("%T is left to encMode", v)
		}
	}
	why.Counts[0].N = -1
	for _, v := range []any{&dispatch.OfferMade{Why: why}, &dispatch.OfferMade{Why: &dispatch.Decision{Pick: &dispatch.PickSight{}}}, &dispatch.Ticket{Priority: -1}} {
		if sameAsEncMode(t, v, "something rare") {
			t.Errorf("%T with something rare is encoded by hand", v)
		}
	}
}

func TestRareTimesAndTextsAreEncodedAsBefore(t *testing.T) {
	zone := time.FixedZone("", -3*3600)
	for _, at := range []time.Time{
		{}, at0, at0.In(zone), at0.Truncate(time.Second), at0.Truncate(time.Millisecond), time.Date(999, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), at0.Local(),
	} {
		for _, text := range []string{"", strings.Repeat("x", 23), strings.Repeat("x", 24), strings.Repeat("é", 200), strings.Repeat("x", 70_000), "\xff"} {
			sameAsEncMode(t, &dispatch.MessageAppended{Message: dispatch.Chat{At: at, SentAt: at, Text: text}}, at.String()+" "+text[:min(len(text), 30)])
		}
	}
	for _, d := range []time.Duration{-1, 1, 1 << 8, 1 << 16, 1 << 32, 1<<63 - 1} {
		sameAsEncMode(t, &dispatch.MessageAppended{Window: d}, d.String())
	}
}

func TestAnyMessageIsEncodedAsBefore(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "a", "olá", strings.Repeat("0123456789", 40)})
	number := rapid.SampledFrom([]uint64{0, 1, 23, 24, 255, 256, 1 << 16, 1 << 40})
	rapid.Check(t, func(r *rapid.T) {
		at := at0.Add(time.Duration(rapid.Int64Range(-1<<60, 1<<60).Draw(r, "at")))
		m := &dispatch.MessageAppended{
			Message: dispatch.Chat{
				ID: dispatch.MessageID(text.Draw(r, "id")), Seq: number.Draw(r, "seq"), Text: text.Draw(r, "text"), At: at,
				Author:   dispatch.Author{Kind: dispatch.AuthorAgent, ID: text.Draw(r, "author"), Name: text.Draw(r, "name")},
				External: dispatch.ExternalID(text.Draw(r, "external")), Delivery: dispatch.DeliveryState(text.Draw(r, "delivery")),
			},
			Outbox: rapid.Bool().Draw(r, "outbox"), Window: time.Duration(number.Draw(r, "window")),
			Quiet: dispatch.Quiet{Step: dispatch.QuietStep(rapid.IntRange(0, 9).Draw(r, "step")), For: time.Duration(number.Draw(r, "for"))},
		}
		want, err := encode(m)
		got, hand := byHand(m)
		if err != nil || !hand || !bytes.Equal(got, want) {
			r.Fatalf("by hand: %t\n%x\n%x, %v", hand, got, want, err)
		}
	})
}

// BenchmarkEncodeMessage is a contact's message by hand and by reflection.
func BenchmarkEncodeMessage(b *testing.B) {
	m := &dispatch.MessageAppended{Message: dispatch.Chat{
		ID: "msg_01kb3m2v9r00000000000000aa", Seq: 3, Text: "Segue o número do contrato.", At: at0.Add(123_456_789), External: "wamid.1",
		Author: dispatch.Author{Kind: dispatch.AuthorContact, ID: "con_01kb3m2v9r00000000000000aa", Name: "Marina", Identity: "+5511999990000"},
	}}
	var a arena
	for name, fn := range map[string]func(){
		"by=hand": func() {
			w := a.newMap()
			messageFields(&w, m)
			_, _ = a.kept(&w)
		},
		"by=reflection": func() { _, _ = a.encode(m) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fn()
				a.reset()
			}
		})
	}
}
