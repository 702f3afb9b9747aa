package transport

import (
	"context"
	"encoding/binary"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"pronto/dispatch"
	"pronto/internal/failpoint"
	"pronto/protocol"
)

// SocketLimits bounds one connection. Zero fields get the defaults.
type SocketLimits struct {
	OutboxFrames int           // frames that wait to be written; 4096: more than a replay ring and a burst of a busy queue
	OutboxBytes  int           // so many bytes that wait are the last; 1 MiB
	WriteTimeout time.Duration // of one write to the network; 10 s
	CloseTimeout time.Duration // to get a close frame out and its answer in; 5 s
	FirstFrame   time.Duration // from hello to start or resume; 5 s
	Silence      time.Duration // without any frame from the client; three heartbeats
	MaxOpen      int           // websockets at once; 16 000: below what a process may open here, with room for the rest
}

func (l SocketLimits) withDefaults() SocketLimits {
	l.OutboxFrames = orElse(l.OutboxFrames, 4096)
	l.OutboxBytes = orElse(l.OutboxBytes, 1<<20)
	l.WriteTimeout = orElse(l.WriteTimeout, 10*time.Second)
	l.CloseTimeout = orElse(l.CloseTimeout, 5*time.Second)
	l.FirstFrame = orElse(l.FirstFrame, protocol.FirstFrameMS*time.Millisecond)
	l.MaxOpen = orElse(l.MaxOpen, 16_000)
	l.Silence = orElse(l.Silence, 3*protocol.HeartbeatMS*time.Millisecond)
	return l
}

func orElse[T int | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// Conn is one upgraded connection as the session sees it. Every method may be called from any goroutine and none of
// them blocks: frames wait in a bounded outbox that a goroutine empties while there is something in it. Frames leave in
// the order of the calls. When the outbox is full the connection is closed with 4008 and every later call does nothing.
type Conn struct {
	server  *Server
	who     atomic.Pointer[Principal] // as it was looked at last; nil for a customer
	visitor bool                      // of a customer: replies show what a contact may see
	remote  netip.Addr
	ws      *websocket.Conn
	sock    *sock
	limits  SocketLimits

	outstanding atomic.Int32 // commands without their reply

	mu      sync.Mutex
	pending []byte // encoded websocket frames that wait
	frames  int
	writing bool // the writer goroutine runs
	closing bool // a close frame is queued: nothing may follow
}

// Principal is who opened the connection, with the rights that were looked at last; a customer's is empty.
func (c *Conn) Principal() Principal {
	if p := c.who.Load(); p != nil {
		return *p
	}
	return Principal{}
}

// current is Principal with the rights of now.
func (c *Conn) current() (Principal, error) {
	had := c.who.Load()
	has, err := c.server.o.Accounts.Current(context.Background(), had)
	if err != nil {
		return Principal{}, err
	}
	if has != had {
		c.who.CompareAndSwap(had, has)
	}
	return *has, nil
}

// Event sends an event; tail is what [Server.EncodeEvent] returned. It reports false when the connection is closing.
func (c *Conn) Event(seq uint64, tail []byte) bool {
	var head [48]byte
	b := append(head[:0], `{"type":"event","seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, ',')
	return c.push(b, tail)
}

// Reply answers a command and gives its place in the window free. seq is the last event that the command caused, 0 if
// none. An error that is no *dispatch.Error is logged and told as internal.
func (c *Conn) Reply(id dispatch.CommandID, seq uint64, r dispatch.Reply, err error) bool {
	c.release()
	var data any
	if err == nil {
		data, err = wire{c.server.o.Catalog}.reply(r)
	}
	if sent, ok := r.(dispatch.ReplyMessage); ok && c.visitor {
		data = protocol.MessageReply{Message: wire{c.server.o.Catalog}.contactMessage(sent.Conversation, &sent.Message)}
	}
	return c.reply(string(id), seq, data, err)
}

// release gives a place in the window free. After a resume replies to commands of the former connection come here, too:
// they must not widen the window.
func (c *Conn) release() {
	for {
		n := c.outstanding.Load()
		if n <= 0 || c.outstanding.CompareAndSwap(n, n-1) {
			return
		}
	}
}

// Snapshot sends the whole state of the session.
func (c *Conn) Snapshot(seq uint64, reason string, v SnapshotView) bool {
	who, err := c.current()
	if err != nil { // it is about to be closed
		who = c.Principal()
	}
	return c.sendJSON(c.server.snapshot(who, seq, reason, v))
}

// Resumed says that the events from … to follow.
func (c *Conn) Resumed(from, to uint64) bool {
	return c.sendJSON(protocol.Resumed{Type: protocol.FrameResumed, From: int64(from), To: int64(to)})
}

// Ping asks the client for a pong.
func (c *Conn) Ping(n uint64) bool {
	var buf [48]byte
	b := append(buf[:0], `{"type":"ping","n":`...)
	b = strconv.AppendUint(b, n, 10)
	return c.push(append(b, '}'), nil)
}

// Drain asks the client to reconnect within the given time.
func (c *Conn) Drain(within time.Duration) bool {
	return c.sendJSON(protocol.Drain{Type: protocol.FrameDrain, ReconnectWithinMS: within.Milliseconds()})
}

// Close ends the connection with one of the protocol's close codes after everything that waits is written.
func (c *Conn) Close(code int) { c.end(protocol.CloseCode(code), false) }

// push queues one text frame made of two parts.
func (c *Conn) push(a, b []byte) bool {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return false
	}
	// The frame itself does not count: one that is larger than the limit, as of a live view of thousands of agents, would end
	// every connection that it is sent to, however fast it reads.
	if c.frames+1 > c.limits.OutboxFrames || len(c.pending) >= c.limits.OutboxBytes {
		c.mu.Unlock()
		c.end(protocol.CloseTooSlow, true)
		return false
	}
	if c.pending == nil {
		c.pending = outboxes.Get().([]byte)[:0] //nolint:forcetypeassert // the pool holds nothing else
	}
	c.frames++
	c.pending = appendHeader(c.pending, opText, len(a)+len(b))
	c.pending = append(append(c.pending, a...), b...)
	c.wakeWriter()
	c.mu.Unlock()
	return true
}

// end queues the close frame, once. drop gives up what waits: the reader is too slow to get it anyway.
func (c *Conn) end(code protocol.CloseCode, drop bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return
	}
	c.closing = true
	if drop {
		c.pending = c.pending[:0]
		c.sock.writeBy(c.limits.CloseTimeout)
	}
	reason := code.Reason()
	c.pending = appendHeader(c.pending, opClose, 2+len(reason))
	c.pending = binary.BigEndian.AppendUint16(c.pending, uint16(code))
	c.pending = append(c.pending, reason...)
	c.wakeWriter()
}

// wakeWriter starts the writer unless it runs. c.mu is held.
func (c *Conn) wakeWriter() {
	if !c.writing {
		c.writing = true
		go c.write()
	}
}

// write empties the outbox: whatever waits leaves in one write to the network.
func (c *Conn) write() {
	var batch []byte
	for {
		c.mu.Lock()
		if len(c.pending) == 0 {
			c.writing = false
			c.recycle(batch)
			c.mu.Unlock()
			return
		}
		batch, c.pending = c.pending, batch[:0]
		c.frames = 0
		last := c.closing
		timeout := c.limits.WriteTimeout
		if last {
			timeout = c.limits.CloseTimeout
		}
		c.mu.Unlock()
		failpoint.Here("before frames")
		if err := c.sock.send(batch, timeout, last); err != nil {
			c.drop()
			return
		}
		failpoint.Here("frames sent")
		if last {
			c.sock.readBy(c.limits.CloseTimeout) // the reader waits for the client's close frame, then ends
			return
		}
	}
}

// recycle gives the buffers back while nothing waits: an idle connection holds none. c.mu is held.
func (c *Conn) recycle(batch []byte) {
	for _, b := range [][]byte{batch, c.pending} {
		if cap(b) > 0 && cap(b) <= maxPooledOutbox {
			outboxes.Put(b) //nolint:staticcheck // a slice header per idle phase, not per frame
		}
	}
	c.pending = nil
}

// drop ends the connection without a close frame; the reader notices.
func (c *Conn) drop() {
	c.mu.Lock()
	c.closing, c.pending, c.writing = true, nil, false
	c.mu.Unlock()
	c.sock.end()
}

const maxPooledOutbox = 64 << 10

var outboxes = sync.Pool{New: func() any { return make([]byte, 0, 1024) }}

// Opcodes of the frames that the outbox holds.
const (
	opText  = 0x1
	opClose = 0x8
)

// appendHeader appends the header of an unmasked, final frame (RFC 6455, 5.2).
func appendHeader(b []byte, opcode byte, size int) []byte {
	b = append(b, 0x80|opcode)
	switch {
	case size < 126:
		return append(b, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(size))
	default:
		return binary.BigEndian.AppendUint64(append(b, 127), uint64(size))
	}
}
