package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/centrifugal/centrifuge"
	"github.com/coder/websocket"

	"pronto/bench"
)

const channelName = "fan"

// event is about what Pronto sends for a message.
var event = []byte(`{"text":"` + strings.Repeat("x", 240) + `"}`)

// serveCentrifuge is the server's process: sockets at /connection, and each POST to /publish is an event.
func serveCentrifuge(out io.Writer) error {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		return err
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{UserID: "a"}}, nil
	})
	node.OnConnect(func(c *centrifuge.Client) {
		c.OnSubscribe(func(_ centrifuge.SubscribeEvent, answer centrifuge.SubscribeCallback) {
			answer(centrifuge.SubscribeReply{}, nil)
		})
	})
	if err := node.Run(); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/connection", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{CheckOrigin: func(*http.Request) bool { return true }}))
	mux.HandleFunc("POST /publish", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := node.Publish(channelName, event); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "http://%s\n", l.Addr()); err != nil {
		return err
	}
	return (&http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}).Serve(l)
}

// serveSelf starts this program as a server of the kind, and returns its address.
func serveSelf(kind string) (*process, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	cmd := exec.Command(self, "serve", kind)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	p, err := start(cmd)
	if err != nil {
		return nil, "", err
	}
	url, err := addressIn(out)
	if err != nil {
		p.stop(syscall.SIGKILL)
	}
	return p, url, err
}

// centrifugeFan is the library centrifuge in a process of its own.
type centrifugeFan struct {
	server *process
	url    string
	http   *http.Client
	stop   context.CancelFunc
	wg     sync.WaitGroup
}

func startCentrifuge() (*centrifugeFan, error) {
	f := &centrifugeFan{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: bench.Publishers}}}
	var err error
	f.server, f.url, err = serveSelf("centrifuge")
	return f, err
}

func (f *centrifugeFan) name() string                { return "centrifuge" }
func (f *centrifugeFan) durability() string          { return "nothing stored" }
func (f *centrifugeFan) cpu() (time.Duration, error) { return f.server.cpu() }
func (f *centrifugeFan) close()                      { f.server.stop(syscall.SIGTERM) }

func (f *centrifugeFan) connect(ctx context.Context, sockets int, delivered func()) error {
	ctx, f.stop = context.WithCancel(ctx)
	for range sockets {
		c, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(f.url, "http")+"/connection", nil) //nolint:bodyclose // of an upgrade: the library's
		if err != nil {
			return err
		}
		ready := make(chan error, 1)
		f.wg.Go(func() {
			defer func() { _ = c.CloseNow() }()
			readCentrifuge(ctx, c, ready, delivered)
		})
		for _, m := range []string{`{"id":1,"connect":{}}`, `{"id":2,"subscribe":{"channel":"` + channelName + `"}}`} {
			if err := c.Write(ctx, websocket.MessageText, []byte(m)); err != nil {
				return err
			}
		}
		if err := <-ready; err != nil {
			return err
		}
	}
	return nil
}

// readCentrifuge counts publications; a frame holds lines of JSON. The answer to the subscription makes it ready.
func readCentrifuge(ctx context.Context, c *websocket.Conn, ready chan<- error, delivered func()) {
	for {
		_, frame, err := c.Read(ctx)
		if err != nil {
			select {
			case ready <- err:
			default:
			}
			return
		}
		for line := range bytes.Lines(frame) {
			switch {
			case bytes.HasPrefix(line, []byte(`{"push"`)):
				delivered()
			case bytes.HasPrefix(line, []byte(`{"id":2`)):
				var failed error
				if bytes.Contains(line, []byte(`"error"`)) {
					failed = errors.New(string(line))
				}
				ready <- failed
			case bytes.Equal(bytes.TrimSpace(line), []byte("{}")):
				_ = c.Write(ctx, websocket.MessageText, []byte("{}")) // a ping's answer; a lost connection ends the next read
			}
		}
	}
}

func (f *centrifugeFan) publish(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+"/publish", nil)
	if err != nil {
		return err
	}
	res, err := f.http.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("publish: %d, %w", res.StatusCode, err)
	}
	return nil
}

func (f *centrifugeFan) disconnect() {
	f.stop()
	f.wg.Wait()
}
