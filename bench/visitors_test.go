package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// pageServer answers the pages of a load, as a server does or as a test wants it.
type pageServer struct {
	t *testing.T
	l *load

	mu    sync.Mutex
	queue []sentBy // without an answer yet
}

type sentBy struct {
	p    *visitor
	done func(protocol.Reply, error)
}

// pageLine is a page's connection to it.
type pageLine struct {
	s *pageServer
	p *visitor
}

func (c *pageLine) Go(name string, data any, done func(protocol.Reply, error)) error {
	if m, ok := data.(protocol.WidgetSend); name != "message.send" || !ok || m.Text != customerText {
		c.s.t.Errorf("%s %+v", name, data)
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.queue = append(c.s.queue, sentBy{c.p, done})
	return nil
}
func (c *pageLine) Stats() client.Stats { return client.Stats{Events: 3} }
func (c *pageLine) Err() error          { return nil }
func (c *pageLine) Close() error        { return nil }

// sent are the messages without an answer yet.
func (s *pageServer) sent() []sentBy {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.queue)
}

// onPages is a load with n pages, all of one queue.
func onPages(t *testing.T, n int) *pageServer {
	t.Helper()
	s := DefaultScenario()
	s.Queues, s.Customers = 1, Customers{Channel: Web, Sockets: n}
	s.Arrivals.Kind = Poisson
	f := &Fleet{ctx: context.Background(), org: &organisation{queues: []string{"que_1"}}}
	l := &load{f: f, s: s, name: "run", m: newMeasures()}
	l.visits = &visits{idle: map[string][]*visitor{}, waiting: map[string][]*cycle{}}
	srv := &pageServer{t: t, l: l}
	for i := range n {
		p := &visitor{l: l, contact: fmt.Sprint("run-", i), queue: "que_1"}
		p.c = &pageLine{srv, p}
		l.visits.pages = append(l.visits.pages, p)
		l.visits.idle["que_1"] = append(l.visits.idle["que_1"], p)
	}
	return srv
}

// next answers the message that was sent first, and says whose page sent it.
func (s *pageServer) next(conversation, id string, err error) *visitor {
	s.t.Helper()
	sent := s.sent()
	if len(sent) == 0 {
		s.t.Fatal("nothing was sent")
	}
	m := sent[0]
	s.mu.Lock()
	s.queue = s.queue[1:]
	s.mu.Unlock()
	m.done(protocol.Reply{Data: written(s.t, protocol.MessageReply{Message: protocol.Message{ID: id, ConversationID: conversation}})}, err)
	return m.p
}

func (s *pageServer) shows(p *visitor, conversation, id, author string, seq int64) {
	s.t.Helper()
	p.event(client.Event{Name: protocol.EventConversationMessage, Data: written(s.t, protocol.WidgetMessage{
		ConversationID: conversation, Message: protocol.Message{ID: id, ConversationID: conversation, Seq: seq, Author: protocol.Author{Kind: author}},
	})})
}

func (s *pageServer) tells(p *visitor, conversation, state string) {
	s.t.Helper()
	p.event(client.Event{Name: protocol.EventConversationState, Data: written(s.t, protocol.WidgetConversation{ID: conversation, State: state})})
}

// said is an agent's message that is acknowledged.
func (s *pageServer) said(c *cycle, id string) {
	c.mu.Lock()
	c.acknowledge(2*c.answered+1, id)
	c.answered++
	seen := c.heard == c.answered
	c.mu.Unlock()
	if seen {
		s.l.due(context.Background(), c)
	}
}

// closes is the acknowledgement of an agent's close.
func (s *pageServer) closes(c *cycle) {
	c.mu.Lock()
	c.closed = true
	over := c.ends()
	c.mu.Unlock()
	if over {
		s.l.over(context.Background(), c)
	}
}

func (s *pageServer) pagesAreWrong() Check {
	var k Check
	k.pages(s.l.all)
	return k
}

func TestACustomerOnAPageWritesBackOnceTheAgentsMessageIsShownAndAcknowledged(t *testing.T) {
	for _, shownFirst := range []bool{false, true} {
		s := onPages(t, 1)
		s.l.newCustomer(t.Context(), time.Now())
		c := s.l.all[0]
		p := s.next("cnv_1", "msg_1", nil)
		s.shows(p, "cnv_1", "msg_1", "contact", 1)
		if shownFirst {
			s.shows(p, "cnv_1", "msg_2", "agent", 2)
			s.shows(p, "cnv_1", "msg_2", "agent", 2) // as after a snapshot
			if len(s.sent()) != 0 {
				t.Fatal("the customer wrote back before the agent knew that its message was taken")
			}
			s.said(c, "msg_2")
		} else {
			s.said(c, "msg_2")
			if len(s.sent()) != 0 {
				t.Fatal("the customer wrote back to what it was not shown")
			}
			s.shows(p, "cnv_1", "msg_2", "agent", 2)
		}
		if len(s.sent()) != 1 {
			t.Fatalf("%d messages of the customer", len(s.sent()))
		}
		s.next("cnv_1", "msg_3", nil)
		s.shows(p, "cnv_1", "msg_3", "contact", 3)
		s.closes(c)
		s.tells(p, "cnv_1", "closed")
		if k := s.pagesAreWrong(); k.Wrong != 0 || k.Shown != 1 {
			t.Errorf("%+v", k)
		}
		if n := s.l.m.seen.all.TotalCount(); n != 0 { // it came outside the measured part
			t.Errorf("%d latencies", n)
		}
	}
}

func TestAConversationOnAPageIsOverWhenAllOfItIsThere(t *testing.T) {
	steps := []string{"answered", "closed", "told"}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		s := onPages(t, 1)
		s.l.newCustomer(t.Context(), time.Now())
		c := s.l.all[0]
		p := s.next("cnv_1", "msg_1", nil)
		s.shows(p, "cnv_1", "msg_1", "contact", 1)
		s.shows(p, "cnv_1", "msg_2", "agent", 2)
		s.said(c, "msg_2")
		for i, step := range order {
			if n := s.l.open.Load(); n != 1 {
				t.Fatalf("%v: over after %d of them", order, i)
			}
			switch steps[step] {
			case "answered":
				s.next("cnv_1", "msg_3", nil)
			case "closed":
				s.closes(c)
			case "told":
				s.tells(p, "cnv_0", "closed") // the one before it
				s.tells(p, "cnv_1", "active")
				s.tells(p, "cnv_1", "closed")
			}
		}
		s.tells(p, "cnv_1", "closed")
		if n := s.l.open.Load(); n != 0 || s.l.m.allDone.Load() != 1 {
			t.Errorf("%v: %d open, %d done", order, n, s.l.m.allDone.Load())
		}
	}
}

func TestACustomerWaitsForAPageAndThenHasAConversationOfTheirOwn(t *testing.T) {
	s := onPages(t, 2)
	for range 3 {
		s.l.newCustomer(t.Context(), time.Now())
	}
	if len(s.sent()) != 2 {
		t.Fatalf("%d customers wrote from two pages", len(s.sent()))
	}
	s.next("cnv_1", "msg_1", nil)
	p := s.next("cnv_2", "msg_2", nil)
	s.closes(s.l.all[1])
	s.tells(p, "cnv_2", "closed")
	if len(s.sent()) != 1 || s.sent()[0].p != p {
		t.Fatalf("the third has not the page of the second: %+v", s.sent())
	}
	s.shows(p, "cnv_2", "msg_9", "agent", 2) // late: it is of the one before
	s.next("cnv_3", "msg_3", nil)
	third := s.l.all[2]
	if third.contact != s.l.all[1].contact || third.id != "cnv_3" || third.heard != 0 {
		t.Errorf("%+v", third)
	}
	if now, _ := s.l.cycles.Load(p.contact); now != third {
		t.Error("the contact's conversation is still the one before")
	}
}

func TestAPageTakesUpWhatASnapshotHolds(t *testing.T) {
	s := onPages(t, 1)
	s.l.newCustomer(t.Context(), time.Now())
	c := s.l.all[0]
	p := s.next("cnv_1", "msg_1", nil)
	s.said(c, "msg_2")
	data := protocol.WidgetData{Conversation: &protocol.WidgetConversation{ID: "cnv_1", State: "active"}, Messages: []protocol.Message{
		{ID: "msg_1", Seq: 1, Author: protocol.Author{Kind: "contact"}}, {ID: "msg_2", Seq: 2, Author: protocol.Author{Kind: "agent"}},
	}}
	p.snapshot(client.Snapshot{Data: json.RawMessage(written(t, data))})
	s.next("cnv_1", "msg_3", nil)
	data.Messages = append(data.Messages, protocol.Message{ID: "msg_3", Seq: 3, Author: protocol.Author{Kind: "contact"}})
	data.Conversation.State = "closed"
	s.closes(c)
	p.snapshot(client.Snapshot{Data: json.RawMessage(written(t, data))})
	if k := s.pagesAreWrong(); k.Wrong != 0 || k.Shown != 1 || s.l.open.Load() != 0 || len(s.sent()) != 0 {
		t.Errorf("%+v, %d open, %d sent", k, s.l.open.Load(), len(s.sent()))
	}
}

func TestTheLedgerCatchesWhatAPageWasShownWrong(t *testing.T) {
	for name, shows := range map[string][]message{
		"lost":         {{id: "msg_1", seq: 1}, {id: "msg_3", seq: 3}},
		"last lost":    {{id: "msg_1", seq: 1}, {id: "msg_2", seq: 2}},
		"nothing":      {},
		"another":      {{id: "msg_1", seq: 1}, {id: "msg_x", seq: 2}, {id: "msg_3", seq: 3}},
		"two of them":  {{id: "msg_1", seq: 1}, {id: "msg_2", seq: 2}, {id: "msg_x", seq: 2}, {id: "msg_3", seq: 3}},
		"again, moved": {{id: "msg_1", seq: 1}, {id: "msg_2", seq: 2}, {id: "msg_3", seq: 3}, {id: "msg_1", seq: 4}},
		"swapped":      {{id: "msg_2", seq: 1}, {id: "msg_1", seq: 2}, {id: "msg_3", seq: 3}},
		"far away":     {{id: "msg_1", seq: 1}, {id: "msg_2", seq: 2}, {id: "msg_3", seq: 1 << 40}},
		"no place":     {{id: "msg_1", seq: 0}, {id: "msg_2", seq: 2}, {id: "msg_3", seq: 3}},
		"out of order": {{id: "msg_2", seq: 2}, {id: "msg_1", seq: 1}, {id: "msg_3", seq: 3}},
	} {
		c := &cycle{id: "cnv_1", page: &visitor{}, closed: true, said: []string{"msg_1", "msg_2", "msg_3"}}
		for _, m := range shows {
			c.see(m)
		}
		var k Check
		if k.pages([]*cycle{c}); k.Wrong != 1 || !strings.Contains(k.Examples[0], "cnv_1: its customer was shown") {
			t.Errorf("%s: %+v (%q)", name, k, c.shown)
		}
	}
}

func TestAPageThatIsRefusedForNowSendsAgain(t *testing.T) {
	for _, code := range []protocol.Code{protocol.CodeRateLimited, protocol.CodeOverloaded} {
		synctest.Test(t, func(t *testing.T) {
			s := onPages(t, 1)
			s.l.newCustomer(t.Context(), time.Now())
			s.next("", "", &client.CommandError{Code: code})
			synctest.Wait()
			if len(s.sent()) != 0 {
				t.Fatal("sent again at once")
			}
			time.Sleep(busyPause)
			synctest.Wait()
			s.next("cnv_1", "msg_1", nil)
			if c := s.l.all[0]; c.id != "cnv_1" || !slices.Equal(c.said, []string{"msg_1"}) || s.l.m.refusals.Load() != 0 {
				t.Errorf("%+v, %d refusals", c, s.l.m.refusals.Load())
			}
		})
	}
	s := onPages(t, 1)
	s.l.newCustomer(t.Context(), time.Now())
	s.next("", "", &client.CommandError{Code: protocol.CodeInternal})
	if s.l.m.refusals.Load() != 1 || len(s.sent()) != 0 {
		t.Errorf("%d refusals, %d sent", s.l.m.refusals.Load(), len(s.sent()))
	}
}

func TestFramesOfPagesAreCountedAndAFewPagesAreToldOf(t *testing.T) {
	s := onPages(t, 2)
	s.l.newCustomer(t.Context(), time.Now())
	if n := s.l.visits.frames(); n != 2*3+2 {
		t.Errorf("%d frames", n)
	}
	if n := s.l.visits.note(13, time.Second); n != nil {
		t.Error(n)
	}
	if n := s.l.visits.note(15, time.Second); len(n) != 1 || !strings.Contains(n[0], "75 % of the commands that their pages may") {
		t.Error(n)
	}
	var none *visits
	if none.frames() != 0 || none.commands() != 0 || none.note(1, time.Second) != nil {
		t.Error("customers over HTTP have pages")
	}
	none.close()
}

func TestHowCustomersWriteIsInTheTextAndOnThePage(t *testing.T) {
	for _, c := range []struct {
		customers Customers
		want      string
	}{{Customers{Channel: Generic, Sockets: 5}, "customers over HTTP"}, {Customers{Channel: Web, Sockets: 321}, "customers on 321 websockets of web chat"}} {
		r := sampleResult(t)
		r.Scenario.Customers = c.customers
		r.Check.Shown = 17
		var text, page strings.Builder
		if err := r.Text(&text); err != nil {
			t.Fatal(err)
		}
		if err := (&Report{Runs: []*Result{r}}).HTML(&page); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), c.want) || !strings.Contains(page.String(), c.want) || !strings.Contains(text.String(), "in order: 17 conversations") {
			t.Errorf("no %q:\n%s", c.want, &text)
		}
	}
}

func TestLoadsOfOtherCustomersAreNotCompared(t *testing.T) {
	of := func(c Customers) *Report { // two runs of a load
		r := &Result{Scenario: DefaultScenario(), CyclesPerSec: 1}
		r.Scenario.Customers = c
		return &Report{Runs: []*Result{r, r}}
	}
	old, http := of(Customers{}), of(Customers{Channel: Generic, Sockets: 1000})
	if _, err := Compare(old, http); err != nil {
		t.Errorf("a report of before: %v", err)
	}
	if _, err := Compare(of(Customers{Channel: Web, Sockets: 1000}), http); err == nil {
		t.Error("customers over HTTP and on pages were compared")
	}
	if _, err := Compare(of(Customers{Channel: Web, Sockets: 1000}), of(Customers{Channel: Web, Sockets: 100})); err == nil {
		t.Error("other numbers of pages were compared")
	}
}
