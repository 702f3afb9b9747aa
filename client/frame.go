package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"pronto/protocol"
)

// Event is one event of the stream. It is the client's again when the handler returns: keep a copy of Data, or decode.
type Event struct {
	Seq  int64
	Name string
	Data []byte
	at   []byte
}

// At is when it happened, by the server's clock; zero when the server wrote something else than a time.
func (e Event) At() time.Time {
	at, err := time.Parse(time.RFC3339Nano, string(e.at))
	if err != nil {
		return time.Time{}
	}
	return at
}

// Decode reads the data into v, one of protocol's structs.
func (e Event) Decode(v any) error {
	if err := json.Unmarshal(e.Data, v); err != nil {
		return fmt.Errorf("decode %s: %w", e.Name, err)
	}
	return nil
}

// Snapshot replaces everything that was known. Data belongs to the client again when the handler returns.
type Snapshot struct {
	Seq    int64
	Reason string
	Data   []byte
}

// Decode reads the data into v, usually a protocol.SnapshotData.
func (s Snapshot) Decode(v any) error {
	if err := json.Unmarshal(s.Data, v); err != nil {
		return fmt.Errorf("decode snapshot: %w", err)
	}
	return nil
}

// names lets an event's name be looked up without a copy of it.
var names = func() map[string]string {
	all := map[string]string{}
	for _, row := range protocol.Events {
		all[row.Name] = row.Name
	}
	return all
}()

var (
	typePrefix  = []byte(`{"type":"`)
	eventPrefix = []byte(`{"type":"event","seq":`)
	pingPrefix  = []byte(`{"type":"ping","n":`)
	namePrefix  = []byte(`,"name":"`)
	atPrefix    = []byte(`,"at":"`)
	dataPrefix  = []byte(`,"data":`)
)

// typeOf returns a frame's type as the server writes it, first in the object.
func typeOf(frame []byte) string {
	rest, ok := bytes.CutPrefix(frame, typePrefix)
	if !ok {
		return slowType(frame)
	}
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return ""
	}
	switch name := rest[:end]; string(name) { // no copy: the compiler compares in place
	case protocol.FrameEvent:
		return protocol.FrameEvent
	case protocol.FramePing:
		return protocol.FramePing
	case protocol.FrameReply:
		return protocol.FrameReply
	default:
		return string(name)
	}
}

func slowType(frame []byte) string {
	var head struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(frame, &head) != nil {
		return ""
	}
	return head.Type
}

// parseEvent reads an event without decoding its data. The server's own spelling is read in place; any other goes through
// the JSON decoder.
func parseEvent(frame []byte) (Event, error) {
	if e, ok := scanEvent(frame); ok {
		return e, nil
	}
	var slow struct {
		Seq  int64           `json:"seq"`
		Name string          `json:"name"`
		At   string          `json:"at"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(frame, &slow); err != nil {
		return Event{}, fmt.Errorf("%w: event: %w", ErrProtocol, err)
	}
	return Event{Seq: slow.Seq, Name: slow.Name, at: []byte(slow.At), Data: slow.Data}, nil
}

func scanEvent(frame []byte) (Event, bool) {
	rest, ok := bytes.CutPrefix(frame, eventPrefix)
	if !ok {
		return Event{}, false
	}
	seq, rest, ok := scanInt(rest)
	if !ok {
		return Event{}, false
	}
	name, rest, ok := scanText(rest, namePrefix)
	if !ok {
		return Event{}, false
	}
	at, rest, ok := scanText(rest, atPrefix)
	if !ok {
		return Event{}, false
	}
	data, ok := bytes.CutPrefix(rest, dataPrefix)
	if !ok || len(data) < 2 || data[len(data)-1] != '}' {
		return Event{}, false
	}
	known, ok := names[string(name)]
	if !ok {
		known = string(name)
	}
	return Event{Seq: seq, Name: known, at: at, Data: data[:len(data)-1]}, true
}

// scanText reads a string without escapes that follows prefix.
func scanText(b, prefix []byte) (value, rest []byte, ok bool) {
	b, ok = bytes.CutPrefix(b, prefix)
	end := bytes.IndexByte(b, '"')
	if !ok || end < 0 || bytes.IndexByte(b[:end], '\\') >= 0 {
		return nil, nil, false
	}
	return b[:end], b[end+1:], true
}

// scanInt reads digits, up to what fits.
func scanInt(b []byte) (n int64, rest []byte, ok bool) {
	const maxDigits = 18
	i := 0
	for i < len(b) && i < maxDigits && b[i] >= '0' && b[i] <= '9' {
		n = n*10 + int64(b[i]-'0')
		i++
	}
	return n, b[i:], i > 0
}

func parsePing(frame []byte) (int64, error) {
	if rest, ok := bytes.CutPrefix(frame, pingPrefix); ok {
		if n, rest, ok := scanInt(rest); ok && string(rest) == "}" {
			return n, nil
		}
	}
	var p protocol.Ping
	err := decode(frame, &p)
	return p.N, err
}

// parseReply reads a reply and copies its data, which may be kept.
func parseReply(frame []byte) (protocol.Reply, error) {
	var r protocol.Reply
	err := protocol.Members(frame, func(name, value []byte) (err error) {
		switch string(name) {
		case "type":
			r.Type, err = protocol.Text(value)
		case "id":
			r.ID, err = protocol.Text(value)
		case "ok":
			if r.OK = string(value) == "true"; !r.OK && string(value) != "false" {
				err = protocol.ErrSyntax
			}
		case "seq":
			r.Seq, err = protocol.Whole(value)
		case "data":
			r.Data = bytes.Clone(value)
		case "error":
			err = json.Unmarshal(value, &r.Error)
		}
		return err
	})
	if err != nil {
		return protocol.Reply{}, fmt.Errorf("%w: reply: %w", ErrProtocol, err)
	}
	return r, nil
}

func decode(frame []byte, v any) error {
	if err := json.Unmarshal(frame, v); err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return nil
}

// appendPong writes a pong.
func appendPong(b []byte, n, seq int64) []byte {
	b = append(b, `{"type":"pong","n":`...)
	b = strconv.AppendInt(b, n, 10)
	b = append(b, `,"seq":`...)
	b = strconv.AppendInt(b, seq, 10)
	return append(b, '}')
}

// appendCommand writes a command; id needs no escaping.
func appendCommand(b []byte, id, name string, data []byte) []byte {
	quoted, _ := json.Marshal(name) // a string always can be
	b = append(b, `{"type":"command","id":"`...)
	b = append(append(b, id...), `","name":`...)
	b = append(b, quoted...)
	if len(data) > 0 {
		b = append(append(b, `,"data":`...), data...)
	}
	return append(b, '}')
}
