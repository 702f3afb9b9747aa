package demo

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pronto/protocol"
)

// record is protocol.Record with its data still encoded.
type record struct {
	Seq  int64           `json:"seq"`
	At   protocol.Time   `json:"at"`
	Name string          `json:"name"`
	Data json.RawMessage `json:"data"`
}

// talk is what the records of one conversation have told so far.
type talk struct {
	id      string
	seen    int64 // last record read
	version int64 // of the head when the records were read
	open    bool

	number  string // "#12"
	contact string
	digits  string // of the contact's identity
	queue   string // id
	agent   string // name of the owner
	since   time.Time
	offered time.Time
	left    bool   // the customer gave up
	coming  string // how the contact came, told with the first words
}

func read[T any](r record) T {
	var v T
	_ = json.Unmarshal(r.Data, &v) // what the server wrote by its own table; a zero value tells less
	return v
}

func nameOf(r *protocol.Ref) string {
	if r == nil {
		return "the server"
	}
	return r.Name
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// take learns from a record and returns the line that tells it, or nothing.
func (t *talk) take(o *organisation, r record) string {
	at := r.At.Time
	switch r.Name {
	case "conversation_opened":
		f := read[protocol.OpenedFact](r)
		_, number, _ := strings.Cut(f.ProtocolNumber, "-")
		t.number, t.contact, t.digits, t.queue, t.since = "#"+strings.TrimLeft(number, "0"), f.Contact.Name, digitsOf(f.Contact.Identity), f.Queue.ID, at
		t.coming = fmt.Sprintf(" comes by %s to %s", f.Channel.Name, f.Queue.Name)
		return ""
	case "conversation_reopened":
		t.since, t.agent, t.left = at, "", false
		t.coming = " is back"
		return ""
	case "message_appended":
		return t.message(read[protocol.MessageReply](r).Message)
	case "note_added":
		n := read[protocol.NoteReply](r).Note
		return fmt.Sprintf("%s notes: %s", n.Author.Name, quote(n.Text))
	case "conversation_requeued":
		return t.requeued(read[protocol.QueuedFact](r), at)
	case "conversation_ended", "wrapup_started", "owner_lost", "owner_returned", "conversation_assigned":
		return t.work(o, r)
	}
	return t.offer(r)
}

func (t *talk) message(m protocol.Message) string {
	switch m.Author.Kind {
	case "contact":
		coming := t.coming
		t.coming = ""
		return fmt.Sprintf("%s%s: %s", m.Author.Name, coming, quote(m.Text))
	case "agent":
		return fmt.Sprintf("%s: %s", m.Author.Name, quote(m.Text))
	}
	return ""
}

func (t *talk) requeued(f protocol.QueuedFact, at time.Time) string {
	t.queue, t.since, t.agent = f.Queue.ID, at, ""
	switch f.Cause {
	case "transfer":
		return fmt.Sprintf("%s hands over to the queue %s%s", nameOf(f.By), f.Queue.Name, noted(f.Note))
	case "owner_lost":
		return fmt.Sprintf("waits in %s again: its agent is gone", f.Queue.Name)
	}
	return fmt.Sprintf("waits in %s again", f.Queue.Name)
}

func noted(note string) string {
	if note == "" {
		return ""
	}
	return ": " + quote(note)
}

func (t *talk) offer(r record) string {
	f := read[protocol.OfferFact](r)
	who := nameOf(f.Agent)
	switch r.Name {
	case "offer_made":
		t.offered = r.At.Time
		switch {
		case f.Kind == "transfer":
			return fmt.Sprintf("%s hands over to %s%s", nameOf(f.From), who, noted(f.Note))
		case f.Returned:
			return fmt.Sprintf("offered to %s again: nobody else is free", who)
		case f.Attempt > 1:
			return fmt.Sprintf("offered to %s, offer %d", who, f.Attempt)
		}
		return "offered to " + who
	case "offer_accepted":
		t.agent = who
		return fmt.Sprintf("%s accepts after %s", who, span(r.At.Sub(t.offered)))
	case "offer_declined":
		return fmt.Sprintf("%s declines%s", who, noted(f.Reason))
	case "offer_expired":
		return fmt.Sprintf("%s misses the offer", who)
	case "offer_withdrawn":
		return fmt.Sprintf("offer to %s is taken back", who)
	}
	return ""
}

func (t *talk) work(o *organisation, r record) string {
	if r.Name == "owner_lost" || r.Name == "owner_returned" || r.Name == "conversation_assigned" {
		f := read[protocol.OwnerFact](r)
		who := nameOf(f.Agent)
		t.agent = who
		switch r.Name {
		case "owner_lost":
			return who + " has lost the connection"
		case "owner_returned":
			return who + " is connected again"
		}
		return fmt.Sprintf("%s gives it to %s", nameOf(f.By), who)
	}
	f := read[protocol.EndFact](r)
	if r.Name == "wrapup_started" {
		return fmt.Sprintf("%s files it%s", nameOf(f.By), t.filed(o, f.Script))
	}
	switch {
	case t.left:
		return fmt.Sprintf("%s gives up after %s of waiting", t.contact, span(r.At.Sub(t.since)))
	case f.Cause == "wrapup_over":
		return "closed: the time for filing is over"
	}
	return fmt.Sprintf("%s closes%s", nameOf(f.By), t.filed(o, f.Script))
}

// filed says what a script was filled with.
func (t *talk) filed(o *organisation, d *protocol.Disposition) string {
	if d == nil || d.ReasonID == "" {
		return ""
	}
	_, labels := leaves(o.scripts[t.queue])
	label := labels[d.ReasonID]
	if label == "" {
		label = d.ReasonID
	}
	if d.Resolved {
		return ": " + label + ", resolved"
	}
	return ": " + label + ", not resolved"
}
