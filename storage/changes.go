package storage

import (
	"fmt"

	"pronto/dispatch"
)

// What a message was before it was edited or redacted stays in the journal, for the audit. No read of this package gives
// it out but DecodeFact of a raw event.

// shown is a message as it is now.
func (db *DB) shown(s *dispatch.ConversationSnapshot, m dispatch.Chat) (dispatch.Chat, error) {
	change, changed := s.Change(m.Seq)
	if !changed || planted("redacted_is_shown") && change.Redacted {
		return m, nil
	}
	if change.Redacted {
		return m.Changed(change, ""), nil
	}
	e, ok, err := db.event(string(s.ID), change.Record)
	if err != nil {
		return m, err
	}
	if !ok {
		return m, corrupt("%s: change %d is missing", s.ID, change.Record)
	}
	r, err := DecodeFact(e.Event)
	if err != nil {
		return m, fmt.Errorf("change of message %d of %s: %w", m.Seq, s.ID, err)
	}
	edited, ok := r.(dispatch.MessageEdited)
	if !ok || edited.Seq != m.Seq {
		return m, corrupt("%s: record %d does not change message %d", s.ID, change.Record, m.Seq)
	}
	return m.Changed(change, edited.Text), nil
}

// showChanged puts messages as they are now in the place of what they were.
func (db *DB) showChanged(s *dispatch.ConversationSnapshot, records []Recorded) error {
	if len(s.Changes) == 0 {
		return nil
	}
	for i := range records {
		switch r := records[i].Record.(type) {
		case dispatch.MessageAppended:
			m, err := db.shown(s, r.Message)
			if err != nil {
				return err
			}
			r.Message = m
			records[i].Record = r
		case dispatch.MessageEdited:
			r.Text = ""
			records[i].Record = r
		case dispatch.OfferMade:
			r.Offer.LastText = ""
			records[i].Record = r
		}
	}
	return nil
}

// answerShown takes out of a kept answer what was redacted since it was given.
func (db *DB) answerShown(r dispatch.Reply) (dispatch.Reply, error) {
	var id dispatch.ConversationID
	switch r := r.(type) {
	case dispatch.ReplyMessage:
		id = r.Conversation
	case dispatch.ReplyConversation:
		if r.Head.LastMessage == nil {
			return r, nil
		}
		id = r.Head.ID
	default:
		return r, nil
	}
	s, err := db.changed(id)
	if err != nil || len(s.Changes) == 0 {
		return r, err
	}
	hide := func(m dispatch.Chat) dispatch.Chat {
		if c, _ := s.Change(m.Seq); c.Redacted {
			m = m.Changed(c, "")
		}
		return m
	}
	switch r := r.(type) {
	case dispatch.ReplyMessage:
		r.Message = hide(r.Message)
		return r, nil
	case dispatch.ReplyConversation:
		last := hide(*r.Head.LastMessage)
		r.Head.LastMessage = &last
		return r, nil
	}
	return r, nil
}
