package app

import (
	"fmt"
	"testing"
)

func TestReadingOfManyContactsIsInTheAuditHoweverTheyAreRead(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	_, sup := o.supervisor("sup", o.queue)
	ids := make([]string, 110)
	for i := range ids {
		ids[i] = o.arrive(i+1, object{"contact": object{"name": fmt.Sprint("Cliente ", i), "identities": []object{{"kind": "phone", "value": phoneOf(i + 1)}}}})
	}
	entries := func(token string) []object {
		me := o.must(200, "GET", "/me", token, nil)["id"].(string)
		return o.audit("action=contacts.read_in_bulk&actor_id=" + me)
	}
	o.must(200, "GET", "/conversations?limit=90", sup, nil)
	if e := entries(sup); len(e) != 0 {
		t.Errorf("90 are told already: %v", e)
	}
	for _, id := range ids { // one by one, and some of them again
		o.must(200, "GET", "/conversations/"+id+"/messages", sup, nil)
	}
	e := entries(sup)
	if len(e) != 1 {
		t.Fatalf("110 in all: %v", e)
	}
	if c := e[0]["changes"].([]any)[0].(object); c["field"] != "contacts" || c["after"] != 100.0 {
		t.Errorf("told: %v", c)
	}
	o.must(200, "GET", "/search?q=oi&limit=110", o.admin, nil)
	if e := entries(o.admin); len(e) != 1 {
		t.Errorf("a search: %v", e)
	}
	token := o.must(201, "POST", "/api-tokens", o.admin, object{"name": "exporta", "scopes": []string{"contacts:read"}})
	found := o.must(200, "GET", "/contacts?q=cliente&limit=200", token["secret"].(string), nil)["items"].([]any)
	if e := o.audit("action=contacts.read_in_bulk&actor_id=" + token["id"].(string)); len(found) < 100 || len(e) != 1 {
		t.Errorf("a program that lists %d contacts: %v", len(found), e)
	}
}
