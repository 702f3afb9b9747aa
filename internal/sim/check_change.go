package sim

import (
	"slices"
	"strings"

	"pronto/dispatch"
)

// changed is what readers may see of a message, kept from the records alone.
type changed struct {
	text     string
	edited   bool
	redacted bool
}

// checkChange: a message is changed by who wrote it, while it is fresh, and a redaction is final.
func (s *Sim) checkChange(c *convModel, r dispatch.ConversationRecord) {
	who := c.s.ID.Address()
	switch r := r.(type) {
	case dispatch.MessageAppended:
		c.shown = append(c.shown, changed{text: r.Message.Text})
	case dispatch.MessageEdited:
		m := c.messages[r.Seq-1]
		switch age := s.now.Sub(m.At); {
		case m.Author.Kind != dispatch.AuthorAgent, m.Author.ID != string(r.By), c.s.Owner != r.By:
			s.fail("change", who, "%s edits message %d of %+v, and %s owns it", r.By, r.Seq, m.Author, c.s.Owner)
		case age >= dispatch.EditWindow, !s.queueByID[c.s.Queue].rules.Edits:
			s.fail("change", who, "message %d is edited after %s", r.Seq, age)
		case c.shown[r.Seq-1].redacted:
			s.fail("change", who, "message %d is edited after it was redacted", r.Seq)
		}
		s.model.unsaid[c.shown[r.Seq-1].text] = true
		s.model.effects[r.Text] = who
		c.shown[r.Seq-1].text, c.shown[r.Seq-1].edited = r.Text, true
		s.reportsOfChange(c.s.ID, r.Seq, r.Outbox)
	case dispatch.MessageRedacted:
		m := c.messages[r.Seq-1]
		if own := m.Author.Kind == dispatch.AuthorAgent && m.Author.ID == string(r.By); !own && r.By != s.boss.id || c.shown[r.Seq-1].redacted {
			s.fail("change", who, "%s redacts message %d of %+v", r.By, r.Seq, m.Author)
		}
		s.model.unsaid[c.shown[r.Seq-1].text] = true
		c.shown[r.Seq-1] = changed{redacted: true}
		s.reportsOfChange(c.s.ID, r.Seq, r.Outbox)
	}
}

// checkShown: what storage gives out of a message is what it is now, everywhere.
func (s *Sim) checkShown(c *convModel, chats []dispatch.Chat) {
	who := c.s.ID.Address()
	for i, m := range chats {
		want := c.shown[i]
		if m.Text != want.text || m.Redacted != want.redacted || want.redacted && (len(m.Attachments) > 0 || m.Author.Name != "") {
			s.fail("I16", who, "message %d is given out as %+v, and should be %+v", i+1, m, want)
		}
	}
	if last := c.s.LastMessage; last != nil && last.Text != c.shown[last.Seq-1].text {
		s.fail("I16", who, "the head shows %q, and the message is %+v", last.Text, c.shown[last.Seq-1])
	}
	if seq := c.s.LastTextSeq; seq > 0 && !strings.HasPrefix(c.shown[seq-1].text, c.s.LastText) {
		s.fail("I16", who, "the queue shows %q, and the message is %+v", c.s.LastText, c.shown[seq-1])
	}
	agents, _ := c.holds()
	for _, a := range agents {
		slot, _ := c.s.SlotOf(a)
		if o := slot.Offer; o.LastText == "" || slices.ContainsFunc(c.shown, func(m changed) bool { return strings.HasPrefix(m.text, o.LastText) }) {
			continue
		}
		s.fail("I16", who, "the offer shows %q, which no message says", slot.Offer.LastText)
	}
	records, err := s.disk.db.Records(c.s.ID, 0, 1<<20)
	s.must(who, err)
	for _, r := range records {
		switch r := r.Record.(type) {
		case dispatch.MessageAppended:
			if m := r.Message; m.Text != c.shown[m.Seq-1].text {
				s.fail("I16", who, "the records show %q of message %d, which is %+v", m.Text, m.Seq, c.shown[m.Seq-1])
			}
		case dispatch.MessageEdited:
			if r.Text != "" {
				s.fail("I16", who, "the records show a text of message %d", r.Seq)
			}
		}
	}
}

// checkReopened: within the window, by the contact, by who had it last, or by a supervisor.
func (s *Sim) checkReopened(c *convModel, r dispatch.ConversationReopened) {
	if r.By != "" && r.By != s.boss.id && r.By != c.s.LastOwner {
		s.fail("I2", c.s.ID.Address(), "%s reopens what %s had last", r.By, c.s.LastOwner)
	}
	if window := s.queueByID[c.s.Queue].rules.ReopenWindow; !s.now.Before(c.s.ClosedAt.Add(window)) {
		s.fail("I2", c.s.ID.Address(), "closed at %s and reopened after more than %s", c.s.ClosedAt, window)
	}
}
