package storage

import (
	"encoding/binary"
	"sort"
	"time"

	"pronto/dispatch"
)

// appendTime bounds how long after its id was made a message becomes durable.
const appendTime = 2 * time.Minute

// Message reads one message of a conversation as it is now: by its place, or with seq 0 by its id. An id carries the time
// it was made, and messages are in order of time: the index is searched for the place. False: there is no such message.
func (db *DB) Message(id dispatch.ConversationID, seq uint64, message dispatch.MessageID) (dispatch.Chat, bool, error) {
	if seq > 0 {
		list, err := db.Messages(id, seq-1, 1)
		if err != nil || len(list) == 0 || message != "" && list[0].ID != message {
			return dispatch.Chat{}, false, err
		}
		return list[0], true, nil
	}
	_, made, _, err := dispatch.ParseID(string(message))
	if err != nil {
		return dispatch.Chat{}, false, nil //nolint:nilerr // it is the id of no message
	}
	from, err := db.messageSince(id, made)
	for err == nil {
		var page []dispatch.Chat
		page, err = db.Messages(id, from, 2*messageStep)
		for _, m := range page {
			if m.ID == message {
				return m, true, nil
			}
			if m.At.Sub(made) > appendTime {
				return dispatch.Chat{}, false, nil
			}
		}
		if len(page) == 0 {
			break
		}
		from = page[len(page)-1].Seq
	}
	return dispatch.Chat{}, false, err
}

// messageSince is a seq after which every message from a time on comes.
func (db *DB) messageSince(id dispatch.ConversationID, from time.Time) (uint64, error) {
	s, _, err := db.loaded(id)
	if err != nil {
		return 0, err
	}
	blocks := int((s.LastSeq + messageStep - 1) / messageStep)
	later := sort.Search(blocks, func(i int) bool {
		at, failed := db.messageTime(id, uint64(i*messageStep+1))
		if failed != nil {
			err = failed
		}
		return !at.Before(from)
	})
	return uint64(max(0, later-1) * messageStep), err
}

// messageTime is when a message of the index became durable.
func (db *DB) messageTime(id dispatch.ConversationID, seq uint64) (time.Time, error) {
	v, err := db.Get(append(rowPrefix(rowMessage, string(id)), be64(seq)...))
	if err != nil {
		return time.Time{}, err
	}
	ordinal, n := binary.Uvarint(v)
	if n <= 0 || ordinal == 0 {
		return time.Time{}, corrupt("message row of %s", id)
	}
	e, _, err := db.event(string(id), ordinal)
	return e.Time, err
}
