package transcript

import (
	"iter"
	"time"

	"pronto/dispatch"
)

// Document is a conversation as a transcript shows it. Times that are zero are left out, like empty texts.
type Document struct {
	Protocol string
	State    dispatch.ConversationState
	Queue    string
	Subject  string
	Channel  string
	Contact  Contact
	Agents   []Owner // in the order in which they owned it
	Tags     []string

	Entered  time.Time
	Accepted time.Time
	Closed   time.Time
	AsOf     time.Time // of the last change that is in it; the file's date

	Script *Script

	// Entries are the messages and the notes in their order. It may be walked more than once and
	// gives the same each time; after an error nothing follows.
	Entries iter.Seq2[Entry, error]
}

// Contact is the customer with every name by which the customer is known.
type Contact struct {
	Name       string
	Identities []Identity
	Documents  []Identity
}

// Identity is a number, address or document of a kind.
type Identity struct {
	Kind  string // such as phone or cpf
	Value string
}

// Owner is one agent who had the conversation.
type Owner struct {
	Name  string
	Since time.Time
}

// Script is the filled script.
type Script struct {
	Name      string
	Reason    []string // the path in the tree of reasons
	Resolved  bool
	Automatic bool // by the server, not by a person
	Answers   []Answer
}

// Answer is one answered question.
type Answer struct{ Question, Value string }

// Entry is one message, or one internal note.
type Entry struct {
	Note        bool
	Author      dispatch.Author
	Text        string
	At          time.Time
	Delivery    dispatch.DeliveryState
	Failure     string // why it was not delivered, as a word
	Edited      time.Time
	Redacted    time.Time // the text is gone
	Quote       *Quote
	Attachments []Attachment
}

// Quote is the message that another one answers.
type Quote struct{ Author, Text string }

// Attachment is a file that was sent.
type Attachment struct {
	Name string
	Type string
	Size int64 // bytes; 0: unknown
}

// Options are the reader's choices.
type Options struct {
	Language Language
	Zone     *time.Location // nil: UTC
	Notes    bool           // with the internal notes; every page warns of them
}
