package storage

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pronto/dispatch"
)

func TestATerseValueGivesBackItsCBOR(t *testing.T) {
	ids := make([]string, 12)
	for i := range ids {
		ids[i] = dispatch.FormatID(tersePrefixes[i], at0.Add(time.Duration(i-6)*time.Hour), dispatch.Partition(i*90), uint64(i)<<61|7)
	}
	id := rapid.SampledFrom(ids)
	text := rapid.OneOf(
		id, rapid.SampledFrom(terseWords[:]), rapid.SampledFrom([]string{
			"", "olá", strings.Repeat("x", 23), strings.Repeat("x", 24), strings.Repeat("x", 400), "zzz_01hx0000000000000000000000", "cnv_81hx0000000000000000000000",
			"cnv_01HX0000000000000000000000", "0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789abcdef", "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z",
			"2026-01-01T00:00:00.10Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:60Z", "2026-01-01T24:00:00Z", "0999-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00",
		}),
		rapid.Custom(func(r *rapid.T) string {
			at := time.Unix(rapid.Int64Range(minMilli/1000, maxMilli/1000).Draw(r, "s"), rapid.SampledFrom([]int64{0, 1, 1e6, 123e6, 120e6, 123456789, 999999999}).Draw(r, "ns"))
			return at.UTC().Format(time.RFC3339Nano)
		}),
		rapid.String(),
	)
	rapid.Check(t, func(r *rapid.T) {
		v := map[string]any{
			"texts": rapid.SliceOfN(text, 0, 30).Draw(r, "texts"), "bytes": rapid.SliceOf(rapid.Byte()).Draw(r, "bytes"), "number": rapid.Int64().Draw(r, "number"),
			text.Draw(r, "key"): []any{true, nil, 1.5, rapid.Uint64().Draw(r, "uint")},
		}
		want, err := encMode.(interface{ Marshal(v any) ([]byte, error) }).Marshal(v)
		if err != nil {
			r.Fatal(err)
		}
		var in, out terse
		short, ok := in.cbor(nil, want)
		if !ok || len(short) > len(want)+1 {
			r.Fatalf("%t, %d bytes of %d", ok, len(short), len(want))
		}
		if got, ok := out.expand(nil, short); !ok || !bytes.Equal(got, want) {
			r.Fatalf("%t\n%x became\n%x and\n%x", ok, want, short, got)
		}
	})
}

// What a terse form cannot give back exactly stands as it is.
func TestTextsThatOnlyLookLikeTimesStandAsTheyAre(t *testing.T) {
	for s, want := range map[string]bool{
		"2026-02-28T23:59:59Z": true, "2024-02-29T00:00:00.123456789Z": true, "9999-12-31T23:59:59.999999999Z": true, "1000-01-01T00:00:00Z": true,
		"2000-02-29T00:00:00Z": true, "1900-02-29T00:00:00Z": false, "2026-02-29T00:00:00Z": false, "2026-00-10T00:00:00Z": false, "2026-13-10T00:00:00Z": false,
		"2026-04-31T00:00:00Z": false, "2026-12-00T00:00:00Z": false, "2026-01-01T24:00:00Z": false, "2026-01-01T00:60:00Z": false, "2026-01-01T00:00:60Z": false,
		"2026-01-01T00:00:00.0Z": false, "2026-01-01T00:00:00.120Z": false, "2026-01-01T00:00:00.Z": false, "2026-01-01T00:00:00.+Z": false, "0999-01-01T00:00:00Z": false,
		"2026-01-01T00:00:00z": false, "2026-01-01 00:00:00Z": false, "2026-01-01T00:00:00,1Z": false, "202é-01-01T00:00:00Z": false,
	} {
		ms, ns, ok := parseUTC(s)
		if ok != want {
			t.Errorf("%s: %t", s, ok)
		}
		at, err := time.Parse(time.RFC3339Nano, s)
		if ok && (err != nil || at.UnixMilli() != ms || at.Nanosecond()%1e6 != ns) {
			t.Errorf("%s is %d ms and %d ns, %v", s, ms, ns, err)
		}
	}
}

func TestTheListsOfTerseFormsHaveRoom(t *testing.T) {
	if len(tersePrefixes) > 32 || len(terseWords) > 255 {
		t.Error("there are more than a token can name")
	}
	for i, w := range terseWords {
		var in terse
		if got := in.text(nil, w); len(w) > longestWord || len(got) > 2 || got[len(got)-1] != byte(i) && got[0] != terseShort+byte(i) {
			t.Errorf("%s is written as %x", w, got)
		}
	}
	for _, p := range tersePrefixes {
		if len(p) != 3 {
			t.Errorf("prefix %s", p)
		}
	}
}

// FuzzExpand: any bytes are safe, and their CBOR is at most 32 times as long.
func FuzzExpand(f *testing.F) {
	for _, v := range []any{
		&dispatch.MessageAppended{Message: dispatch.Chat{ID: "msg_01kb3m2v9r00000000000000aa", At: at0, SentAt: at0.Add(1), Author: dispatch.Author{Kind: dispatch.AuthorContact}}},
		dispatch.Cause{Principal: "0123456789abcdef0123456789abcdef", Command: "msg_01kb3m2v9r00000000000000aa"},
	} {
		raw, err := encode(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw[1:])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var in, out terse
		plain, ok := in.expand(nil, raw)
		if len(plain) > 32*len(raw) {
			t.Fatalf("%d bytes of %d", len(plain), len(raw))
		}
		if !ok {
			return
		}
		short, ok := out.cbor(nil, plain)
		if !ok {
			return // a text with a longer head than it needs
		}
		var again terse
		if back, ok := again.expand(nil, short); !ok || !bytes.Equal(back, plain) || len(short) > len(raw) {
			t.Fatalf("%x is %x, in short %x, and back %x", raw, plain, short, back)
		}
		into := reflect.New(reflect.TypeFor[any]())
		_ = unmarshal(plain, into.Interface())
	})
}

// BenchmarkDecode is reading a contact's message as this release writes it and as those before did.
func BenchmarkDecode(b *testing.B) {
	at := at0.Add(123 * time.Millisecond)
	for name, v := range map[string]any{
		"message": &dispatch.MessageAppended{Message: dispatch.Chat{
			ID: "msg_01kb3m2v9r00000000000000aa", Seq: 3, Text: "Segue o número do contrato.", At: at, External: "wamid.1",
			Author: dispatch.Author{Kind: dispatch.AuthorContact, ID: "con_01kb3m2v9r00000000000000aa", Name: "Marina", Identity: "+5511999990000"},
		}},
		"ticket": &dispatch.Ticket{
			Conversation: "cnv_01kb3m2v9r00000000000000aa", Version: 2, Queue: "que_01kb3m2v9r00000000000000ab", EnqueuedAt: at, Weight: 1, Since: at,
		},
		"state": busyState(),
	} {
		short, err := encode(v)
		if err != nil {
			b.Fatal(err)
		}
		var t terse
		plain, _ := t.expand([]byte{codecPlain}, short[1:])
		into := reflect.New(reflect.TypeOf(v).Elem())
		for form, raw := range map[string][]byte{"terse": short, "plain": plain} {
			b.Run(name+"/"+form, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(raw)))
				for b.Loop() {
					into.Elem().SetZero()
					if err := decode(raw, into.Interface()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// busyState is about what is stored when a conversation ends.
func busyState() *dispatch.ConversationSnapshot {
	at, id := at0.Add(123*time.Millisecond), "_01kb3m2v9r00000000000000aa"
	chat := dispatch.Chat{ID: dispatch.MessageID("msg" + id), Seq: 9, Text: "Claro, um momento.", At: at, Author: dispatch.Author{Kind: dispatch.AuthorAgent, ID: "agt" + id, Name: "Ana"}}
	s := &dispatch.ConversationSnapshot{
		ID: dispatch.ConversationID("cnv" + id), Version: 19, State: dispatch.ConversationClosed, Channel: dispatch.ChannelID("chn" + id), Queue: dispatch.QueueID("que" + id),
		Contact: dispatch.Contact{ID: dispatch.ContactID("con" + id), Name: "Marina", Identity: "+5511999990000", Route: "5511999990000"}, Protocol: "2026-000123",
		OpenedAt: at, EnqueuedAt: at, AssignedAt: at, ClosedAt: at.Add(time.Hour), LastOwner: dispatch.AgentID("agt" + id), LastSeq: 9, UnreadSeqs: []uint64{1, 2, 4, 6, 8},
		LastMessage: &chat, LastText: "Segue o número do contrato.", LastInbound: at, Deliveries: []byte{0, 2, 0, 2, 0, 2, 0, 2, 0}, CloseCause: dispatch.ClosedByAgent,
		QueuedAt: at, Service: &dispatch.ServiceSample{},
	}
	for i := range 4 {
		s.OutboundIDs = append(s.OutboundIDs, dispatch.OutboundID{Seq: uint64(i), ID: dispatch.MessageID(dispatch.FormatID("msg", at, 7, uint64(i)))})
	}
	return s
}
