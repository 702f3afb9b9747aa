package dispatch

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// EditWindow is how long after an agent wrote a message the agent may change it or take it back.
const EditWindow = 15 * time.Minute

// Change is what became of a message after it was appended. Its records stay; what readers get is the message with its
// change.
type Change struct {
	Seq      uint64         `cbor:"1,keyasint"`
	At       time.Time      `cbor:"2,keyasint"`           // of the last change
	Record   uint64         `cbor:"3,keyasint"`           // ordinal of the record of the last change
	Redacted bool           `cbor:"4,keyasint,omitempty"` // final
	Files    []AttachmentID `cbor:"5,keyasint,omitempty"` // redacted: what it had
}

// Change is what became of message seq; false: nothing.
func (s *ConversationSnapshot) Change(seq uint64) (Change, bool) {
	i, found := slices.BinarySearchFunc(s.Changes, seq, bySeq)
	if !found {
		return Change{}, false
	}
	return s.Changes[i], true
}

func bySeq(c Change, seq uint64) int { return cmp.Compare(c.Seq, seq) }

// Hides reports whether a file belongs to a message that was redacted.
func (s *ConversationSnapshot) Hides(file AttachmentID) bool {
	return slices.ContainsFunc(s.Changes, func(c Change) bool { return slices.Contains(c.Files, file) })
}

// Changed is the message as readers get it. text is what the last edit says; it does not matter for one that was redacted,
// of which only place, time and kind of author are left.
func (m Chat) Changed(c Change, text string) Chat {
	m.ChangedAt, m.Revision = c.At, c.Record
	if !c.Redacted {
		m.Text = text
		return m
	}
	m.Redacted, m.Text, m.Attachments, m.Canned = true, "", nil, ""
	m.Author = Author{Kind: m.Author.Kind, ID: m.Author.ID}
	return m
}

// editMessage replaces the text of one of the owner's own messages.
func (c *Conversation) editMessage(t *turn, m EditMessage) error {
	if err := c.mayEdit(t, m); err != nil {
		return err
	}
	seq := m.Message.Seq
	r := MessageEdited{Seq: seq, Text: m.Text, By: m.By.Agent, At: t.now, Outbox: c.leavesAgain(seq)}
	c.record(t, r)
	c.tellChange(t, m.Message, m.Text)
	return nil
}

func (c *Conversation) mayEdit(t *turn, m EditMessage) error {
	if err := c.mayAct(Actor{Agent: m.By.Agent}); err != nil {
		return err
	}
	if err := c.changeable(m.Message); err != nil {
		return err
	}
	change, _ := c.s.Change(m.Message.Seq)
	switch {
	case !c.rules.Edits:
		return refuseBecause(CodeNotChangeable, "the channel cannot change what was sent", "channel")
	case !m.Message.by(m.By.Agent):
		return refuseBecause(CodeNotChangeable, "somebody else wrote the message", "author")
	case change.Redacted && !planted("redacted_is_edited"):
		return refuseBecause(CodeNotChangeable, "the message was redacted", "redacted")
	case due(m.Message.At.Add(EditWindow), t.now):
		return refuseBecause(CodeNotChangeable, "the message is too old", "too_late")
	case strings.TrimSpace(m.Text) == "":
		return refuse(CodeEmptyMessage, "an edited message needs a text")
	case len(m.Text) > MaxTextBytes || c.rules.MaxText > 0 && utf8.RuneCountInString(m.Text) > c.rules.MaxText:
		return refuse(CodeTooLong, "the text is too long")
	}
	return nil
}

// redactMessage hides a message from every reader, for good: a supervisor any, an agent its own while they are fresh.
func (c *Conversation) redactMessage(t *turn, m RedactMessage) error {
	seq := m.Message.Seq
	switch {
	case c.s.State == ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case !c.hasHand(m.By):
		return refuse(CodeNotOwner, "the conversation belongs to somebody else")
	}
	if err := c.changeable(m.Message); err != nil {
		return err
	}
	if change, _ := c.s.Change(seq); change.Redacted { // its files are not in the message any more
		t.answer(ReplyMessage{Conversation: c.s.ID, Message: c.s.changed(m.Message, "")})
		return nil
	}
	switch {
	case m.By.Supervisor:
	case !m.Message.by(m.By.Agent):
		return refuseBecause(CodeNotChangeable, "somebody else wrote the message", "author")
	case due(m.Message.At.Add(EditWindow), t.now):
		return refuseBecause(CodeNotChangeable, "the message is too old", "too_late")
	}
	if c.s.Delivery(seq) == DeliveryQueued { // it never leaves
		c.record(t, DeliveryChanged{Seq: seq, State: DeliveryFailed, Error: "redacted", At: t.now})
		c.notify(t, EventDelivery{Conversation: c.s.ID, Message: m.Message.ID, Seq: seq, Delivery: DeliveryFailed, Error: "redacted"})
	}
	c.record(t, MessageRedacted{Seq: seq, Files: m.Message.Attachments, Reason: m.Reason, By: m.By.Agent, At: t.now, Outbox: c.leavesAgain(seq)})
	c.tellChange(t, m.Message, "")
	for _, o := range c.s.openOffers() { // they may show the text
		t.send(o.Agent.Address(), MakeOffer{Offer: o, Version: c.s.Version})
	}
	return nil
}

// changeable: m is one of the conversation's messages.
func (c *Conversation) changeable(m Chat) error {
	if m.ID == "" || m.Seq == 0 || m.Seq > c.s.LastSeq {
		return refuse(CodeNotFound, "no such message")
	}
	return nil
}

// by: an agent's own message.
func (m *Chat) by(agent AgentID) bool {
	return m.Author.Kind == AuthorAgent && agent != "" && m.Author.ID == string(agent)
}

// leavesAgain: the channel's driver has taken, or may have taken, the message as it was before.
func (c *Conversation) leavesAgain(seq uint64) bool {
	return c.rules.Edits && c.rules.Outbox && c.s.Delivery(seq) != DeliveryNone && c.s.Delivery(seq) != DeliveryQueued
}

// leftStale: a report tells of a message that left as it was before its last change.
func (c *Conversation) leftStale(m ReportDelivery) bool {
	change, changed := c.s.Change(m.Seq)
	return changed && c.rules.Edits && c.s.Delivery(m.Seq) == DeliveryQueued && m.State != DeliveryFailed && !(m.Sent && m.Revision == change.Record)
}

func (c *Conversation) tellChange(t *turn, m Chat, text string) {
	m = c.s.changed(m, text)
	c.notify(t, EventMessageChanged{Conversation: c.s.ID, Message: m, Version: c.s.Version}, EventUpdated{Head: c.Head()})
	t.answer(ReplyMessage{Conversation: c.s.ID, Message: m})
}

// changed is a message with its change and its delivery of now.
func (s *ConversationSnapshot) changed(m Chat, text string) Chat {
	m.Delivery = s.Delivery(m.Seq)
	if change, ok := s.Change(m.Seq); ok {
		return m.Changed(change, text)
	}
	return m
}

// reportChange says that the driver has taken a change, or never will. What was changed again since leaves once more.
func (c *Conversation) reportChange(t *turn, m ReportChange) error {
	change, _ := c.s.Change(m.Seq)
	if slices.Contains(c.s.Outbox, m.Seq) && change.Record == m.Revision && c.s.Delivery(m.Seq) != DeliveryQueued {
		c.record(t, ChangeSent{Seq: m.Seq, Revision: m.Revision, Error: m.Error, At: t.now})
	}
	t.answer(Done{})
	return nil
}

func (s *ConversationSnapshot) applyEdited(r MessageEdited) {
	s.change(Change{Seq: r.Seq, At: r.At, Record: s.Version}, r.Text, r.Outbox)
	if s.LastTextSeq == r.Seq {
		s.LastText = shorten(r.Text, lastTextBytes)
	}
}

func (s *ConversationSnapshot) applyRedacted(r MessageRedacted) {
	s.change(Change{Seq: r.Seq, At: r.At, Record: s.Version, Redacted: true, Files: r.Files}, "", r.Outbox)
	if s.LastTextSeq == r.Seq || s.LastTextSeq == 0 { // 0: stored before it was known
		s.LastText = ""
	}
	s.offersShow(s.LastText)
}

func (s *ConversationSnapshot) change(c Change, text string, outbox bool) {
	list := slices.Clone(s.Changes)
	if i, found := slices.BinarySearchFunc(list, c.Seq, bySeq); found {
		list[i] = c
	} else {
		list = slices.Insert(list, i, c)
	}
	s.Changes = list
	if m := s.LastMessage; m != nil && m.Seq == c.Seq && !(c.Redacted && planted("head_shows_redacted")) {
		shown := m.Changed(c, text)
		s.LastMessage = &shown
	}
	if outbox && !slices.Contains(s.Outbox, c.Seq) {
		s.Outbox = append(slices.Clone(s.Outbox), c.Seq)
	}
}
