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
// endian. All but one kind are derivable from the records.
//
//	w queue conv        the ticket of who waits
//	a agent conv        'o' owned or 'f' offered
//	d time conv         when to wake it: its deadline, or earlier (deadlines.go)
//	b conv seq          outbound message that waits for the driver: its channel
//	s state conv        not closed, by state: where its row of kind d stands
//	g tag conv          every conversation with the tag
//	q queue conv        every conversation in the queue now, or closed there
//	i channel conv      every conversation of the channel
//	c contact conv      history of a contact
//	l conv              every conversation, by time of birth
//	p year number       the conversation of a protocol number
//	z channel contact   the last conversation of a contact on a channel
//	m conv seq          ordinal of the record that appended a message; for every messageStep-th from the first
//	x channel external  conversation and seq of an outbound message by the provider's id
//	y message           conversation and seq of an outbound message that goes through a driver
//	k principal command ordinal, time and entity of the first answer to a command
//	h queue time conv   what a closed conversation adds to the averages of its queue
//	e queue time conv   a stay in a queue that has ended: since when it lasted, and how it ended (waits.go)
//	r agent             agents to wake at the start: ready, or with a connection that has not ended
//	t agent time n      the status that began then, by the ordinal of its record
//	u agent time        the connection that began then
//	j word place        a message or note that has the word (search_rows.go)
//	n agent conv        what the agent has begun to write there (drafts.go); follows from no record
//	o agent conv        every conversation that the agent ever owned
//	f …                 attachments (attachments.go)
//	v …                 what webhooks have to tell (hooks.go)
const (
	rowWaiting  = 'w'
	rowAgent    = 'a'
	rowDeadline = 'd'
	rowOutbox   = 'b'
	rowState    = 's'
	rowTag      = 'g'
	rowQueue    = 'q'
	rowChannel  = 'i'
	rowContact  = 'c'
	rowList     = 'l'
	rowProtocol = 'p'
	rowLast     = 'z'
	rowMessage  = 'm'
	rowOutbound = 'x'
	rowOwnID    = 'y'
	rowAnswer   = 'k'
	rowReady    = 'r'
	rowServed   = 'h'
	rowWait     = 'e'
	rowStatus   = 't'
	rowPresence = 'u'
	rowWord     = 'j'
	rowOwned    = 'o'
	rowDraft    = 'n'
	rowHook     = 'v'
)

// messageStep is how many messages share one index row: a reader passes over fewer than this many.
const messageStep = 16

// Values of the rows of agents.
var slotOwned, slotOffered = []byte{'o'}, []byte{'f'}

// rowKey joins the parts with 0x00. Parts are ids and never hold that byte.
func rowKey(kind byte, parts ...string) []byte {
	n := 1
	for _, p := range parts {
		n += len(p) + 1
	}
	return appendRowKey(make([]byte, 0, n), kind, parts...)
}

func appendRowKey(key []byte, kind byte, parts ...string) []byte {
	key = append(key, kind)
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

// moving appends the rows that change with the state, in the arena's memory: the diff of two states is what a save
// writes.
func (a *arena) moving(rows []Row, s *dispatch.ConversationSnapshot, wake wakeUp) ([]Row, error) {
	id := string(s.ID)
	if isOpen(s) {
		rows = append(rows, a.stateRow(s, wake))
	}
	if t := s.Ticket(); t != nil {
		m := a.newMap()
		ticketFields(&m, t)
		v, ok := a.kept(&m)
		if !ok {
			var err error
			if v, err = a.encode(t); err != nil {
				return nil, err
			}
		}
		rows = append(rows, Row{a.rowKey(rowWaiting, string(t.Queue), id), v})
	}
	if s.Owner != "" {
		rows = append(rows, Row{a.rowKey(rowAgent, string(s.Owner), id), slotOwned})
	}
	if s.Offer != nil {
		rows = append(rows, Row{a.rowKey(rowAgent, string(s.Offer.Agent), id), slotOffered})
	}
	for i := range s.More {
		rows = append(rows, Row{a.rowKey(rowAgent, string(s.More[i].Agent), id), slotOffered})
	}
	rows = a.narrowing(a.deadlineRow(rows, id, wake), s)
	for _, tag := range s.Tags {
		rows = append(rows, Row{rowKey(rowTag, tag, id), nil})
	}
	for _, seq := range s.Outbox {
		rows = append(rows, Row{a.numbered(rowOutbox, id, seq), a.string(string(s.Channel))})
	}
	served, err := servedRow(s)
	return append(rows, served...), err
}

// narrowing appends the rows by which a search in one queue or channel is narrowed.
func (a *arena) narrowing(rows []Row, s *dispatch.ConversationSnapshot) []Row {
	if s.State == dispatch.ConversationNone {
		return rows
	}
	id := string(s.ID)
	return append(rows, Row{a.rowKey(rowQueue, string(s.Queue), id), nil}, Row{a.rowKey(rowChannel, string(s.Channel), id), nil})
}

// numbered is the key of one of a conversation's rows.
func (a *arena) numbered(kind byte, id string, n uint64) []byte {
	return a.take(binary.BigEndian.AppendUint64(append(appendRowKey(a.room(), kind, id), 0), n))
}

// fixed appends the rows that a record adds for good, in the arena's memory.
func (a *arena) fixed(rows []Row, s *dispatch.ConversationSnapshot, r dispatch.Record, ordinal uint64) []Row {
	id := string(s.ID)
	switch r := r.(type) {
	case dispatch.ConversationOpened:
		return append(rows,
			Row{a.rowKey(rowList, id), nil},
			Row{a.rowKey(rowContact, string(r.Contact.ID), id), nil},
			Row{protocolKey(r.Protocol), a.string(id)},
			Row{a.rowKey(rowLast, string(r.Channel), string(r.Contact.ID)), a.string(id)},
		)
	case dispatch.MessageAppended:
		if r.Message.Seq%messageStep == 1 {
			rows = append(rows, Row{a.numbered(rowMessage, id, r.Message.Seq), a.take(binary.AppendUvarint(a.room(), ordinal))})
		}
		if r.Outbox {
			rows = append(rows, Row{a.rowKey(rowOwnID, string(r.Message.ID)), a.placed(r.Message.Seq, id)})
		}
	case dispatch.OfferAccepted, dispatch.ConversationAssigned, dispatch.ConversationTakenOver:
		rows = append(rows, Row{a.rowKey(rowOwned, string(becameOwner(r)), id), nil})
	case dispatch.DeliveryChanged:
		if r.External != "" {
			rows = append(rows, Row{a.rowKey(rowOutbound, string(s.Channel), string(r.External)), a.placed(r.Seq, id)})
		}
	case dispatch.CommandAnswered:
		rows = append(rows, a.answerRow(r, id, ordinal))
	}
	return rows
}

// answerRow points at the event that holds the answer. Its time is there for the sweep: a row for each answer in order
// of time would be one more write for each command, to spare one look at each of them a few times a day.
func (a *arena) answerRow(r dispatch.CommandAnswered, entity string, ordinal uint64) Row {
	at := r.At.UnixMilli()
	value := binary.BigEndian.AppendUint64(a.room(), ordinal)
	value = binary.BigEndian.AppendUint64(value, uint64(at))
	t, head := terse{at: at}, len(value)
	if value = t.text(value, entity); !isTerseID(value[head]) {
		value = append(value[:head], entity...)
	}
	value = a.take(value)
	return Row{a.rowKey(rowAnswer, r.Cause.Principal, string(r.Cause.Command)), value}
}

const answerHead = 16 // bytes of ordinal and time

// answeredIn reads the entity in the value of an answer's row.
func answeredIn(value []byte) (entity string, ok bool) {
	rest := value[answerHead:]
	if !isTerseID(rest[0]) { // of earlier releases, and what is no id
		return string(rest), true
	}
	t := terse{at: int64(binary.BigEndian.Uint64(value[8:]))}
	plain, ok := t.expand(nil, rest)
	if !ok || len(plain) != 2+idLength {
		return "", false
	}
	return string(plain[2:]), true
}

func isTerseID(c byte) bool { return c >= terseID0 && c < terseAgain }

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
	Created      bool                    `cbor:"3,keyasint,omitempty"`
	Ordinal      uint64                  `cbor:"5,keyasint,omitempty"` // of the record that appended the message
	At           time.Time               `cbor:"6,keyasint,omitzero"`  // of the message, to the millisecond

	// In claims of earlier releases, which have no ordinal.
	Message dispatch.MessageID `cbor:"2,keyasint,omitempty"`
	Seq     uint64             `cbor:"4,keyasint,omitempty"`
}

// claimsOf adds to the change what a save claims and releases: the open key while the conversation is open, external
// ids, and the attachments of messages. None opens for a contact that was merged into another one.
func (a *arena) claimsOf(c *Change, s *dispatch.ConversationSnapshot, records []dispatch.Record, wasOpen bool) {
	if open := isOpen(s); open != wasOpen {
		key := openKey(s.Channel, s.Contact.ID)
		_, reopened := records[0].(dispatch.ConversationReopened)
		if open && !(reopened && planted("reopened_unclaimed")) {
			c.Claim = append(c.Claim, Claim{key, a.string(string(s.ID))})
			c.Vacant = append(c.Vacant, mergedKey(s.Contact.ID))
		} else if !open {
			c.Release = append(c.Release, key)
		}
	}
	created := false
	for i, r := range records {
		switch r := r.(type) {
		case dispatch.ConversationOpened:
			created = true
		case dispatch.MessageAppended:
			v := inboundValue{Conversation: s.ID, Created: created, Ordinal: c.Expect + uint64(i) + 1, At: r.Message.At.UTC().Truncate(time.Millisecond)}
			a.claimsOfMessage(c, s, &r.Message, &v)
		}
	}
}

// claimsOfMessage: the external id comes first, so that a message which was taken before is told by that.
func (a *arena) claimsOfMessage(c *Change, s *dispatch.ConversationSnapshot, m *dispatch.Chat, v *inboundValue) {
	if m.External != "" && m.Author.Kind == dispatch.AuthorContact {
		value := a.newMap()
		inboundFields(&value, v)
		c.Claim = append(c.Claim, Claim{externalKey(s.Channel, m.External), a.take(value.b)})
	}
	for _, id := range m.Attachments {
		if planted("attachment_not_claimed") {
			break
		}
		c.Claim = append(c.Claim, Claim{attachmentKey(id), a.string(string(s.ID))})
	}
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
