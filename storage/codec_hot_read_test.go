package storage

import (
	"reflect"
	"testing"

	"pronto/dispatch"
)

// readTypes are what is read by hand.
func readTypes() []any {
	return []any{
		&dispatch.MessageAppended{}, &dispatch.Ticket{}, &dispatch.ConversationOpened{}, &dispatch.OfferMade{}, &dispatch.OfferAccepted{},
		&dispatch.ConversationSnapshot{},
	}
}

// sameAsDecMode reads a value both ways, in any form of its texts.
func sameAsDecMode(t *testing.T, v any, what string) (hand bool) {
	t.Helper()
	raw, err := encode(v)
	if err != nil {
		t.Fatal(err)
	}
	got, want := reflect.New(reflect.TypeOf(v).Elem()), reflect.New(reflect.TypeOf(v).Elem())
	if err := decodeTerse(raw, want.Interface()); err != nil {
		t.Fatal(err)
	}
	hand = readByHand(raw, got.Interface())
	if hand && !reflect.DeepEqual(got.Interface(), want.Interface()) {
		t.Errorf("%T with %s:\nby hand %+v\ndecMode %+v", v, what, got.Elem(), want.Elem())
	}
	if !hand && !got.Elem().IsZero() {
		t.Errorf("%T with %s is left to decMode, and not zero: %+v", v, what, got.Elem())
	}
	return hand
}

func TestWhatIsReadByHandIsTheSame(t *testing.T) {
	for _, v := range readTypes() {
		if !sameAsDecMode(t, v, "nothing") {
			t.Errorf("%T is not read by hand", v)
		}
		left := map[string]bool{}
		leaves(reflect.ValueOf(v).Elem(), "", func(f reflect.Value, name string) {
			sample(f, 0)
			left[name] = !sameAsDecMode(t, v, name)
			if f.Kind() == reflect.String {
				for _, text := range []string{"msg_01kb3m2v9r00000000000000aa", "agt_01kb3m2v9r00000000000000aa", "agent", "longest_idle", "", "\u00e9"} {
					f.SetString(text)
					if !sameAsDecMode(t, v, name+" "+text) {
						t.Errorf("%T with %s %q is left to decMode", v, name, text)
					}
				}
				f.SetString("0123456789abcdef0123456789abcdef")
				sameAsDecMode(t, v, name+" in hexadecimal digits")
			}
			f.SetZero()
		})
		for name, left := range left {
			if left && !rareFields[reflect.TypeOf(v).Elem().Name()+name] {
				t.Errorf("%T with %s is left to decMode", v, name)
			}
		}
		sample(reflect.ValueOf(v).Elem(), 0)
		sameAsDecMode(t, v, "everything")
	}
}

// rareFields are left to decMode.
var rareFields = map[string]bool{
	"MessageAppended.Message.Attachments": true, "MessageAppended.Message.ChangedAt": true, "MessageAppended.Message.Revision": true,
	"MessageAppended.Message.Redacted": true, "Ticket.Skills": true, "Ticket.Spent": true,
	"ConversationOpened.Skills": true, "ConversationOpened.Attributes": true, "OfferMade.Offer.Relaxed": true, "OfferMade.Why": true,
	"ConversationSnapshot.Skills": true, "ConversationSnapshot.Attributes": true, "ConversationSnapshot.Offer": true, "ConversationSnapshot.Handed": true,
	"ConversationSnapshot.LastMessage": true, "ConversationSnapshot.Script": true, "ConversationSnapshot.Rating": true, "ConversationSnapshot.Changes": true,
	"ConversationSnapshot.More": true, "ConversationSnapshot.Overflows": true,
}

// A decision without a pick is what every offer of a queue has.
func TestAnOfferWithItsDecisionIsReadByHand(t *testing.T) {
	why := &dispatch.Decision{Strategy: "longest_idle", Waiting: 3, Unseen: 2, Counts: []dispatch.WhyCount{{Why: dispatch.WhyFull, N: 300}}}
	for i := range dispatch.MaxCandidates {
		why.Candidates = append(why.Candidates, dispatch.Candidate{Agent: dispatch.AgentID(dispatch.FormatID("agt", at0, dispatch.Partition(i), uint64(i)<<40)), Why: dispatch.WhyLower})
	}
	o := dispatch.OfferMade{Offer: dispatch.Offer{Agent: why.Candidates[0].Agent, MadeAt: at0, Kind: dispatch.OfferFromQueue}, Why: why}
	if !sameAsDecMode(t, &o, "a decision") {
		t.Error("it is left to decMode")
	}
}

// What is stored when a conversation ends has parts that sampled ones have not.
func TestTheStateOfAnEndedConversationIsReadByHand(t *testing.T) {
	s := busyState()
	s.Script = &dispatch.ScriptAnswer{Reason: "rsn_1", Resolved: true}
	s.Offer = &dispatch.Offer{ID: "off_1", MadeAt: at0}
	s.Ended = []dispatch.EndedOffer{{ID: "off_2", Cause: dispatch.EndDeclined}, {}}
	if !sameAsDecMode(t, s, "what it has in the end") {
		t.Error("it is left to decMode")
	}
}

// FuzzReadByHand: what is read by hand from any bytes is what decMode reads there, and reading is safe.
func FuzzReadByHand(f *testing.F) {
	for i, v := range readTypes() {
		for range 2 {
			raw, err := encode(v)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(byte(i), raw[1:])
			sample(reflect.ValueOf(v).Elem(), 0)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, raw []byte) {
		types := readTypes()
		v := types[int(kind)%len(types)]
		raw = append([]byte{codecVersion}, raw...)
		if !readByHand(raw, v) {
			return
		}
		want := reflect.New(reflect.TypeOf(v).Elem())
		if err := decodeTerse(raw, want.Interface()); err != nil || !reflect.DeepEqual(v, want.Interface()) {
			t.Fatalf("%x by hand: %+v\nby decMode: %+v, %v", raw, v, want.Elem(), err)
		}
	})
}
