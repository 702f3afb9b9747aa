package sim

import (
	"slices"
	"strings"

	"pronto/dispatch"
)

// What the server itself says, judged from the records and the rules of the moment.

const greetingText = "greeting to {{contact.name}}, {{protocol}}"

func isGreeting(r dispatch.Record) bool {
	m, ok := r.(dispatch.MessageAppended)
	return ok && m.Message.Author.Kind == dispatch.AuthorBot && strings.HasPrefix(m.Message.Text, "greeting")
}

// checkOpening: a conversation is greeted when it is opened, where its queue greets.
func (s *Sim) checkOpening(id dispatch.ConversationID, records []dispatch.Record) {
	opened, ok := records[0].(dispatch.ConversationOpened)
	if !ok {
		return
	}
	q := s.queueByID[opened.Queue]
	if greeted := slices.ContainsFunc(records, isGreeting); greeted != (q.rules.Greeting != "") {
		s.fail("I17", id.Address(), "opened in a queue whose greeting is %q, greeted: %v", q.rules.Greeting, greeted)
	}
}

// checkSaid: the server says each thing under an id of its own, to nobody whose window is over, and greets once.
func (s *Sim) checkSaid(c *convModel, r dispatch.MessageAppended) {
	who, m := c.s.ID.Address(), r.Message
	if first, ok := s.model.said[m.ID]; ok {
		s.fail("I14", who, "message id %s belongs to one of %s already", m.ID, first.ID)
	}
	s.model.said[m.ID] = who
	if m.Author.Kind != dispatch.AuthorBot && m.Author.Kind != dispatch.AuthorSystem {
		return
	}
	if !c.s.WindowEnds.IsZero() && !s.now.Before(c.s.WindowEnds) {
		s.fail("I17", who, "the server says %q after the channel's window", m.Text)
	}
	if strings.Contains(m.Text, "{{") {
		s.fail("I17", who, "the server says %q", m.Text)
	}
	if isGreeting(r) && m.Seq != 2 {
		s.fail("I17", who, "the greeting is message %d", m.Seq)
	}
}
