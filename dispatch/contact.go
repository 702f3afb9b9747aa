package dispatch

import (
	"slices"
	"strings"
	"time"
)

// ContactRecord is a fact about one contact. Contacts have no machine: a fact is what a person or a program said.
type ContactRecord interface {
	Record
	contactRecord()
}

type contactFact struct{}

func (contactFact) record()        {}
func (contactFact) contactRecord() {}

// ContactNoted keeps a note about the contact; it never reaches a channel.
type ContactNoted struct {
	contactFact
	Note Note `cbor:"1,keyasint"`
}

// ConsentChanged says that the contact gave or withdrew its consent to a purpose.
type ConsentChanged struct {
	contactFact
	Consent Consent `cbor:"1,keyasint"`
}

// ContactRevealed says that somebody was shown what is masked.
type ContactRevealed struct {
	contactFact
	By     Author    `cbor:"1,keyasint"`
	Reason string    `cbor:"2,keyasint"`
	What   []string  `cbor:"3,keyasint"` // JSON pointers
	At     time.Time `cbor:"4,keyasint"`
}

// Consent is what a contact said about one purpose.
type Consent struct {
	Purpose    string    `cbor:"1,keyasint"`
	Given      bool      `cbor:"2,keyasint,omitempty"` // else withdrawn
	Source     string    `cbor:"3,keyasint"`           // where it was said
	Note       string    `cbor:"4,keyasint,omitempty"`
	By         Author    `cbor:"5,keyasint"` // who recorded it
	At         time.Time `cbor:"6,keyasint"` // when the contact said it
	RecordedAt time.Time `cbor:"7,keyasint"`
}

// ContactSnapshot is the fold of a contact's records.
type ContactSnapshot struct {
	ID       ContactID `cbor:"1,keyasint"`
	Version  uint64    `cbor:"2,keyasint"`           // records applied so far
	Consents []Consent `cbor:"3,keyasint,omitempty"` // the latest of each purpose, by purpose
}

// Apply folds one record.
func (s *ContactSnapshot) Apply(r ContactRecord) {
	s.Version++
	if c, ok := r.(ConsentChanged); ok {
		s.Consents = WithConsent(s.Consents, c.Consent)
	}
}

// WithConsent returns a list of the latest consents, by purpose, with one more said: the later word counts, of two of the
// same time the one that was recorded later. The argument is not changed.
func WithConsent(list []Consent, c Consent) []Consent {
	at, found := slices.BinarySearchFunc(list, c.Purpose, func(have Consent, purpose string) int { return strings.Compare(have.Purpose, purpose) })
	if !found {
		return slices.Insert(slices.Clone(list), at, c)
	}
	if have := list[at]; c.At.Before(have.At) || c.At.Equal(have.At) && c.RecordedAt.Before(have.RecordedAt) {
		return list
	}
	list = slices.Clone(list)
	list[at] = c
	return list
}
