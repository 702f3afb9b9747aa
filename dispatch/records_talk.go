package dispatch

import "time"

// TagsChanged adds and removes tags. None of Add was there, all of Remove were; both are sorted.
type TagsChanged struct {
	conversationFact
	Add    []string  `cbor:"1,keyasint,omitempty"`
	Remove []string  `cbor:"2,keyasint,omitempty"`
	By     AgentID   `cbor:"3,keyasint,omitempty"`
	At     time.Time `cbor:"4,keyasint"`
}

// PriorityChanged sets the priority; a waiting conversation gets a new ticket with it.
type PriorityChanged struct {
	conversationFact
	Priority int       `cbor:"1,keyasint"`
	By       AgentID   `cbor:"2,keyasint,omitempty"`
	At       time.Time `cbor:"3,keyasint"`
}

// ConversationRated keeps the contact's rating; a later one replaces it.
type ConversationRated struct {
	conversationFact
	Score   int       `cbor:"1,keyasint"`
	Comment string    `cbor:"2,keyasint,omitempty"`
	At      time.Time `cbor:"3,keyasint"`
}

// MessageEdited replaces the text of a message. Outbox says that the channel's driver takes the change to where the message
// went.
type MessageEdited struct {
	conversationFact
	Seq    uint64    `cbor:"1,keyasint"`
	Text   string    `cbor:"2,keyasint"`
	By     AgentID   `cbor:"3,keyasint"`
	At     time.Time `cbor:"4,keyasint"`
	Outbox bool      `cbor:"5,keyasint,omitempty"`
}

// MessageRedacted hides a message from every reader: its text, its files, and who wrote it.
type MessageRedacted struct {
	conversationFact
	Seq    uint64         `cbor:"1,keyasint"`
	Files  []AttachmentID `cbor:"2,keyasint,omitempty"` // hidden with it
	Reason string         `cbor:"3,keyasint"`
	By     AgentID        `cbor:"4,keyasint,omitempty"` // empty: a program
	At     time.Time      `cbor:"5,keyasint"`
	Outbox bool           `cbor:"6,keyasint,omitempty"`
}

// ChangeSent says that the channel's driver has taken a change of a message, or with an Error that it never will.
type ChangeSent struct {
	conversationFact
	Seq      uint64    `cbor:"1,keyasint"`
	Revision uint64    `cbor:"2,keyasint"`
	Error    string    `cbor:"3,keyasint,omitempty"`
	At       time.Time `cbor:"4,keyasint"`
}

// ConversationSnoozed frees the owner's slot until Until, or until the contact writes.
type ConversationSnoozed struct {
	conversationFact
	Until time.Time `cbor:"1,keyasint"`
	By    AgentID   `cbor:"2,keyasint"`
	At    time.Time `cbor:"3,keyasint"`
}

// SnoozeEnded gives the owner its slot back. By is empty when its time came or the contact wrote.
type SnoozeEnded struct {
	conversationFact
	By    AgentID   `cbor:"1,keyasint,omitempty"`
	At    time.Time `cbor:"2,keyasint"`
	Quiet Quiet     `cbor:"3,keyasint,omitzero"` // the silence that begins again
}
