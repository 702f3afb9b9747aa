package storage

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"pronto/dispatch"
)

// fact encodes one of the records that are stored together. An answer that repeats the message of an earlier one, or tells
// the conversation as it is after them, points there.
func (m *saving) fact(w *SaveConversation, i int) (Event, error) {
	a, ok := w.Records[i].(dispatch.CommandAnswered)
	if !ok {
		return m.encodeFact(w.Records[i])
	}
	stored := answered{Answered: a}
	switch reply := a.Reply.(type) {
	case dispatch.ReplyMessage:
		if reply.Conversation == w.State.ID {
			stored.Back = messageBefore(w.Records[:i], &reply.Message)
		}
	case dispatch.ReplyConversation:
		if stored.Back = w.headBefore(i, &reply.Head); stored.Back > 0 {
			stored.ScriptRequired, stored.RatingAsked = reply.Head.ScriptRequired, reply.Head.RatingAsked
		}
	}
	return m.encodeAnswered(&stored)
}

// messageBefore says how many places before the next record the message was appended; 0: not among them.
func messageBefore(records []dispatch.Record, chat *dispatch.Chat) uint64 {
	for j := range records {
		if r, ok := records[j].(dispatch.MessageAppended); ok && sameChat(&r.Message, chat) {
			return uint64(len(records) - j)
		}
	}
	return 0
}

// headBefore says how many places before record i the conversation had the head; 0: it is not known that it had. Only what is
// left after all records can be looked at: nothing but answers, which change no more than the version, may come after it.
func (w *SaveConversation) headBefore(i int, h *dispatch.Head) uint64 {
	before := w.State.Version - uint64(len(w.Records))
	at := before + uint64(i) // the version that record i meets
	if h.Version < before || h.Version > at {
		return 0
	}
	for _, r := range w.Records[h.Version-before:] {
		if _, ok := r.(dispatch.CommandAnswered); !ok {
			return 0
		}
	}
	now := w.State.Head()
	now.Version, now.ScriptRequired, now.RatingAsked = h.Version, h.ScriptRequired, h.RatingAsked
	if !sameHead(&now, h) {
		return 0
	}
	return at + 1 - h.Version
}

// sameChat compares every field; a test tells of one that it misses. It may call what is the same different, but never the
// other way round.
func sameChat(a, b *dispatch.Chat) bool {
	return a.ID == b.ID && a.Seq == b.Seq && a.Author == b.Author && a.Text == b.Text &&
		sameList(a.Attachments, b.Attachments) &&
		a.At == b.At && a.SentAt == b.SentAt && a.ReplyTo == b.ReplyTo && a.External == b.External &&
		a.Delivery == b.Delivery && a.Canned == b.Canned &&
		a.ChangedAt == b.ChangedAt && a.Revision == b.Revision && a.Redacted == b.Redacted
}

// sameHead is sameChat for heads.
func sameHead(a, b *dispatch.Head) bool {
	return a.ID == b.ID && a.Protocol == b.Protocol && a.State == b.State && a.Version == b.Version && a.Queue == b.Queue &&
		a.Channel == b.Channel && a.Contact == b.Contact && a.Subject == b.Subject && a.Priority == b.Priority &&
		a.Owner == b.Owner && a.OnHold == b.OnHold && samePointed(a.Transfer, b.Transfer) &&
		a.EnqueuedAt == b.EnqueuedAt && a.AssignedAt == b.AssignedAt && a.ClosedAt == b.ClosedAt &&
		a.LastSeq == b.LastSeq && a.ReadSeq == b.ReadSeq && a.Unread == b.Unread &&
		(a.LastMessage == b.LastMessage || a.LastMessage != nil && b.LastMessage != nil && sameChat(a.LastMessage, b.LastMessage)) &&
		a.ScriptRequired == b.ScriptRequired && a.WindowExpiresAt == b.WindowExpiresAt && a.OpenedAt == b.OpenedAt &&
		a.Previous == b.Previous && sameScript(a.Script, b.Script) && sameMap(a.Attributes, b.Attributes) &&
		a.WrapupUntil == b.WrapupUntil && a.CloseCause == b.CloseCause && sameList(a.Tags, b.Tags) &&
		samePointed(a.Rating, b.Rating) && a.RatingAsked == b.RatingAsked && a.SnoozedUntil == b.SnoozedUntil && a.SilentSince == b.SilentSince
}

func sameScript(a, b *dispatch.ScriptAnswer) bool {
	return a == b || a != nil && b != nil && a.Reason == b.Reason && a.Resolved == b.Resolved && sameMap(a.Answers, b.Answers) && a.Automatic == b.Automatic
}

func samePointed[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

func sameList[T comparable](a, b []T) bool { return (a == nil) == (b == nil) && slices.Equal(a, b) }

func sameMap(a, b map[string]string) bool { return (a == nil) == (b == nil) && maps.Equal(a, b) }

// Answer returns the first answer to a command, if there was one.
func (db *DB) Answer(principal string, command dispatch.CommandID) (dispatch.CommandAnswered, bool, error) {
	if planted("answers_lost") {
		return dispatch.CommandAnswered{}, false, nil
	}
	at, err := db.Get(rowKey(rowAnswer, principal, string(command)))
	if errors.Is(err, ErrNotFound) {
		return dispatch.CommandAnswered{}, false, nil
	}
	if err != nil || len(at) <= answerHead {
		return dispatch.CommandAnswered{}, false, errors.Join(err, corrupt("answer row"))
	}
	ordinal := binary.BigEndian.Uint64(at)
	entity, ok := answeredIn(at)
	if !ok {
		return dispatch.CommandAnswered{}, false, corrupt("answer row")
	}
	e, ok, err := db.event(entity, ordinal)
	if err != nil || !ok || e.Type != typeCommandAnswered {
		return dispatch.CommandAnswered{}, false, errors.Join(err, corrupt("answer %d of %s", ordinal, entity))
	}
	a, err := decodeAnswered(e.Data)
	reply := a.Answered.Reply
	if err == nil && a.Back > 0 {
		reply, err = db.repeated(entity, ordinal, &a)
	}
	if err == nil {
		a.Answered.Reply, err = db.answerShown(reply)
	}
	return a.Answered, err == nil, err
}

// repeated is the reply of an answer that points at what it tells.
func (db *DB) repeated(entity string, ordinal uint64, a *answered) (dispatch.Reply, error) {
	if a.Back >= ordinal || int(a.Kind) >= len(replyTypes) {
		return nil, corrupt("answer %d of %s", ordinal, entity)
	}
	switch replyTypes[a.Kind].(type) {
	case dispatch.ReplyMessage:
		return db.messageReply(entity, ordinal-a.Back)
	case dispatch.ReplyConversation:
		s, err := db.stateAt(dispatch.ConversationID(entity), ordinal-a.Back)
		h := s.Head()
		h.ScriptRequired, h.RatingAsked = a.ScriptRequired, a.RatingAsked
		return dispatch.ReplyConversation{Head: h}, err
	}
	return nil, corrupt("answer %d of %s repeats a reply of type %d", ordinal, entity, a.Kind)
}

// stateAt is a conversation as it was at an earlier version.
func (db *DB) stateAt(id dispatch.ConversationID, version uint64) (dispatch.ConversationSnapshot, error) {
	s := dispatch.ConversationSnapshot{ID: id}
	_, err := db.fold(&s, 0, version, isNoAnswer)
	if err == nil && s.Version != version {
		err = corrupt("%s has %d records, not %d", id, s.Version, version)
	}
	return s, err
}

// messageReply is the reply that tells of the message which an event appended.
func (db *DB) messageReply(entity string, ordinal uint64) (dispatch.Reply, error) {
	m, err := db.appended(entity, ordinal)
	return dispatch.ReplyMessage{Conversation: dispatch.ConversationID(entity), Message: m.Message}, err
}

// appended is the event that appended a message.
func (db *DB) appended(entity string, ordinal uint64) (m dispatch.MessageAppended, err error) {
	e, ok, err := db.event(entity, ordinal)
	if err != nil || !ok {
		return m, errors.Join(err, corrupt("message %d of %s", ordinal, entity))
	}
	if e.Type != typeMessageAppended {
		return m, corrupt("event %d of %s is no message", ordinal, entity)
	}
	return m, decode(e.Data, &m)
}
