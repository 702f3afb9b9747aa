package storage

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"pronto/dispatch"
)

// kindAttachment is the kind of the documents that say what is known about files. The bytes are elsewhere.
const kindAttachment = "attachment"

// AttachmentState is how far a file has come. Only a clean one is ever given to anybody.
type AttachmentState string

// The states, in their order; the last three are final.
const (
	AttachmentFetching AttachmentState = "fetching" // the channel's provider has it still
	AttachmentUploaded AttachmentState = "uploaded" // here, and nobody has looked into it yet
	AttachmentScanning AttachmentState = "scanning"
	AttachmentClean    AttachmentState = "clean"
	AttachmentInfected AttachmentState = "infected"
	AttachmentFailed   AttachmentState = "failed" // it could not be fetched or looked into; Reason says why
)

// Waiting says that something is still to be done about the file.
func (s AttachmentState) Waiting() bool {
	return s == AttachmentFetching || s == AttachmentUploaded || s == AttachmentScanning
}

// Attachment is what is known about a file.
type Attachment struct {
	ID            dispatch.AttachmentID `cbor:"-"`
	Version       uint64                `cbor:"-"` // 0: not stored
	Name          string                `cbor:"1,keyasint"`
	Size          int64                 `cbor:"2,keyasint"`
	Type          string                `cbor:"3,keyasint"`
	Hash          []byte                `cbor:"4,keyasint,omitempty"` // SHA-256 of the bytes that are kept; empty when there are none
	State         AttachmentState       `cbor:"5,keyasint"`
	Reason        string                `cbor:"6,keyasint,omitempty"` // a stable word
	Uploader      string                `cbor:"7,keyasint,omitempty"` // principal; empty: a channel
	Thumbnail     []byte                `cbor:"8,keyasint,omitempty"` // hash of the small picture
	ThumbnailType string                `cbor:"9,keyasint,omitempty"`
	Width         int                   `cbor:"10,keyasint,omitempty"`
	Height        int                   `cbor:"11,keyasint,omitempty"`
	CreatedAt     time.Time             `cbor:"12,keyasint"`
	// Linked says that a conversation is known to hold it. A conversation may hold it without: AttachmentHolder is the truth.
	Linked   bool         `cbor:"13,keyasint,omitempty"`
	Source   *MediaSource `cbor:"14,keyasint,omitempty"` // fetching only
	Attempts int          `cbor:"15,keyasint,omitempty"` // at fetching, or at scanning
	RetryAt  time.Time    `cbor:"16,keyasint,omitzero"`
}

// MediaSource is where a channel's provider has a file.
type MediaSource struct {
	Channel dispatch.ChannelID `cbor:"1,keyasint"`
	Media   string             `cbor:"2,keyasint"`
}

// The index rows of attachments, below one letter:
//
//	f a id        every one: how many bytes of it are kept (varint)
//	f b hash id   which attachments refer to a file
//	f q id        something is still to be done about it: not before when
//	f u id        no conversation is known to hold it
const (
	rowFile         = 'f'
	fileAll         = "a"
	fileHash        = "b"
	fileWaiting     = "q"
	fileUnlinked    = "u"
	attachmentClaim = "att\x00"
)

// attachmentKey is claimed by the conversation that has the attachment in a message, or by nobody, with an empty value, for
// one that was removed: a message that comes too late is refused then.
func attachmentKey(id dispatch.AttachmentID) []byte { return []byte(attachmentClaim + string(id)) }

// AttachmentTaken reports whether a refused claim is that of an attachment, which another conversation has.
func AttachmentTaken(t *Taken) bool {
	return len(t.Key) > len(attachmentClaim) && string(t.Key[:len(attachmentClaim)]) == attachmentClaim
}

func (a *Attachment) rows(id string) []Row {
	kept := a.Size
	if len(a.Hash) == 0 {
		kept = 0
	}
	rows := []Row{{rowKey(rowFile, fileAll, id), binary.AppendVarint(nil, kept)}}
	for _, hash := range [][]byte{a.Hash, a.Thumbnail} {
		if len(hash) > 0 {
			rows = append(rows, Row{rowKey(rowFile, fileHash, hex.EncodeToString(hash), id), nil})
		}
	}
	if a.State.Waiting() {
		rows = append(rows, Row{rowKey(rowFile, fileWaiting, id), []byte(timePart(a.RetryAt))})
	}
	if !a.Linked {
		rows = append(rows, Row{rowKey(rowFile, fileUnlinked, id), nil})
	}
	return rows
}

// documentRows are the index rows that follow from a document's body. Most kinds have none.
func documentRows(kind, id string, body []byte) ([]Row, error) {
	if kind != kindAttachment {
		return nil, nil
	}
	var a Attachment
	if err := decode(body, &a); err != nil {
		return nil, fmt.Errorf("index of %s: %w", id, err)
	}
	return a.rows(id), nil
}

// SaveAttachment stores a if its Version is the stored one, and moves the Version on. It refuses with *Stale.
func (db *DB) SaveAttachment(ctx context.Context, a *Attachment, now time.Time) error {
	body, err := encode(a)
	if err != nil {
		return fmt.Errorf("save %s: %w", a.ID, err)
	}
	id := string(a.ID)
	doc, err := db.PutDocument(ctx, Put{
		Kind: kindAttachment, ID: id, Shard: Shard(dispatch.PartitionOf(id).Shard()), Expect: a.Version, Body: body, Time: now,
	})
	if err == nil {
		a.Version = doc.Version
	}
	return err
}

// Attachment reads one, or ErrNotFound.
func (db *DB) Attachment(id dispatch.AttachmentID) (Attachment, error) {
	doc, err := db.Document(kindAttachment, string(id))
	if errors.Is(err, ErrInvalid) {
		err = ErrNotFound // no id at all
	}
	if err != nil {
		return Attachment{}, err
	}
	a := Attachment{}
	if err := decode(doc.Body, &a); err != nil {
		return Attachment{}, fmt.Errorf("read %s: %w", id, err)
	}
	a.ID, a.Version = id, doc.Version
	return a, nil
}

// RemoveAttachment forgets a for good, unless a conversation has it: then it refuses with *Taken. The bytes are the caller's.
func (db *DB) RemoveAttachment(ctx context.Context, a *Attachment, now time.Time) error {
	return db.DeleteDocument(ctx, kindAttachment, string(a.ID), a.Version, now)
}

// AttachmentHolder is the conversation that has the attachment in a message; empty: none.
func (db *DB) AttachmentHolder(id dispatch.AttachmentID) (dispatch.ConversationID, error) {
	v, _, err := db.Claimed(attachmentKey(id))
	return dispatch.ConversationID(v), err
}

// WaitingAttachments calls fn with each one that something is still to be done about, and not before when, oldest first.
func (db *DB) WaitingAttachments(fn func(id dispatch.AttachmentID, notBefore time.Time) error) error {
	prefix := rowPrefix(rowFile, fileWaiting)
	return db.Scan(Prefix(prefix), func(key, value []byte) error {
		id, err := idOf(key, len(prefix))
		if err != nil || len(value) != 8 {
			return corrupt("row of a waiting attachment: %q", key)
		}
		return fn(dispatch.AttachmentID(id), time.UnixMilli(int64(binary.BigEndian.Uint64(value))).UTC())
	})
}

// UnlinkedAttachments calls fn with each one that no conversation is known to hold, oldest first.
func (db *DB) UnlinkedAttachments(fn func(dispatch.AttachmentID) error) error {
	return db.attachments(fileUnlinked, fn)
}

// EachAttachment calls fn with every one, oldest first.
func (db *DB) EachAttachment(fn func(dispatch.AttachmentID) error) error {
	return db.attachments(fileAll, fn)
}

func (db *DB) attachments(which string, fn func(dispatch.AttachmentID) error) error {
	prefix := rowPrefix(rowFile, which)
	return db.Scan(Prefix(prefix), func(key, _ []byte) error {
		id, err := idOf(key, len(prefix))
		if err != nil {
			return err
		}
		return fn(dispatch.AttachmentID(id))
	})
}

// FileReferred reports whether any attachment refers to the bytes of a hash.
func (db *DB) FileReferred(hash []byte) (bool, error) {
	referred := false
	prefix := rowPrefix(rowFile, fileHash, hex.EncodeToString(hash))
	err := db.Scan(Range{Prefix: prefix, Limit: 1}, func(_, _ []byte) error {
		referred = true
		return nil
	})
	return referred, err
}

// AttachmentUse counts the attachments and their bytes. It reads a row for each.
func (db *DB) AttachmentUse() (count, bytes int64, err error) {
	err = db.Scan(Prefix(rowPrefix(rowFile, fileAll)), func(_, value []byte) error {
		size, n := binary.Varint(value)
		if n <= 0 {
			return corrupt("size row of an attachment")
		}
		count, bytes = count+1, bytes+size
		return nil
	})
	return count, bytes, err
}
