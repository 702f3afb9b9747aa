package storage

import (
	"bytes"
	"fmt"
	"reflect"
	"sync"

	"github.com/fxamacker/cbor/v2"

	"pronto/dispatch"
)

// The event types of dispatch's records. A number never changes its meaning; see testdata for the golden bytes. Those
// below 16 belong to the store.
const (
	typeConversationOpened uint16 = 16
	typeMessageAppended    uint16 = 17
	typeOfferMade          uint16 = 18
	typeOfferAccepted      uint16 = 19
	typeNoteAdded          uint16 = 27
	typeConversationEnded  uint16 = 33
	typeMessageEdited      uint16 = 52
	typeMessageRedacted    uint16 = 53
	typeCommandAnswered    uint16 = 63
)

// recordTypes gives the records by their number. One that is given out is never used again; nil is not given out.
var recordTypes = [...]dispatch.Record{
	16: dispatch.ConversationOpened{},
	17: dispatch.MessageAppended{},
	18: dispatch.OfferMade{},
	19: dispatch.OfferAccepted{},
	20: dispatch.OfferDeclined{},
	21: dispatch.OfferExpired{},
	22: dispatch.OfferWithdrawn{},
	23: dispatch.ConversationAssigned{},
	24: dispatch.ConversationRequeued{},
	25: dispatch.HoldChanged{},
	26: dispatch.MessagesRead{},
	27: dispatch.NoteAdded{},
	28: dispatch.DeliveryChanged{},
	29: dispatch.OwnerLost{},
	30: dispatch.OwnerReturned{},
	31: dispatch.WrapupStarted{},
	32: dispatch.WrapupInterrupted{},
	33: dispatch.ConversationEnded{},
	34: dispatch.ConversationReopened{},
	35: dispatch.AgentStatusChanged{},
	36: dispatch.AfterCurrentSet{},
	37: dispatch.MissesCounted{},
	38: dispatch.DeclinePaused{},
	43: dispatch.QueueJoined{},
	44: dispatch.ConversationOverflowed{},
	45: dispatch.PositionTold{},
	46: dispatch.NobodyFound{},
	59: dispatch.AgentConnected{},
	60: dispatch.AgentDisconnected{},
	61: dispatch.ConversationsReassigned{},
	62: dispatch.ConversationTakenOver{},
	70: dispatch.ContactNoted{},
	71: dispatch.ConsentChanged{},
	72: dispatch.ContactRevealed{},
	64: dispatch.MessagesSeen{},
	48: dispatch.SilenceNoted{},
	49: dispatch.TagsChanged{},
	50: dispatch.PriorityChanged{},
	51: dispatch.ConversationRated{},
	52: dispatch.MessageEdited{},
	53: dispatch.MessageRedacted{},
	54: dispatch.ChangeSent{},
	55: dispatch.ConversationSnoozed{},
	56: dispatch.SnoozeEnded{},
}

// replyTypes gives the replies by their number, as recordTypes does.
var replyTypes = [...]dispatch.Reply{
	1: dispatch.Done{},
	2: dispatch.ReplyConversation{},
	3: dispatch.ReplyMessage{},
	4: dispatch.ReplyNote{},
	5: dispatch.ReplyTransfer{},
	6: dispatch.ReplyInbound{},
	7: dispatch.ReplyStatus{},

	8:  dispatch.ReplyWaiting{},
	10: dispatch.ReplyPlace{},
	11: dispatch.ReplyQueue{},

	17: dispatch.ReplyReassigned{},
	23: dispatch.ReplyWhy{},
}

var (
	recordNumber = map[reflect.Type]uint16{}
	replyNumber  = map[reflect.Type]uint8{}
	encMode      = mustEncMode()
	decMode      = mustDecMode()
)

func init() {
	for i, r := range recordTypes {
		if r != nil {
			recordNumber[reflect.TypeOf(r)] = uint16(i)
		}
	}
	for i, r := range replyTypes {
		if r != nil {
			replyNumber[reflect.TypeOf(r)] = uint8(i)
		}
	}
}

// Times travel as RFC 3339 text with nanoseconds: exact, unlike CBOR's floating seconds.
func mustEncMode() cbor.UserBufferEncMode {
	opts := cbor.EncOptions{Sort: cbor.SortCoreDeterministic, Time: cbor.TimeRFC3339Nano}
	mode, err := opts.UserBufferEncMode()
	if err != nil {
		panic(err)
	}
	return mode
}

func mustDecMode() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxArrayElements: 1 << 20, MaxMapPairs: 1 << 16, MaxNestedLevels: 16}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}

// encode gives the value's format byte and CBOR.
func encode(v any) ([]byte, error) { return new(arena).encode(v) }

// encode is encode into the arena.
func (a *arena) encode(v any) ([]byte, error) {
	b := scratch.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	defer scratch.Put(b)
	b.Reset()
	if err := encMode.MarshalToBuffer(v, b); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	var t terse
	if out, ok := t.cbor(append(a.room(), codecVersion), b.Bytes()); ok && b.Len() <= maxExpanded {
		return a.take(out), nil
	}
	return a.take(append(append(a.room(), codecPlain), b.Bytes()...)), nil
}

// scratch buffers have grown to the size of what is encoded.
var scratch = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// The first byte of what is encoded: what follows is CBOR as it is, as releases before wrote it, or terse.
const (
	codecPlain   = 1
	codecVersion = 2
)

func decode(raw []byte, into any) error {
	if len(raw) == 0 {
		return corrupt("empty %T", into)
	}
	if raw[0] > codecVersion {
		return fmt.Errorf("%T of version %d: %w", into, raw[0], ErrNewerFormat)
	}
	if raw[0] < codecVersion {
		return unmarshal(raw[1:], into)
	}
	if readByHand(raw, into) {
		return nil
	}
	return decodeTerse(raw, into)
}

// decodeTerse reads what a terse value stands for.
func decodeTerse(raw []byte, into any) error {
	b := scratch.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	defer scratch.Put(b)
	b.Reset()
	b.Grow(3 * len(raw))
	var t terse
	plain, ok := t.expand(b.AvailableBuffer(), raw[1:])
	if !ok {
		return corrupt("%T: terse form", into)
	}
	b.Write(plain) // nothing is copied: it keeps what has grown
	return unmarshal(plain, into)
}

func unmarshal(plain []byte, into any) error {
	if err := decMode.Unmarshal(plain, into); err != nil {
		return corrupt("%T: %v", into, err)
	}
	return nil
}

// answered is the stored form of dispatch.CommandAnswered: the reply's type stands beside it.
type answered struct {
	Answered dispatch.CommandAnswered `cbor:"1,keyasint"`
	Kind     uint8                    `cbor:"2,keyasint,omitempty"`
	Reply    cbor.RawMessage          `cbor:"3,keyasint,omitempty"`
	// Back says instead of Reply that it is the message which the event so many places before this one appended, or the head
	// of the conversation as that event left it: most answers of these kinds are, and would be stored a second time.
	Back uint64 `cbor:"4,keyasint,omitempty"`
	// What only the configuration knew of that head.
	ScriptRequired bool `cbor:"5,keyasint,omitempty"`
	RatingAsked    bool `cbor:"6,keyasint,omitempty"`
}

// EncodeFact gives the event of a record.
func EncodeFact(r dispatch.Record) (Event, error) { return new(arena).encodeFact(r) }

func (a *arena) encodeFact(r dispatch.Record) (Event, error) {
	typ, m := uint16(0), a.newMap()
	switch r := r.(type) {
	case dispatch.CommandAnswered:
		return a.encodeAnswered(&answered{Answered: r})
	case dispatch.MessageAppended:
		typ = typeMessageAppended
		messageFields(&m, &r)
	case dispatch.ConversationOpened:
		typ = typeConversationOpened
		openedFields(&m, &r)
	case dispatch.OfferMade:
		typ = typeOfferMade
		offerFields(&m, &r)
	case dispatch.OfferAccepted:
		typ = typeOfferAccepted
		acceptedFields(&m, &r)
	case dispatch.ConversationEnded:
		typ = typeConversationEnded
		endedFields(&m, &r)
	default:
		m.rare = true
	}
	if data, ok := a.kept(&m); ok {
		return Event{Type: typ, Data: data}, nil
	}
	n, ok := recordNumber[reflect.TypeOf(r)]
	if !ok {
		return Event{}, fmt.Errorf("record %T has no number: %w", r, ErrInvalid)
	}
	data, err := a.encode(r)
	return Event{Type: n, Data: data}, err
}

// encodeAnswered encodes an answer, with its reply unless Back is set.
func (a *arena) encodeAnswered(stored *answered) (Event, error) {
	r := &stored.Answered
	if r.Reply != nil {
		stored.Kind = replyNumber[reflect.TypeOf(r.Reply)]
		if stored.Kind == 0 {
			return Event{}, fmt.Errorf("reply %T has no number: %w", r.Reply, ErrInvalid)
		}
	}
	if r.Reply != nil && stored.Back == 0 {
		raw, err := encMode.Marshal(r.Reply)
		if err != nil {
			return Event{}, fmt.Errorf("encode %T: %w", r.Reply, err)
		}
		stored.Reply = raw
	}
	m := a.newMap()
	answeredFields(&m, stored)
	if data, ok := a.kept(&m); ok {
		return Event{Type: typeCommandAnswered, Data: data}, nil
	}
	data, err := a.encode(stored)
	return Event{Type: typeCommandAnswered, Data: data}, err
}

// DecodeFact reads the record of an event. A number above those of this release is ErrNewerFormat. The reply of an answer
// that only says what it repeats stays nil: DB.Answer has it.
func DecodeFact(e Event) (dispatch.Record, error) {
	if e.Type == typeCommandAnswered {
		a, err := decodeAnswered(e.Data)
		return a.Answered, err
	}
	if int(e.Type) >= len(recordTypes) || recordTypes[e.Type] == nil {
		return nil, fmt.Errorf("record type %d: %w", e.Type, ErrNewerFormat)
	}
	v := reflect.New(reflect.TypeOf(recordTypes[e.Type]))
	if err := decode(e.Data, v.Interface()); err != nil {
		return nil, err
	}
	return v.Elem().Interface().(dispatch.Record), nil
}

// decodeAnswered reads an answer. The reply is nil where Back is set.
func decodeAnswered(raw []byte) (a answered, err error) {
	if err := decode(raw, &a); err != nil {
		return answered{}, err
	}
	if a.Kind == 0 || a.Back > 0 {
		return a, nil
	}
	if int(a.Kind) >= len(replyTypes) || replyTypes[a.Kind] == nil {
		return a, fmt.Errorf("reply type %d: %w", a.Kind, ErrNewerFormat)
	}
	v := reflect.New(reflect.TypeOf(replyTypes[a.Kind]))
	if err := decMode.Unmarshal(a.Reply, v.Interface()); err != nil {
		return a, corrupt("reply: %v", err)
	}
	a.Answered.Reply = v.Elem().Interface().(dispatch.Reply)
	return a, nil
}
