package bench

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// Customers says how customers write.
type Customers struct {
	Channel Channel `json:"channel" yaml:"channel"`
	Sockets int     `json:"sockets" yaml:"sockets"` // web: pages, each with one conversation at a time, one after the other
}

// Channel is the kind of channel that customers write on.
type Channel string

// The channels.
const (
	Generic Channel = "generic" // each message is an HTTP request of an integration; nobody is shown anything
	Web     Channel = "web"     // web chat: each customer's page keeps a websocket, and is shown what both sides write
)

// String says in a few words how customers write.
func (c Customers) String() string {
	if c.Channel == Web {
		return fmt.Sprintf("customers on %d websockets of web chat", c.Sockets)
	}
	return "customers over HTTP"
}

const maxSockets = 10_000 // with the agents' they must be fewer than a server takes

func (s Scenario) checkCustomers(p *problems) {
	c := s.Customers
	p.unless(c.Channel == Generic || c.Channel == Web, "customers.channel", "%q is not %s or %s", c.Channel, Generic, Web)
	if c.Channel != Web {
		return
	}
	p.unless(c.Sockets >= 1 && c.Sockets <= maxSockets, "customers.sockets", "%d is not from 1 to %d", c.Sockets, maxSockets)
	p.unless(c.Sockets >= s.Queues, "customers.sockets", "%d are fewer than the %d queues, each of which has pages of its own", c.Sockets, s.Queues)
	p.unless(s.Arrivals.Kind != Closed || c.Sockets >= s.Arrivals.InFlight, "customers.sockets",
		"%d are fewer than the %d conversations of arrivals.in_flight", c.Sockets, s.Arrivals.InFlight)
}

// visits are the pages of a load's customers. A channel of web chat has one queue, so each queue has a channel and pages.
type visits struct {
	pages []*visitor
	sent  atomic.Int64 // commands

	mu      sync.Mutex
	idle    map[string][]*visitor // by queue; who has been idle for longest is next, so that all do the same
	waiting map[string][]*cycle   // by queue: customers who came when no page was idle
}

// visitor is one page, and its customer, who has one conversation after the other. What the page is told is told on its
// client's goroutine.
type visitor struct {
	l       *load
	contact string // identity
	queue   string
	c       connection
	now     atomic.Pointer[cycle]
}

// connection is what a visitor needs of a client.
type connection interface {
	Go(name string, data any, done func(protocol.Reply, error)) error
	Stats() client.Stats
	Err() error
	Close() error
}

// What a page may send: the server's bound for each connection, and the highest that a channel can allow a visitor.
const (
	pageCommands     = 10 // a second
	messagesAMinute  = 60 * pageCommands
	proofLasts       = 3 * maxHours
	pagesAtOnce      = 32 // connecting or leaving
	conversationOver = "closed"
)

// openPages makes a channel for each queue and connects the pages. The customers' host site vouches for them, so that
// their identities are known beforehand.
func (l *load) openPages(ctx context.Context) error {
	v := &visits{idle: map[string][]*visitor{}, waiting: map[string][]*cycle{}}
	secret := rand.Text() + rand.Text() // 32 characters are the least
	queues := l.f.org.queues
	for i, queue := range queues {
		channel, err := openChannel(ctx, l.f.rest, fmt.Sprintf("%s %d", l.name, i), queue, map[string]any{
			"kind": string(Web), "config": map[string]string{"identity_secret": secret},
			"widget": map[string]any{"require_identity": true, "messages_per_minute": messagesAMinute},
		})
		if err != nil {
			return err
		}
		l.channels = append(l.channels, channel)
	}
	l.f.phase("connecting %d customers", l.s.Customers.Sockets)
	v.pages = make([]*visitor, l.s.Customers.Sockets)
	err := parallelN(len(v.pages), pagesAtOnce, func(i int) error {
		p := &visitor{l: l, contact: fmt.Sprintf("%s-%d", l.name, i), queue: queues[i%len(queues)]}
		v.pages[i] = p
		c, err := client.Dial(ctx, client.Options{
			URL: l.f.t.URL, HTTP: l.f.http, MinPause: minPause, OnEvent: p.event, OnSnapshot: p.snapshot,
			Visit: &client.Visit{Channel: l.channels[i%len(queues)], Proof: vouch(p.contact, secret, time.Now().Add(proofLasts)), Name: "Cliente de carga"},
		})
		if err != nil {
			return fmt.Errorf("connect customer %d: %w", i, err)
		}
		p.c = c // before any event that it looks at: it has no conversation yet
		return nil
	})
	if err != nil {
		v.close()
		return err
	}
	for _, p := range v.pages {
		v.idle[p.queue] = append(v.idle[p.queue], p)
	}
	l.visits = v
	return nil
}

// vouch signs a customer's identity as the host site of web chat does: a JSON Web Token with HS256.
func vouch(contact, secret string, until time.Time) string {
	part := base64.RawURLEncoding.EncodeToString
	claims, _ := json.Marshal(map[string]any{"sub": contact, "exp": until.Unix()}) // a text and a number
	text := part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text)) // a hash never fails
	return text + "." + part(mac.Sum(nil))
}

// close ends the pages.
func (v *visits) close() {
	if v == nil {
		return
	}
	_ = parallelN(len(v.pages), pagesAtOnce, func(i int) error {
		if p := v.pages[i]; p != nil && p.c != nil {
			_ = p.c.Close()
		}
		return nil
	})
}

// frames is how many frames the pages' websockets carried so far, both ways, without pings.
func (v *visits) frames() int64 {
	if v == nil {
		return 0
	}
	n := 2 * v.sent.Load()
	for _, p := range v.pages {
		n += p.c.Stats().Events
	}
	return n
}

func (v *visits) commands() int64 {
	if v == nil {
		return 0
	}
	return v.sent.Load()
}

// note says when the pages sent nearly as many commands as they may in the measured part.
func (v *visits) note(sent int64, took time.Duration) []string {
	if v == nil {
		return nil
	}
	part := float64(sent) / (took.Seconds() * float64(len(v.pages)*pageCommands))
	if part <= nearly {
		return nil
	}
	return []string{fmt.Sprintf("the customers sent %.0f %% of the commands that their pages may: more sockets would show more of the server", 100*part)}
}

// arrive gives a new customer a page, or a place in line until one is idle, which counts as latency.
func (v *visits) arrive(c *cycle) {
	v.mu.Lock()
	idle := v.idle[c.queue]
	if len(idle) == 0 {
		v.waiting[c.queue] = append(v.waiting[c.queue], c)
		v.mu.Unlock()
		return
	}
	v.idle[c.queue] = idle[1:]
	v.mu.Unlock()
	idle[0].begin(c)
}

// free gives a page whose conversation is over to who waits for one.
func (v *visits) free(p *visitor) {
	v.mu.Lock()
	waiting := v.waiting[p.queue]
	if len(waiting) == 0 {
		v.idle[p.queue] = append(v.idle[p.queue], p)
		v.mu.Unlock()
		return
	}
	v.waiting[p.queue] = waiting[1:]
	v.mu.Unlock()
	p.begin(waiting[0])
}

// begin has the page's customer write the first message of a conversation.
func (p *visitor) begin(c *cycle) {
	c.mu.Lock()
	c.contact, c.page = p.contact, p
	c.mu.Unlock()
	p.now.Store(c)
	p.l.cycles.Store(p.contact, c)
	p.write(c)
}

// write writes what is due.
func (p *visitor) write(c *cycle) {
	c.mu.Lock()
	nth, due := c.written, c.due
	c.written++
	c.mu.Unlock()
	p.send(c, nth, due)
}

// send sends a message until it is taken: under load, or when the page was too fast, the server refuses.
func (p *visitor) send(c *cycle, nth int, due time.Time) {
	p.l.visits.sent.Add(1)
	err := p.c.Go("message.send", protocol.WidgetSend{Text: customerText}, func(reply protocol.Reply, err error) {
		var refused *client.CommandError
		switch {
		case p.l.f.ctx.Err() != nil || p.c.Err() != nil:
		case errors.As(err, &refused) && (refused.Code == protocol.CodeRateLimited || refused.Code == protocol.CodeOverloaded):
			time.AfterFunc(busyPause, func() { p.send(c, nth, due) })
		case err != nil:
			p.l.fail("customer", err)
		default:
			p.taken(c, nth, due, reply)
		}
	})
	if err != nil && p.c.Err() == nil {
		p.l.fail("customer", err)
	}
}

func (p *visitor) taken(c *cycle, nth int, due time.Time, reply protocol.Reply) {
	m, err := readWritten(reply.Data)
	if err != nil {
		p.l.fail("customer", err)
		return
	}
	p.l.acknowledged(c, nth, due, protocol.InboundAnswer{ConversationID: m.conversation, MessageID: m.id})
}

func (p *visitor) event(e client.Event) {
	switch e.Name {
	case protocol.EventConversationMessage:
		m, err := readMessage(e.Data)
		if err != nil {
			p.l.fail("message shown", err)
			return
		}
		p.show(m)
	case protocol.EventConversationState:
		conversation, state, err := readState(e.Data)
		if err != nil {
			p.l.fail("state shown", err)
			return
		}
		p.tell(conversation, state)
	}
}

// snapshot takes up what the page missed.
func (p *visitor) snapshot(s client.Snapshot) {
	var data protocol.WidgetData
	if err := s.Decode(&data); err != nil {
		p.l.fail("snapshot of a page", err)
		return
	}
	if data.Conversation == nil {
		return
	}
	for i := range data.Messages {
		m := &data.Messages[i]
		p.show(message{conversation: data.Conversation.ID, id: m.ID, author: m.Author.Kind, seq: m.Seq})
	}
	p.tell(data.Conversation.ID, data.Conversation.State)
}

// show is the customer's turn once the agent's message is there: to write back, when the agent knows that it was taken.
func (p *visitor) show(m message) {
	c := p.now.Load()
	if c == nil {
		return
	}
	c.mu.Lock()
	if c.id != m.conversation || !c.see(m) || m.author != "agent" {
		c.mu.Unlock()
		return
	}
	c.heard++
	spoke, answer := c.spoke, c.heard == c.answered
	if answer {
		c.due = time.Now()
	}
	c.mu.Unlock()
	p.l.record(&p.l.m.seen, c, spoke)
	if answer {
		p.write(c)
	}
}

// tell notes the end of the conversation.
func (p *visitor) tell(conversation, state string) {
	c := p.now.Load()
	if c == nil || state != conversationOver {
		return
	}
	c.mu.Lock()
	if c.id != conversation {
		c.mu.Unlock()
		return
	}
	c.goodbye = true
	over := c.ends()
	c.mu.Unlock()
	if over {
		p.l.over(p.l.f.ctx, c)
	}
}
