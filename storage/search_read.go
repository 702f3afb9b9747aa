package storage

import (
	"encoding/binary"
	"errors"
	"fmt"

	"pronto/dispatch"
)

// FoundText is what a search finds: a message or a note.
type FoundText struct {
	Text    string
	Message *dispatch.Chat
	Note    *dispatch.Note
}

func foundText(r dispatch.Record) FoundText {
	switch r := r.(type) {
	case dispatch.MessageAppended:
		return FoundText{Text: r.Message.Text, Message: &r.Message}
	case dispatch.NoteAdded:
		return FoundText{Text: r.Note.Text, Note: &r.Note}
	}
	return FoundText{}
}

// TextAt reads what stands at a place, as it is now: its text is empty when it was redacted. s is the conversation's state;
// nil: it is loaded.
func (db *DB) TextAt(p TextPlace, s *dispatch.ConversationSnapshot) (t FoundText, err error) {
	if s == nil {
		changed, err := db.changed(p.Conversation)
		if err != nil {
			return t, err
		}
		s = &changed
	}
	e, ok, err := db.event(string(p.Conversation), p.Ordinal)
	if err != nil || !ok {
		return t, err
	}
	r, err := DecodeFact(e.Event)
	if m, ok := r.(dispatch.MessageAppended); ok && err == nil {
		m.Message, err = db.shown(s, m.Message)
		r = m
	}
	return foundText(r), err
}

// changesText says whether a record changes what a text says.
func changesText(r dispatch.Record) bool {
	switch r.(type) {
	case dispatch.MessageEdited, dispatch.MessageRedacted:
		return true
	}
	return false
}

// rewordTexts adds to a save what finds the messages that it changes by what they say now.
func (db *DB) rewordTexts(m *saving, w *SaveConversation) error {
	for _, r := range w.Records {
		seq, now := uint64(0), ""
		switch r := r.(type) {
		case dispatch.MessageEdited:
			seq, now = r.Seq, r.Text
		case dispatch.MessageRedacted:
			seq = r.Seq
		default:
			continue
		}
		p, before, err := db.textBefore(w.State.ID, seq)
		if err != nil {
			return err
		}
		m.words.replace(&m.change, &m.arena, p, before, now)
		if !planted("fresh_not_dropped") {
			m.reworded = append(m.reworded, p)
		}
	}
	return nil
}

// textBefore is what a message says by what is durable, and where it is found.
func (db *DB) textBefore(id dispatch.ConversationID, seq uint64) (p TextPlace, text string, err error) {
	s, err := db.changed(id)
	if err != nil {
		return p, "", err
	}
	first := (seq-1)/messageStep*messageStep + 1
	v, err := db.Get(append(rowPrefix(rowMessage, string(id)), be64(first)...))
	if err != nil {
		return p, "", fmt.Errorf("message %d of %s: %w", first, id, err)
	}
	ordinal, n := binary.Uvarint(v)
	if n <= 0 || ordinal == 0 {
		return p, "", corrupt("message row of %s", id)
	}
	for after := ordinal - 1; ; {
		records, err := db.records(id, after, foldPage)
		if err != nil || len(records) == 0 {
			return p, "", errors.Join(err, corrupt("message %d of %s is missing", seq, id))
		}
		for _, r := range records {
			after = r.Ordinal
			if m, ok := r.Record.(dispatch.MessageAppended); ok && m.Message.Seq == seq {
				p, _ = foundBy(id, m, r.Ordinal)
				now, err := db.shown(&s, m.Message)
				return p, now.Text, err
			}
		}
	}
}

// TextsOf calls fn with every message and note of a conversation that has a text, in the order of their records, until it
// returns ErrStop or another error.
func (db *DB) TextsOf(id dispatch.ConversationID, fn func(TextPlace, FoundText) error) error {
	err := db.eachRecord(id, func(r *Recorded) error {
		if p, text := foundBy(id, r.Record, r.Ordinal); text != "" {
			return fn(p, foundText(r.Record))
		}
		return nil
	})
	if errors.Is(err, ErrStop) {
		return nil
	}
	return err
}
