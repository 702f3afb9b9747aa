package transport

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// sock is the network connection below a websocket. Both the websocket library (its control frames) and the outbox
// write to it, each whole frames at a time.
type sock struct {
	net.Conn
	early []byte // read from the network before the upgrade
	count frameCounter

	until atomic.Int64 // unix time in ns by which writes must be done

	mu    sync.Mutex // held while frames are written
	ended bool       // the close frame is out, or the connection gone
}

// Read gives what came before the upgrade first. One goroutine reads.
func (s *sock) Read(p []byte) (int, error) {
	if len(s.early) > 0 {
		n := copy(p, s.early)
		s.early = s.early[n:]
		return n, s.count.pass(p[:n])
	}
	s.early = nil
	n, err := s.Conn.Read(p)
	if over := s.count.pass(p[:n]); over != nil {
		return n, over
	}
	return n, err
}

// Write is the library's way out; after our close frame nothing may follow.
func (s *sock) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return 0, net.ErrClosed
	}
	return s.Conn.Write(p)
}

// send writes a batch of whole frames within timeout, or within three quarters of it: a deadline of a moment ago serves
// again, for moving it is a twentieth of what a small write costs. last says that it ends with the close frame.
func (s *sock) send(batch []byte, timeout time.Duration, last bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return net.ErrClosed
	}
	if left := time.Duration(s.until.Load() - time.Now().UnixNano()); left > timeout || left < timeout-timeout/4 {
		s.writeBy(timeout)
	}
	_, err := s.Conn.Write(batch)
	s.ended = last || err != nil
	if err != nil {
		return fmt.Errorf("write frames: %w", err)
	}
	return nil
}

// writeBy bounds the write that runs and those to come.
func (s *sock) writeBy(d time.Duration) {
	at := time.Now().Add(d)
	s.until.Store(at.UnixNano())
	_ = s.SetWriteDeadline(at) // fails only on a closed connection
}

// readBy bounds the read that runs and those to come.
func (s *sock) readBy(d time.Duration) { _ = s.SetReadDeadline(time.Now().Add(d)) } // as above

// end closes the connection; whoever reads or writes gets an error.
func (s *sock) end() { _ = s.Conn.Close() } // closing twice is no harm

// Buffers of the library after the upgrade. Frames of the outbox do not pass through the writer's; only control frames
// (at most 127 bytes) do. Larger frames from the client bypass the reader's.
const (
	sockReadBuffer  = 1024
	sockWriteBuffer = 256
)

// hijacker gives the websocket library our sock instead of the bare connection, with small buffers.
type hijacker struct {
	http.ResponseWriter
	sock *sock
}

// Hijack takes the connection over.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("take connection over: %w", err)
	}
	early, _ := buffered.Peek(buffered.Reader.Buffered()) // what is buffered is there
	h.sock = &sock{Conn: conn, early: append([]byte(nil), early...)}
	return h.sock, bufio.NewReadWriter(bufio.NewReaderSize(h.sock, sockReadBuffer), bufio.NewWriterSize(h.sock, sockWriteBuffer)), nil
}
