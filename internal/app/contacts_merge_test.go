package app

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pronto/dispatch"
	"pronto/internal/contact"
	"pronto/protocol"
)

// couple is an office with two contacts, of phones 0 and 1, each with a conversation that Ana owns.
type couple struct {
	*office
	ana      *desk
	convs    [2]string
	contacts [2]string
}

func newCouple(t *testing.T) *couple {
	t.Helper()
	o, ana, first := owning(t)
	o.patch("/queues/"+o.queue, object{"script_required": false})
	c := &couple{office: o, ana: ana, convs: [2]string{first, o.accepted(ana, "second", phoneOf(1))}}
	for i, id := range c.convs {
		c.contacts[i] = o.head(id)["contact"].(object)["id"].(string)
	}
	return c
}

func (o *office) merge(into, other string) object {
	o.t.Helper()
	return o.must(200, "POST", "/contacts/"+into+"/merge", o.ana, object{"contact_id": other})
}

func (o *office) unmerge(id string) object {
	o.t.Helper()
	return o.must(200, "POST", "/contacts/"+id+"/unmerge", o.ana, nil)
}

// pick lists one value of each of a list's objects.
func pick(list any, key string) (out []string) {
	for _, item := range list.([]any) {
		out = append(out, fmt.Sprint(item.(object)[key]))
	}
	return out
}

// details are those of the contact's own document.
func (o *office) details(id string) contact.Details {
	o.t.Helper()
	doc, err := o.app.db.Document(kindContact, id)
	if err != nil {
		o.t.Fatal(err)
	}
	d, _, err := decodeDetails(doc)
	if err != nil {
		o.t.Fatal(err)
	}
	d.By = ""
	return d
}

func TestAMergedContactIsShownFoundAndReadAsOneWithTheOneThatStandsForIt(t *testing.T) {
	t.Parallel()
	c := newCouple(t)
	a, b := "/contacts/"+c.contacts[0], "/contacts/"+c.contacts[1]
	c.create("/contact-fields", object{"key": "plano", "label": "Plano"})
	c.create("/contact-fields", object{"key": "frase", "label": "Frase", "masked": true})
	c.must(200, "PATCH", a, c.office.ana, object{"name": "Marina Alves", "fields": object{"plano": "ouro"}})
	c.must(200, "PATCH", b, c.office.ana, object{
		"name": "Maria Souza", "fields": object{"plano": "prata", "frase": "azul"}, "documents": []object{{"kind": "cpf", "value": "123.456.789-09"}},
	})
	for i, path := range []string{b, a, b} {
		c.must(201, "POST", path+"/notes", c.office.ana, object{"text": fmt.Sprint("nota ", i)})
		c.must(201, "POST", path+"/consents", c.office.ana, object{"purpose": "marketing", "state": []string{"given", "withdrawn"}[i%2], "source": fmt.Sprint("fonte ", i)})
	}
	merged := c.merge(c.contacts[0], c.contacts[1])
	if merged["name"] != "Marina Alves" || fmt.Sprint(pick(merged["identities"], "value")) != fmt.Sprintf("[%s %s]", phoneOf(0), phoneOf(1)) {
		t.Errorf("merged: %v", merged)
	}
	if f := merged["fields"].(object); f["plano"] != "ouro" || f["frase"] != "***" || fmt.Sprint(merged["masked"]) != "[/fields/frase]" {
		t.Errorf("fields %v, masked %v", f, merged["masked"])
	}
	list := merged["merged"].([]any)[0].(object)
	if list["id"] != c.contacts[1] || list["name"] != "Maria Souza" || list["merged_into"] != c.contacts[0] || list["merged_by"].(object)["id"] != c.anaID {
		t.Errorf("its merged ones: %v", list)
	}
	if e := c.ana.wait("the merge", func(f object) bool {
		return f["name"] == "contact.updated" && len(f["data"].(object)["contact"].(object)["merged"].([]any)) == 1
	}); e["data"].(object)["contact"].(object)["id"] != c.contacts[0] {
		t.Errorf("told %v", e)
	}
	if w := c.must(200, "POST", b+"/reveal", c.office.ana, object{"reason": "confere"}); w["fields"].(object)["frase"] != "azul" {
		t.Errorf("revealed %v", w)
	}
	for _, path := range []string{a, b} {
		if w := c.must(200, "GET", path, c.office.ana, nil); w["id"] != c.contacts[0] || w["consents"].([]any)[0].(object)["source"] != "fonte 2" {
			t.Errorf("%s: %v", path, w)
		}
		history := pick(c.must(200, "GET", path+"/conversations", c.office.ana, nil)["items"], "id")
		if fmt.Sprint(history) != fmt.Sprint([]string{c.convs[1], c.convs[0]}) {
			t.Errorf("%s: history %v", path, history)
		}
		var notes []string
		for cursor := ""; ; {
			page := c.must(200, "GET", path+"/notes?limit=1"+cursor, c.office.ana, nil)
			notes = append(notes, pick(page["items"], "text")...)
			if page["next_cursor"] == nil {
				break
			}
			cursor = "&cursor=" + url.QueryEscape(page["next_cursor"].(string))
		}
		if fmt.Sprint(notes) != "[nota 0 nota 1 nota 2]" {
			t.Errorf("%s: notes %v", path, notes)
		}
		if reveals := c.must(200, "GET", path+"/reveals", c.admin, nil)["items"].([]any); len(reveals) != 1 {
			t.Errorf("%s: reveals %v", path, reveals)
		}
	}
	for _, filter := range []string{"contact_id=" + c.contacts[1], "contact_id=" + c.contacts[0], "contact_id=" + c.contacts[1] + "&q=oi"} {
		if page := c.must(200, "GET", "/conversations?"+filter, c.admin, nil)["items"].([]any); len(page) != 2 {
			t.Errorf("%s: %d", filter, len(page))
		}
	}
	if hits := c.must(200, "GET", "/search?q=oi&contact_id="+c.contacts[1], c.admin, nil)["items"].([]any); len(hits) != 2 {
		t.Errorf("texts of both: %v", hits)
	}
	for _, text := range []string{"", "mar", "marina", "maria", "souza alves", phoneOf(1), "12345678909"} {
		if got := fmt.Sprint(c.found(c.office.ana, text)); got != "[Marina Alves]" {
			t.Errorf("%q finds %s", text, got)
		}
	}
	if got := c.found(c.office.ana, "="+c.contacts[0]); len(got) > 0 {
		t.Errorf("what leads to merged ones was typed: %v", got)
	}
}

func TestUnmergeGivesBackWhatThereWasAndLeavesWhatWasWrittenInBetween(t *testing.T) {
	t.Parallel()
	c := newCouple(t)
	a, b := "/contacts/"+c.contacts[0], "/contacts/"+c.contacts[1]
	c.create("/contact-fields", object{"key": "plano", "label": "Plano"})
	c.create("/contact-fields", object{"key": "nivel", "label": "Nível", "kind": "number"})
	c.must(200, "PATCH", b, c.office.ana, object{"fields": object{"plano": "prata", "nivel": 3}, "documents": []object{{"kind": "rg", "value": "1234567"}}})
	before := [2]contact.Details{c.details(c.contacts[0]), c.details(c.contacts[1])}
	w := c.merge(c.contacts[0], c.contacts[1])

	body := object{}
	for key, value := range w {
		body[key] = value
	}
	after := c.must(200, "PATCH", a, c.office.ana, body) // all of it sent back as it is shown
	if own := c.details(c.contacts[0]); !same(own, before[0]) {
		t.Errorf("copied: %+v, was %+v", own, before[0])
	}
	for _, change := range []object{{"identities": []object{}}, {"identities": []object{{"kind": "phone", "value": phoneOf(0)}}}, {"documents": nil}} {
		if status, out := c.call("PATCH", a, c.office.ana, change); status != 400 || out["errors"].([]any)[0].(object)["code"] != "merged" {
			t.Errorf("%v takes away what is not its own: %d %v", change, status, out)
		}
	}
	more := append(after["identities"].([]any), object{"kind": "email", "value": "marina@example.com"})
	more[1] = object{"kind": "phone", "value": strings.Replace(phoneOf(1), "+55", "", 1)} // in another spelling
	c.must(200, "PATCH", b, c.office.ana, object{"identities": more, "fields": object{"plano": nil, "nivel": 4}})
	c.must(201, "POST", b+"/notes", c.office.ana, object{"text": "depois"})
	if status, out := c.call("PATCH", b, c.office.ana, object{"name": "x"}, "If-Match", `"1"`); status != 409 || out["code"] != "contact_merged" || out["data"].(object)["reason"] != c.contacts[0] {
		t.Errorf("a version of whom? %d %v", status, out)
	}
	w = c.must(200, "GET", a, c.office.ana, nil)
	if f := w["fields"].(object); f["plano"] != nil || f["nivel"] != 4.0 || len(w["identities"].([]any)) != 3 {
		t.Errorf("after changes: %v", w)
	}
	if own := c.details(c.contacts[1]); own.MergedInto != c.contacts[0] || len(own.Identities) != 1 {
		t.Errorf("the merged one was changed: %+v", own)
	}

	c.shut()
	n := &office{server: startServer(t, c.dir), channel: c.channel, ana: c.office.ana}
	back := n.unmerge(c.contacts[1])
	if own := n.details(c.contacts[1]); !same(own, before[1]) || back["id"] != c.contacts[1] || len(back["merged"].([]any)) != 0 {
		t.Errorf("given back: %+v, was %+v", own, before[1])
	}
	w = n.must(200, "GET", a, n.ana, nil)
	if f := w["fields"].(object); f["plano"] != nil || f["nivel"] != 4.0 || fmt.Sprint(pick(w["identities"], "kind")) != "[phone email]" || len(w["merged"].([]any)) != 0 {
		t.Errorf("what stays: %v", w)
	}
	if notes := n.must(200, "GET", b+"/notes", n.ana, nil)["items"].([]any); len(notes) != 0 {
		t.Errorf("notes of the one that is back: %v", notes)
	}
	for i, id := range c.contacts {
		if got := n.head(n.inbound(n.channel, fmt.Sprint("z", i), phoneOf(i), "oi")["conversation_id"].(string))["contact"].(object)["id"]; got != id {
			t.Errorf("phone %d is of %v", i, got)
		}
	}
	entries := n.must(200, "GET", "/audit?object_id="+c.contacts[1], n.admin, nil)["items"].([]any)
	if fmt.Sprint(pick(entries, "action")) != "[contact.unmerged contact.merged]" || fmt.Sprint(entries[1].(object)["changes"].([]any)[0].(object)["after"]) != c.contacts[0] {
		t.Errorf("audit %v", entries)
	}
}

func same(a, b contact.Details) bool { return cmp.Equal(a, b, cmpopts.EquateEmpty()) }

func TestOnlyContactsThatStandForThemselvesAreMerged(t *testing.T) {
	t.Parallel()
	c := newCouple(t)
	stranger := func(phone int) string {
		t.Helper()
		return c.head(c.inbound(c.channel, fmt.Sprint("s", phone), phoneOf(phone), "oi")["conversation_id"].(string))["contact"].(object)["id"].(string)
	}
	third := stranger(2)
	refused := func(into, other string, status int, code, pointer, reason string) {
		t.Helper()
		got, out := c.call("POST", "/contacts/"+into+"/merge", c.office.ana, object{"contact_id": other})
		at, why := "", ""
		if list, ok := out["errors"].([]any); ok {
			at = list[0].(object)["pointer"].(string)
		}
		if data, ok := out["data"].(object); ok {
			why = fmt.Sprint(data["reason"])
		}
		if got != status || out["code"] != code || at != pointer || why != reason {
			t.Errorf("merge %s into %s: %d %v", other, into, got, out)
		}
	}
	a, b := c.contacts[0], c.contacts[1]
	c.merge(a, b)
	refused(third, b, 409, "contact_merged", "/contact_id", a)
	refused(b, third, 409, "contact_merged", "", a)
	refused(a, b, 409, "contact_merged", "/contact_id", a)
	refused(b, a, 409, "contact_merged", "", a)
	refused(a, a, 400, "bad_request", "/contact_id", "")
	refused(a, "con_nobody", 400, "bad_request", "/contact_id", "")
	refused("con_nobody", a, 404, "not_found", "", "")
	if status, out := c.call("POST", "/contacts/"+a+"/unmerge", c.office.ana, nil); status != 409 || out["code"] != "conflict" {
		t.Errorf("unmerge of one that stands for itself: %d %v", status, out)
	}
	reader := c.must(201, "POST", "/api-tokens", c.admin, object{"name": "r", "scopes": []string{"contacts:read"}})["secret"].(string)
	if status, _ := c.call("POST", "/contacts/"+b+"/unmerge", reader, nil); status != 403 {
		t.Errorf("a token that only reads: %d", status)
	}
	c.merge(third, a) // with b, through a
	for _, id := range []string{a, b} {
		if w := c.must(200, "GET", "/contacts/"+id, c.office.ana, nil); w["id"] != third || fmt.Sprint(pick(w["merged"], "id")) != fmt.Sprint([]string{a, b}) {
			t.Errorf("%s: %v", id, w)
		}
	}
	refused(a, b, 409, "contact_merged", "", third)
	if w := c.unmerge(a); w["id"] != a || fmt.Sprint(pick(w["merged"], "id")) != fmt.Sprint([]string{b}) {
		t.Errorf("a with b again: %v", w)
	}
	if w := c.must(200, "GET", "/contacts/"+b, c.office.ana, nil); w["id"] != a {
		t.Errorf("b: %v", w)
	}
	for i := range maxMerged {
		more := stranger(100 + i)
		if i < maxMerged-1 {
			c.merge(a, more)
		} else {
			refused(a, more, 409, "conflict", "/contact_id", "too_many")
		}
	}
}

func TestMessagesOfAMergedContactFollowUnlessTheirConversationIsOpen(t *testing.T) {
	t.Parallel()
	c := newCouple(t)
	c.merge(c.contacts[0], c.contacts[1])
	n := 0
	write := func(phone int, want string) (id string) {
		t.Helper()
		n++
		out := c.inbound(c.channel, fmt.Sprint("w", n), phoneOf(phone), "oi")
		id = out["conversation_id"].(string)
		if created := out["created_conversation"] == true; want != "" && (created || id != want) || want == "" && !created {
			t.Fatalf("message %d of phone %d went to %s, not to %q", n, phone, id, want)
		}
		return id
	}
	end := func(id string) { c.ana.ok("conversation.close", object{"conversation_id": id}) }
	write(0, c.convs[0])
	write(1, c.convs[1]) // two were open: each goes on
	end(c.convs[1])
	write(1, c.convs[0]) // the one that is left is the contact's
	if e := c.ana.refused("conversation.reopen", object{"conversation_id": c.convs[1]}); e != "contact_merged" {
		t.Errorf("reopen of a merged contact's: %s", e)
	}
	end(c.convs[0])
	next := write(1, c.convs[0]) // reopened: it is the last one of who stands for both
	c.ana.ok("offer.accept", object{"offer_id": c.ana.offered(next)["id"]})
	c.ana.event("conversation.assigned")
	end(next)
	other := c.create("/channels", object{"name": "Outro", "kind": "generic", "queue_id": c.queue})
	first := c.inbound(other, "o1", phoneOf(1), "oi")["conversation_id"].(string)
	if again := c.inbound(other, "o2", phoneOf(0), "oi"); again["conversation_id"] != first || c.head(first)["contact"].(object)["id"] != c.contacts[0] {
		t.Errorf("on another channel: %v and %s", again, first)
	}
	c.unmerge(c.contacts[1])
	if out := c.inbound(other, "o3", phoneOf(1), "oi"); out["conversation_id"] == first || c.head(out["conversation_id"].(string))["contact"].(object)["id"] != c.contacts[1] {
		t.Errorf("after they were taken apart: %v", out)
	}
	write(0, next)
	if id := write(1, c.convs[1]); c.head(id)["contact"].(object)["id"] != c.contacts[1] { // may open again
		t.Errorf("reopened for %v", c.head(id)["contact"])
	}
}

// TestAConversationThatStaysClosedIsFollowedByALinkedOne: the last one on the channel is a merged contact's.
func TestAConversationThatStaysClosedIsFollowedByALinkedOne(t *testing.T) {
	t.Parallel()
	c := newCouple(t)
	for _, id := range c.convs {
		c.ana.ok("conversation.close", object{"conversation_id": id})
	}
	c.merge(c.contacts[0], c.contacts[1])
	out := c.inbound(c.channel, "x", phoneOf(0), "oi")
	head := c.head(out["conversation_id"].(string))
	if out["created_conversation"] != true || head["previous_id"] != c.convs[1] || head["contact"].(object)["id"] != c.contacts[0] {
		t.Errorf("%v: %v", out, head)
	}
}

func TestWhoServesAContactReadsThePastOfThoseThatWereMerged(t *testing.T) {
	t.Parallel()
	c := newCouple(t)
	bia := c.desk(c.bia)
	c.ana.ok("conversation.close", object{"conversation_id": c.convs[1]})
	bia.ok("status.set", object{"status": "ready"})
	c.ana.ok("transfer.start", object{"conversation_id": c.convs[0], "to": object{"agent_id": c.biaID}})
	status := func() int {
		s, _ := c.call("GET", "/conversations/"+c.convs[1]+"/messages", c.bia, nil)
		return s
	}
	offer := bia.event("offer.created")
	bia.ok("offer.accept", object{"offer_id": offer["id"]})
	bia.event("conversation.assigned")
	texts := func() int { return len(c.must(200, "GET", "/search?q=oi", c.bia, nil)["items"].([]any)) }
	if s, n := status(), texts(); s != 404 || n != 1 {
		t.Errorf("somebody else's past: %d, %d texts", s, n)
	}
	c.merge(c.contacts[0], c.contacts[1])
	if s, n := status(), texts(); s != 200 || n != 2 {
		t.Errorf("the contact's past: %d, %d texts", s, n)
	}
	if s, out := c.call("POST", "/contacts/"+c.contacts[1]+"/reveal", c.bia, object{"reason": "atende"}); s != 200 {
		t.Errorf("reveal: %d %v", s, out)
	}
	c.unmerge(c.contacts[1])
	if s, n := status(), texts(); s != 404 || n != 1 {
		t.Errorf("taken apart: %d, %d texts", s, n)
	}
}

func TestWhoIsOfferedAContactKnowsHowOftenItWasHereAndWhoServesItReadsThat(t *testing.T) {
	t.Parallel()
	c := newCouple(t)
	bia := c.desk(c.bia)
	c.ana.ok("conversation.close", object{"conversation_id": c.convs[1]})
	bia.ok("status.set", object{"status": "ready"})
	c.merge(c.contacts[0], c.contacts[1])
	past := func() int {
		return len(c.must(200, "GET", "/contacts/"+c.contacts[0]+"/conversations", c.bia, nil)["items"].([]any))
	}
	c.ana.ok("transfer.start", object{"conversation_id": c.convs[0], "to": object{"agent_id": c.biaID}})
	offer := bia.event("offer.created")
	if n, of := past(), c.must(200, "GET", "/contacts/"+c.contacts[0], c.bia, nil)["conversations"]; n != 0 || of != 2.0 {
		t.Errorf("while it is offered: reads %d of %v", n, of)
	}
	bia.ok("offer.accept", object{"offer_id": offer["id"]})
	bia.event("conversation.assigned")
	if n := past(); n != 2 {
		t.Errorf("while it serves: reads %d of 2", n)
	}
}

func TestWhoServedAMergedContactLastIsPreferred(t *testing.T) {
	t.Parallel()
	c := newCouple(t)
	c.must(200, "PATCH", "/queues/"+c.queue, c.admin, object{"preferred_ms": 60_000})
	c.merge(c.contacts[0], c.contacts[1])
	k, err := normalize(protocol.InboundContact{Identities: []protocol.Identity{{Kind: "phone", Value: phoneOf(1)}}})
	if err != nil {
		t.Fatal(err)
	}
	people := &contacts{db: c.app.db, system: c.app.system, catalog: c.app.catalog, now: time.Now}
	from, err := people.find(t.Context(), k, newDoor(nil, 0))
	if err != nil || from.contact.ID != dispatch.ContactID(c.contacts[0]) || !slices.Equal(from.kin, []dispatch.ContactID{dispatch.ContactID(c.contacts[1]), dispatch.ContactID(c.contacts[0])}) {
		t.Fatalf("%+v %v", from, err)
	}
	in := &inbound{db: c.app.db}
	who, err := in.lastOwner(c.app.catalog.now.Load().queues[dispatch.QueueID(c.queue)], from)()
	if err != nil || string(who) != c.anaID {
		t.Errorf("preferred %s, %v", who, err)
	}
}

func TestAVisitorWhoseContactWasMergedIsShownWhereItsMessagesGo(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, nil)
	one, _ := s.visit(object{"name": "Marina"})
	two, world := s.visit(object{"name": "Marina"})
	token := world["visitor_token"].(string)
	sent := func(d *desk, text string) string {
		t.Helper()
		return d.ok("message.send", object{"text": text})["message"].(object)["conversation_id"].(string)
	}
	convs := [2]string{sent(one, "um"), sent(two, "dois")}
	of := func(id string) string {
		t.Helper()
		return s.must(200, "GET", "/conversations/"+id, s.admin, nil)["contact"].(object)["id"].(string)
	}
	into, other := of(convs[0]), of(convs[1])
	s.must(200, "POST", "/contacts/"+into+"/merge", s.admin, object{"contact_id": other})
	if id := sent(two, "mais"); id != convs[1] {
		t.Errorf("an open conversation does not go on: %s", id)
	}
	two.ok("conversation.end", object{})
	if id := sent(two, "e agora?"); id != convs[0] {
		t.Errorf("the message went to %s", id)
	}
	if m := one.text("e agora?"); m["conversation_id"] != convs[0] {
		t.Errorf("the other page is shown %v", m)
	}
	_, world = s.visit(object{"visitor_token": token})
	if c := world["conversation"].(object); c["id"] != convs[0] {
		t.Errorf("a new page is shown %v", c)
	}
	for _, id := range convs { // its own past, and where it is now
		path := "/widget/conversations/" + id + "/messages?before_seq=2&channel=" + url.QueryEscape(s.channel)
		if status, out := s.call("GET", path, token, nil, "Origin", s.base); status != 200 || len(out["messages"].([]any)) != 1 {
			t.Errorf("%s: %d %v", id, status, out)
		}
	}
	s.must(200, "POST", "/contacts/"+other+"/unmerge", s.admin, nil)
	path := "/widget/conversations/" + convs[0] + "/messages?before_seq=2&channel=" + url.QueryEscape(s.channel)
	if status, _ := s.call("GET", path, token, nil, "Origin", s.base); status != 404 {
		t.Errorf("somebody else's again: %d", status)
	}
}
