package storage

import (
	"bytes"
	"fmt"
	"reflect"
	"sync"

	"github.com/fxamacker/cbor/v2"

	"pronto/dispatch"
)

// The event types of dispatch's records. A number never changes its meaning; see testdata for the golden bytes.
const (
	typeCommandAnswered uint16 = 63
	firstRecordType     uint16 = 16
)

// recordTypes lists the records by their number, from firstRecordType on. Append only.
var recordTypes = []dispatch.Record{
	dispatch.ConversationOpened{}, // 16
	dispatch.MessageAppended{},
	dispatch.OfferMade{},
	dispatch.OfferAccepted{},
	dispatch.OfferDeclined{}, // 20
	dispatch.OfferExpired{},
	dispatch.OfferWithdrawn{},
	dispatch.ConversationAssigned{},
	dispatch.ConversationRequeued{},
	dispatch.HoldChanged{}, // 25
	dispatch.MessagesRead{},
	dispatch.NoteAdded{},
	dispatch.DeliveryChanged{},
	dispatch.OwnerLost{},
	dispatch.OwnerReturned{}, // 30
	dispatch.WrapupStarted{},
	dispatch.WrapupInterrupted{},
	dispatch.ConversationEnded{},
	dispatch.ConversationReopened{},
	dispatch.AgentStatusChanged{}, // 35
	dispatch.AfterCurrentSet{},
	dispatch.MissesCounted{},
}

// replyTypes lists the replies by their number, from 1 on. Append only.
var replyTypes = []dispatch.Reply{
	dispatch.Done{},
	dispatch.ReplyConversation{},
	dispatch.ReplyMessage{},
	dispatch.ReplyNote{},
	dispatch.ReplyTransfer{},
	dispatch.ReplyInbound{},
	dispatch.ReplyStatus{},
}

var (
	recordNumber = map[reflect.Type]uint16{}
	replyNumber  = map[reflect.Type]uint8{}
	encMode      = mustEncMode()
	decMode      = mustDecMode()
)

func init() {
	for i, r := range recordTypes {
		recordNumber[reflect.TypeOf(r)] = firstRecordType + uint16(i)
	}
	for i, r := range replyTypes {
		replyNumber[reflect.TypeOf(r)] = uint8(i + 1)
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
func encode(v any) ([]byte, error) {
	b := scratch.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	defer scratch.Put(b)
	b.Reset()
	b.WriteByte(codecVersion)
	if err := encMode.MarshalToBuffer(v, b); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return bytes.Clone(b.Bytes()), nil
}

// scratch buffers have grown to the size of what is encoded, so that encoding costs one exact allocation.
var scratch = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const codecVersion = 1

func decode(raw []byte, into any) error {
	if len(raw) == 0 {
		return corrupt("empty %T", into)
	}
	if raw[0] > codecVersion {
		return fmt.Errorf("%T of version %d: %w", into, raw[0], ErrNewerFormat)
	}
	if err := decMode.Unmarshal(raw[1:], into); err != nil {
		return corrupt("%T: %v", into, err)
	}
	return nil
}

// answered is the stored form of dispatch.CommandAnswered: the reply's type stands beside it.
type answered struct {
	Answered dispatch.CommandAnswered `cbor:"1,keyasint"`
	Kind     uint8                    `cbor:"2,keyasint,omitempty"`
	Reply    cbor.RawMessage          `cbor:"3,keyasint,omitempty"`
}

// EncodeFact gives the event of a record.
func EncodeFact(r dispatch.Record) (Event, error) {
	if a, ok := r.(dispatch.CommandAnswered); ok {
		data, err := encodeAnswered(a)
		return Event{Type: typeCommandAnswered, Data: data}, err
	}
	n, ok := recordNumber[reflect.TypeOf(r)]
	if !ok {
		return Event{}, fmt.Errorf("record %T has no number: %w", r, ErrInvalid)
	}
	data, err := encode(r)
	return Event{Type: n, Data: data}, err
}

func encodeAnswered(a dispatch.CommandAnswered) ([]byte, error) {
	stored := answered{Answered: a}
	if a.Reply != nil {
		raw, err := encMode.Marshal(a.Reply)
		if err != nil {
			return nil, fmt.Errorf("encode %T: %w", a.Reply, err)
		}
		stored.Kind, stored.Reply = replyNumber[reflect.TypeOf(a.Reply)], raw
		if stored.Kind == 0 {
			return nil, fmt.Errorf("reply %T has no number: %w", a.Reply, ErrInvalid)
		}
	}
	return encode(stored)
}

// DecodeFact reads the record of an event. A number above those of this release is ErrNewerFormat.
func DecodeFact(e Event) (dispatch.Record, error) {
	if e.Type == typeCommandAnswered {
		return decodeAnswered(e.Data)
	}
	i := int(e.Type) - int(firstRecordType)
	if i < 0 || i >= len(recordTypes) {
		return nil, fmt.Errorf("record type %d: %w", e.Type, ErrNewerFormat)
	}
	v := reflect.New(reflect.TypeOf(recordTypes[i]))
	if err := decode(e.Data, v.Interface()); err != nil {
		return nil, err
	}
	return v.Elem().Interface().(dispatch.Record), nil
}

func decodeAnswered(raw []byte) (dispatch.CommandAnswered, error) {
	var stored answered
	if err := decode(raw, &stored); err != nil {
		return dispatch.CommandAnswered{}, err
	}
	a := stored.Answered
	if stored.Kind == 0 {
		return a, nil
	}
	if int(stored.Kind) > len(replyTypes) {
		return a, fmt.Errorf("reply type %d: %w", stored.Kind, ErrNewerFormat)
	}
	v := reflect.New(reflect.TypeOf(replyTypes[stored.Kind-1]))
	if err := decMode.Unmarshal(stored.Reply, v.Interface()); err != nil {
		return a, corrupt("reply: %v", err)
	}
	a.Reply = v.Elem().Interface().(dispatch.Reply)
	return a, nil
}
