package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/coder/websocket"
)

// agent accepts, answers and now and then closes, one command at a time, until the server is gone.
type agent struct {
	r     *trial
	id    string
	ws    *websocket.Conn
	owned []string
	shown []string // offers that were open when it came back
	count int
}

func (r *trial) agent(id string) *agent {
	r.t.Helper()
	ws, view := r.dial(r.agents[id])
	a := &agent{r: r, id: id, ws: ws}
	for _, c := range view["conversations"].([]any) {
		a.owned = append(a.owned, c.(object)["id"].(string))
	}
	for _, o := range view["offers"].([]any) {
		a.shown = append(a.shown, o.(object)["id"].(string))
	}
	r.ledger.note(func() { a.checkView(view) }) // the agents that came back before this one are at work already
	return a
}

// checkView compares the snapshot with the ledger: what was accepted and not closed is there.
func (a *agent) checkView(view object) {
	l := a.r.ledger
	for conversation, owner := range l.owner {
		if owner == a.id && !l.asked[conversation] && !slices.Contains(a.owned, conversation) {
			a.r.t.Errorf("round %d: %s is not in the snapshot of its owner", a.r.rounds, conversation)
		}
	}
	for conversation := range l.closed {
		if slices.Contains(a.owned, conversation) {
			a.r.t.Errorf("round %d: %s is closed and in a snapshot", a.r.rounds, conversation)
		}
	}
	if status := view["agent"].(object)["status"]; a.r.rounds > 0 && status != "ready" {
		a.r.t.Errorf("round %d: the status is %v", a.r.rounds, status)
	}
}

// do sends a command and waits for its reply; nil when the server is gone.
func (a *agent) do(name string, data object, offers *[]string) object {
	a.count++
	id := fmt.Sprintf("%s-r%d-%d", a.id, a.r.rounds, a.count)
	if name == "message.send" {
		doubt := unanswered{id: id, conversation: data["conversation_id"].(string), text: data["text"].(string)}
		a.r.ledger.note(func() { a.r.ledger.doubt[a.id] = doubt })
	}
	ctx, cancel := context.WithTimeout(a.r.t.Context(), patience)
	defer cancel()
	if writeCommand(ctx, a.ws, id, name, data) != nil {
		return nil
	}
	for {
		f, err := readFrame(ctx, a.ws)
		switch {
		case err != nil:
			return nil
		case f["name"] == "offer.created":
			*offers = append(*offers, f["data"].(object)["id"].(string))
		case f["type"] == "reply" && f["id"] == id:
			return f
		}
	}
}

func (a *agent) work() {
	offers := a.shown
	if a.do("status.set", object{"status": "ready"}, &offers) == nil {
		return
	}
	for n := 0; ; n++ {
		var r object
		switch {
		case len(offers) > 0:
			r = a.accept(&offers)
		case len(a.owned) == 0:
			r = a.wait(&offers)
		case n%5 == 4:
			r = a.finish(&offers)
		default:
			r = a.say(n, &offers)
		}
		if r == nil {
			return
		}
		if e, refused := r["error"].(object); refused && e["code"] == "rate_limited" {
			<-time.After(time.Duration(e["data"].(object)["retry_after_ms"].(float64)) * time.Millisecond)
		}
	}
}

// wait takes the next frame, whatever it is.
func (a *agent) wait(offers *[]string) object {
	ctx, cancel := context.WithTimeout(a.r.t.Context(), patience)
	defer cancel()
	f, err := readFrame(ctx, a.ws)
	if err != nil {
		return nil
	}
	if f["name"] == "offer.created" {
		*offers = append(*offers, f["data"].(object)["id"].(string))
	}
	return f
}

func (a *agent) accept(offers *[]string) object {
	id := (*offers)[0]
	*offers = (*offers)[1:]
	r := a.do("offer.accept", object{"offer_id": id}, offers)
	if r == nil || r["ok"] != true {
		return r
	}
	conversation := r["data"].(object)["conversation"].(object)["id"].(string)
	a.owned = append(a.owned, conversation)
	a.r.ledger.note(func() { a.r.ledger.owner[conversation] = a.id })
	return r
}

func (a *agent) say(n int, offers *[]string) object {
	conversation := a.owned[n%len(a.owned)]
	text := fmt.Sprintf("%s r%d %d", a.id, a.r.rounds, a.count)
	r := a.do("message.send", object{"conversation_id": conversation, "text": text}, offers)
	if r == nil || r["ok"] != true {
		return r
	}
	m := r["data"].(object)["message"].(object)
	a.r.ledger.note(func() {
		a.r.ledger.sent[text] = receipt{conversation: conversation, message: m["id"].(string), text: text, seq: m["seq"].(float64)}
		delete(a.r.ledger.doubt, a.id)
	})
	return r
}

func (a *agent) finish(offers *[]string) object {
	conversation := a.owned[0]
	a.owned = a.owned[1:]
	a.r.ledger.note(func() { a.r.ledger.asked[conversation] = true })
	r := a.do("conversation.close", object{"conversation_id": conversation}, offers)
	if r != nil && r["ok"] == true {
		a.r.ledger.note(func() { a.r.ledger.closed[conversation] = true })
	}
	return r
}
