package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// serveNATS is the server's process: core NATS on loopback.
func serveNATS(out io.Writer) error {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true})
	if err != nil {
		return err
	}
	s.Start()
	if !s.ReadyForConnections(startTime) {
		return errors.New("nats-server is not ready in time")
	}
	if _, err := fmt.Fprintf(out, "http://%s\n", s.Addr()); err != nil {
		return err
	}
	s.WaitForShutdown()
	return nil
}

// natsFan is core NATS in a process of its own; its sockets are not websockets.
type natsFan struct {
	server *process
	url    string
	conns  []*nats.Conn
	sender *nats.Conn
}

func startNATS() (*natsFan, error) {
	p, url, err := serveSelf("nats")
	return &natsFan{server: p, url: strings.Replace(url, "http", "nats", 1)}, err
}

func (f *natsFan) name() string                { return "nats-server, plain TCP" }
func (f *natsFan) durability() string          { return "nothing stored" }
func (f *natsFan) cpu() (time.Duration, error) { return f.server.cpu() }
func (f *natsFan) close()                      { f.server.stop(syscall.SIGTERM) }

func (f *natsFan) connect(_ context.Context, sockets int, delivered func()) error {
	var err error
	if f.sender, err = nats.Connect(f.url); err != nil {
		return err
	}
	for range sockets {
		c, err := nats.Connect(f.url)
		if err != nil {
			return err
		}
		f.conns = append(f.conns, c)
		if _, err := c.Subscribe(channelName, func(*nats.Msg) { delivered() }); err != nil {
			return err
		}
		if err := c.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (f *natsFan) publish(context.Context) error {
	return errors.Join(f.sender.Publish(channelName, event), f.sender.Flush())
}

func (f *natsFan) disconnect() {
	f.sender.Close()
	for _, c := range f.conns {
		c.Close()
	}
	f.conns = nil
}
