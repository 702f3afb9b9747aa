package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// pipe is one connection through a proxy.
type pipe struct {
	from, to net.Conn
	frozen   atomic.Bool
	thawed   chan struct{}
	once     sync.Once
}

// proxy passes bytes on, late and in pieces, until somebody cuts or freezes its connections.
type proxy struct {
	listener net.Listener
	to       string
	byteWise bool
	slow     time.Duration // at most, for each piece

	mu    sync.Mutex
	pipes []*pipe
}

func newProxy(t *testing.T, base string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: strings.TrimPrefix(base, "http://")}
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
	})
	go p.accept()
	return p
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		from, err := p.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = from.Close()
			continue
		}
		c := &pipe{from: from, to: to, thawed: make(chan struct{})}
		p.mu.Lock()
		p.pipes = append(p.pipes, c)
		p.mu.Unlock()
		go p.pass(c, from, to)
		go p.pass(c, to, from)
	}
}

func (p *proxy) pass(c *pipe, from, to net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if c.frozen.Load() {
			<-c.thawed
		}
		if p.slow > 0 {
			<-time.After(rand.N(p.slow))
		}
		for piece := buf[:n]; len(piece) > 0; {
			k := len(piece)
			if p.byteWise {
				k = 1
			}
			if _, err := to.Write(piece[:k]); err != nil {
				return
			}
			piece = piece[k:]
		}
	}
}

func (p *proxy) take() []*pipe {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.pipes
	p.pipes = nil
	return all
}

// cut resets every connection, with whatever is in it.
func (p *proxy) cut() {
	for _, c := range p.take() {
		for _, conn := range []net.Conn{c.from, c.to} {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
		}
		c.thaw()
	}
}

// freeze lets every connection stand, half open: neither side hears of it.
func (p *proxy) freeze() []*pipe {
	all := p.take()
	for _, c := range all {
		c.frozen.Store(true)
	}
	return all
}

// thaw lets what is in the connection go on; for good.
func (c *pipe) thaw() { c.once.Do(func() { close(c.thawed) }) }

// floor is a server with agents who each own one conversation.
type floor struct {
	*process
	admin    string
	channels []string     // of a queue each; an agent works in one of them
	opening  []sync.Mutex // by queue
	agents   []*floorAgent
	pause    time.Duration // of a client before it comes back, at least half of it
}

type floorAgent struct {
	token string
	open  sync.Once // its conversation
	sent  atomic.Int64
}

func newFloor(t *testing.T, agents int) *floor {
	t.Helper()
	return floorOn(serve(t, newFolder(t)), agents)
}

// floorOn hires so many at once that the server's passwords are what it waits for.
func floorOn(p *process, agents int) *floor {
	p.t.Helper()
	f := &floor{process: p, agents: make([]*floorAgent, agents), pause: 50 * time.Millisecond}
	f.admin = f.login("root")
	var queues []string
	for n := range min(agents, 20) {
		queues = append(queues, f.create("/queues", object{"name": fmt.Sprint("Fila ", n), "mode": "auto"}))
		f.channels = append(f.channels, f.create("/channels", object{"name": fmt.Sprint("API ", n), "kind": "generic", "queue_id": queues[n]}))
	}
	f.opening = make([]sync.Mutex, len(queues))
	eachOf(agents, 8, func(n int) {
		login := fmt.Sprint("a", n)
		f.create("/agents", object{
			"name": login, "login": login, "password": password, "role": "agent", "capacity": 1, "queue_ids": []string{queues[n%len(queues)]},
		})
		f.agents[n] = &floorAgent{token: f.login(login)}
	})
	return f
}

// eachOf calls do for 0 to n-1, so many at once.
func eachOf(n, atOnce int, do func(int)) {
	places := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	for i := range n {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			do(i)
		})
	}
	group.Wait()
}

func (f *floor) create(path string, body object) string {
	f.t.Helper()
	return f.must(201, "POST", path, f.admin, body)["id"].(string)
}

// open gives an agent its conversation, once: whoever else is in its queue then has one. Who owns one and is without a
// session for long loses it.
func (f *floor) open(agent int) {
	f.agents[agent].open.Do(func() {
		queue := &f.opening[agent%len(f.opening)]
		queue.Lock()
		defer queue.Unlock()
		ws, _ := f.dial(f.agents[agent].token)
		defer ws.CloseNow() // others of the agent come
		write(f.t, ws, "ready", "status.set", object{"status": "ready"})
		f.write(agent)
		waitFor(f.t, ws, func(e object) bool { return e["name"] == "conversation.assigned" })
	})
}

// write sends the next message to an agent's conversation.
func (f *floor) write(agent int) {
	a := f.agents[agent]
	n := a.sent.Add(1)
	external := fmt.Sprintf("%d-%d", agent, n)
	path := "/channels/" + f.channels[agent%len(f.channels)] + "/messages"
	body := inboundOf(external, fmt.Sprintf("+551198%07d", agent), external, nil)
	status, out, err := f.call("POST", path, f.admin, body)
	if err != nil || status != 201 {
		f.t.Errorf("inbound: %d %v %v", status, out, err)
	}
}

// listener is a session that counts the messages of its agent's conversation: none may be missing, none may come twice.
type listener struct {
	c      *client.Client
	agent  int
	last   atomic.Int64
	live   atomic.Bool
	faults chan string
}

func (f *floor) listen(ctx context.Context, url string, agent int, h *http.Client) (*listener, error) {
	f.open(agent)
	l := &listener{agent: agent, faults: make(chan string, 16)}
	c, err := client.Dial(ctx, client.Options{
		URL: url, Token: f.agents[agent].token, HTTP: h, MinPause: f.pause, MaxPause: 2 * time.Second,
		OnSnapshot: func(s client.Snapshot) {
			var v protocol.SnapshotData
			if err := s.Decode(&v); err != nil || len(v.Conversations) != 1 {
				l.fault(fmt.Sprintf("snapshot with %d conversations, %v", len(v.Conversations), err))
				return
			}
			if seq := v.Conversations[0].LastSeq; seq < l.last.Load() {
				l.fault(fmt.Sprintf("a snapshot at %d after %d", seq, l.last.Load()))
			} else {
				l.last.Store(seq)
			}
		},
		OnEvent: func(e client.Event) {
			if e.Name != "conversation.message" {
				return
			}
			var m protocol.ConversationMessage
			if err := e.Decode(&m); err != nil || m.Message.Seq > l.last.Load()+1 {
				l.fault(fmt.Sprintf("message %d after %d, %v", m.Message.Seq, l.last.Load(), err))
				return
			}
			l.last.Store(max(l.last.Load(), m.Message.Seq)) // a snapshot may have told it already
		},
		OnState: func(s client.State, _ error) { l.live.Store(s == client.Live) },
	})
	l.c = c
	return l, err
}

func (l *listener) fault(text string) {
	select {
	case l.faults <- text:
	default:
	}
}

// check waits until every session knows every message, and reports what went wrong on the way.
func (f *floor) check(all []*listener) {
	f.t.Helper()
	for _, l := range all {
		want := f.agents[l.agent].sent.Load()
		f.until("all messages", func() bool { return l.last.Load() == want })
		if s := l.c.Stats(); s.Gaps != 0 || s.Duplicates != 0 || len(l.faults) != 0 {
			text := ""
			if len(l.faults) > 0 {
				text = <-l.faults
			}
			f.t.Errorf("gaps or repetitions: %+v %s", s, text)
		}
	}
}

func TestNoEventIsLostOnABadNetwork(t *testing.T) {
	f := newFloor(t, 3)
	p := newProxy(t, f.base)
	p.slow, p.byteWise = 4*time.Millisecond, true
	var all []*listener
	for i := range 6 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		l, err := f.listen(ctx, p.url(), i%3, nil)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.c.Close() })
		all = append(all, l)
	}
	for n := range 60 {
		f.write(n % 3)
		if n%6 == 5 {
			p.cut() // in the middle of what is on its way
		}
	}
	f.check(all)
}

// A connection stands still with a command in it; the client gives it up and repeats the command on another one. When the
// old bytes arrive after all, they are not carried out again.
func TestACommandInAFrozenConnectionIsCarriedOutOnce(t *testing.T) {
	f := newFloor(t, 1)
	p := newProxy(t, f.base)
	l, err := f.listen(t.Context(), p.url(), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.c.Close() })
	var view protocol.Page[protocol.ConversationHead]
	if err := l.c.REST().Do(t.Context(), client.Request{Method: "GET", Path: "/conversations"}, &view); err != nil || len(view.Items) != 1 {
		t.Fatalf("%v %v", view, err)
	}
	conversation := view.Items[0].ID
	for n := range 5 {
		frozen := p.freeze()
		answer := make(chan error, 1)
		text := fmt.Sprint("uma vez ", n)
		err := l.c.Go("message.send", protocol.MessageSend{ConversationID: conversation, Text: text}, func(_ protocol.Reply, err error) { answer <- err })
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(50 * time.Millisecond) // for the bytes to be in the frozen connection
		if len(answer) != 0 {
			t.Fatal("the connection is not frozen")
		}
		l.c.Drop()
		if err := <-answer; err != nil {
			t.Fatalf("repeated: %v", err)
		}
		for _, c := range frozen {
			c.thaw()
		}
		sent := f.agents[0].sent.Add(1)
		f.until("the message", func() bool { return l.last.Load() >= sent })
		page := f.must(200, "GET", "/conversations/"+conversation+"/messages?limit=100", f.admin, nil)
		count := 0
		for _, m := range page["items"].([]any) {
			if m.(object)["text"] == text {
				count++
			}
		}
		if count != 1 {
			t.Errorf("%q is there %d times", text, count)
		}
	}
}
