package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// conversation is the model's state: what one conversation is, between two operations.
type conversation struct {
	state    string // "" before its first message
	owner    string
	offer    string // the open offer; "" with to set: its id is not known yet
	to       string // its addressee
	transfer bool   // the offer is a transfer's
	version  uint64 // the newest that somebody saw
}

const (
	queued  = "queued"
	offered = "offered"
	active  = "active"
	closed  = "closed"
)

// refusals are the codes that say something of the conversation, with what they say.
var refusals = map[string]func(c conversation, w Wish) bool{
	"offer_withdrawn":     notOpen,
	"offer_expired":       notOpen,
	"offer_taken":         notOpen,
	"not_found":           notOpen,
	"not_owner":           func(c conversation, w Wish) bool { return c.state != active || c.owner != w.Agent },
	"conversation_closed": func(c conversation, _ Wish) bool { return c.state == closed },
}

func tells(code string) bool { return refusals[code] != nil }

func notOpen(c conversation, w Wish) bool { return w.Offer != "" && !c.mayAnswer(w) }

func (c conversation) mayAnswer(w Wish) bool {
	return c.offer == w.Offer && c.to == w.Agent && (c.state == offered || c.state == active)
}

// mayMove: in progress, and the one's who asks, or a supervisor's to act upon.
func (c conversation) mayMove(w Wish) bool {
	return c.state == active && (c.owner == w.Agent || w.Supervisor)
}

// mayClose: a supervisor closes what waits, too.
func (c conversation) mayClose(w Wish) bool {
	return c.mayMove(w) || w.Supervisor && (c.state == queued || c.state == offered)
}

func (c conversation) withoutOffer() conversation {
	c.offer, c.to, c.transfer = "", "", false
	return c
}

// step says whether the conversation could have answered so, and what it is then. A lost answer fits always: the operation
// was carried out if it could be.
func step(c conversation, w Wish, a Answer) (bool, conversation) {
	if a.Known && a.Code != "" {
		says := refusals[a.Code]
		return says != nil && says(c, w), c
	}
	next, ok := c.carryOut(w, a)
	if !a.Known {
		if !ok {
			next = c
		}
		return true, next
	}
	if !ok || a.State != "" && !next.shows(a) {
		return false, c
	}
	if a.Version != 0 {
		if a.Version < c.version || a.Version == c.version && w.Kind != Read {
			return false, c // an older head, or a change that changed nothing
		}
		next.version = a.Version
	}
	return true, next
}

// shows says whether a head is that of the conversation. Who had a closed one is not of interest.
func (c conversation) shows(a Answer) bool {
	return c.state == a.State && (c.state == closed || c.owner == a.Owner)
}

// carryOut is the operation on its own; false when the conversation does not allow it.
func (c conversation) carryOut(w Wish, a Answer) (next conversation, ok bool) {
	switch w.Kind {
	case Open:
		return conversation{state: queued}, c.state == ""
	case Offered:
		return c.see(w)
	case Accept:
		next = c.withoutOffer()
		next.state, next.owner = active, w.Agent
		return next, c.mayAnswer(w)
	case Decline:
		next = c.withoutOffer()
		if c.state == offered {
			next.state = queued
		}
		return next, c.mayAnswer(w)
	case TransferQueue:
		next = c.withoutOffer()
		next.state, next.owner = queued, ""
		return next, c.mayMove(w)
	case TransferAgent:
		next = c
		next.offer, next.to, next.transfer = a.Offer, w.To, true
		return next, c.mayMove(w) && c.to == ""
	case Close:
		next = c.withoutOffer()
		next.state, next.owner = closed, c.owner
		return next, c.mayClose(w)
	case Assign:
		next = c.withoutOffer()
		next.state, next.owner = active, w.To
		return next, c.state != "" && c.state != closed && c.owner != w.To
	case TakeOver:
		next = c.withoutOffer()
		next.state, next.owner = active, w.Agent
		return next, c.state != "" && c.state != closed && c.owner != w.Agent
	case Requeue:
		next = c.withoutOffer()
		next.state, next.owner = queued, ""
		return next, c.state != "" && c.state != closed
	case Read:
		return c.read(a)
	}
	return c, false
}

// see takes note of an offer that the server made by itself, or of the id of a transfer whose answer was lost.
func (c conversation) see(w Wish) (conversation, bool) {
	next := c
	next.offer, next.to, next.transfer = w.Offer, w.Agent, w.Transfer
	switch {
	case w.Transfer:
		return next, c.state == active && c.transfer && c.to == w.Agent && (c.offer == "" || c.offer == w.Offer)
	case c.state == queued, c.state == offered && c.offer == "":
		next.state = offered
		return next, true
	}
	return c, false
}

// read demands what was read; an offer that nobody has seen yet may have been made just before.
func (c conversation) read(a Answer) (conversation, bool) {
	next := c
	if c.state == queued && a.State == offered {
		next.state = offered
	}
	if a.Offer != "" && c.offer == "" && c.transfer {
		next.offer = a.Offer
	}
	pending := ""
	if next.transfer {
		pending = next.offer
	}
	return next, a.Offer == pending
}

var model = porcupine.Model{
	Init: func() any { return conversation{} },
	Step: func(c, w, a any) (bool, any) { return step(c.(conversation), w.(Wish), a.(Answer)) },
}

// Unsound is a conversation whose history has no order.
type Unsound struct {
	Conversation string
	Undecided    bool // the search took too long
	History      []Operation
}

func (u Unsound) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: undecided: %t\n", u.Conversation, u.Undecided)
	for _, o := range u.History {
		fmt.Fprintf(&b, "  %v\n", o)
	}
	return b.String()
}

// Check returns the conversations whose operations have no order that the model allows, and those for which that was not
// decided within so long a time each.
func Check(history []Operation, limit time.Duration) (bad []Unsound) {
	by := map[string][]Operation{}
	var order []string
	for _, o := range history {
		id := o.Wish.Conversation
		if by[id] == nil {
			order = append(order, id)
		}
		by[id] = append(by[id], o)
	}
	for _, id := range order {
		ops := by[id]
		slices.SortFunc(ops, func(a, b Operation) int { return cmp.Or(cmp.Compare(a.Call, b.Call), cmp.Compare(a.Return, b.Return)) })
		in := make([]porcupine.Operation, len(ops))
		for i, o := range ops {
			in[i] = porcupine.Operation{ClientId: o.Client, Input: o.Wish, Output: o.Answer, Call: o.Call, Return: o.Return}
		}
		if res := porcupine.CheckOperationsTimeout(model, in, limit); res != porcupine.Ok {
			bad = append(bad, Unsound{Conversation: id, Undecided: res == porcupine.Unknown, History: ops})
		}
	}
	return bad
}
