package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"pronto/dispatch"
)

// LoadConversation folds the stored state and the records after it. An unknown id gives the zero state with its id.
func (db *DB) LoadConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, Rows, error) {
	s, folded, err := db.loaded(id)
	if err != nil || s.Version == 0 {
		return s, Rows{}, err
	}
	wake, err := db.storedWakeUp(&s)
	if err != nil {
		return s, Rows{}, fmt.Errorf("load %s: %w", id, err)
	}
	m := savings.Get().(*saving) //nolint:forcetypeassert // the pool holds nothing else
	if m.after.rows, err = m.moving(m.after.rows, &s, wake); err != nil {
		return s, Rows{}, err
	}
	rows := cloneRows(m.after.rows) // in no more memory than they need: it is kept as long as the conversation is
	m.reset()
	savings.Put(m)
	return s, Rows{rows: rows, open: isOpen(&s), stay: s.Stay(), since: folded, wake: wake}, nil
}

// loaded is LoadConversation for those who do not save; folded is how many records stand after the stored state.
func (db *DB) loaded(id dispatch.ConversationID) (s dispatch.ConversationSnapshot, folded int, err error) {
	return db.loadedBy(id, isNoAnswer)
}

func isNoAnswer(typ uint16) bool { return typ != typeCommandAnswered }

// changed is loaded for those who look at the changes of messages: nothing else is as it is now.
func (db *DB) changed(id dispatch.ConversationID) (dispatch.ConversationSnapshot, error) {
	s, _, err := db.loadedBy(id, func(typ uint16) bool { return typ == typeMessageEdited || typ == typeMessageRedacted })
	return s, err
}

// loadedBy folds the records of the types that count; of the others, only their number is a part of what is asked for.
func (db *DB) loadedBy(id dispatch.ConversationID, counts func(typ uint16) bool) (s dispatch.ConversationSnapshot, folded int, err error) {
	s.ID = id
	raw, upTo, err := db.State(string(id))
	if errors.Is(err, ErrNotFound) {
		return s, 0, nil
	}
	if err != nil {
		return s, 0, fmt.Errorf("load %s: %w", id, err)
	}
	if raw != nil {
		if err := decode(raw, &s); err != nil {
			return s, 0, fmt.Errorf("load %s: %w", id, err)
		}
	}
	folded, err = db.fold(&s, upTo, ^uint64(0), counts)
	if planted("state_not_folded") && raw != nil {
		s = dispatch.ConversationSnapshot{}
		return s, 0, decode(raw, &s)
	}
	if err != nil {
		return s, 0, fmt.Errorf("load %s: %w", id, err)
	}
	return s, folded, nil
}

// fold applies the records after ordinal upTo, up to and including the last, and says how many there were.
func (db *DB) fold(s *dispatch.ConversationSnapshot, upTo, last uint64, counts func(typ uint16) bool) (int, error) {
	n := 0
	for {
		page := int(min(last-upTo, foldPage))
		events, err := db.Events(string(s.ID), upTo, page)
		if err != nil {
			return n, err
		}
		for _, e := range events {
			upTo = e.Ordinal
			n++
			if !counts(e.Type) {
				s.Apply(dispatch.CommandAnswered{}) // it changes the version alone
				continue
			}
			r, err := DecodeFact(e.Event)
			if err != nil {
				return n, err
			}
			cr, ok := r.(dispatch.ConversationRecord)
			if !ok {
				return n, corrupt("%s: record %T", s.ID, r)
			}
			s.Apply(cr)
		}
		if len(events) < page || upTo == last {
			return n, nil
		}
	}
}

const foldPage = 256

// Recorded is one record of a history with its place and time.
type Recorded struct {
	Ordinal uint64
	Time    time.Time
	Record  dispatch.Record
}

// Records returns at most limit records of a conversation after an ordinal, in order, as they may be shown: messages are
// what they are now, and what they were before is left out. So are answers to commands.
func (db *DB) Records(id dispatch.ConversationID, after uint64, limit int) ([]Recorded, error) {
	out, err := db.records(id, after, limit)
	if err != nil || len(out) == 0 {
		return out, err
	}
	if after == 0 && len(out) < limit && !slices.ContainsFunc(out, func(r Recorded) bool { return changesText(r.Record) }) {
		return out, nil // they are all there are
	}
	s, err := db.changed(id)
	if err != nil {
		return nil, err
	}
	return out, db.showChanged(&s, out)
}

// records are those of the journal.
func (db *DB) records(id dispatch.ConversationID, after uint64, limit int) ([]Recorded, error) {
	var out []Recorded
	for len(out) < limit {
		events, err := db.Events(string(id), after, min(limit, foldPage))
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			after = e.Ordinal
			if e.Type == typeCommandAnswered || len(out) == limit {
				continue
			}
			r, err := DecodeFact(e.Event)
			if err != nil {
				return nil, fmt.Errorf("records of %s: %w", id, err)
			}
			out = append(out, Recorded{Ordinal: e.Ordinal, Time: e.Time, Record: r})
		}
	}
	return out, nil
}

// Messages returns at most limit messages with a seq above after, in order, with their delivery state as it is now.
func (db *DB) Messages(id dispatch.ConversationID, after uint64, limit int) ([]dispatch.Chat, error) {
	s, _, err := db.loaded(id)
	if err != nil || after >= s.LastSeq || limit <= 0 {
		return nil, err
	}
	indexed := after - after%messageStep + 1
	v, err := db.Get(append(rowPrefix(rowMessage, string(id)), be64(indexed)...))
	if err != nil {
		return nil, fmt.Errorf("message %d of %s: %w", indexed, id, err)
	}
	ordinal, n := binary.Uvarint(v)
	if n <= 0 || ordinal == 0 {
		return nil, corrupt("message row of %s", id)
	}
	return db.messagesFrom(&s, ordinal-1, after, min(limit, int(s.LastSeq-after)))
}

// messagesFrom reads the records after an ordinal for the messages above a seq.
func (db *DB) messagesFrom(s *dispatch.ConversationSnapshot, ordinal, after uint64, limit int) ([]dispatch.Chat, error) {
	out := make([]dispatch.Chat, 0, limit)
	for len(out) < limit {
		events, err := db.Events(string(s.ID), ordinal, foldPage)
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			return nil, corrupt("%s: fewer messages than its state says", s.ID)
		}
		for i := 0; i < len(events) && len(out) < limit; i++ {
			ordinal = events[i].Ordinal
			chat, ok, err := db.messageIn(s, &events[i], after)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, chat)
			}
		}
	}
	return out, nil
}

// messageIn is the message that an event appended, as it is now, if it has a seq above after.
func (db *DB) messageIn(s *dispatch.ConversationSnapshot, e *StoredEvent, after uint64) (dispatch.Chat, bool, error) {
	if e.Type != typeMessageAppended {
		return dispatch.Chat{}, false, nil
	}
	var m dispatch.MessageAppended
	if err := decode(e.Data, &m); err != nil {
		return dispatch.Chat{}, false, fmt.Errorf("message of %s: %w", s.ID, err)
	}
	if m.Message.Seq <= after {
		return dispatch.Chat{}, false, nil
	}
	chat, err := db.shown(s, m.Message)
	chat.Delivery = s.Delivery(chat.Seq)
	return chat, err == nil, err
}

// OpenOn reports whether a conversation of the channel is open.
func (db *DB) OpenOn(channel dispatch.ChannelID) (open bool, err error) {
	err = db.reading("open conversations of a channel", func() error {
		lower := appendSpaceKey(nil, spaceClaim, openKey(channel, ""))
		it, err := db.e.iter(lower, keyAfter(lower))
		if err != nil {
			return err
		}
		open = it.First()
		return closeIter(it, it.Error())
	})
	return open, err
}

// FindArrival reads what an inbound message meets on a channel: its own earlier copy, the open conversation of its sender,
// or the last one. The sender is the first of kin; the others are one with it by merges, root being the contact that
// stands for all of them. An open conversation of an earlier one in the list comes before that of a later one.
func (db *DB) FindArrival(channel dispatch.ChannelID, root dispatch.ContactID, kin []dispatch.ContactID, external dispatch.ExternalID) (dispatch.Found, error) {
	f, err := db.findDuplicate(channel, external)
	if err != nil || f.Duplicate != nil {
		return f, err
	}
	for _, contact := range kin {
		v, open, err := db.Claimed(openKey(channel, contact))
		if err != nil || open {
			f.Open = dispatch.ConversationID(v)
			return f, err
		}
	}
	for _, contact := range kin {
		last, err := db.Get(rowKey(rowLast, string(channel), string(contact)))
		if notFoundIsZero(err) != nil {
			return f, err
		}
		switch id := dispatch.ConversationID(last); {
		case id <= max(f.Last, f.Past):
		case contact == root:
			f.Last, f.Past = id, ""
		default:
			f.Last, f.Past = "", id
		}
	}
	return f, nil
}

func (db *DB) findDuplicate(channel dispatch.ChannelID, external dispatch.ExternalID) (f dispatch.Found, err error) {
	if external == "" {
		return f, nil
	}
	in, m, err := db.arrived(channel, external)
	if err != nil || in.Conversation == "" {
		return f, err
	}
	if m.Seq > 0 {
		in.Message, in.Seq = m.ID, m.Seq
	}
	f.Duplicate = &dispatch.ReplyInbound{Conversation: in.Conversation, Message: in.Message, Created: in.Created, Seq: in.Seq}
	return f, nil
}

// Arrived is the message that came with an external id, as it was then: two rows are read for it, whatever became of its
// conversation. Not ok: nobody holds the id, or an earlier release wrote the claim.
func (db *DB) Arrived(channel dispatch.ChannelID, external dispatch.ExternalID) (m dispatch.Chat, ok bool, err error) {
	_, m, err = db.arrived(channel, external)
	return m, m.Seq > 0, err
}

// arrived reads the claim on an external id, without a conversation if there is none, and the message if the claim names its
// record.
func (db *DB) arrived(channel dispatch.ChannelID, external dispatch.ExternalID) (in inboundValue, m dispatch.Chat, err error) {
	v, known, err := db.Claimed(externalKey(channel, external))
	if err != nil || !known {
		return in, m, err
	}
	if err := decode(v, &in); err != nil || in.Ordinal == 0 {
		return in, m, err
	}
	r, err := db.appended(string(in.Conversation), in.Ordinal)
	if err != nil {
		return in, m, fmt.Errorf("message of an external id: %w", err)
	}
	return in, r.Message, nil
}
