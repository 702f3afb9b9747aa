package client_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// do sends a command in the background and returns its outcome.
func do(ctx context.Context, c *client.Client, name string, data, out any) <-chan error {
	result := make(chan error, 1)
	go func() { result <- c.Do(ctx, name, data, out) }()
	return result
}

func TestAReplyReachesItsCommandInWhateverOrder(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	c, p := s.connect(o)
	var first, second protocol.NoteReply
	r1 := do(t.Context(), c, "note.add", protocol.NoteAdd{ConversationID: "cnv_1", Text: "a"}, &first)
	f1 := p.expect("command")
	r2 := do(t.Context(), c, "note.add", protocol.NoteAdd{ConversationID: "cnv_1", Text: "b"}, &second)
	f2 := p.expect("command")
	if f1.ID == f2.ID || f1.Name != "note.add" || string(f1.Data) != `{"conversation_id":"cnv_1","text":"a"}` {
		t.Errorf("sent %+v and %+v", f1, f2)
	}
	p.send(`{"type":"reply","id":"unknown","ok":true}`)
	p.send(`{"type":"reply","id":%q,"ok":true,"seq":1,"data":{"note":{"id":"not_2"}}}`, f2.ID)
	p.send(`{"type":"reply","id":%q,"ok":true,"data":{"note":{"id":"not_1"}}}`, f1.ID)
	if err := errors.Join(wait(t, r1, "a reply"), wait(t, r2, "a reply")); err != nil {
		t.Fatal(err)
	}
	if first.Note.ID != "not_1" || second.Note.ID != "not_2" {
		t.Errorf("replies %q and %q", first.Note.ID, second.Note.ID)
	}
}

func TestARefusalIsTyped(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	c, p := s.connect(o)
	r := do(t.Context(), c, "offer.accept", protocol.OfferAccept{OfferID: "off_1"}, nil)
	p.send(`{"type":"reply","id":%q,"ok":false,"error":{"code":"rate_limited","message":"Slower.","data":{"retry_after_ms":40}}}`, p.expect("command").ID)
	var refused *client.CommandError
	if err := wait(t, r, "a refusal"); !errors.As(err, &refused) || refused.Code != "rate_limited" || refused.Data.RetryAfterMS != 40 {
		t.Errorf("got %v", err)
	}
	r = do(t.Context(), c, "offer.accept", nil, nil)
	f := p.expect("command")
	if f.Data != nil {
		t.Errorf("no data was sent as %s", f.Data)
	}
	p.send(`{"type":"reply","id":%q,"ok":false}`, f.ID)
	if err := wait(t, r, "a refusal"); !errors.Is(err, client.ErrProtocol) {
		t.Errorf("got %v", err)
	}
}

func TestUnansweredCommandsAreSentAgainWithTheirIDs(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	c, p := s.connect(o)
	answered := do(t.Context(), c, "one", nil, nil)
	p.send(`{"type":"reply","id":%q,"ok":true}`, p.expect("command").ID)
	if err := wait(t, answered, "a reply"); err != nil {
		t.Fatal(err)
	}
	lost := do(t.Context(), c, "two", nil, nil)
	id := p.expect("command").ID
	p.drop()
	p = s.next()
	p.expect("resume")
	later := do(t.Context(), c, "three", nil, nil) // while away: waits for the stream
	p.send(`{"type":"resumed","from":1,"to":0}`)
	f := p.expect("command")
	if f.ID != id || f.Name != "two" {
		t.Errorf("sent again: %+v, want id %s", f, id)
	}
	p.send(`{"type":"reply","id":%q,"ok":true}`, f.ID)
	f = p.expect("command")
	p.send(`{"type":"reply","id":%q,"ok":true}`, f.ID)
	if err := errors.Join(wait(t, lost, "a reply"), wait(t, later, "a reply")); err != nil || f.Name != "three" {
		t.Error(f, err)
	}
}

func TestACommandWhoseCallerLeftIsNotSentAgain(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	c, p := s.connect(o)
	ctx, cancel := context.WithCancel(t.Context())
	left := do(ctx, c, "left", nil, nil)
	p.expect("command")
	cancel()
	if err := wait(t, left, "the end of the wait"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	stays := do(t.Context(), c, "stays", nil, nil)
	p.expect("command")
	p.drop()
	p = s.next()
	p.expect("resume")
	p.send(`{"type":"resumed","from":1,"to":0}`)
	f := p.expect("command")
	p.send(`{"type":"reply","id":%q,"ok":true}`, f.ID)
	if err := wait(t, stays, "a reply"); err != nil || f.Name != "stays" {
		t.Error(f, err)
	}
}

func TestTheServersWindowIsKept(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	result := s.dial(o)
	p := s.accept()
	p.hello(15000, 2)
	p.begin()
	d := <-result
	if d.err != nil {
		t.Fatal(d.err)
	}
	defer func() { s.dropAll(); _ = d.c.Close() }()
	const n = 6
	var done atomic.Int32
	finished := make(chan struct{})
	for range n {
		if err := d.c.Go("step", nil, func(_ protocol.Reply, err error) {
			if err == nil && done.Add(1) == n {
				close(finished)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	ids := []string{p.expect("command").ID, p.expect("command").ID}
	for range n - 2 {
		p.send(`{"type":"ping","n":1}`)
		if f := p.read(); f.Type != "pong" { // nothing else may come: the window is full
			t.Fatalf("the client sent %+v", f)
		}
		p.send(`{"type":"reply","id":%q,"ok":true}`, ids[0])
		ids = append(ids[1:], p.expect("command").ID)
	}
	for _, id := range ids {
		p.send(`{"type":"reply","id":%q,"ok":true}`, id)
	}
	wait(t, finished, "all replies")
	if sorted := slices.Clone(ids); slices.Compact(sorted) == nil || ids[0] == ids[1] {
		t.Error("ids repeat")
	}
}

func TestGoWorksFromAHandler(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	var c atomic.Pointer[client.Client]
	replied := make(chan string, 1)
	ready := make(chan struct{})
	o.OnEvent = func(client.Event) {
		<-ready
		err := c.Load().Go("offer.accept", protocol.OfferAccept{OfferID: "off_1"}, func(r protocol.Reply, err error) {
			if err == nil {
				replied <- string(r.Data)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
	made, p := s.connect(o)
	c.Store(made)
	close(ready)
	p.event(1)
	p.send(`{"type":"reply","id":%q,"ok":true,"data":{"x":1}}`, p.expect("command").ID)
	if got := wait(t, replied, "the reply"); got != `{"x":1}` {
		t.Errorf("reply %s", got)
	}
}

func TestWaitingCommandsAreBoundedAndEndWithTheClient(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	c, p := s.connect(o)
	var ended atomic.Int32
	for range client.MaxWaiting {
		if err := c.Go("step", nil, func(_ protocol.Reply, err error) {
			if errors.Is(err, client.ErrClosed) {
				ended.Add(1)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Go("step", nil, nil); !errors.Is(err, client.ErrTooMany) {
		t.Errorf("one too many: %v", err)
	}
	p.drop()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if n := ended.Load(); n != client.MaxWaiting {
		t.Errorf("%d were told", n)
	}
	if err := c.Do(t.Context(), "late", nil, nil); !errors.Is(err, client.ErrClosed) || !errors.Is(c.Err(), client.ErrClosed) {
		t.Errorf("after Close: %v, %v", err, c.Err())
	}
}

func TestClosingSaysGoodbye(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	c, p := s.connect(o)
	closed := make(chan error, 1)
	go func() { closed <- c.Close() }()
	_, _, err := p.ws.Read(t.Context())
	if err == nil || err.Error() == "" {
		t.Fatal("no end")
	}
	if wait(t, closed, "Close"); !isNormal(err) {
		t.Errorf("the server read %v", err)
	}
}

func TestClosingDoesNotWaitLongForADeadServer(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	c, _ := s.connect(o)
	began := time.Now()
	_ = c.Close() // the server does not read
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestManyGoroutinesMaySendWhileTheConnectionBreaks(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	c, p := s.connect(o)
	const n = 200
	results := make(chan error, n)
	for range n {
		go func() { results <- c.Do(context.Background(), "step", nil, nil) }()
	}
	answered := map[string]bool{}
	var early []frame // commands that came before a pong
	for i := 0; len(answered) < n; i++ {
		var f frame
		if len(early) > 0 {
			f, early = early[0], early[1:]
		} else {
			f = p.expect("command")
		}
		if answered[f.ID] {
			t.Fatalf("%s was answered and sent again", f.ID)
		}
		if i%20 == 7 { // carried out, and the answer is lost
			p.drop()
			p, early = s.next(), nil
			p.expect("resume")
			p.send(`{"type":"resumed","from":1,"to":0}`)
			continue
		}
		answered[f.ID] = true
		p.send(`{"type":"reply","id":%q,"ok":true}`, f.ID)
		if i%20 == 6 { // the client has the answer before the connection breaks
			p.send(`{"type":"ping","n":1}`)
			for f := p.read(); f.Type != "pong"; f = p.read() {
				early = append(early, f)
			}
		}
	}
	for range n {
		if err := wait(t, results, "a reply"); err != nil {
			t.Fatal(err)
		}
	}
}
