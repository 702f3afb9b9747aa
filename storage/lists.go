package storage

import (
	"encoding/binary"
	"errors"
	"strconv"

	"pronto/dispatch"
)

// LastProtocol is the highest protocol number of a year, 0 when there is none.
func (db *DB) LastProtocol(year int) (last uint64, err error) {
	prefix := rowPrefix(rowProtocol, strconv.Itoa(year))
	err = db.Scan(Range{Prefix: prefix, Reverse: true, Limit: 1}, func(key, _ []byte) error {
		if len(key) != len(prefix)+8 {
			return corrupt("protocol row %q", key)
		}
		last = binary.BigEndian.Uint64(key[len(prefix):])
		return nil
	})
	return last, err
}

// ConversationByProtocol finds a conversation by its protocol number, or ErrNotFound.
func (db *DB) ConversationByProtocol(protocol string) (dispatch.ConversationID, error) {
	v, err := db.Get(protocolKey(protocol))
	return dispatch.ConversationID(v), err
}

// OutboxConversations calls fn once with every conversation that has messages waiting for the channel's driver.
func (db *DB) OutboxConversations(fn func(dispatch.ConversationID) error) error {
	last := ""
	return db.Scan(Prefix([]byte{rowOutbox}), func(key, _ []byte) error {
		id, _, err := cutKey(key)
		if err != nil || id == last {
			return err
		}
		last = id
		return fn(dispatch.ConversationID(id))
	})
}

// Outbound finds the outbound message that a provider's id names, or ErrNotFound.
func (db *DB) Outbound(channel dispatch.ChannelID, external dispatch.ExternalID) (dispatch.ConversationID, uint64, error) {
	return db.messagePlace(rowKey(rowOutbound, string(channel), string(external)))
}

// MessageByID finds an outbound message that went through a driver by its own id, or ErrNotFound.
func (db *DB) MessageByID(id dispatch.MessageID) (dispatch.ConversationID, uint64, error) {
	return db.messagePlace(rowKey(rowOwnID, string(id)))
}

func (db *DB) messagePlace(key []byte) (dispatch.ConversationID, uint64, error) {
	v, err := db.Get(key)
	if err != nil {
		return "", 0, err
	}
	if len(v) <= 8 {
		return "", 0, corrupt("outbound row")
	}
	return dispatch.ConversationID(v[8:]), binary.BigEndian.Uint64(v), nil
}

// Listing selects conversations for a list, newest first. The first of Contacts, Agent, Tag, an open State,
// Owned, Queue and Channel that is set says which index is read; the caller filters the rest.
type Listing struct {
	Contacts []dispatch.ContactID // of any of them
	Agent    dispatch.AgentID     // owner or addressee now
	Owned    dispatch.AgentID     // owner now or earlier
	Tag      string               // in its normal spelling
	State    dispatch.ConversationState
	Queue    dispatch.QueueID // now, or where it was closed
	Channel  dispatch.ChannelID
	Before   dispatch.ConversationID // only ids below it; empty: from the newest
}

// Conversations calls fn with the ids of a listing, newest first, until it returns ErrStop or another error.
func (db *DB) Conversations(l Listing, fn func(dispatch.ConversationID) error) error {
	prefix := []byte{rowList}
	switch {
	case len(l.Contacts) > 1:
		return db.conversationsOfMany(l, fn)
	case len(l.Contacts) == 1:
		prefix = rowPrefix(rowContact, string(l.Contacts[0]))
	case l.Agent != "":
		prefix = rowPrefix(rowAgent, string(l.Agent))
	case l.Tag != "":
		prefix = rowPrefix(rowTag, l.Tag)
	case l.State != "" && l.State != dispatch.ConversationClosed:
		prefix = rowPrefix(rowState, string(l.State))
	case l.Owned != "":
		prefix = rowPrefix(rowOwned, string(l.Owned))
	case l.Queue != "":
		prefix = rowPrefix(rowQueue, string(l.Queue))
	case l.Channel != "":
		prefix = rowPrefix(rowChannel, string(l.Channel))
	}
	r := Range{Prefix: prefix, Reverse: true}
	if l.Before != "" {
		r.Below = append(append([]byte(nil), prefix...), l.Before...)
	}
	return db.Scan(r, func(key, _ []byte) error {
		id, err := idOf(key, len(prefix))
		if err != nil {
			return err
		}
		return fn(dispatch.ConversationID(id))
	})
}

// aheadOfOne is how many conversations of one contact are read at once, where those of several are listed together.
const aheadOfOne = 64

// conversationsOfMany takes, again and again, the newest of what is next of each contact.
func (db *DB) conversationsOfMany(l Listing, fn func(dispatch.ConversationID) error) error {
	next := make([][]dispatch.ConversationID, len(l.Contacts))
	ended := make([]bool, len(l.Contacts))
	for {
		newest := -1
		for i, contact := range l.Contacts {
			if len(next[i]) == 0 && !ended[i] {
				one := Listing{Contacts: []dispatch.ContactID{contact}, Before: l.Before}
				err := db.Conversations(one, func(id dispatch.ConversationID) error {
					next[i] = append(next[i], id)
					return stopAt(len(next[i]) == aheadOfOne)
				})
				if err != nil {
					return err
				}
				ended[i] = len(next[i]) < aheadOfOne
			}
			if len(next[i]) > 0 && (newest < 0 || next[i][0] > next[newest][0]) {
				newest = i
			}
		}
		if newest < 0 {
			return nil
		}
		l.Before, next[newest] = next[newest][0], next[newest][1:]
		if err := fn(l.Before); err != nil {
			return notStop(err)
		}
	}
}

func stopAt(end bool) error {
	if end {
		return ErrStop
	}
	return nil
}

func notStop(err error) error {
	if errors.Is(err, ErrStop) {
		return nil
	}
	return err
}
