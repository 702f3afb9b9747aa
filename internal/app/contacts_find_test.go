package app

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"pronto/internal/contact"
	"pronto/protocol"
)

// found pages through what a search of contacts gives, two at a time.
func (o *office) found(token, text string) (names []string) {
	o.t.Helper()
	cursor := ""
	for range 50 {
		page := o.must(200, "GET", "/contacts?limit=2&q="+url.QueryEscape(text)+cursor, token, nil)
		for _, c := range page["items"].([]any) {
			names = append(names, c.(object)["name"].(string))
		}
		if page["next_cursor"] == nil {
			return names
		}
		cursor = "&cursor=" + url.QueryEscape(page["next_cursor"].(string))
	}
	o.t.Fatalf("%q: no end", text)
	return nil
}

func TestContactsAreFoundOnceEachOverPagesAndAfterChanges(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	for i, name := range []string{"Marina Alves", "Márcio Marinho", "Ana Maria Martins", "João Alves", "Mar"} {
		status, out := o.send(fmt.Sprint(i), object{
			"name": name, "identities": []object{{"kind": "phone", "value": phoneOf(i)}}, "documents": []object{{"kind": "rg", "value": fmt.Sprint("1234567", i)}},
		})
		if status != 201 {
			t.Fatalf("%d %v", status, out)
		}
	}
	for text, want := range map[string]string{
		"mar":        "[Mar Márcio Marinho Ana Maria Martins Marina Alves]",
		"alves mari": "[Marina Alves]",
		"ALVES":      "[Marina Alves João Alves]",
		"joao":       "[João Alves]",
		phoneOf(1):   "[Márcio Marinho]",
		"1.234.5672": "[Ana Maria Martins]",
		"nobody":     "[]",
		"%%":         "[]",
	} {
		if got := fmt.Sprint(o.found(o.ana, text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := o.found(o.ana, ""); len(got) != 5 {
		t.Errorf("all: %v", got)
	}
	page := o.must(200, "GET", "/contacts?q=joao", o.ana, nil)["items"].([]any)[0].(object)
	o.must(200, "PATCH", "/contacts/"+page["id"].(string), o.ana, object{"name": "Jonas Prado", "documents": []object{}})
	o.must(200, "PATCH", "/contact-privacy", o.admin, object{"masked_documents": []string{"rg"}})
	for text, want := range map[string]string{"joao": "[]", "alves": "[Marina Alves]", "prado": "[Jonas Prado]", "12345673": "[]", "1234567": "[]", "12345670": "[Marina Alves]"} {
		if got := fmt.Sprint(o.found(o.ana, text)); got != want {
			t.Errorf("afterwards, %q: %s, want %s", text, got, want)
		}
	}
	for _, bad := range []string{"x", "9.a.b", "0..", "0.a"} {
		if status, _ := o.call("GET", "/contacts?q=a&cursor="+bad, o.ana, nil); status != 400 {
			t.Errorf("cursor %q: %d", bad, status)
		}
	}
	o.shut()
	db, err := OpenStore(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n, problems, err := db.VerifyWords(t.Context(), kindContact); n != 5 || len(problems) > 0 || err != nil {
		t.Errorf("%d contacts: %v %v", n, problems, err)
	}
}

func TestTheWordsOfAContactAreThoseOfWhatIsStored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Zoë <a&b>", "\u2028 \"\\\"", "a\xffb", "+5511999990000"}))
		ids := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) protocol.Identity {
			return protocol.Identity{Kind: rapid.SampledFrom([]string{"phone", "email", "external"}).Draw(t, "kind"), Value: text.Draw(t, "value")}
		}), 0, 3)
		d := contact.Details{
			Name: text.Draw(t, "name"), Identities: ids.Draw(t, "identities"), Documents: ids.Draw(t, "documents"),
			MergedInto: rapid.SampledFrom([]string{"", "con_1"}).Draw(t, "into"),
		}
		body, err := json.Marshal(&d)
		if err != nil {
			t.Fatal(err)
		}
		if has, stored := detailsWords(&d), contactWords(body); has == nil || !slices.Equal(has, stored) {
			t.Fatalf("%q, stored %q", has, stored)
		}
	})
}

func TestMessagesAddNoMoreIdentitiesThanAContactMayHave(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	var id string
	for i := range protocol.MaxIdentities + 2 {
		out := o.must(201, "POST", "/channels/"+o.channel+"/messages", o.admin, object{"text": "oi", "contact": object{
			"identities": []object{{"kind": "phone", "value": phoneOf(0)}, {"kind": "external", "value": fmt.Sprint("pedido-", i)}},
		}})
		id = out["conversation_id"].(string)
	}
	if d := o.details(o.head(id)["contact"].(object)["id"].(string)); len(d.Identities) != protocol.MaxIdentities {
		t.Errorf("%d identities", len(d.Identities))
	}
}
