package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

// inBubble is a whole server without its network, in a bubble where hours pass in no time.
type inBubble struct {
	t       *testing.T
	app     *App
	dir     string
	change  func(*Config)
	queue   dispatch.QueueID
	channel *protocol.Channel
	count   int
}

// bubble runs a test with a server over a real folder whose clock is the bubble's.
func bubble(t *testing.T, test func(b *inBubble)) {
	t.Helper()
	bubbleWith(t, func(*Config) {}, test)
}

func bubbleWith(t *testing.T, change func(*Config), test func(b *inBubble)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := &inBubble{t: t, dir: dir, change: change}
		b.open()
		b.queue = dispatch.QueueID(b.queueOf("Geral").ID)
		b.channel = b.channelOf("generic")
		test(b)
		if err := b.app.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (b *inBubble) open() {
	b.t.Helper()
	b.openWith(1)
}

// openWith opens with the free space that changes need.
func (b *inBubble) openWith(minFree uint64) {
	b.t.Helper()
	c := Config{Data: b.dir, DrainTime: time.Second, Idle: time.Minute, MinFreeBytes: minFree, MinFreePercent: 1}
	b.change(&c)
	app, err := Open(c, zerolog.New(b.t.Output()).Level(zerolog.WarnLevel))
	if err != nil {
		b.t.Fatal(err)
	}
	b.app = app
}

func (b *inBubble) put(kind, id string, v any) {
	b.t.Helper()
	if err := b.app.putDocument(b.t.Context(), kind, id, v, nil); err != nil {
		b.t.Fatal(err)
	}
}

func (b *inBubble) queueOf(name string) *protocol.Queue {
	b.t.Helper()
	q := &protocol.Queue{ID: newID("que", 0), Name: name}
	protocol.SetDefaults(q)
	b.put(transport.KindQueue, q.ID, q)
	return q
}

func (b *inBubble) channelOf(kind string) *protocol.Channel {
	b.t.Helper()
	ch := protocol.Channel{ID: newID("chn", 0), Name: kind, Kind: kind, QueueID: string(b.queue)}
	protocol.SetDefaults(&ch)
	b.put(transport.KindChannel, ch.ID, &ch)
	return &ch
}

func (b *inBubble) agent(name string) dispatch.AgentID {
	b.t.Helper()
	a, err := b.app.CreateAgent(b.t.Context(), protocol.Agent{Name: name, Login: name, Role: "agent", QueueIDs: []string{string(b.queue)}})
	if err != nil {
		b.t.Fatal(err)
	}
	return dispatch.AgentID(a.ID)
}

// write is a message of a contact.
func (b *inBubble) write(ch *protocol.Channel, phone string) transport.Delivered {
	b.t.Helper()
	b.count++
	in := &inbound{
		catalog: b.app.catalog, contacts: &contacts{db: b.app.db, system: b.app.system, now: b.app.system.Now}, system: b.app.system,
		protocols: &protocols{last: b.app.db.LastProtocol}, db: b.app.db,
	}
	from, err := normalize(protocol.InboundContact{Identities: []protocol.Identity{{Kind: "phone", Value: phone}}})
	if err != nil {
		b.t.Fatal(err)
	}
	d, err := in.deliver(b.t.Context(), arrival{channel: ch, from: from, first: dispatch.InboundChat{External: dispatch.ExternalID(fmt.Sprint(b.count)), Text: "oi"}})
	if err != nil {
		b.t.Fatal(err)
	}
	synctest.Wait()
	return d
}

func (b *inBubble) state(id dispatch.ConversationID) dispatch.ConversationSnapshot {
	b.t.Helper()
	s, _, err := b.app.db.LoadConversation(id)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *inBubble) status(a dispatch.AgentID) (dispatch.AgentStatus, string) {
	b.t.Helper()
	s, err := b.app.db.LoadAgent(a)
	if err != nil {
		b.t.Fatal(err)
	}
	return s.Status, s.Reason
}

// link is a connection that writes down what the session does with it.
type link struct {
	b     *inBubble
	agent dispatch.AgentID
	id    dispatch.SessionID
	token string
	peer  *actors.Peer

	mu       sync.Mutex
	events   []dispatch.Event
	last     uint64
	snapshot string
	view     actors.View
	resumed  bool
	answers  map[dispatch.CommandID]*dispatch.Error
	pings    uint64
	halfOpen bool // nothing reaches the client, and nothing says so
	code     int
}

func (b *inBubble) connect(a dispatch.AgentID) *link {
	b.t.Helper()
	l := &link{b: b, agent: a, id: dispatch.SessionID(newID("ses", 0)), answers: map[dispatch.CommandID]*dispatch.Error{}}
	peer, token, err := b.app.system.OpenSession(l.id, a, "credential", l)
	if err != nil {
		b.t.Fatal(err)
	}
	l.peer, l.token = peer, token
	return l
}

func (b *inBubble) start(a dispatch.AgentID) *link {
	b.t.Helper()
	l := b.connect(a)
	l.peer.Start(nil)
	synctest.Wait()
	return l
}

func (l *link) resume(from *link) {
	from.mu.Lock()
	seen := from.last
	from.mu.Unlock()
	l.mu.Lock()
	l.last = seen
	l.mu.Unlock()
	l.peer.Resume(actors.Former{Session: from.id, Token: from.token, Epoch: l.b.app.system.Epoch(), Seen: seen}, nil)
	synctest.Wait()
}

func (l *link) lose() {
	l.peer.Closed()
	synctest.Wait()
}

// command carries out a command and returns its refusal.
func (l *link) command(to dispatch.Address, m dispatch.Message) *dispatch.Error {
	l.b.t.Helper()
	l.b.count++
	id := dispatch.CommandID(fmt.Sprint("c", l.b.count))
	l.peer.Command(dispatch.Envelope{To: to, Cause: dispatch.Cause{Principal: string(l.agent), Command: id, Hash: 1}, Message: m})
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	refused, ok := l.answers[id]
	if !ok {
		l.b.t.Fatalf("no answer to %T", m)
	}
	return refused
}

func (l *link) ready() {
	l.b.t.Helper()
	if err := l.command(l.agent.Address(), dispatch.SetStatus{Status: dispatch.StatusReady, By: l.agent}); err != nil {
		l.b.t.Fatal(err)
	}
}

// offer is the last one that was shown.
func (l *link) offer() dispatch.Offer {
	l.b.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range slices.Backward(l.events) {
		if o, ok := e.(dispatch.EventOfferCreated); ok {
			return o.Offer
		}
	}
	l.b.t.Fatal("no offer")
	return dispatch.Offer{}
}

// take accepts the last offer.
func (l *link) take() dispatch.ConversationID {
	l.b.t.Helper()
	o := l.offer()
	if err := l.command(l.agent.Address(), dispatch.AcceptOffer{Offer: o.ID, Agent: l.agent}); err != nil {
		l.b.t.Fatal(err)
	}
	return o.Conversation
}

func (l *link) closed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.code
}

func (l *link) Snapshot(seq uint64, reason string, v actors.View) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last, l.snapshot, l.view = seq, reason, v
}

func (l *link) Resumed(from, _ uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from != l.last+1 {
		l.b.t.Errorf("resumed from %d after %d", from, l.last)
	}
	l.resumed = true
}

func (l *link) Event(seq uint64, e actors.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq != l.last+1 {
		l.b.t.Errorf("event %d after %d", seq, l.last)
	}
	l.last = seq
	l.events = append(l.events, e.Value)
}

func (l *link) Reply(id dispatch.CommandID, _ uint64, _ dispatch.Reply, err *dispatch.Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[id] = err
}

// Ping is answered as a client does, unless the connection is half open.
func (l *link) Ping(n uint64) {
	l.mu.Lock()
	l.pings = n
	seq, halfOpen := l.last, l.halfOpen
	l.mu.Unlock()
	if !halfOpen {
		l.peer.Pong(n, seq)
	}
}

func (l *link) Drain(time.Duration) {}

func (l *link) Close(code int, _ string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.code = code
}

func (b *inBubble) replace(kind, id string, version uint64, v any) {
	b.t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		b.t.Fatal(err)
	}
	d := b.app.documents()
	if _, err := d.Put(b.t.Context(), transport.Change{Document: transport.Document{Kind: kind, ID: id, Version: version, Body: body}}); err != nil {
		b.t.Fatal(err)
	}
}
