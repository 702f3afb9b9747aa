package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/hooks"
	"pronto/storage"
)

// The promises of docs/webhooks.md, by the names under which they are broken:
//
//	webhook lost     what was said while a webhook asked for it has arrived, waits, is parked, or is still unread
//	webhook mark     … and the follower's mark in the journal is not beyond what has not
//	webhook order    in a conversation nothing arrives before what precedes it, or after what follows it, unless that was parked
//	webhook filter   nothing arrives that was not said, or that the webhook did not ask for
//	webhook stopped  no attempt begins for one that is disabled, gone or removed
//	webhook moved    an attempt goes to the address in force when it begins
//	webhook signed   each request verifies with the secrets in force
//	webhook parked   an event is given up only after its time, and forgotten after that of parked ones
//	webhook replay   what was replayed and told is not told again for another replay of the same
//	webhook rest     with sound receivers nothing that is due waits

// eventNames are those that webhooks ask for.
var eventNames = []string{
	"conversation.queued", "conversation.offered", "conversation.assigned", "conversation.transferred", "conversation.closed", "conversation.reopened",
	"conversation.rated", "message.received", "message.sent", "message.delivery", "message.edited", "message.redacted",
}

// heard is what a webhook is to be told of a conversation.
type heard struct {
	events []*toldEvent // in order
	last   uint64       // that arrived
}

type toldEvent struct {
	conv     dispatch.ConversationID
	ordinal  uint64
	name     string
	must     bool // somebody asked for it when it was said
	may      bool
	done     bool // taken
	replayed bool
	seen     bool // it waited, was parked, or was tried
}

// named is an event that was said.
type named struct {
	ordinal uint64
	name    string
}

// eventOf is the event that a record is, as the documents say.
func (s *Sim) eventOf(r dispatch.ConversationRecord) string {
	switch r := r.(type) {
	case dispatch.ConversationOpened:
		return "conversation.queued"
	case dispatch.ConversationRequeued:
		if r.Cause == dispatch.QueuedTransfer {
			return "conversation.transferred"
		}
		return "conversation.queued"
	case dispatch.OfferMade:
		return "conversation.offered"
	case dispatch.OfferAccepted:
		if s.model.offers[r.Offer].offer.Kind == dispatch.OfferTransfer {
			return "conversation.transferred"
		}
		return "conversation.assigned"
	case dispatch.ConversationAssigned, dispatch.ConversationTakenOver:
		return "conversation.assigned"
	case dispatch.ConversationEnded:
		return "conversation.closed"
	case dispatch.ConversationReopened:
		return "conversation.reopened"
	case dispatch.ConversationRated:
		return "conversation.rated"
	case dispatch.MessageAppended:
		if r.Message.Author.Kind == dispatch.AuthorContact {
			return "message.received"
		}
		return "message.sent"
	case dispatch.DeliveryChanged, dispatch.MessagesSeen:
		return "message.delivery"
	case dispatch.MessageEdited:
		return "message.edited"
	case dispatch.MessageRedacted:
		return "message.redacted"
	}
	return ""
}

// committed notes a record that became durable, as the ordinal-th of its conversation.
func (h *webhooks) committed(id dispatch.ConversationID, ordinal uint64, r dispatch.ConversationRecord) {
	if !h.on {
		return
	}
	name := h.s.eventOf(r)
	if name == "" {
		return
	}
	h.said[id] = append(h.said[id], named{ordinal, name})
	for _, w := range h.all {
		if w.form.wants(name) && !w.gone {
			e := h.event(w, id, ordinal)
			e.must, e.may = true, true
			w.open = append(w.open, e)
		}
	}
}

// event is what is known of an event for a webhook; it must have been said.
func (h *webhooks) event(w *webhook, id dispatch.ConversationID, ordinal uint64) *toldEvent {
	said := h.said[id]
	at, ok := slices.BinarySearchFunc(said, ordinal, func(n named, o uint64) int { return int(n.ordinal) - int(o) })
	if !ok {
		h.s.fail("webhook filter", w.address(), "told of %d of %s, which is no event", ordinal, id)
	}
	if w.heard[id] == nil {
		w.heard[id] = &heard{}
	}
	events := &w.heard[id].events
	i, ok := slices.BinarySearchFunc(*events, ordinal, func(e *toldEvent, o uint64) int { return int(e.ordinal) - int(o) })
	if !ok {
		*events = slices.Insert(*events, i, &toldEvent{conv: id, ordinal: ordinal, name: said[at].name})
	}
	return (*events)[i]
}

// interrupted judges what was unread when the node died in the middle of a change: by either form.
func (h *webhooks) interrupted(w *webhook) {
	if w.heard == nil || w.changing == 0 && !w.gone {
		return
	}
	w.changing = 0
	for key := range h.unread() {
		said := h.said[key.conv]
		at, ok := slices.BinarySearchFunc(said, key.ordinal, func(n named, o uint64) int { return int(n.ordinal) - int(o) })
		if !ok {
			continue
		}
		e := h.event(w, key.conv, key.ordinal)
		wanted := w.stored.wants(said[at].name)
		e.must, e.may = e.must && wanted, e.may || wanted
	}
}

type eventKey struct {
	conv    dispatch.ConversationID
	ordinal uint64
}

// unread is what the journal holds behind the mark.
func (h *webhooks) unread() map[eventKey]bool {
	out := map[eventKey]bool{}
	for shard := range storage.Shard(storage.Shards) {
		from, has, err := h.s.disk.db.HookMark(shard)
		h.s.must(dispatch.Address{}, err)
		if !has {
			continue
		}
		_, more, err := h.s.disk.db.ReadJournal(context.Background(), shard, from, 1<<30, func(r *storage.Record) error {
			for _, e := range r.Entries {
				for i := range e.Events {
					out[eventKey{dispatch.ConversationID(e.Entity), e.First + uint64(i)}] = true
				}
			}
			return nil
		})
		if err != nil || more {
			h.s.fail("webhook mark", dispatch.Address{}, "shard %d cannot be read from the mark %d: %v", shard, from.Seq, err)
		}
	}
	return out
}

func (h *webhooks) checkBegun(w *webhook) {
	if !w.form.Exists || !w.form.Enabled || w.gone {
		h.s.fail("webhook stopped", w.address(), "an attempt begins, in force is %+v, gone: %v", w.form, w.gone)
	}
}

// checkAsked: what arrived, if anything, came to the address that was in force when the attempt began.
func (h *webhooks) checkAsked(w *webhook, url string) {
	if w.asked != "" && w.asked != url {
		h.s.fail("webhook moved", w.address(), "%s is asked, and %s was in force", w.asked, url)
	}
}

// checkArrived judges a request, whatever the receiver will say.
func (h *webhooks) checkArrived(w *webhook, header http.Header, raw []byte) *toldEvent {
	who := w.address()
	var id, name string
	var at eventKey
	if _, err := fmt.Sscanf(string(raw), "%s %s %s %d", &id, &name, &at.conv, &at.ordinal); err != nil {
		h.s.fail("webhook filter", who, "got %q", raw)
	}
	if want := hooks.EventID(storage.HookEvent{Conversation: at.conv, Ordinal: at.ordinal}); id != want || header.Get("Webhook-Id") != want {
		h.s.fail("webhook filter", who, "%s of %s under the id %s, by the header %s", want, at.conv, id, header.Get("Webhook-Id"))
	}
	h.checkSigned(w, header, raw)
	if w.heard == nil {
		h.s.fail("webhook stopped", who, "told after it was removed")
	}
	e := h.event(w, at.conv, at.ordinal)
	if e.name != name || !e.may {
		h.s.fail("webhook filter", who, "told of %s, %d of %s, which is %s; asked for: %v; in force is %+v", name, e.ordinal, e.conv, e.name, e.may, w.form)
	}
	h.checkOrder(w, e)
	e.seen = true
	return e
}

func (h *webhooks) checkSigned(w *webhook, header http.Header, raw []byte) {
	f, r := &w.form, &w.receiver
	signed := func(secret string) bool { return secret != "" && keyOf(secret).Verify(header, raw, h.s.now) }
	if old := r.secret == f.Old && h.s.now.Before(f.Until.Add(-time.Second)); (old || r.secret == f.Secret) && r.secret != "" {
		if !signed(r.secret) {
			h.s.fail("webhook signed", w.address(), "a request does not verify with the receiver's secret")
		}
	} else if !signed(f.Secret) && !signed(f.Old) {
		h.s.fail("webhook signed", w.address(), "a request verifies with no secret in force")
	}
}

func (h *webhooks) checkOrder(w *webhook, e *toldEvent) {
	c := w.heard[e.conv]
	if e.replayed {
		h.checkBefore(w, c, e)
		return
	}
	switch {
	case e.ordinal == c.last:
		h.s.trace(w.address(), noteOther, "webhook repeated", 0)
	case e.ordinal < c.last:
		h.s.fail("webhook order", w.address(), "told of %d of %s after %d", e.ordinal, e.conv, c.last)
	}
	c.last = e.ordinal
	h.checkBefore(w, c, e)
}

// checkBefore: whatever precedes an event that arrives was taken or is parked.
func (h *webhooks) checkBefore(w *webhook, c *heard, e *toldEvent) {
	for _, before := range c.events {
		if before.ordinal >= e.ordinal {
			return
		}
		if before.must && !before.done && !h.parked(w, before) {
			h.s.fail("webhook order", w.address(), "%d of %s arrives before %d, %s", e.ordinal, e.conv, before.ordinal, before.name)
		}
	}
}

func (h *webhooks) parked(w *webhook, e *toldEvent) bool {
	p, err := h.s.disk.db.ParkedOne(storage.HookEvent{Hook: w.id, Conversation: e.conv, Ordinal: e.ordinal})
	if isNotFound(err) {
		return false
	}
	h.s.must(w.address(), err)
	if e.seen = true; p.ParkedAt.Sub(p.Since) < h.world.GiveUp-time.Millisecond {
		h.s.fail("webhook parked", w.address(), "%d of %s is given up at %s, and waited since %s", e.ordinal, e.conv, p.ParkedAt, p.Since)
	}
	h.s.trace(w.address(), noteOther, "webhook parked", e.ordinal)
	return true
}

func isNotFound(err error) bool { return errors.Is(err, storage.ErrNotFound) }

// waiting is what the rows say is still to be told: behind a head, for else it is never due.
func (h *webhooks) waiting(w *webhook) map[eventKey]storage.HookHead {
	out := map[eventKey]storage.HookHead{}
	var heads []storage.HookHead
	h.s.must(w.address(), h.s.disk.db.HookDue(w.id, 1<<30, func(head storage.HookHead) error {
		heads = append(heads, head)
		return nil
	}))
	for _, head := range heads {
		events, err := h.s.disk.db.HookWaiting(w.id, head.Conversation, 1<<30)
		h.s.must(w.address(), err)
		for _, e := range events {
			out[eventKey{e.Conversation, e.Ordinal}] = head
		}
	}
	return out
}

// checkKept: nothing that a webhook is to be told is lost.
func (h *webhooks) checkKept() {
	if !h.on {
		return
	}
	unread := h.unread()
	for _, w := range h.all {
		if !w.form.Exists || !w.stored.Exists {
			continue
		}
		waiting := h.waiting(w)
		w.open = slices.DeleteFunc(w.open, func(e *toldEvent) bool { return e.done || !e.must })
		for _, e := range w.open {
			key := eventKey{e.conv, e.ordinal}
			_, waits := waiting[key]
			e.seen = e.seen || waits
			switch {
			case waits, unread[key], h.parked(w, e):
			case e.seen:
				h.s.fail("webhook lost", w.address(), "%d of %s, %s, neither waits nor is parked", e.ordinal, e.conv, e.name)
			default:
				h.s.fail("webhook mark", w.address(), "the mark is beyond %d of %s, %s, which never waited", e.ordinal, e.conv, e.name)
			}
		}
	}
}

// checkReplayed: nothing waits again that was neither parked nor waiting when it was replayed, as one of so many.
func (h *webhooks) checkReplayed(w *webhook, gone []storage.HookEvent, replayed, of int) {
	waiting := h.waiting(w)
	for _, e := range gone {
		if _, waits := waiting[eventKey{e.Conversation, e.Ordinal}]; waits {
			h.s.fail("webhook replay", w.address(), "%d of %s was not parked any more, and waits again", e.Ordinal, e.Conversation)
		}
	}
	if replayed > of-len(gone) {
		h.s.fail("webhook replay", w.address(), "%d of %d are said to be replayed, of which %d were not parked", replayed, of, len(gone))
	}
}

// parkedBefore is what was given up before a time.
func (h *webhooks) parkedBefore(t time.Time) (old []storage.ParkedEvent) {
	for _, w := range h.all {
		list, err := h.s.disk.db.HookParked(w.id, storage.HookEvent{}, 1<<30)
		h.s.must(w.address(), err)
		for i := range list {
			if w.heard != nil && list[i].ParkedAt.Before(t) {
				old = append(old, list[i])
			}
		}
	}
	return old
}

// checkExpired: what is old is forgotten, and nobody needs to be told of it any more. That nothing else is checkKept sees.
func (h *webhooks) checkExpired(old []storage.ParkedEvent) {
	for i := range old {
		w := h.find(old[i].Hook)
		e := h.event(w, old[i].Conversation, old[i].Ordinal)
		h.s.trace(w.address(), noteOther, "webhook expired", e.ordinal)
		if e.must = false; h.parked(w, e) {
			h.s.fail("webhook parked", w.address(), "%d of %s is kept, and was given up at %s", e.ordinal, e.conv, old[i].ParkedAt)
		}
	}
	h.checkKept()
}

// atRest is how long something may be due at rest.
const atRest = 3 * time.Second

// checkRest: with sound receivers what is due is told, and what is not due does not wait for long.
func (h *webhooks) checkRest() {
	if !h.on {
		return
	}
	unread := h.unread()
	for _, w := range h.all {
		if !w.form.Enabled || w.gone || h.follower.State(w.id).Next.After(h.s.now.Add(-atRest)) {
			continue
		}
		waiting := h.waiting(w)
		for _, e := range w.open {
			key := eventKey{e.conv, e.ordinal}
			if head, waits := waiting[key]; waits && h.s.now.Sub(head.Due) > atRest {
				h.s.fail("webhook rest", w.address(), "%d of %s, %s, waits, and is due since %s", e.ordinal, e.conv, e.name, head.Due)
			} else if waits && h.s.now.Sub(head.Since) > restTime {
				h.s.fail("webhook rest", w.address(), "%d of %s, %s, waits since %s, until %s", e.ordinal, e.conv, e.name, head.Since, head.Due)
			}
			// What the stored mark is not beyond may have been read, if it is not to be told: after a crash in a change.
			if at := h.s.model.conv(e.conv).clock; e.must && unread[key] && h.s.clock-at > int64(atRest) {
				h.s.fail("webhook rest", w.address(), "%d of %s, %s, is unread", e.ordinal, e.conv, e.name)
			}
		}
	}
	known, err := h.s.disk.db.HooksWithRows()
	h.s.must(dispatch.Address{}, err)
	for _, id := range known {
		if !h.find(id).form.Exists {
			h.s.fail("webhook rest", h.find(id).address(), "it was removed, and something waits for it")
		}
	}
}
