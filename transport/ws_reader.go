package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"pronto/dispatch"
	"pronto/protocol"
)

// errEnded is why a session ended when this side closed it.
var errEnded = errors.New("connection closed by the server")

// dialect is what the clients of one kind of socket say.
type dialect interface {
	// first takes the frame that begins a session. Not 0: the code to close with.
	first(data []byte) protocol.CloseCode
	// envelope makes the message of a command and asks the gate. It is empty when the command was answered already.
	envelope(f clientFrame) (dispatch.Envelope, error)
	// alive hears that the client answered a ping. Not 0: the code to close with.
	alive() protocol.CloseCode
}

// listener is the part of a session that hears of every frame but the first.
type listener interface {
	Command(e dispatch.Envelope)
	Pong(n, seq uint64)
}

// socketReader reads the frames of one connection and hands them to its peer, on one goroutine.
type socketReader struct {
	conn    *Conn
	peer    listener
	dialect dialect
	now     func() time.Time
	started bool
	// commands is the rate above which commands are refused, frames the one above which the connection is closed.
	commands, frames *rate.Limiter
	retry            time.Time // when the command that was refused last may come again
}

var frameBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// run reads until the connection ends and returns why.
func (r *socketReader) run() error {
	c := r.conn
	c.sock.readBy(c.limits.FirstFrame)
	for {
		kind, in, err := c.ws.Reader(context.Background())
		if err != nil {
			return r.readError(err)
		}
		buf := frameBuffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
		frame, err := readAll(in, (*buf)[:0])
		if err == nil {
			err = r.frame(kind, frame)
		} else {
			err = r.readError(err)
		}
		*buf = frame
		frameBuffers.Put(buf)
		if err != nil {
			return err
		}
	}
}

// readError ends the connection and says why it could not be read.
func (r *socketReader) readError(err error) error {
	switch {
	case r.conn.ended() || websocket.CloseStatus(err) != -1 || errors.Is(err, io.EOF):
	case errors.Is(err, errFragments):
		r.conn.end(protocol.CloseProtocol, false)
		r.conn.drain()
	case isTimeout(err) && !r.started:
		r.conn.end(protocol.CloseProtocol, false)
		r.conn.discard()
	case !isTimeout(err):
		r.conn.linger()
	}
	return fmt.Errorf("read frame: %w", err)
}

// frame handles one message. An error ends the connection.
func (r *socketReader) frame(kind websocket.MessageType, data []byte) error {
	if r.conn.ended() {
		return r.leave(0)
	}
	if !r.frames.AllowN(r.now(), 1) {
		return r.leave(protocol.CloseRate)
	}
	if kind != websocket.MessageText {
		return r.leave(protocol.CloseProtocol)
	}
	if !r.started {
		return r.first(data)
	}
	f, bad := parseFrame(data)
	switch {
	case bad != nil && f.Type == protocol.FrameCommand && f.ID != "":
		if r.admit(f.ID) {
			r.conn.reply(f.ID, 0, nil, bad)
		}
		return nil
	case bad != nil:
		return r.leave(protocol.CloseProtocol)
	}
	r.conn.sock.readBy(r.conn.limits.Silence)
	switch f.Type {
	case protocol.FrameCommand:
		if r.admit(f.ID) {
			r.command(f)
		}
	case protocol.FramePong:
		if code := r.dialect.alive(); code != 0 {
			return r.leave(code)
		}
		r.peer.Pong(uint64(f.N), uint64(f.Seq))
	default:
		return r.leave(protocol.CloseProtocol)
	}
	return nil
}

// first takes start or resume and nothing else.
func (r *socketReader) first(data []byte) error {
	if code := r.dialect.first(data); code != 0 {
		return r.leave(code)
	}
	r.started = true
	r.conn.sock.readBy(r.conn.limits.Silence)
	return nil
}

// agentDialect is what agents say.
type agentDialect struct {
	conn *Conn
	peer Peer
}

func (d agentDialect) first(data []byte) protocol.CloseCode {
	f, bad := parseFrame(data)
	switch {
	case bad != nil:
		return protocol.CloseProtocol
	case f.Type == protocol.FrameStart:
		d.peer.Start()
	case f.Type == protocol.FrameResume:
		d.peer.Resume(Resume{Session: dispatch.SessionID(f.Session), Token: f.ResumeToken, Epoch: f.Epoch, Seq: uint64(f.Seq)})
	default:
		return protocol.CloseProtocol
	}
	return 0
}

// alive counts an open desk as use of its credential, and ends it with that. What cannot be found out now is next time.
func (d agentDialect) alive() protocol.CloseCode {
	if _, err := d.conn.current(); err != nil && closeCodeOf(err) == protocol.CloseRevoked {
		return protocol.CloseRevoked
	}
	return 0
}

// leave ends the connection with a code (0: it is ending already) once the client has had time to answer.
func (r *socketReader) leave(code protocol.CloseCode) error {
	if code != 0 {
		r.conn.end(code, false)
	}
	r.conn.discard()
	return errEnded
}

// admit counts a command against the rate and the window, or refuses it.
func (r *socketReader) admit(id string) bool {
	wait := r.wait(r.now(), r.conn.outstanding.Load())
	if wait > 0 {
		r.conn.reply(id, 0, nil, &Refusal{Code: protocol.CodeRateLimited, RetryAfter: wait})
	}
	return wait == 0
}

// wait is when a command that came at now, while so many have no reply yet, may come again; 0: it is taken. Those that are
// refused get times of their own, as far apart as the rate: who had many refused and does as told is not far above it.
func (r *socketReader) wait(now time.Time, outstanding int32) time.Duration {
	res := r.commands.ReserveN(now, 1)
	wait := res.DelayFrom(now)
	switch {
	case wait > 0:
		res.CancelAt(now)
	case outstanding >= protocol.CommandWindow:
		wait = windowRetry
	default:
		return 0
	}
	apart := time.Duration(float64(time.Second) / float64(r.commands.Limit()))
	wait = min(maxRetry, max(time.Millisecond, wait, r.retry.Add(apart).Sub(now)))
	r.retry = now.Add(wait)
	return wait
}

const (
	windowRetry = 50 * time.Millisecond // about how long a command takes to become durable on a busy server
	maxRetry    = 10 * time.Second
)

// readAll reads r to its end into buf.
func readAll(r io.Reader, buf []byte) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// ended reports whether the close frame is queued.
func (c *Conn) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing
}

// lingerBytes bounds what is read from a client that broke the rules of websockets.
const lingerBytes = 1 << 20

// linger reads on for a moment after the library has sent a close frame of its own (too big, protocol error): closing
// with unread data would make the network drop that frame.
func (c *Conn) linger() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.drain()
}

// drain reads bytes of any kind until the client ends the connection, for at most a second and lingerBytes.
func (c *Conn) drain() {
	c.sock.readBy(min(time.Second, c.limits.CloseTimeout))
	_, _ = io.Copy(io.Discard, io.LimitReader(c.sock.Conn, lingerBytes)) // however it ends, it is over
}

// discard reads what the client still sends until it has answered the close frame, or no longer than the time-out.
func (c *Conn) discard() {
	c.sock.readBy(c.limits.CloseTimeout)
	for {
		_, in, err := c.ws.Reader(context.Background())
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, in); err != nil {
			return
		}
	}
}
