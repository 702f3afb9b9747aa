package client

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/coder/websocket"

	"pronto/protocol"
)

// MaxWaiting bounds the commands of one client that have no answer yet.
const MaxWaiting = 256

// command is one that has no answer yet.
type command struct {
	id        string
	name      string
	frame     []byte
	sent      bool // over the present connection
	abandoned bool // nobody waits for the answer; it only holds its place in the server's window
	done      func(protocol.Reply, error)
}

// outbox holds the commands of a client, in the order of the calls, until they are answered. It keeps to the server's window.
type outbox struct {
	prefix string // makes ids unique among clients

	sending sync.Mutex // held while writing, so that frames leave in order; taken before mu

	mu      sync.Mutex
	conn    *websocket.Conn // nil while there is no live one
	window  int
	flying  int
	next    uint64
	waiting []*command
	ended   error // set once: nothing is taken any more
}

// add queues a command. done is called once, by whoever learns the outcome.
func (o *outbox) add(name string, data any, done func(protocol.Reply, error)) (*command, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	if data == nil {
		raw = nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.ended != nil:
		return nil, o.ended
	case len(o.waiting) >= MaxWaiting:
		return nil, ErrTooMany
	}
	o.next++
	c := &command{id: o.prefix + strconv.FormatUint(o.next, 36), name: name, done: done}
	c.frame = appendCommand(make([]byte, 0, len(raw)+len(name)+len(c.id)+64), c.id, name, raw)
	o.waiting = append(o.waiting, c)
	return c, nil
}

// pump writes what the window allows. A write that fails is left to the reader, which sees the connection end.
func (o *outbox) pump() {
	o.sending.Lock()
	defer o.sending.Unlock()
	for {
		c, conn := o.take()
		if c == nil || conn.Write(context.Background(), websocket.MessageText, c.frame) != nil {
			return
		}
	}
}

// take returns the next command to send, and counts it as sent.
func (o *outbox) take() (*command, *websocket.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.conn == nil || o.flying >= o.window {
		return nil, nil
	}
	for _, c := range o.waiting {
		if !c.sent {
			c.sent = true
			o.flying++
			return c, o.conn
		}
	}
	return nil, nil
}

// up makes conn the way out and sends everything unanswered again: the server gives the first answer to an id that it has
// seen.
func (o *outbox) up(conn *websocket.Conn, window int) {
	o.mu.Lock()
	o.conn, o.window, o.flying = conn, max(window, 1), 0
	o.waiting = slices.DeleteFunc(o.waiting, func(c *command) bool { return c.abandoned })
	for _, c := range o.waiting {
		c.sent = false
	}
	o.mu.Unlock()
	o.pump()
}

// down says that there is no connection.
func (o *outbox) down() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conn = nil
}

// answered gives a reply to its command. Replies to unknown ids are ignored: they answer a repetition.
func (o *outbox) answered(r protocol.Reply) {
	o.mu.Lock()
	i := slices.IndexFunc(o.waiting, func(c *command) bool { return c.id == r.ID })
	if i < 0 {
		o.mu.Unlock()
		return
	}
	c := o.waiting[i]
	o.waiting = slices.Delete(o.waiting, i, i+1)
	if c.sent {
		o.flying--
	}
	abandoned := c.abandoned
	o.mu.Unlock()
	if !abandoned {
		c.done(r, replyError(r))
	}
	o.pump()
}

// abandon says that nobody waits for c any more.
func (o *outbox) abandon(c *command) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.abandoned = true
	if !c.sent {
		o.waiting = slices.DeleteFunc(o.waiting, func(w *command) bool { return w == c })
	}
}

// end refuses everything that waits and everything to come.
func (o *outbox) end(err error) {
	o.mu.Lock()
	waiting := o.waiting
	o.waiting, o.conn, o.ended = nil, nil, err
	o.mu.Unlock()
	for _, c := range waiting {
		if !c.abandoned {
			c.done(protocol.Reply{ID: c.id}, err)
		}
	}
}

func replyError(r protocol.Reply) error {
	switch {
	case r.OK:
		return nil
	case r.Error == nil:
		return fmt.Errorf("%w: refusal without an error", ErrProtocol)
	default:
		return &CommandError{Code: r.Error.Code, Message: r.Error.Message, Data: r.Error.Data}
	}
}

// Do sends a command and waits for its answer, which it reads into out unless that is nil. When ctx ends first the command may
// have been carried out or not. It must not be called from a handler.
func (c *Client) Do(ctx context.Context, name string, data, out any) error {
	type outcome struct {
		reply protocol.Reply
		err   error
	}
	answer := make(chan outcome, 1)
	cmd, err := c.out.add(name, data, func(r protocol.Reply, err error) { answer <- outcome{r, err} })
	if err != nil {
		return fmt.Errorf("send %s: %w", name, err)
	}
	c.out.pump()
	select {
	case <-ctx.Done():
		c.out.abandon(cmd)
		return fmt.Errorf("await answer of %s: %w", name, context.Cause(ctx))
	case o := <-answer:
		if o.err != nil {
			return fmt.Errorf("%s: %w", name, o.err)
		}
		if out == nil || len(o.reply.Data) == 0 {
			return nil
		}
		if err := json.Unmarshal(o.reply.Data, out); err != nil {
			return fmt.Errorf("decode answer of %s: %w", name, err)
		}
		return nil
	}
}

// Go sends a command and returns. done is called once with the answer: on the client's goroutine, where Go may be called but
// not Do, or, when the client ends, on the goroutine that ends it. An error from Go means that done is not called.
func (c *Client) Go(name string, data any, done func(protocol.Reply, error)) error {
	if done == nil {
		done = func(protocol.Reply, error) {}
	}
	if _, err := c.out.add(name, data, done); err != nil {
		return fmt.Errorf("send %s: %w", name, err)
	}
	c.out.pump()
	return nil
}
