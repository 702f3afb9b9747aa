package sim

import (
	"fmt"
	"time"

	"pronto/dispatch"
)

// retag adds and removes tags, some of which are none.
func (s *Sim) retag(c *client, to dispatch.Address, by dispatch.Actor) {
	m := dispatch.TagConversation{By: by}
	for range s.rng.between(1, 4) {
		m.Add = append(m.Add, fmt.Sprint(" Tag  ", s.rng.n(30)))
	}
	if s.rng.chance(300) {
		m.Remove = append(m.Remove, fmt.Sprint("tag ", s.rng.n(30)))
	}
	if s.rng.chance(50) {
		m.Add = append(m.Add, "a,b")
	}
	s.command(c, to, func(string) dispatch.Message { return m })
}

// handle is what a supervisor does to a conversation of others.
func (s *Sim) handle(conv *conversation, by dispatch.Actor) {
	switch k := s.rng.n(10); {
	case k < 3:
		s.closeIt(s.boss, conv.addr, by)
	case k < 5:
		s.rewrite(s.boss, conv.id, by)
	case k < 6 && s.rng.chance(300):
		s.putAway(s.boss, conv.addr, by)
	case k < 6:
		s.reopen(s.boss, conv.id, by)
	case k < 8:
		m := dispatch.ChangePriority{By: by, Priority: s.rng.between(-3, 3)}
		s.command(s.boss, conv.addr, func(string) dispatch.Message { return m })
	default:
		s.retag(s.boss, conv.addr, by)
	}
}

// rateIt is what a customer thinks of a conversation, said a few times: with the same words, or with others.
func (s *Sim) rateIt(id dispatch.ConversationID) {
	m := dispatch.RateConversation{Score: s.rng.between(0, 6), Comment: pick(s.rng, []string{"", "so"})}
	for range s.rng.between(1, 4) {
		if s.rng.chance(500) {
			m.Score = s.rng.between(1, 5)
		}
		again := m
		s.after(s.rng.dur(0, 20*time.Second), classWorld, func() { s.send(dispatch.Envelope{To: id.Address(), Message: again}) })
	}
}

// rewrite changes or hides a message of a conversation, or one that is not there.
func (s *Sim) rewrite(c *client, id dispatch.ConversationID, by dispatch.Actor) {
	conv := s.model.conv(id)
	seq := uint64(s.rng.n(int(conv.s.LastSeq)+1)) + 1
	if n := len(conv.s.Changes); n > 0 && s.rng.chance(300) {
		seq = conv.s.Changes[s.rng.n(n)].Seq
	}
	for i := range conv.messages { // often one of one's own
		if m := conv.messages[len(conv.messages)-1-i]; m.Author.ID == string(c.id) && s.rng.chance(300) {
			seq = m.Seq
			break
		}
	}
	m, _, err := s.disk.db.Message(id, seq, "")
	s.must(id.Address(), err)
	edit := func(text string) dispatch.Message {
		return dispatch.EditMessage{By: by, Message: m, Text: "edit " + text}
	}
	if !s.rng.chance(400) {
		s.command(c, id.Address(), edit)
		return
	}
	s.command(c, id.Address(), func(string) dispatch.Message { return dispatch.RedactMessage{By: by, Message: m, Reason: "secret"} })
	s.after(s.rng.dur(0, 5*time.Second), classWorld, func() { s.command(c, id.Address(), edit) })
}

func (s *Sim) reopen(c *client, id dispatch.ConversationID, by dispatch.Actor) {
	s.command(c, id.Address(), func(string) dispatch.Message {
		return dispatch.ReopenConversation{ID: dispatch.OfferID(s.newID("off")), By: by}
	})
}

// putAway snoozes for a short time, or for one that is not allowed, or ends it.
func (s *Sim) putAway(c *client, to dispatch.Address, by dispatch.Actor) {
	until := s.now.Add(s.rng.dur(50*time.Second, 3*time.Minute))
	wake := s.rng.chance(300)
	s.command(c, to, func(string) dispatch.Message {
		if wake {
			return dispatch.UnsnoozeConversation{By: by}
		}
		return dispatch.SnoozeConversation{By: by, Until: until}
	})
}
