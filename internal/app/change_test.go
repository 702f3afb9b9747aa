package app

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pronto/internal/pdf/pdftest"
)

// never reads everything that shows a conversation to an administrator and looks for a text in it.
func (s *server) never(id, token, text string) {
	s.t.Helper()
	for _, path := range []string{"", "/messages", "/events", "/notes"} {
		if body := s.body("/conversations/"+id+path, token); bytes.Contains(body, []byte(text)) {
			s.t.Errorf("GET %s shows %q: %s", path, text, body)
		}
	}
	if found := s.must(200, "GET", "/conversations?q="+text, token, nil)["items"].([]any); len(found) > 0 {
		s.t.Errorf("a search finds %q", text)
	}
}

func (s *server) body(path, token string) []byte {
	s.t.Helper()
	res, body := s.download(token, "/api/v1"+path)
	if res.StatusCode != 200 {
		s.t.Fatalf("GET %s: %d", path, res.StatusCode)
	}
	return body
}

func TestAnAgentEditsItsMessageAndEverybodySeesTheNewTextOnly(t *testing.T) {
	s := openShop(t, nil, nil)
	v, ana, id := s.served()
	sent := ana.ok("message.send", object{"conversation_id": id, "text": "custa 100 reaiz"})["message"].(object)
	v.text("custa 100 reaiz")
	changed := ana.ok("message.edit", object{"conversation_id": id, "message_id": sent["id"], "text": "custa 100 reais"})["message"].(object)
	if changed["text"] != "custa 100 reais" || changed["edited_at"] == nil || changed["seq"] != sent["seq"] || changed["at"] != sent["at"] {
		t.Errorf("changed %v", changed)
	}
	for who, d := range map[string]*desk{"the page": v, "the desk": ana} {
		m := d.event("conversation.message_changed")["message"].(object)
		if m["text"] != "custa 100 reais" || m["id"] != sent["id"] || m["edited_at"] == nil {
			t.Errorf("%s sees %v", who, m)
		}
	}
	s.never(id, s.token, "reaiz")
	items := s.must(200, "GET", "/conversations/"+id+"/messages", s.token, nil)["items"].([]any)
	if m := items[1].(object); m["text"] != "custa 100 reais" || m["edited_at"] == nil {
		t.Errorf("message %v", m)
	}
	if last := s.must(200, "GET", "/conversations/"+id, s.token, nil)["last_message"].(object); last["text"] != "custa 100 reais" {
		t.Errorf("the head shows %v", last)
	}
	_, world := s.visit(object{"visitor_token": s.visitor})
	if m := world["messages"].([]any)[1].(object); m["text"] != "custa 100 reais" || m["author"].(object)["id"] != nil {
		t.Errorf("a page that comes back sees %v", m)
	}
	ana.refusedAs("message.edit", object{"conversation_id": id, "seq": 1, "text": "x"}, "not_changeable")
	ana.refusedAs("message.edit", object{"conversation_id": id, "seq": 9, "text": "x"}, "not_found")
	ana.refusedAs("message.edit", object{"conversation_id": id, "text": "x"}, "bad_request")
	ana.refusedAs("message.edit", object{"conversation_id": id, "seq": 2, "text": " "}, "empty_message")
}

func TestARedactedMessageIsShownToNobody(t *testing.T) {
	s := openShop(t, nil, nil)
	v, ana, id := s.served()
	said := v.ok("message.send", object{"text": "meu cartão é 4111111111111111"})["message"].(object)
	ana.wait("the number", func(f object) bool { return f["name"] == "conversation.message" })
	answered := ana.ok("message.send", object{"conversation_id": id, "text": "anotado: 4111111111111111"})["message"].(object)
	v.text("anotado: 4111111111111111")
	ana.refusedAs("message.redact", object{"conversation_id": id, "message_id": said["id"], "reason": "cartão"}, "not_changeable")

	own := object{"conversation_id": id, "message_id": answered["id"], "reason": "cartão"}
	if m := ana.ok("message.redact", own)["message"].(object); m["redacted"] != true || m["text"] != "" {
		t.Errorf("redacted %v", m)
	}
	m := s.must(200, "POST", "/conversations/"+id+"/redact", s.admin, object{"message_id": said["id"], "reason": "cartão"})
	if m["redacted"] != true || m["text"] != "" || m["author"].(object)["name"] != "" {
		t.Errorf("redacted %v", m)
	}
	for range 2 {
		if m := v.event("conversation.message_changed")["message"].(object); m["redacted"] != true || m["text"] != "" {
			t.Errorf("the page sees %v", m)
		}
	}
	for _, token := range []string{s.token, s.admin} {
		s.never(id, token, "4111111111111111")
	}
	if text := pdftest.Extract(t, s.body("/conversations/"+id+"/transcript.pdf", s.admin)); strings.Contains(text, "4111") || strings.Count(text, "Mensagem removida") != 2 {
		t.Errorf("the transcript says %s", text)
	}
	_, world := s.visit(object{"visitor_token": s.visitor})
	for _, m := range world["messages"].([]any) {
		if strings.Contains(m.(object)["text"].(string), "4111") {
			t.Errorf("a page that comes back sees %v", m)
		}
	}
	again := s.dial(s.token)
	again.send(object{"type": "start"})
	if shown := fmt.Sprint(again.frame("snapshot")); strings.Contains(shown, "4111111111111111") || !strings.Contains(shown, id) {
		t.Errorf("the desk's snapshot shows %s", shown)
	}
	ana.refusedAs("message.edit", object{"conversation_id": id, "message_id": answered["id"], "text": "x"}, "not_changeable")
	s.must(200, "POST", "/conversations/"+id+"/redact", s.admin, object{"message_id": said["id"], "reason": "outra vez"})
}
