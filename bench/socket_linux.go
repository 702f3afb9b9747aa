package bench

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// dialTCP connects to a server; network and address are those of net.Dial.
func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: answerTime}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err // names the address
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn, nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	s := &socket{TCPConn: tcp}
	s.in = way{call: syscall.SYS_READ, name: "read", ready: raw.Read}
	s.out = way{call: syscall.SYS_WRITE, name: "write", ready: raw.Write}
	s.in.once, s.out.once = s.in.try, s.out.try
	return s, nil
}

// socket is a connection whose reads and writes are not announced to Go's scheduler as system calls that may block, for on
// sockets of Go none does. Each announcement in a process that was idle before wakes the runtime's monitor, which then
// looks around every 20 µs: that and the calls' book-keeping took an eighth of the generator's CPU time.
type socket struct {
	*net.TCPConn
	in, out way
}

func (s *socket) Read(b []byte) (int, error) {
	n, err := s.in.move(b)
	if n == 0 && err == nil && len(b) > 0 {
		return 0, io.EOF
	}
	return n, err
}

func (s *socket) Write(b []byte) (written int, err error) {
	for written < len(b) && err == nil {
		var n int
		n, err = s.out.move(b[written:])
		written += n
	}
	return written, err
}

// way is one direction of a socket.
type way struct {
	call  uintptr                                // read or write
	name  string                                 // the same, for errors
	ready func(once func(fd uintptr) bool) error // calls once, and again whenever the socket is ready, until it is true
	once  func(fd uintptr) bool                  // try, made once

	mu    sync.Mutex // of what follows: one call's
	b     []byte
	n     int
	errno syscall.Errno
}

// move reads into b or writes from it what goes at once, at least a byte, and waits where nothing does.
func (w *way) move(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b = b
	err := w.ready(w.once)
	w.b = nil
	switch {
	case err != nil: // closed, or past its deadline
		return 0, err
	case w.errno != 0:
		return 0, os.NewSyscallError(w.name, w.errno)
	}
	return w.n, nil
}

// try is false when nothing goes now.
func (w *way) try(fd uintptr) bool {
	for {
		n, _, errno := syscall.RawSyscall(w.call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(w.b))), uintptr(len(w.b)))
		if errno == syscall.EINTR {
			continue
		}
		w.n, w.errno = int(n), errno
		return errno != syscall.EAGAIN
	}
}
