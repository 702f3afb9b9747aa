package bench

import (
	"encoding/json"
	"testing"

	"pronto/protocol"
)

const oddIdentity = `+55 "é" \ 1` // a text that JSON has to escape

func written(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTheGeneratorReadsEventsAsTheProtocolWritesThem(t *testing.T) {
	contact := protocol.ContactRef{ID: "con_1", Name: "x", Identity: oddIdentity}
	o, err := readOffer(written(t, protocol.Offer{ID: "off_1", ConversationID: "cnv_1", Attempt: 3, Contact: contact, Queue: protocol.Ref{ID: "que_1"}}))
	if want := (offer{id: "off_1", conversation: "cnv_1", attempt: 3, contact: oddIdentity}); err != nil || o != want {
		t.Errorf("%+v, %v", o, err)
	}
	who, err := readAssigned(written(t, protocol.ConversationHead{ID: "cnv_1", Contact: contact}))
	if err != nil || who != oddIdentity {
		t.Errorf("%q, %v", who, err)
	}
	said := protocol.Message{ID: "msg_1", ConversationID: "cnv_9", Seq: 4, Author: protocol.Author{Kind: "agent", ID: "agt_1"}, Text: oddIdentity}
	m, err := readMessage(written(t, protocol.ConversationMessage{ConversationID: "cnv_1", Message: said, Version: 8, Unread: 2}))
	if want := (message{conversation: "cnv_1", id: "msg_1", author: "agent", seq: 4}); err != nil || m != want {
		t.Errorf("%+v, %v", m, err)
	}
	m, err = readMessage(written(t, protocol.MessageReply{Message: said}))
	if want := (message{id: "msg_1", author: "agent", seq: 4}); err != nil || m != want {
		t.Errorf("%+v, %v", m, err)
	}
	m, err = readWritten(written(t, protocol.MessageReply{Message: said}))
	if want := (message{conversation: "cnv_9", id: "msg_1", author: "agent", seq: 4}); err != nil || m != want {
		t.Errorf("%+v, %v", m, err)
	}
	m, err = readMessage(written(t, protocol.WidgetMessage{ConversationID: "cnv_9", Message: said}))
	if want := (message{conversation: "cnv_9", id: "msg_1", author: "agent", seq: 4}); err != nil || m != want {
		t.Errorf("%+v, %v", m, err)
	}
	id, state, err := readState(written(t, protocol.WidgetConversation{ID: "cnv_9", State: "closed", Agent: &protocol.WidgetAgent{Name: oddIdentity}}))
	if err != nil || id != "cnv_9" || state != "closed" {
		t.Errorf("%q, %q, %v", id, state, err)
	}
}

func TestTheGeneratorReadsAnswersAsTheProtocolWritesThem(t *testing.T) {
	want := protocol.InboundAnswer{ConversationID: "cnv_1", MessageID: oddIdentity, CreatedConversation: true}
	if a, err := readInboundAnswer(written(t, want)); err != nil || a != want {
		t.Errorf("%+v, %v", a, err)
	}
	for _, data := range []string{``, `[]`, `{"conversation_id":"a"`, `{"message_id":2}`} {
		if a, err := readInboundAnswer([]byte(data)); err == nil {
			t.Errorf("%s is an answer: %+v", data, a)
		}
	}
}

func TestTheGeneratorTakesNoEventThatIsNotSound(t *testing.T) {
	for _, data := range []string{
		``, `{`, `[]`, `null`, `{"id":"a"`, `{"id":1}`, `{"contact":"x"}`, `{"contact":{"identity":1}}`, `{"subject":"a}`, `{"id":"a"} x`, `{"attempt":"1"}`, `{"note":tru}`,
	} {
		if o, err := readOffer([]byte(data)); err == nil {
			t.Errorf("%s is an offer: %+v", data, o)
		}
	}
	for _, data := range []string{`{"message":{"seq":"1"}}`, `{"message":[]}`, `{"message":{"author":{"kind":1}}}`, `{"conversation_id":1}`, `{"message":{"text":"}}`} {
		if m, err := readMessage([]byte(data)); err == nil {
			t.Errorf("%s is a message: %+v", data, m)
		}
		if m, err := readWritten([]byte(data)); err == nil && data != `{"conversation_id":1}` {
			t.Errorf("%s is an answer: %+v", data, m)
		}
	}
	for _, data := range []string{`{"id":1}`, `{"state":{}}`, `{"id":"a"`, `[]`} {
		if id, state, err := readState([]byte(data)); err == nil {
			t.Errorf("%s is a state: %q, %q", data, id, state)
		}
	}
	for _, data := range []string{`{"contact":1}`, `{"contact":{"identity":{}}}`, `{"id":"a","tags":[}`} {
		if who, err := readAssigned([]byte(data)); err == nil {
			t.Errorf("%s is assigned: %q", data, who)
		}
	}
}
