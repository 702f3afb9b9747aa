package bench

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// dialled returns both ends of a connection.
func dialled(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if near, err = dialTCP(t.Context(), "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far
}

func TestASocketCarriesMoreThanTheSystemHoldsAndTellsTheEnd(t *testing.T) {
	near, far := dialled(t)
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	back := make(chan error, 1)
	go func() {
		got, err := io.ReadAll(far)
		if err == nil && !bytes.Equal(got, want) {
			err = errors.New("it arrived otherwise")
		}
		if err == nil {
			_, err = far.Write(want)
		}
		back <- errors.Join(err, far.Close())
	}()
	if n, err := near.Write(want); n != len(want) || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if err := near.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(near)
	if err := errors.Join(err, <-back); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestAReadEndsWithItsDeadlineAndWithItsSocket(t *testing.T) {
	near, far := dialled(t)
	b := make([]byte, 1)
	if n, err := near.Read(nil); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := near.SetDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := near.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if err := near.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write(b); err != nil {
		t.Fatal(err)
	}
	if n, err := near.Read(b); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := near.Read(b)
		ended <- err
	}()
	if err := near.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := near.Write(b); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}

func TestASocketWhoseOtherEndIsGoneSaysSo(t *testing.T) {
	near, far := dialled(t)
	if err := far.(*net.TCPConn).SetLinger(0); err != nil { // a reset instead of an end
		t.Fatal(err)
	}
	if err := far.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := near.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, io.EOF) {
		t.Errorf("%d, %v", n, err)
	}
}
