package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"pronto/dispatch"
)

// LoadConversation folds the stored state and the records after it. An unknown id gives the zero state with its id.
func (db *DB) LoadConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, Rows, error) {
	s := dispatch.ConversationSnapshot{ID: id}
	raw, upTo, err := db.State(string(id))
	if errors.Is(err, ErrNotFound) {
		return s, Rows{}, nil
	}
	if err != nil {
		return s, Rows{}, fmt.Errorf("load %s: %w", id, err)
	}
	if raw != nil {
		if err := decode(raw, &s); err != nil {
			return s, Rows{}, fmt.Errorf("load %s: %w", id, err)
		}
	}
	folded, err := db.fold(&s, upTo)
	if planted("state_not_folded") && raw != nil {
		s = dispatch.ConversationSnapshot{}
		return s, Rows{}, decode(raw, &s)
	}
	if err != nil {
		return s, Rows{}, fmt.Errorf("load %s: %w", id, err)
	}
	rows, err := new(arena).moving(nil, &s)
	return s, Rows{rows: rows, open: isOpen(&s), stay: s.Stay(), since: folded}, err
}

// fold applies the records after ordinal upTo and says how many there were.
func (db *DB) fold(s *dispatch.ConversationSnapshot, upTo uint64) (int, error) {
	n := 0
	for {
		events, err := db.Events(string(s.ID), upTo, foldPage)
		if err != nil {
			return n, err
		}
		for _, e := range events {
			r, err := DecodeFact(e.Event)
			if err != nil {
				return n, err
			}
			cr, ok := r.(dispatch.ConversationRecord)
			if !ok {
				return n, corrupt("%s: record %T", s.ID, r)
			}
			s.Apply(cr)
			upTo = e.Ordinal
			n++
		}
		if len(events) < foldPage {
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
	s, _, err := db.LoadConversation(id)
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
	s, _, err := db.LoadConversation(id)
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
		records, err := db.records(s.ID, ordinal, foldPage)
		if err != nil {
			return nil, err
		}
		if len(records) == 0 {
			return nil, corrupt("%s: fewer messages than its state says", s.ID)
		}
		for _, r := range records {
			ordinal = r.Ordinal
			if m, ok := r.Record.(dispatch.MessageAppended); ok && m.Message.Seq > after && len(out) < limit {
				chat, err := db.shown(s, m.Message)
				if err != nil {
					return nil, err
				}
				chat.Delivery = s.Delivery(chat.Seq)
				out = append(out, chat)
			}
		}
	}
	return out, nil
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
	v, known, err := db.Claimed(externalKey(channel, external))
	if err != nil || !known {
		return f, err
	}
	var in inboundValue
	if err := decode(v, &in); err != nil {
		return f, err
	}
	f.Duplicate = &dispatch.ReplyInbound{Conversation: in.Conversation, Message: in.Message, Created: in.Created, Seq: in.Seq}
	return f, nil
}
