package dispatch

import (
	"hash/fnv"
	"strconv"
	"time"
)

// say writes a message of the server: of kind [AuthorBot] for a text of the queue, of kind [AuthorSystem] for a notice.
// Contact and owner get it as they get an agent's message, but it is never an agent's reply: timers that wait for one look
// at the author. An empty text, a window of the channel that is over, and a conversation that is closed leave it unsaid.
func (c *Conversation) say(t *turn, text string, kind AuthorKind) {
	c.sayWith(t, text, kind, c.textValues())
}

func (c *Conversation) sayWith(t *turn, text string, kind AuthorKind, values textValues) {
	text = c.fitText(renderText(text, values))
	if text == "" || !c.hears(t.now) {
		return
	}
	c.post(t, Chat{ID: c.messageID(t.now), Author: Author{Kind: kind, Name: c.rules.QueueName}, Text: text})
}

// sayAfterHours tells one who comes while the queue is closed.
func (c *Conversation) sayAfterHours(t *turn) {
	if c.rules.Waits.Closed || planted("after_hours_always") {
		c.say(t, c.rules.AfterHours, AuthorBot)
	}
}

// sayPlace tells where the conversation stands in line, as a record of the same commit says.
func (c *Conversation) sayPlace(t *turn, p Place) {
	v := c.textValues()
	v.position, v.waitMinutes = p.Position, int((p.Wait+time.Minute-1)/time.Minute)
	c.sayWith(t, c.rules.PositionText, AuthorBot, v)
}

// placeChanged tells the contact of a new place, if one was told long enough ago.
func (c *Conversation) placeChanged(t *turn, m PlaceChanged) {
	if c.s.State != ConversationQueued || c.s.Queue != m.From || c.s.Placed != m.Ticket {
		t.send(m.From.Address(), Dequeue{Conversation: c.s.ID, Version: m.Ticket})
		return
	}
	every := c.rules.PositionEvery
	soon := every <= 0 || t.now.Before(c.s.ToldAt.Add(every))
	if planted("position_again") {
		soon = false
	}
	if c.rules.PositionText == "" || m.Place.Position == 0 || m.Place.Position == c.s.Told || soon || !c.hears(t.now) {
		return
	}
	c.record(t, PositionTold{Queue: c.s.Queue, Place: m.Place, At: t.now})
	c.sayPlace(t, m.Place)
}

// fitText cuts a text to what the channel takes.
func (c *Conversation) fitText(text string) string {
	text = shorten(text, MaxTextBytes)
	if c.rules.MaxText > 0 {
		n := 0
		for at := range text {
			if n++; n > c.rules.MaxText {
				return text[:at]
			}
		}
	}
	return text
}

// hears reports whether the contact can be written to: an open conversation within the channel's window.
func (c *Conversation) hears(now time.Time) bool {
	return c.s.State != ConversationNone && c.s.State != ConversationClosed && !due(c.s.WindowEnds, now)
}

// textValues are what the conversation itself knows; where it stands in its queue, only the queue does.
func (c *Conversation) textValues() textValues {
	return textValues{contact: c.s.Contact.Name, protocol: c.s.Protocol}
}

// post appends an outbound message, which is not to be changed then; the channel's driver takes it from the outbox.
func (c *Conversation) post(t *turn, chat Chat) *Chat {
	chat.Seq, chat.At, chat.Delivery = c.s.LastSeq+1, t.now, DeliverySent
	if c.rules.Outbox {
		chat.Delivery = DeliveryQueued
	}
	c.record(t, MessageAppended{Message: chat, Outbox: c.rules.Outbox, Quiet: c.quietAfter(t.now, chat.Author.Kind)})
	c.notifyMessage(t)
	return c.s.LastMessage
}

// offerID is the id of a reservation that the conversation asks for by itself; see messageID.
func (c *Conversation) offerID(now time.Time) OfferID {
	id := c.messageID(now)
	return OfferID("off" + id[3:])
}

// messageID is unique because a conversation makes one message at most from a version; it needs no chance.
func (c *Conversation) messageID(now time.Time) MessageID {
	var buf [64]byte
	b := append(buf[:0], c.s.ID...)
	b = strconv.AppendUint(append(b, '/'), c.s.Version, 36)
	h := fnv.New64a()
	h.Write(b) // a hash never fails
	return MessageID(FormatID("msg", now, PartitionOf(string(c.s.ID)), h.Sum64()))
}
