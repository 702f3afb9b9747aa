package app

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"pronto/internal/pdf/pdftest"
)

// transcript reads a conversation's document.
func (o *office) transcript(id, token, query string) (status int, name string, data []byte) {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.base+"/api/v1/conversations/"+id+"/transcript.pdf?"+query, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer res.Body.Close()
	if data, err = io.ReadAll(res.Body); err != nil {
		o.t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Content-Disposition"), data
}

func TestATranscriptTellsTheWholeConversation(t *testing.T) {
	t.Parallel()
	o, ana, bia, id := pair(t)
	ana.ok("message.send", object{"conversation_id": id, "text": "Bom dia, Marina! 👍🏽"})
	ana.ok("note.add", object{"conversation_id": id, "text": "conferir o CPF"})
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"agent_id": o.biaID}})
	bia.ok("offer.accept", object{"offer_id": bia.event("offer.created")["id"]})
	bia.event("conversation.assigned")
	first := o.must(200, "GET", "/conversations/"+id+"/messages", o.admin, nil)["items"].([]any)[0].(object)["id"]
	bia.ok("message.send", object{"conversation_id": id, "text": "Aqui é a Bia.", "reply_to": first})
	bia.ok("conversation.close", object{"conversation_id": id, "script": object{"reason_id": o.reason, "resolved": true}})
	head := o.head(id)
	status, name, data := o.transcript(id, o.bia, "notes=true&zone=America/Sao_Paulo")
	if number := head["protocol_number"].(string); status != 200 || name != `attachment; filename="`+number+`.pdf"` {
		t.Fatalf("%d, %s", status, name)
	}
	if _, err := pdftest.Parse(data); err != nil {
		t.Error(err)
	}
	text := pdftest.Extract(t, data)
	rest := text
	for _, part := range []string{
		"Atendimento " + head["protocol_number"].(string), "Situação Encerrado", "Aceito", "-03:00", "Telefone +5511910000000", "Ana", "desde", "Bia", "desde", "Resolvido Sim",
		"Marina · Cliente · +5511910000000", "oi", "Ana · Atendente", "Bom dia, Marina! 👍🏽", "Ana · Nota interna", "conferir o CPF", "Bia · Atendente", "↩ Marina: oi", "Aqui é a Bia.",
	} {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Fatalf("%q is missing or out of order in\n%s", part, text)
		}
		rest = after
	}
	if _, _, again := o.transcript(id, o.bia, "notes=true&zone=America/Sao_Paulo"); !bytes.Equal(again, data) {
		t.Error("asked again, it is another file")
	}
	_, _, without := o.transcript(id, o.ana, "lang=en") // a former owner
	if text := pdftest.Extract(t, without); strings.Contains(text, "conferir") || !strings.Contains(text, "Conversation ") || !strings.Contains(text, "+00:00") {
		t.Errorf("without notes, in English:\n%s", text)
	}
	hours := o.create("/business-hours", object{"name": "Comercial", "time_zone": "America/Manaus"})
	o.patch("/queues/"+o.queue, object{"hours_id": hours})
	if _, _, data := o.transcript(id, o.bia, ""); !strings.Contains(pdftest.Extract(t, data), "-04:00") {
		t.Error("the times are not in the zone of the queue's hours")
	}
	o.create("/agents", object{"name": "Caio", "login": "caio", "password": password, "role": "agent", "queue_ids": []string{o.queue}})
	for token, query := range map[string]string{o.login("caio", password): "", "": "", o.admin: "lang=de", o.bia: "zone=Local"} {
		if status, _, body := o.transcript(id, token, query); status == 200 || !bytes.Contains(body, []byte("problem")) && !bytes.Contains(body, []byte(`"code"`)) {
			t.Errorf("query %q: %d %.80s", query, status, body)
		}
	}
}
