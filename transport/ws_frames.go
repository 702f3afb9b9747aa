package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

// clientFrame is any frame of the client: one pass over the JSON instead of two.
type clientFrame struct {
	Type        string          `json:"type"`
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Data        json.RawMessage `json:"data"`
	Session     string          `json:"session"`
	ResumeToken string          `json:"resume_token"`
	Epoch       string          `json:"epoch"`
	Seq         int64           `json:"seq"`
	N           int64           `json:"n"`
}

// parseFrame reads one frame. When bad is set, Type and ID are there if they could be read.
func parseFrame(data []byte) (f clientFrame, bad *protocol.Invalid) {
	if f, ok := fastFrame(data); ok {
		return f, f.check()
	}
	return parseSlowly(data)
}

func parseSlowly(data []byte) (f clientFrame, bad *protocol.Invalid) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(&f)
	if err == nil {
		_, err = dec.Token()
		if errors.Is(err, io.EOF) {
			return f, f.check()
		}
	}
	return salvage(data)
}

// salvage gets type and id of a frame that is not sound, so that a bad command can be answered.
func salvage(data []byte) (clientFrame, *protocol.Invalid) {
	var loose struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	var bad *protocol.Invalid
	if json.Unmarshal(data, &loose) != nil || loose.Type != protocol.FrameCommand || len(loose.ID) > protocol.MaxCommandIDLength {
		return clientFrame{}, &protocol.Invalid{}
	}
	if err := protocol.Decode(data, 0, &protocol.Command{}); !errors.As(err, &bad) {
		bad = &protocol.Invalid{}
	}
	return clientFrame{Type: loose.Type, ID: loose.ID}, bad
}

// check applies the rules of the frame's own type: the fields of other types must be absent.
func (f *clientFrame) check() *protocol.Invalid {
	resume := f.Session != "" || f.ResumeToken != "" || f.Epoch != ""
	command := f.ID != "" || f.Name != "" || f.Data != nil
	ok := false
	switch f.Type {
	case protocol.FrameStart:
		ok = !resume && !command && f.Seq == 0 && f.N == 0
	case protocol.FrameResume:
		ok = !command && f.N == 0 && f.Seq >= 0 && f.Session != "" && f.ResumeToken != "" && f.Epoch != "" &&
			len(f.Session) <= 64 && len(f.ResumeToken) <= 128 && len(f.Epoch) <= 64
	case protocol.FramePong:
		ok = !resume && !command && f.N >= 0 && f.Seq >= 0
	case protocol.FrameCommand:
		ok = !resume && f.Seq == 0 && f.N == 0 && f.ID != "" && len(f.ID) <= protocol.MaxCommandIDLength && f.Name != ""
		if !ok && len(f.ID) > protocol.MaxCommandIDLength {
			f.ID = ""
		}
	}
	if ok {
		return nil
	}
	return &protocol.Invalid{}
}

// command parses the data, asks the gate and hands the command to the peer, or answers it.
func (r *socketReader) command(f clientFrame) {
	c := r.conn
	e, err := r.dialect.envelope(f)
	switch {
	case err != nil:
		c.reply(f.ID, 0, nil, err)
		if closeCodeOf(err) == protocol.CloseRevoked { // the credential is over
			c.end(protocol.CloseRevoked, false)
		}
	case e.Message == nil:
		// answered without the peer
	case e.Cause.Command == "" && !c.server.o.Shed.Try(shed.Trifles):
		c.reply(f.ID, 0, protocol.Empty{}, nil) // left out: who types is shown when there is time for it
	case e.Cause.Command == "":
		r.peer.Command(e)
		c.reply(f.ID, 0, protocol.Empty{}, nil)
	default:
		c.outstanding.Add(1)
		r.peer.Command(e)
	}
}

// envelope makes the message of a command. It is empty when the command was answered here.
func (d agentDialect) envelope(f clientFrame) (dispatch.Envelope, error) {
	c := d.conn
	who, err := c.current()
	if err != nil {
		return dispatch.Envelope{}, err
	}
	info, known := protocol.CommandByName(f.Name)
	if !known {
		return dispatch.Envelope{}, refuseField("/name", protocol.FieldNotAllowed)
	}
	data := newData(info)
	body := []byte(f.Data)
	if body == nil {
		body = []byte("{}")
	}
	if err := protocol.Decode(body, 0, data); err != nil {
		return dispatch.Envelope{}, err
	}
	if search, ok := data.(*protocol.DirectorySearch); ok {
		return dispatch.Envelope{}, c.search(who, f.ID, search)
	}
	e, err := c.server.command(c.context(who), who, f.Name, data)
	if _, typing := e.Message.(dispatch.SetTyping); err != nil || typing {
		return e, err // typing is not durable: it is carried out once, at best
	}
	e.Cause = dispatch.Cause{Principal: who.ID, Command: dispatch.CommandID(f.ID), Hash: commandHash(f.Name, body)}
	return e, nil
}

// context tells the ports where a command came from. It does not end: what was begun is finished.
func (c *Conn) context(who Principal) context.Context {
	return context.WithValue(context.Background(), callKey{}, &call{principal: who, remote: c.remote})
}

// search answers directory.search, which changes nothing.
func (c *Conn) search(who Principal, id string, v *protocol.DirectorySearch) error {
	found, err := c.server.searchDirectory(context.Background(), who, v)
	if err != nil {
		return err
	}
	c.reply(id, 0, found, nil)
	return nil
}

// reply sends a reply frame; err wins over data.
func (c *Conn) reply(id string, seq uint64, data any, err error) bool {
	frame := encodeBuffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer encodeBuffers.Put(frame)
	if err == nil {
		*frame, err = appendJSON(appendReplyHead((*frame)[:0], id, seq, `true,"data":`), data)
	}
	if err == nil {
		return c.push(*frame, closingBrace)
	}
	refusal, told := asRefusal(err)
	if !told {
		c.server.o.Log.Error().Err(err).Str("principal", c.Principal().ID).Str("command", id).Msg("command failed")
	}
	if *frame, err = appendJSON(appendReplyHead((*frame)[:0], id, seq, `false,"error":`), refusal.wire()); err != nil {
		c.server.o.Log.Error().Err(err).Msg("encode error of a reply")
		return false
	}
	return c.push(*frame, closingBrace)
}

var (
	encodeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}
	closingBrace  = []byte{'}'}
)

// appendReplyHead appends a reply up to its data or error; rest says which.
func appendReplyHead(b []byte, id string, seq uint64, rest string) []byte {
	b = append(b, `{"type":"reply",`...)
	if seq > 0 {
		b = append(b, `"seq":`...)
		b = strconv.AppendUint(b, seq, 10)
		b = append(b, ',')
	}
	b = append(b, `"id":`...)
	b = protocol.AppendText(b, id)
	b = append(b, `,"ok":`...)
	return append(b, rest...)
}

// sendJSON sends a frame that is made for this connection only.
func (c *Conn) sendJSON(frame any) bool {
	body, err := json.Marshal(frame)
	if err != nil {
		c.server.o.Log.Error().Err(err).Msg("encode frame")
		c.end(protocol.CloseRestart, false)
		return false
	}
	return c.push(body, nil)
}

// isTimeout reports whether a deadline of the connection caused err.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
