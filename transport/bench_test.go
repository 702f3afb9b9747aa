package transport

import (
	"testing"

	"pronto/dispatch"
	"pronto/protocol"
)

func BenchmarkCommandFrameToMessage(b *testing.B) {
	w := newWorld()
	s := New(w.options())
	r, ana := agentDialect{conn: &Conn{server: s}}, principal("ana")
	r.conn.who.Store(&ana)
	frame := []byte(`{"type":"command","id":"c0000000001","name":"message.send","data":{"conversation_id":"` + string(talkID) + `","text":"Segunda via do boleto, por favor."}}`)
	b.ReportAllocs()
	for b.Loop() {
		f, bad := parseFrame(frame)
		if bad != nil {
			b.Fatal(bad)
		}
		if _, err := r.envelope(f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInboundMessageDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var m protocol.InboundMessage
		if err := protocol.Decode([]byte(sampleInbound), 0, &m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEventEncode(b *testing.B) {
	s := New(newWorld().options())
	e := dispatch.EventMessage{Conversation: talkID, Message: &dispatch.Chat{ID: "msg_2", Seq: 2, Author: dispatch.Author{Kind: dispatch.AuthorContact, Name: "Marina"}, Text: "Segunda via do boleto", At: born}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.EncodeEvent(born, e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHeadEncode(b *testing.B) {
	s := New(newWorld().options())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.EncodeEvent(born, dispatch.EventAssigned{Head: sampleHead(talkID)}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInboundRequest(b *testing.B) {
	w := newWorld()
	s := New(w.options())
	t := &testing.T{}
	b.ReportAllocs()
	for b.Loop() {
		ask(t, s, "integrator", "POST", "/api/v1/channels/chn_1/messages", sampleInbound)
	}
}
