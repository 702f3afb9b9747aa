package raw

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

const (
	frameBytes   = 260 // about an event of the protocol
	setUpTimeout = 30 * time.Second
)

// Frames measures how many frames a second one goroutine writes in turns to so many websockets over loopback, whose other
// ends read them in this process too. CPU is that of both ends.
func Frames(sockets int, d time.Duration) (Rate, error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	h := &hall{arrived: make(chan *websocket.Conn, sockets)}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return Rate{}, fmt.Errorf("measure frames: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: setUpTimeout}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer func() { _ = server.Close() }()
	wg.Go(func() { _ = server.Serve(l) })
	ends := make([]*websocket.Conn, sockets)
	for i := range ends {
		if ends[i], err = h.seat(ctx, &wg, "ws://"+l.Addr().String()); err != nil {
			return Rate{}, fmt.Errorf("measure frames: %w", err)
		}
	}
	defer func() {
		for _, c := range ends {
			_ = c.CloseNow()
		}
	}()
	frame := make([]byte, frameBytes)
	for i := range frame {
		frame[i] = 'x'
	}
	r, err := measure(1, d, func(_ int, n int64) error {
		return ends[n%int64(sockets)].Write(ctx, websocket.MessageText, frame)
	})
	if err != nil {
		return r, fmt.Errorf("measure frames: %w", err)
	}
	return r, h.awaitAll(r.Count)
}

// hall accepts websockets and counts what their other ends read.
type hall struct {
	arrived chan *websocket.Conn
	read    atomic.Int64
}

func (h *hall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // the dialler is told
	}
	h.arrived <- c
}

// seat connects one reader, and returns the end to write to.
func (h *hall) seat(ctx context.Context, wg *sync.WaitGroup, url string) (*websocket.Conn, error) {
	dial, cancel := context.WithTimeout(ctx, setUpTimeout)
	defer cancel()
	c, _, err := websocket.Dial(dial, url, nil) //nolint:bodyclose // of an upgrade: the library's
	if err != nil {
		return nil, err
	}
	wg.Go(func() {
		defer func() { _ = c.CloseNow() }()
		for {
			if _, _, err := c.Read(ctx); err != nil {
				return // closed
			}
			h.read.Add(1)
		}
	})
	return <-h.arrived, nil
}

// awaitAll waits until everything written was read: what is lost, or still in a buffer, was not delivered.
func (h *hall) awaitAll(written int64) error {
	deadline := time.After(setUpTimeout)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for h.read.Load() < written {
		select {
		case <-tick.C:
		case <-deadline:
			return errors.New("measure frames: not all that was written was read")
		}
	}
	return nil
}
