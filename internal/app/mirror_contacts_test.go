package app

import (
	"slices"
	"strings"
	"testing"

	"pronto/transport/whatsapp"
)

// contactRoutes are those of the running server's document that name a contact.
func (m *mirror) contactRoutes() (out [][2]string) {
	for _, r := range m.routes() {
		if strings.HasPrefix(r[1], everybodys) {
			out = append(out, r)
		}
	}
	return out
}

// A program that may only let messages in knows no contact: each looks like one that is not there.
func TestAContactLooksToAProgramOnEveryRouteLikeNone(t *testing.T) {
	m := newMirror(t)
	token, asked := m.principals()["program"], 0
	for _, r := range m.contactRoutes() {
		path := func(id string) string { return strings.ReplaceAll(r[1], "{id}", id) }
		id := m.foreign["con"]
		absent := missing(id)
		theirs, none := m.ask(r[0], path(id), token, m.body(r[0], r[1]), id), m.ask(r[0], path(absent), token, m.body(r[0], r[1]), absent)
		if asked++; theirs != none || strings.HasPrefix(theirs, "2") {
			t.Errorf("%s %s\n of others: %s\n of nobody: %s", r[0], r[1], theirs, none)
		}
	}
	if asked < 5 {
		t.Errorf("only %d requests", asked)
	}
}

// Contacts are everybody's, what was said with them is not: no route of a contact gives staff of another queue a word of a
// conversation or its id. Reading only: changes are audited work.
func TestNoRouteOfAContactTellsStaffOfOthersWhatWasSaid(t *testing.T) {
	m := newMirror(t)
	principals, asked := m.principals(), 0
	secrets := []string{m.foreign["cnv"], m.foreign["msg"], m.foreign["off"], "tem alguém", "olá"}
	for _, role := range []string{"agent", "supervisor"} {
		for _, r := range m.contactRoutes() {
			if r[0] != "GET" {
				continue
			}
			asked++
			answer := m.ask(r[0], strings.ReplaceAll(r[1], "{id}", m.foreign["con"]), principals[role], nil, m.foreign["con"])
			for _, secret := range secrets {
				if strings.Contains(answer, secret) {
					t.Errorf("%s: %s tells %q: %s", role, r[1], secret, answer)
				}
			}
		}
	}
	if asked < 4 {
		t.Errorf("only %d requests", asked)
	}
}

// To who is not the provider every channel looks the same: one of WhatsApp, one of another kind, and none.
func TestHooksTellStrangersNothingOfChannels(t *testing.T) {
	n := newNumber(t)
	m := &mirror{office: n.office}
	body := object{"object": "whatsapp_business_account", "entry": []any{}}
	var answers []string
	for _, id := range []string{n.channel, n.office.channel, missing(n.channel), "chn_x"} {
		for _, query := range []string{"", "?hub.mode=subscribe&hub.challenge=1234&hub.verify_token=errado"} {
			answers = append(answers, m.ask("GET", "/channels/"+id+"/whatsapp"+query, "", nil, id))
		}
		answers = append(answers, m.ask("POST", "/channels/"+id+"/whatsapp", "", body, id))
	}
	if slices.SortFunc(answers, strings.Compare); answers[0] != answers[len(answers)-1] || !strings.HasPrefix(answers[0], "403") {
		t.Errorf("%v", slices.Compact(answers))
	}
	text := `{"object":"whatsapp_business_account","entry":[]}`
	if got := n.post(text, whatsapp.Sign(appSecret, []byte(text))); got != 200 {
		t.Errorf("the provider itself: %d", got)
	}
	n.patch("/channels/"+n.channel, object{"disabled": true})
	if got := n.post(text, whatsapp.Sign(appSecret, []byte(text))); got != 403 {
		t.Errorf("a channel that is switched off: %d", got)
	}
}
