package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pronto/dispatch"
)

// The index rows of conversations. The first byte says which; parts of a key are separated by 0x00, integers are big
// endian. All are derivable from the records.
//
//	w queue conv        the ticket of who waits
//	a agent conv        'o' owned or 'f' offered
//	d time conv         the next deadline
//	b conv seq          outbound message that waits for the driver: its channel
//	s state conv        not closed, by state
//	c contact conv      history of a contact
//	l conv              every conversation, by time of birth
//	p year number       the conversation of a protocol number
//	z channel contact   the last conversation of a contact on a channel
//	m conv seq          ordinal of the record that appended a message; for every messageStep-th from the first
//	x channel external  conversation and seq of an outbound message by the provider's id
//	y message           conversation and seq of an outbound message that goes through a driver
//	k principal command ordinal, time and entity of the first answer to a command
//	r agent             agents whose status is ready
const (
	rowWaiting  = 'w'
	rowAgent    = 'a'
	rowDeadline = 'd'
	rowOutbox   = 'b'
	rowState    = 's'
	rowContact  = 'c'
	rowList     = 'l'
	rowProtocol = 'p'
	rowLast     = 'z'
	rowMessage  = 'm'
	rowOutbound = 'x'
	rowOwnID    = 'y'
	rowAnswer   = 'k'
	rowReady    = 'r'
)

// messageStep is how many messages share one index row: a reader passes over fewer than this many.
const messageStep = 16

const (
	slotOwned   = 'o'
	slotOffered = 'f'
)

// rowKey joins the parts with 0x00. Parts are ids and never hold that byte.
func rowKey(kind byte, parts ...string) []byte {
	n := 1
	for _, p := range parts {
		n += len(p) + 1
	}
	key := append(make([]byte, 0, n), kind)
	for i, p := range parts {
		if i > 0 {
			key = append(key, 0)
		}
		key = append(key, p...)
	}
	return key
}

// rowPrefix is rowKey with a final separator, so that no longer id matches.
func rowPrefix(kind byte, parts ...string) []byte { return append(rowKey(kind, parts...), 0) }

// protocolKey orders protocol numbers ("2026-000123") by year and number, however many digits they have.
func protocolKey(protocol string) []byte {
	year, digits, _ := strings.Cut(protocol, "-")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return rowKey(rowProtocol, protocol)
	}
	return rowKey(rowProtocol, year, be64(n))
}

func be64(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

// timePart orders by time, to the millisecond. It may hold 0x00: keys that have one are cut by length.
func timePart(t time.Time) string { return be64(uint64(t.UnixMilli())) }

// moving gives the rows that change with the state: the diff of two states is what a save writes.
func moving(s *dispatch.ConversationSnapshot) ([]Row, error) {
	id := string(s.ID)
	rows := make([]Row, 0, 6)
	if s.State != dispatch.ConversationClosed && s.State != dispatch.ConversationNone {
		rows = append(rows, Row{rowKey(rowState, string(s.State), id), nil})
	}
	if t := s.Ticket(); t != nil {
		v, err := encode(t)
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row{rowKey(rowWaiting, string(t.Queue), id), v})
	}
	if s.Owner != "" {
		rows = append(rows, Row{rowKey(rowAgent, string(s.Owner), id), []byte{slotOwned}})
	}
	if s.Offer != nil {
		rows = append(rows, Row{rowKey(rowAgent, string(s.Offer.Agent), id), []byte{slotOffered}})
	}
	if at := s.Deadline(); !at.IsZero() {
		rows = append(rows, Row{rowKey(rowDeadline, timePart(at)+id), nil})
	}
	for _, seq := range s.Outbox {
		rows = append(rows, Row{append(rowPrefix(rowOutbox, id), be64(seq)...), []byte(s.Channel)})
	}
	return rows, nil
}

// fixed gives the rows that a record adds for good.
func fixed(s *dispatch.ConversationSnapshot, r dispatch.Record, ordinal uint64) ([]Row, error) {
	id := string(s.ID)
	switch r := r.(type) {
	case dispatch.ConversationOpened:
		return []Row{
			{rowKey(rowList, id), nil},
			{rowKey(rowContact, string(r.Contact.ID), id), nil},
			{protocolKey(r.Protocol), []byte(id)},
			{rowKey(rowLast, string(r.Channel), string(r.Contact.ID)), []byte(id)},
		}, nil
	case dispatch.MessageAppended:
		var rows []Row
		if r.Message.Seq%messageStep == 1 {
			rows = append(rows, Row{append(rowPrefix(rowMessage, id), be64(r.Message.Seq)...), binary.AppendUvarint(nil, ordinal)})
		}
		if r.Outbox {
			rows = append(rows, Row{rowKey(rowOwnID, string(r.Message.ID)), append([]byte(be64(r.Message.Seq)), id...)})
		}
		return rows, nil
	case dispatch.DeliveryChanged:
		if r.External == "" {
			return nil, nil
		}
		v := append([]byte(be64(r.Seq)), id...)
		return []Row{{rowKey(rowOutbound, string(s.Channel), string(r.External)), v}}, nil
	case dispatch.CommandAnswered:
		return []Row{answerRow(r, id, ordinal)}, nil
	}
	return nil, nil
}

// answerRow points at the event that holds the answer. Its time is there for the sweep: a row for each answer in order
// of time would be one more write for each command, to spare one look at each of them a few times a day.
func answerRow(r dispatch.CommandAnswered, entity string, ordinal uint64) Row {
	value := append([]byte(be64(ordinal)+timePart(r.At)), entity...)
	return Row{rowKey(rowAnswer, r.Cause.Principal, string(r.Cause.Command)), value}
}

const answerHead = 16 // bytes of ordinal and time

// openKey is claimed by the one open conversation of a contact on a channel.
func openKey(channel dispatch.ChannelID, contact dispatch.ContactID) []byte {
	return []byte("open\x00" + string(channel) + "\x00" + string(contact))
}

// externalKey is claimed by the message that brought a provider's id.
func externalKey(channel dispatch.ChannelID, external dispatch.ExternalID) []byte {
	return []byte(externalPrefix + string(channel) + "\x00" + string(external))
}

const externalPrefix = "ext\x00"

// isOpen: a refusal may be recorded for a conversation that does not exist; it holds nothing.
func isOpen(s *dispatch.ConversationSnapshot) bool {
	return s.State != dispatch.ConversationClosed && s.State != dispatch.ConversationNone
}

// inboundValue is what the claim on an external id holds: enough to answer again.
type inboundValue struct {
	Conversation dispatch.ConversationID `cbor:"1,keyasint"`
	Message      dispatch.MessageID      `cbor:"2,keyasint"`
	Created      bool                    `cbor:"3,keyasint,omitempty"`
	Seq          uint64                  `cbor:"4,keyasint"`
}

// claimsOf gives what a save claims and releases: the open key while the conversation is open, and external ids.
func claimsOf(s *dispatch.ConversationSnapshot, records []dispatch.Record, wasOpen bool) (claim []Claim, release [][]byte, err error) {
	open := isOpen(s)
	if open != wasOpen {
		key := openKey(s.Channel, s.Contact.ID)
		if open {
			claim = append(claim, Claim{key, []byte(s.ID)})
		} else {
			release = append(release, key)
		}
	}
	created := false
	for _, r := range records {
		switch r := r.(type) {
		case dispatch.ConversationOpened:
			created = true
		case dispatch.MessageAppended:
			m := r.Message
			if m.External == "" || m.Author.Kind != dispatch.AuthorContact {
				continue
			}
			v, err := encode(inboundValue{Conversation: s.ID, Message: m.ID, Created: created, Seq: m.Seq})
			if err != nil {
				return nil, nil, err
			}
			claim = append(claim, Claim{externalKey(s.Channel, m.External), v})
		}
	}
	return claim, release, nil
}

// notFoundIsZero turns ErrNotFound into an absent value.
func notFoundIsZero(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func idOf(key []byte, prefix int) (string, error) {
	if len(key) <= prefix {
		return "", fmt.Errorf("index key %q: %w", key, ErrCorrupt)
	}
	return string(key[prefix:]), nil
}
