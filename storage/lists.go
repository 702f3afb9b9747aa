package storage

import (
	"encoding/binary"
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

// Listing selects conversations for a list, newest first. At most one of Contact, Agent and State narrows the index that
// is read; the caller filters the rest.
type Listing struct {
	Contact dispatch.ContactID
	Agent   dispatch.AgentID // owner or addressee now
	State   dispatch.ConversationState
	Before  dispatch.ConversationID // only ids below it; empty: from the newest
}

// Conversations calls fn with the ids of a listing, newest first, until it returns ErrStop or another error.
func (db *DB) Conversations(l Listing, fn func(dispatch.ConversationID) error) error {
	prefix := []byte{rowList}
	switch {
	case l.Contact != "":
		prefix = rowPrefix(rowContact, string(l.Contact))
	case l.Agent != "":
		prefix = rowPrefix(rowAgent, string(l.Agent))
	case l.State != "" && l.State != dispatch.ConversationClosed:
		prefix = rowPrefix(rowState, string(l.State))
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
