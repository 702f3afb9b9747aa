package app

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// withContact is an office with one conversation that Ana owns, and the path of its contact.
func withContact(t *testing.T) (o *office, ana *desk, path string) {
	t.Helper()
	o, ana, id := owning(t)
	return o, ana, "/contacts/" + o.head(id)["contact"].(object)["id"].(string)
}

func TestTwoAgentsWhoEditDifferentFieldsBothKeepTheirs(t *testing.T) {
	t.Parallel()
	o, _, path := withContact(t)
	const fields = 8
	for i := range fields {
		o.create("/contact-fields", object{"key": fmt.Sprint("f", i), "label": fmt.Sprint("Campo ", i), "kind": "number"})
	}
	before := o.must(200, "GET", path, o.ana, nil)
	var group sync.WaitGroup
	for i := range fields {
		token := []string{o.ana, o.bia}[i%2]
		group.Go(func() { // every second one as of a version that is old by then: others changed other fields
			headers := []string{"If-Match", fmt.Sprintf(`"%v"`, before["version"])}[:2*(i%2)]
			body := object{"fields": object{fmt.Sprint("f", i): i}}
			if status, out := o.call("PATCH", path, token, body, headers...); status != 200 {
				t.Errorf("field %d: %d %v", i, status, out)
			}
		})
	}
	group.Wait()
	after := o.must(200, "GET", path, o.ana, nil)
	for i := range fields {
		if after["fields"].(object)[fmt.Sprint("f", i)] != float64(i) {
			t.Errorf("field %d is lost: %v", i, after["fields"])
		}
	}
	status, out := o.call("PATCH", path, o.bia, object{"fields": object{"f0": 100}}, "If-Match", fmt.Sprintf(`"%v"`, before["version"]))
	if problem := out["errors"].([]any)[0].(object); status != 412 || problem["pointer"] != "/fields/f0" || problem["code"] != "changed" {
		t.Errorf("the same field as of an old version: %d %v", status, out)
	}
	if status, _ := o.call("PATCH", path, o.bia, object{"name": "x"}, "If-Match", `"999"`); status != 412 {
		t.Errorf("a version that never was: %d", status)
	}
	status, out = o.call("PATCH", path, o.ana, object{"fields": object{"f0": "x", "nada": 1}})
	if status != 400 || len(out["errors"].([]any)) != 2 {
		t.Errorf("wrong values: %d %v", status, out)
	}
}

func TestAnIdentityOfSomebodyElseIsRefusedAndTheRestOfTheContactCanStillBeChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	both := object{"identities": []object{{"kind": "phone", "value": phoneOf(0)}, {"kind": "telegram", "value": "77"}}}
	contactOf := func(external string, contact object) string {
		status, out := o.send(external, contact)
		if status != 201 {
			t.Fatalf("%s: %d %v", external, status, out)
		}
		return "/contacts/" + o.head(out["conversation_id"].(string))["contact"].(object)["id"].(string)
	}
	other := contactOf("1", object{"identities": []object{{"kind": "telegram", "value": "77"}}})
	mine := contactOf("2", both) // a new contact by its phone would have the other's Telegram
	if other != mine {
		t.Fatalf("the second key found %s, not %s", mine, other)
	}
	third := contactOf("3", byPhone(phoneOf(1)))
	status, out := o.call("PATCH", third, o.ana, object{"identities": []object{{"kind": "phone", "value": phoneOf(1)}, {"kind": "telegram", "value": "77"}}})
	if status != 409 || out["code"] != "already_exists" || out["errors"].([]any)[0].(object)["pointer"] != "/identities/1" {
		t.Errorf("taken: %d %v", status, out)
	}
	o.must(200, "PATCH", third, o.ana, object{"name": "Terceiro", "identities": []object{{"kind": "phone", "value": phoneOf(2)}}})
	if again := contactOf("4", byPhone(phoneOf(2))); again != third {
		t.Errorf("the new number is of %s", again)
	}
	if again := contactOf("5", byPhone(phoneOf(1))); again == third {
		t.Error("the number that was given up still finds the contact")
	}
}

func TestWhatIsMaskedIsRevealedToWhoServesTheContactAndTheReasonIsKept(t *testing.T) {
	t.Parallel()
	o, ana, path := withContact(t)
	o.create("/contact-fields", object{"key": "senha", "label": "Frase", "masked": true})
	o.must(200, "PATCH", "/contact-privacy", o.admin, object{"masked_documents": []string{"cpf"}})
	o.must(200, "PATCH", path, o.ana, object{"documents": []object{{"kind": "cpf", "value": "123.456.789-09"}}, "fields": object{"senha": "azul"}})
	for name, w := range map[string]object{"read": o.must(200, "GET", path, o.admin, nil), "told": ana.event("contact.updated")["contact"].(object)} {
		if text := fmt.Sprint(w); strings.Contains(text, "12345678909") || strings.Contains(text, "azul") || len(w["masked"].([]any)) != 2 {
			t.Errorf("%s: %v", name, w)
		}
	}
	if status, out := o.call("POST", path+"/reveal", o.bia, object{"reason": "curiosidade"}); status != 403 {
		t.Errorf("an agent who does not serve the contact: %d %v", status, out)
	}
	one := o.must(200, "POST", path+"/reveal", o.ana, object{"reason": "confere a frase", "pointers": []string{"/fields/senha"}})
	if one["fields"].(object)["senha"] != "azul" || one["documents"].([]any)[0].(object)["value"] != "***" {
		t.Errorf("one of two: %v", one)
	}
	all := o.must(200, "POST", path+"/reveal", o.admin, object{"reason": "auditoria"})
	if all["documents"].([]any)[0].(object)["value"] != "12345678909" || len(all["masked"].([]any)) != 0 {
		t.Errorf("all: %v", all)
	}
	if status, _ := o.call("POST", path+"/reveal", o.ana, object{"reason": "x", "pointers": []string{"/name"}}); status != 400 {
		t.Errorf("what is not masked: %d", status)
	}
	o.shut()
	next := &office{server: startServer(t, o.dir)}
	kept := next.must(200, "GET", path+"/reveals", next.admin, nil)["items"].([]any)
	if len(kept) != 2 || kept[0].(object)["by"].(object)["id"] != o.anaID || kept[0].(object)["reason"] != "confere a frase" ||
		fmt.Sprint(kept[1].(object)["pointers"]) != "[/documents/0/value /fields/senha]" {
		t.Errorf("kept %v", kept)
	}
	if status, _ := next.call("GET", path+"/reveals", o.ana, nil); status != 403 {
		t.Errorf("an agent reads the reveals: %d", status)
	}
}

func TestNotesAndConsentsAreKeptInOrderAndTheLatestWordCounts(t *testing.T) {
	t.Parallel()
	o, ana, path := withContact(t)
	for i := range 5 {
		o.must(201, "POST", path+"/notes", o.ana, object{"text": fmt.Sprint("nota ", i)})
	}
	consent := func(token string, body object) object { return o.must(201, "POST", path+"/consents", token, body) }
	consent(o.ana, object{"purpose": "marketing", "state": "given", "source": "chat"})
	if e := ana.event("contact.updated")["contact"].(object); e["consents"].([]any)[0].(object)["state"] != "given" {
		t.Errorf("told %v", e["consents"])
	}
	consent(o.bia, object{"purpose": "marketing", "state": "withdrawn", "source": "telefone", "note": "não quer mais"})
	consent(o.ana, object{"purpose": "marketing", "state": "given", "source": "formulário antigo", "at": "2020-01-01T00:00:00Z"})
	consent(o.ana, object{"purpose": "dados", "state": "given", "source": "chat"})
	if status, _ := o.call("POST", path+"/consents", o.ana, object{"purpose": "dados", "state": "given", "source": "x", "at": "2999-01-01T00:00:00Z"}); status != 400 {
		t.Errorf("a consent of the future: %d", status)
	}
	if status, _ := o.call("POST", "/contacts/con_nobody/notes", o.ana, object{"text": "x"}); status != 404 {
		t.Errorf("a note about nobody: %d", status)
	}
	first, again := "", "" // the same request twice is one note
	for _, id := range []*string{&first, &again} {
		_, out := o.call("POST", path+"/notes", o.ana, object{"text": "uma vez"}, "Idempotency-Key", "k1")
		*id = fmt.Sprint(out["id"])
	}
	if first != again {
		t.Errorf("notes %s and %s", first, again)
	}
	o.shut()
	next := &office{server: startServer(t, o.dir)}
	w := next.must(200, "GET", path, next.admin, nil)
	got := ""
	for _, c := range w["consents"].([]any) {
		got += fmt.Sprintln(c.(object)["purpose"], c.(object)["state"], c.(object)["source"])
	}
	if got != "dados given chat\nmarketing withdrawn telefone\n" {
		t.Errorf("consents now:\n%s", got)
	}
	if list := next.must(200, "GET", path+"/consents", next.admin, nil)["items"].([]any); len(list) != 4 || list[2].(object)["source"] != "formulário antigo" {
		t.Errorf("history of consents: %v", list)
	}
	var texts []any
	cursor := ""
	for range 10 {
		page := next.must(200, "GET", path+"/notes?limit=2"+cursor, next.admin, nil)
		for _, n := range page["items"].([]any) {
			texts = append(texts, n.(object)["text"])
		}
		if page["next_cursor"] == nil {
			break
		}
		cursor = "&cursor=" + page["next_cursor"].(string)
	}
	if fmt.Sprint(texts) != "[nota 0 nota 1 nota 2 nota 3 nota 4 uma vez]" {
		t.Errorf("notes %v", texts)
	}
}
