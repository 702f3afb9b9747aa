package client_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pronto/client"
	"pronto/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEventsComeInOrderAfterTheSnapshot(t *testing.T) {
	s := newServer(t)
	o, got := s.options()
	c, p := s.connect(o)
	got.expectSnapshot(t, "start0")
	p.event(1, 2, 3, 4, 5)
	got.expectEvents(t, 1, 2, 3, 4, 5)
	p.send(`{"type":"ping","n":7}`)
	if pong := p.expect("pong"); pong.N != 7 || pong.Seq != 5 {
		t.Errorf("pong %+v", pong)
	}
	want := []client.Handled{{Seq: 3, Name: "conversation.read"}, {Seq: 4, Name: "conversation.read"}, {Seq: 5, Name: "conversation.read"}}
	if recent := c.Recent(); !slices.Equal(recent, want) || c.Seq() != 5 {
		t.Errorf("recent %v at %d", recent, c.Seq())
	}
}

func TestAnEventsPartsAreReadHoweverTheyAreSpelled(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	type read struct {
		name   string
		at     time.Time
		unread int
	}
	got := make(chan read, 2)
	o.OnEvent = func(e client.Event) {
		var d protocol.ConversationRead
		if err := e.Decode(&d); err != nil {
			t.Error(err)
		}
		got <- read{e.Name, e.At(), d.Unread}
	}
	_, p := s.connect(o)
	p.send(`{"type":"event","seq":1,"name":"conversation.read","at":"2026-11-23T12:00:00.250Z","data":{"unread":3}}`)
	p.send(`{ "data": {"unread":3}, "at":"2026-11-23T12:00:00.250Z", "name":"conversation\u002eread", "seq":2, "type":"event" }`)
	want := read{"conversation.read", time.Date(2026, 11, 23, 12, 0, 0, 250e6, time.UTC), 3}
	for range 2 {
		if r := wait(t, got, "an event"); r != want {
			t.Errorf("read %+v", r)
		}
	}
}

func TestAClientResumesWhereItWasAndSkipsWhatItHas(t *testing.T) {
	s := newServer(t)
	o, got := s.options()
	c, p := s.connect(o)
	p.event(1, 2)
	got.expectEvents(t, 1, 2)
	for n := 2; n <= 3; n++ { // the second time it resumes by what the second hello said
		c.Drop()
		p = s.next()
		f := p.expect("resume")
		if f.Session != s.session(n-1) || f.ResumeToken != s.resumeToken(n-1) || f.Epoch != "e1" || f.Seq != int64(2*n-2) {
			t.Fatalf("resume %+v", f)
		}
		have := 2*n - 2
		p.send(`{"type":"resumed","from":%d,"to":%d}`, have+1, have+2)
		p.event(have, have+1, have+1, have+2) // with repetitions
		got.expectEvents(t, int64(have+1), int64(have+2))
	}
	if st := c.Stats(); st.Resumes != 2 || st.Duplicates != 4 || st.Events != 6 || st.Connections != 3 || st.Snapshots != 1 || st.Gaps != 0 {
		t.Errorf("%+v", st)
	}
}

func TestAResumeThatIsCutKeepsTheOldPlace(t *testing.T) {
	s := newServer(t)
	o, got := s.options()
	_, p := s.connect(o)
	p.event(1)
	got.expectEvents(t, 1)
	p.drop()
	p = s.next()
	p.expect("resume")
	p.drop() // before it said resumed
	p = s.next()
	if f := p.expect("resume"); f.Session != "ses_1" || f.ResumeToken != "rt1" || f.Seq != 1 {
		t.Errorf("resume %+v", f)
	}
}

func TestAnExpiredSessionGivesASnapshot(t *testing.T) {
	s := newServer(t)
	o, got := s.options()
	_, p := s.connect(o)
	got.expectSnapshot(t, "start0")
	p.event(1, 2)
	got.expectEvents(t, 1, 2)
	p.drop()
	p = s.next()
	p.expect("resume")
	p.snapshot(40, "expired")
	got.expectSnapshot(t, "expired40")
	p.event(41)
	got.expectEvents(t, 41)
	p.snapshot(90, "overrun") // also in the middle of a connection
	got.expectSnapshot(t, "overrun90")
	p.event(91)
	got.expectEvents(t, 91)
}

func TestAGapIsResumedAndTheSameGapAgainStartsOver(t *testing.T) {
	s := newServer(t)
	o, got := s.options()
	c, p := s.connect(o)
	p.event(1, 3)
	got.expectEvents(t, 1)
	p = s.next()
	if f := p.expect("resume"); f.Seq != 1 {
		t.Fatalf("resume %+v", f)
	}
	p.send(`{"type":"resumed","from":3,"to":3}`) // the server does not have event 2 either
	p = s.next()
	p.expect("start")
	p.snapshot(0, "start")
	p.event(1)
	got.expectEvents(t, 1)
	if st := c.Stats(); st.Gaps != 2 {
		t.Errorf("%+v", st)
	}
}

func TestASilentServerIsLeft(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	result := s.dial(o)
	p := s.accept()
	p.hello(20, 8) // pings every 20 ms are promised
	p.begin()
	d := <-result
	if d.err != nil {
		t.Fatal(d.err)
	}
	defer func() {
		s.dropAll()
		_ = d.c.Close()
	}()
	p.send(`{"type":"ping","n":1}`)
	p.expect("pong")
	if f := s.next().expect("resume"); f.Session != "ses_1" {
		t.Errorf("resume %+v", f)
	}
}

func TestADrainedServerIsLeftInTime(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	_, p := s.connect(o)
	p.send(`{"type":"drain","reconnect_within_ms":20}`)
	p.send(`{"type":"ping","n":1}`)
	s.next().expect("resume")
}

func TestCloseCodesDecideWhetherToComeBack(t *testing.T) {
	for code, back := range map[int]bool{
		1001: true, 1011: true, 1012: true, 1013: true, 4008: true,
		1000: false, 1009: false, 4000: false, 4001: false, 4003: false, 4009: false, 4010: false, 4029: false,
	} {
		s := newServer(t)
		o, got := s.options()
		c, p := s.connect(o)
		p.close(code)
		if back {
			s.next().expect("resume")
			continue
		}
		if g := asGiveUp(t, mustEnd(t, c)); int(g.Code) != code {
			t.Errorf("%d: gave up with %d", code, g.Code)
		}
		states := []client.State{<-got.states, <-got.states, <-got.states}
		if !slices.Equal(states, []client.State{client.Connecting, client.Live, client.Ended}) {
			t.Errorf("%d: %v", code, states)
		}
	}
}

func TestRefusedUpgradesDecideWhetherToTryAgain(t *testing.T) {
	for status, again := range map[int]bool{503: true, 429: true, 500: true, 401: false, 403: false, 404: false, 400: false} {
		s := newServer(t)
		s.refuseNext(problem(status, "x"))
		o, _ := s.options()
		result := s.dial(o)
		if again {
			s.next().begin()
			d := <-result
			if d.err != nil {
				t.Fatal(status, d.err)
			}
			s.dropAll()
			_ = d.c.Close()
			continue
		}
		d := <-result
		var api *client.APIError
		if asGiveUp(t, d.err); !errors.As(d.err, &api) || api.Status != status {
			t.Errorf("%d: %v", status, d.err)
		}
	}
}

func TestBrokenFramesEndTheConnectionOnly(t *testing.T) {
	for _, broken := range []string{
		`{`, `[]`, `null`, `{"type":5}`, `{"type":"event","seq":"x"}`, `{"type":"event"`, `{"type":"reply","ok":7}`,
		`{"type":"snapshot","seq":{}}`, `{"type":"resumed","from":"x"}`, `{"type":"ping","n":"x"}`, `{"type":"drain","reconnect_within_ms":"x"}`,
	} {
		s := newServer(t)
		o, _ := s.options()
		_, p := s.connect(o)
		p.send(`{"type":"something new","x":1}`) // is left alone
		p.send("%s", broken)
		s.next().expect("resume")
	}
}

func TestTheServerMustGreetAndBeginInOrder(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	result := s.dial(o)
	s.accept().snapshot(0, "start") // no hello
	p := s.next()
	p.expect("start")
	p.event(1) // no snapshot
	s.next().begin()
	d := <-result
	if d.err != nil {
		t.Fatal(d.err)
	}
	s.dropAll()
	_ = d.c.Close()
}

func TestAFrameLongerThanAllowedEndsTheConnection(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	o.MaxFrameBytes = 1000
	_, p := s.connect(o)
	p.send(`{"type":"later","x":"%01000d"}`, 1)
	s.next().expect("resume")
}

func TestASlowHandlerHoldsTheStreamAndLosesNothing(t *testing.T) {
	s := newServer(t)
	o, got := s.options()
	release := make(chan struct{})
	o.OnEvent = func(e client.Event) {
		<-release
		got.events <- e.Seq
	}
	_, p := s.connect(o)
	p.event(1, 2, 3)
	p.close(4008)
	close(release)
	got.expectEvents(t, 1, 2, 3)
	if f := s.next().expect("resume"); f.Seq != 3 {
		t.Errorf("resume %+v", f)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	go func() {
		p := s.next()
		p.expect("start") // and no answer
		cancel(why)
	}()
	if c, err := client.Dial(ctx, o); !errors.Is(err, why) || c != nil {
		t.Errorf("got %v", err)
	}
}

func TestSigningInIsRepeatedWhenTheSessionHasEnded(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	o.Token, o.Login, o.Password = "", "ana", "right"
	c, p := s.connect(o)
	if c.REST().Token() != "tok1" {
		t.Errorf("token %q", c.REST().Token())
	}
	s.mu.Lock()
	s.token = "none" // the session has expired
	s.mu.Unlock()
	p.drop()
	s.next().expect("resume")
	if c.REST().Token() != "tok2" {
		t.Errorf("token %q", c.REST().Token())
	}
}

func TestAWrongPasswordIsFinal(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	o.Token, o.Login, o.Password = "", "ana", "wrong"
	d := <-s.dial(o)
	var api *client.APIError
	if asGiveUp(t, d.err); !errors.As(d.err, &api) || api.Status != http.StatusUnauthorized {
		t.Errorf("got %v", d.err)
	}
}

func TestEachConnectionTakesANewTicket(t *testing.T) {
	s := newServer(t)
	o, _ := s.options()
	o.UseTicket = true
	_, p := s.connect(o)
	p.close(4001) // the ticket was too old: take another
	s.next().expect("resume")
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.upgrades {
		if !hasSubprotocol(r, "ticket.tick"+string(rune('1'+i))) || r.Header.Get("Authorization") != "" || r.Header.Get("Origin") != s.URL {
			t.Errorf("upgrade %d: %v", i, r.Header)
		}
	}
}

func TestASessionIsOneGoroutine(t *testing.T) {
	s := newServer(t)
	const n = 40
	before := runtime.NumGoroutine()
	for range n {
		o, _ := s.options()
		s.connect(o)
	}
	deadline := time.Now().Add(patience)
	for runtime.NumGoroutine() > before+n { // those of the upgrades are ending
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines for %d sessions", runtime.NumGoroutine()-before, n)
		}
		runtime.Gosched()
	}
}
