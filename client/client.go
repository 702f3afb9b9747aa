package client

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"pronto/protocol"
)

// Options say where to connect and as whom. URL is required, and one of Token, Login and Visit.
type Options struct {
	URL string // of the server, such as "https://desk.example.com"

	Token           string // a session's or an API token
	Login, Password string // signs in, and again when the session has ended
	// UseTicket connects with a ticket, as browsers do, instead of the token itself.
	UseTicket bool

	// Visit makes it the page of a customer instead of an agent's desk.
	Visit *Visit

	HTTP *http.Client // for REST and the upgrade; one for many clients saves memory. Its timeout bounds the upgrade.

	// OnSnapshot and OnEvent are the handler. They are called on the client's goroutine, in the order of the stream; between
	// two snapshots events come without gaps and without repetitions.
	OnSnapshot func(Snapshot)
	OnEvent    func(Event)
	// OnState is told of each change, on the client's goroutine. err is why a connection ended; nil when it is live.
	OnState func(s State, err error)

	MinPause, MaxPause time.Duration // between attempts to come back; 200 ms doubling to 30 s by default, each cut at random to a half or more
	MaxFrameBytes      int64         // of a frame from the server; 8 MiB by default, a snapshot of a busy agent
	Remember           int           // how many handled events Recent can name; 0 by default
}

// State is how a client stands to its server.
type State string

// The states.
const (
	Connecting State = "connecting" // for the first time
	Live       State = "live"       // events come and commands go
	Away       State = "away"       // between two connections
	Ended      State = "ended"      // for good
)

const (
	defaultMinPause   = 200 * time.Millisecond
	defaultMaxPause   = 30 * time.Second
	defaultFrameBytes = 8 << 20
	helloTimeout      = 10 * time.Second // from the upgrade to the first snapshot or resumed
	closeTimeout      = time.Second      // for the server to answer a close frame
	stableAfter       = 5 * time.Second  // a connection that lived so long starts the pauses over
	missedHeartbeats  = 2                // pings that may stay out, and a half for the way
	idPrefixBytes     = 8
	userAgent         = "pronto-client"
)

// Stats counts what happened since Dial.
type Stats struct {
	Events, Duplicates, Gaps        int64
	Connections, Resumes, Snapshots int64
}

// Client is one session with a server.
type Client struct {
	o    Options
	rest *REST
	out  *outbox

	ctx  context.Context //nolint:containedctx // ends with the client, not with a call
	stop context.CancelCauseFunc
	done chan struct{} // closed when the goroutine has returned
	live chan struct{} // closed at the first snapshot

	seq                             atomic.Int64
	events, duplicates, gaps        atomic.Int64
	connections, resumes, snapshots atomic.Int64

	mu      sync.Mutex
	conn    *websocket.Conn // for Close, whatever its phase
	network net.Conn        // below conn
	err     error           // why it ended
	recent  ring
	once    sync.Once
}

// Dial connects and returns when the first snapshot has been handled. It tries again while that makes sense and ctx lasts;
// afterwards ctx means nothing to the client.
func Dial(ctx context.Context, o Options) (*Client, error) {
	c, err := newClient(o)
	if err != nil {
		return nil, err
	}
	go c.run()
	select {
	case <-c.live:
		return c, nil
	case <-c.done:
		return nil, c.Err()
	case <-ctx.Done():
		c.end(ErrClosed)
		<-c.done
		return nil, fmt.Errorf("connect: %w", context.Cause(ctx))
	}
}

func newClient(o Options) (*Client, error) {
	if o.MinPause <= 0 {
		o.MinPause = defaultMinPause
	}
	if o.MaxPause <= 0 {
		o.MaxPause = defaultMaxPause
	}
	if o.MaxFrameBytes <= 0 {
		o.MaxFrameBytes = defaultFrameBytes
	}
	var id [idPrefixBytes]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, fmt.Errorf("make ids: %w", err)
	}
	c := &Client{
		o: o, rest: NewREST(o.URL, o.HTTP), out: &outbox{prefix: hex.EncodeToString(id[:]) + "-"},
		done: make(chan struct{}), live: make(chan struct{}), recent: ring{limit: o.Remember},
	}
	if o.Visit != nil {
		visit := *o.Visit
		c.o.Visit = &visit
	}
	c.rest.SetToken(o.Token)
	c.ctx, c.stop = context.WithCancelCause(context.Background())
	return c, nil
}

// REST calls the same server with the same credential.
func (c *Client) REST() *REST { return c.rest }

// Seq is the last event handled.
func (c *Client) Seq() int64 { return c.seq.Load() }

// Done is closed when the client has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err is why the client ended: ErrClosed, a *GiveUpError, or nil while it has not.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Stats returns the counters.
func (c *Client) Stats() Stats {
	return Stats{
		Events: c.events.Load(), Duplicates: c.duplicates.Load(), Gaps: c.gaps.Load(),
		Connections: c.connections.Load(), Resumes: c.resumes.Load(), Snapshots: c.snapshots.Load(),
	}
}

// Recent names the last events handled, oldest first, as many as Options.Remember.
func (c *Client) Recent() []Handled {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recent.all()
}

// Close ends the client and waits until its goroutine has returned. It must not be called from a handler.
func (c *Client) Close() error {
	c.end(ErrClosed)
	<-c.done
	return nil
}

// Drop cuts the connection without a word, as a network does. The client comes back and resumes.
func (c *Client) Drop() {
	c.mu.Lock()
	conn := c.conn
	c.mu.Unlock()
	if conn != nil {
		_ = conn.CloseNow()
	}
}

// end records why, and makes the goroutine return.
func (c *Client) end(err error) {
	c.once.Do(func() {
		c.mu.Lock()
		c.err = err
		conn, network := c.conn, c.network
		c.mu.Unlock()
		c.stop(err)
		if conn != nil {
			hangUp(conn, network)
		}
	})
}

// hangUp says goodbye, so that the server does not keep the session for a return, and waits only briefly for the answer. Only
// closing what is below ends the library's own wait of up to 10 s early.
func hangUp(conn *websocket.Conn, network net.Conn) {
	timer := time.AfterFunc(closeTimeout, func() { _ = network.Close() })
	defer timer.Stop()
	_ = conn.Close(websocket.StatusNormalClosure, "")
}

// run connects, reads until the connection ends, and comes back, until the client ends.
func (c *Client) run() {
	defer close(c.done)
	s := stream{client: c}
	c.tell(Connecting, nil)
	for failures := 0; ; failures++ {
		began := time.Now()
		err := s.connect()
		if err == nil {
			err = s.read()
		}
		c.out.down()
		if time.Since(began) > stableAfter || s.drained {
			failures = 0
		}
		if c.ctx.Err() == nil && !reconnects(err, c.o.UseTicket) && !c.signInAgain(err) {
			c.end(gaveUp(err))
		}
		if c.ctx.Err() == nil {
			c.tell(Away, err)
			c.pause(failures, err)
		}
		if c.ctx.Err() != nil {
			c.out.end(c.Err())
			c.tell(Ended, c.Err())
			return
		}
	}
}

func (c *Client) tell(s State, err error) {
	if c.o.OnState != nil {
		c.o.OnState(s, err)
	}
}

// pause waits before the next attempt.
func (c *Client) pause(failures int, err error) {
	timer := time.NewTimer(c.pauseAfter(failures, err))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}

// pauseAfter is at least as long as the server asked, or at random between half and all of a time that doubles, so that
// thousands of clients do not come back at once.
func (c *Client) pauseAfter(failures int, err error) time.Duration {
	d := c.o.MinPause
	for i := 0; i < failures && d < c.o.MaxPause; i++ {
		d *= 2
	}
	d = min(d, c.o.MaxPause)
	d = d/2 + mathrand.N(d/2+1)
	return max(d, retryAfter(err))
}

// Handled names one event that was given to the handler.
type Handled struct {
	Seq  int64
	Name string
}

// ring keeps the last events' names.
type ring struct {
	limit int
	from  int // index of the oldest
	items []Handled
}

func (r *ring) add(h Handled) {
	if len(r.items) < r.limit {
		r.items = append(r.items, h)
		return
	}
	r.items[r.from] = h
	r.from = (r.from + 1) % r.limit
}

func (r *ring) all() []Handled {
	return append(append([]Handled(nil), r.items[r.from:]...), r.items[:r.from]...)
}

// place is where a session can be resumed: what the last hello said.
type place struct{ session, token, epoch string }

func newPlace(h protocol.Hello) place {
	return place{session: h.Session, token: h.ResumeToken, epoch: h.Epoch}
}
