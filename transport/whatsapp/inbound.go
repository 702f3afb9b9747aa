package whatsapp

import (
	"time"

	"pronto/dispatch"
	"pronto/transport/delivery"
)

// Batch is what one webhook brought.
type Batch struct {
	Inbound  []Inbound
	Statuses []Status
	Errors   []ProviderError // about the account as a whole, not about one message
	Skipped  []Skipped
}

// Inbound is one message of a contact.
type Inbound struct {
	External      dispatch.ExternalID // the provider's id, or a hash of the message where it has none
	PhoneNumberID string              // which of the business's numbers it came to
	From          []delivery.Address  // kind "whatsapp": the phone number first when there is one, then user ids
	Name          string
	Type          string // the provider's, such as "text" or "image"
	Text          string // never empty: what is not text is described in brackets
	Media         []Media
	SentAt        time.Time           // zero when the provider gave none
	ReplyTo       dispatch.ExternalID // may be empty
}

// Media describes a file that can be fetched from the provider under its id.
type Media struct {
	ID       string
	Kind     string // image, audio, video, document, sticker
	MIME     string
	SHA256   string // as the provider gives it, base64
	Caption  string
	FileName string
}

// Status is what the provider says about a message that was sent. Statuses of one message come in any order and repeatedly.
type Status struct {
	External      dispatch.ExternalID
	PhoneNumberID string
	State         dispatch.DeliveryState // sent, delivered, read or failed
	At            time.Time
	Recipient     []delivery.Address
	Error         ProviderError // failed only
	Reason        string        // failed only; one of delivery's reasons
	// Message is our own id, given along when sending: it finds the message when the answer to sending was lost.
	Message dispatch.MessageID
	// Partial: it is about a part of the message that others follow.
	Partial bool
}

// ProviderError is an error as the provider words it.
type ProviderError struct {
	Code  int
	Title string
}

// Skipped is something in a webhook that became neither a message nor a status.
type Skipped struct {
	External dispatch.ExternalID // may be empty
	Reason   string              // fixed words, fit for logs
}

// Why things are skipped.
const (
	SkippedField   = "another kind of event"
	SkippedDamaged = "not an object"
	SkippedNobody  = "no sender"
	SkippedState   = "unknown state"
	SkippedNoID    = "status without message id"
)
