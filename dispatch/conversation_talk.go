package dispatch

import (
	"strings"
	"unicode/utf8"
)

// open starts a conversation with its first message, in the queue.
func (c *Conversation) open(t *turn, m OpenConversation) error {
	if c.s.State != ConversationNone {
		return c.receive(t, m.First)
	}
	o := m.Opened
	o.ID, o.At = c.s.ID, t.now
	o.Weight = max(1, c.rules.Weight)
	c.record(t, o)
	c.append(t, m.First)
	first := c.s.LastSeq
	c.say(t, c.rules.Greeting, AuthorBot)
	c.sayAfterHours(t)
	c.enqueue(t)
	t.answer(ReplyInbound{Conversation: c.s.ID, Message: m.First.ID, Created: true, Seq: first})
	return nil
}

// receive appends a message of the contact, wherever the conversation is; a closed one reopens within its window.
func (c *Conversation) receive(t *turn, m InboundChat) error {
	seq := c.s.LastSeq + 1 // the server may say something after it
	switch c.s.State {
	case ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case ConversationClosed:
		if !c.reopens(t.now) {
			return refuse(CodeConversationClosed, "the conversation is closed")
		}
		c.record(t, ConversationReopened{Queue: c.s.Queue, At: t.now})
		c.append(t, m)
		if planted("greeted_again") {
			c.say(t, c.rules.Greeting, AuthorBot)
		}
		c.sayAfterHours(t)
		c.enqueue(t)
	case ConversationWrapup:
		c.record(t, WrapupInterrupted{At: t.now})
		c.append(t, m)
		c.notify(t, EventUpdated{Head: c.Head()})
		c.requeueIfLost(t)
	case ConversationActive:
		c.append(t, m)
		if c.s.Snoozed() {
			c.notify(t, EventUpdated{Head: c.Head()})
			c.rouse(t)
			break
		}
		c.requeueIfLost(t)
	case ConversationQueued, ConversationOffered:
		c.append(t, m)
	}
	t.answer(ReplyInbound{Conversation: c.s.ID, Message: m.ID, Seq: seq})
	return nil
}

// requeueIfLost: the customer wrote and the owner has no session. What is planned by time stays as planned.
func (c *Conversation) requeueIfLost(t *turn) {
	if c.s.LostAt.IsZero() || !c.s.RequeueAt.IsZero() {
		return
	}
	c.backToQueue(t, ConversationRequeued{Queue: c.s.Queue, Cause: QueuedOwnerLost, Priority: c.s.Priority, Top: true, At: t.now})
}

func (c *Conversation) append(t *turn, m InboundChat) {
	chat := Chat{
		ID: m.ID, Seq: c.s.LastSeq + 1, Author: m.Author, Text: m.Text, Attachments: m.Attachments, At: t.now, SentAt: m.SentAt,
		ReplyTo: m.ReplyTo, External: m.External,
	}
	c.record(t, MessageAppended{Message: chat, Window: c.rules.Window, Quiet: c.quietAfter(t.now, AuthorContact)})
	c.notifyMessage(t)
}

// notifyMessage tells of the message that was appended last.
func (c *Conversation) notifyMessage(t *turn) {
	c.notify(t, EventMessage{Conversation: c.s.ID, Message: c.s.LastMessage, Version: c.s.Version, Unread: len(c.s.UnreadSeqs)})
}

// sendMessage appends the owner's message; the channel's driver takes it from the outbox.
func (c *Conversation) sendMessage(t *turn, m SendMessage) error {
	if err := c.mayWrite(t, m); err != nil {
		return err
	}
	chat := c.post(t, Chat{ID: m.ID, Author: m.Author, Text: m.Text, Attachments: m.Attachments, ReplyTo: m.ReplyTo, Canned: m.Canned})
	t.answer(ReplyMessage{Conversation: c.s.ID, Message: *chat})
	return nil
}

func (c *Conversation) mayWrite(t *turn, m SendMessage) error {
	if err := c.mayAct(Actor{Agent: m.By.Agent}); err != nil {
		return err
	}
	switch {
	case c.s.State == ConversationWrapup:
		return refuse(CodeConversationClosed, "the conversation is over for the customer")
	case strings.TrimSpace(m.Text) == "" && len(m.Attachments) == 0:
		return refuse(CodeEmptyMessage, "a message needs a text or an attachment")
	case len(m.Text) > MaxTextBytes || c.rules.MaxText > 0 && utf8.RuneCountInString(m.Text) > c.rules.MaxText:
		return refuse(CodeTooLong, "the text is too long")
	case !c.s.WindowEnds.IsZero() && due(c.s.WindowEnds, t.now):
		return refuse(CodeWindowClosed, "the channel takes no free text now: its window since the contact's last message is over")
	}
	return nil
}

func (c *Conversation) readMessages(t *turn, m ReadMessages) error {
	if err := c.mayAct(Actor{Agent: m.By.Agent}); err != nil {
		return err
	}
	if m.Seq > c.s.LastSeq {
		return refuseBecause(CodeBadRequest, "there is no such message yet", "/data/seq")
	}
	if m.Seq > c.s.ReadSeq {
		c.record(t, MessagesRead{Seq: m.Seq, By: m.By.Agent, At: t.now})
		c.notify(t, EventRead{Conversation: c.s.ID, Seq: c.s.ReadSeq, Unread: len(c.s.UnreadSeqs), By: m.By.Agent})
	}
	t.answer(Done{})
	return nil
}

func (c *Conversation) setTyping(t *turn, m SetTyping) error {
	if m.Author.Kind != AuthorContact {
		if err := c.mayAct(m.By); err != nil {
			return err
		}
	}
	c.notify(t, EventTyping{Conversation: c.s.ID, Author: m.Author, Typing: m.Typing})
	t.answer(Done{})
	return nil
}

// attachmentChanged tells everybody here; the state of a file is nobody's here.
func (c *Conversation) attachmentChanged(t *turn, m AttachmentChanged) error {
	if c.s.State == ConversationNone {
		return refuse(CodeNotFound, "no such conversation")
	}
	c.notify(t, EventAttachment{Conversation: c.s.ID, Attachment: m.Attachment})
	t.answer(Done{})
	return nil
}

// addNote is allowed in every state: remarks are added to closed conversations too. Who may, is the gate's.
func (c *Conversation) addNote(t *turn, m AddNote) error {
	switch {
	case c.s.State == ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case strings.TrimSpace(m.Note.Text) == "":
		return refuse(CodeEmptyMessage, "a note needs a text")
	case len(m.Note.Text) > MaxTextBytes:
		return refuse(CodeTooLong, "the text is too long")
	case m.Note.Whisper && !m.By.Supervisor:
		return refuse(CodeForbidden, "only a supervisor whispers")
	case m.Note.Whisper && c.s.State == ConversationClosed:
		return refuse(CodeConversationClosed, "the conversation is closed")
	case !m.By.Supervisor && (m.By.Agent == "" || (c.s.Owner != m.By.Agent && c.s.LastOwner != m.By.Agent)):
		return refuse(CodeNotOwner, "the conversation belongs to somebody else")
	}
	n := m.Note
	n.At = t.now
	c.record(t, NoteAdded{Note: n})
	c.notify(t, EventNote{Conversation: c.s.ID, Note: n})
	t.answer(ReplyNote{Conversation: c.s.ID, Note: n})
	return nil
}

// reportDelivery moves a delivery forward; what would move it back, or repeats it, changes nothing.
func (c *Conversation) reportDelivery(t *turn, m ReportDelivery) error {
	have := c.s.Delivery(m.Seq)
	if have == DeliveryNone {
		return refuse(CodeNotFound, "no such outbound message")
	}
	if deliveryAdvances(have, m.State) {
		id := c.s.outboundID(m.Seq)
		c.record(t, DeliveryChanged{Seq: m.Seq, State: m.State, External: m.External, Error: m.Error, At: t.now, Stale: c.leftStale(m)})
		c.notify(t, EventDelivery{Conversation: c.s.ID, Message: id, Seq: m.Seq, Delivery: m.State, Error: m.Error})
	}
	t.answer(Done{})
	return nil
}

// deliveryAdvances: queued → sent → delivered → read; failed only before anything was delivered; read and failed are final.
func deliveryAdvances(have, next DeliveryState) bool {
	if planted("delivery_goes_back") {
		return have != DeliveryNone
	}
	switch have {
	case DeliveryQueued, DeliverySent:
		return rankOf(next) > rankOf(have)
	case DeliveryDelivered:
		return next == DeliveryRead
	case DeliveryNone, DeliveryRead, DeliveryFailed:
	}
	return false
}

func (s *ConversationSnapshot) outboundID(seq uint64) MessageID {
	for _, o := range s.OutboundIDs {
		if o.Seq == seq {
			return o.ID
		}
	}
	return ""
}
