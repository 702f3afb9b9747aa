package actors

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
)

// shelf is a store in memory for one conversation, whose writes wait while gate is held.
type shelf struct {
	hours    dispatch.ContactHours
	settings int64
	mu       sync.Mutex
	state    dispatch.ConversationSnapshot
	agent    dispatch.AgentSnapshot
	answers  map[dispatch.CommandID]dispatch.CommandAnswered
	gate     chan struct{} // nil: open
	fail     error         // of the next write
	failRead error         // of the next read of messages
	order    []string      // texts in the order in which they became durable
	tickets  int           // that wait in every queue
	atTicket func(i int)   // nil: nothing happens
	loaded   int
	chats    []dispatch.Chat
	stranger bool // the visitor has no conversation yet
	due      []dispatch.ConversationID
	asked    []dispatch.ConversationID // which conversations were loaded
}

func newShelf(agent dispatch.AgentID, conversation dispatch.ConversationID) *shelf {
	s := &shelf{answers: map[dispatch.CommandID]dispatch.CommandAnswered{}}
	s.agent = dispatch.AgentSnapshot{ID: agent, Status: dispatch.StatusReady}
	s.state = dispatch.ConversationSnapshot{ID: conversation, Version: 1, State: dispatch.ConversationActive, Epoch: 1, Owner: agent, Weight: 1, Placed: 1}
	return s
}

func (s *shelf) LoadConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, Saver, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, id)
	loaded := s.state
	loaded.Deliveries = slices.Clone(s.state.Deliveries) // changed in place
	return loaded, s, nil
}

func (s *shelf) NewConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, Saver) {
	return dispatch.ConversationSnapshot{ID: id}, s
}

func (s *shelf) Save(_ context.Context, _ time.Time, state *dispatch.ConversationSnapshot, records []dispatch.Record) error {
	s.mu.Lock()
	gate, fail := s.gate, s.fail
	s.fail = nil
	s.mu.Unlock()
	if len(records) == 0 {
		return nil
	}
	if gate != nil {
		<-gate
	}
	if fail != nil {
		return fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = *state
	for _, r := range records {
		switch r := r.(type) {
		case dispatch.CommandAnswered:
			s.answers[r.Cause.Command] = r
		case dispatch.MessageAppended:
			s.order = append(s.order, r.Message.Text)
		}
	}
	return nil
}

func (s *shelf) LoadAgent(dispatch.AgentID) (dispatch.AgentSnapshot, error) { return s.agent, nil }

func (s *shelf) SaveAgent(_ context.Context, _ time.Time, state *dispatch.AgentSnapshot, records []dispatch.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := s.fail
	s.fail = nil
	if fail != nil {
		return fail
	}
	s.agent = *state
	for _, r := range records {
		if a, ok := r.(dispatch.CommandAnswered); ok {
			s.answers[a.Cause.Command] = a
		}
	}
	return nil
}

func (s *shelf) SaveDraft(context.Context, dispatch.AgentID, dispatch.Draft) error { return nil }

func (s *shelf) Drafts(dispatch.AgentID) ([]dispatch.Draft, error) { return nil, nil }

func (s *shelf) AgentSlots(id dispatch.AgentID) ([]dispatch.Slot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slot, ok := s.state.SlotOf(id); ok {
		return []dispatch.Slot{slot}, nil
	}
	return nil, nil
}

func (s *shelf) Answer(_ string, id dispatch.CommandID) (dispatch.CommandAnswered, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.answers[id]
	return a, ok, nil
}

func (s *shelf) Answered(_ string, fn func(dispatch.CommandID) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.answers {
		if err := fn(id); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) FindArrival(dispatch.ChannelID, dispatch.ContactID, []dispatch.ContactID, dispatch.ExternalID) (dispatch.Found, error) {
	return dispatch.Found{}, nil
}

func (s *shelf) Served(dispatch.QueueID, time.Time) ([]dispatch.ServiceSample, error) {
	return nil, nil
}

func (s *shelf) Waits(dispatch.QueueID, time.Time) ([]dispatch.LoggedWait, error) { return nil, nil }

func (s *shelf) EachWaiting(_ dispatch.QueueID, fn func(*dispatch.Ticket) error) error {
	for i := range s.tickets {
		id := dispatch.ConversationID(dispatch.FormatID("cnv", time.Now(), 1, uint64(i+1)))
		if err := fn(&dispatch.Ticket{Conversation: id, Version: 1, EnqueuedAt: time.Now(), Weight: 1}); err != nil {
			return err
		}
		s.loaded++
		if s.atTicket != nil {
			s.atTicket(i)
		}
	}
	return nil
}

func (s *shelf) Messages(dispatch.ConversationID, uint64, int) ([]dispatch.Chat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := s.failRead
	s.failRead = nil
	return s.chats, fail
}

// Conversation and Deliver make the shelf's conversation that of every visitor.
func (s *shelf) Settings(*Visitor) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

func (s *shelf) Hours(*Visitor) dispatch.ContactHours {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hours
}

func (s *shelf) Conversation(*Visitor) (dispatch.ConversationID, error) {
	if s.stranger {
		return "", nil
	}
	return s.state.ID, nil
}

func (s *shelf) Deliver(_ context.Context, _ *Visitor, m dispatch.InboundChat) (dispatch.ReplyMessage, error) {
	return dispatch.ReplyMessage{Conversation: s.state.ID, Message: dispatch.Chat{Text: m.Text}}, nil
}

func (s *shelf) ReadyAgents(func(dispatch.AgentID) error) error { return nil }

func (s *shelf) BusyAgents(func(dispatch.AgentID) error) error { return nil }

func (s *shelf) QueuesWithWaiting(func(dispatch.QueueID) error) error { return nil }

func (s *shelf) Deadlines(now time.Time, _ int, fn func(dispatch.ConversationID, time.Time) error) error {
	for _, id := range s.due {
		if err := fn(id, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) OutboxConversations(func(dispatch.ConversationID) error) error { return nil }

func (s *shelf) Rules(dispatch.QueueID, dispatch.ChannelID) dispatch.Rules {
	return dispatch.DefaultRules()
}

func (s *shelf) Profile(dispatch.AgentID) dispatch.AgentProfile {
	return dispatch.AgentProfile{Capacity: 4}
}

func (s *shelf) QueueSettings(dispatch.QueueID) dispatch.QueueSettings {
	return dispatch.DefaultQueueSettings()
}

func (s *shelf) Members(dispatch.QueueID) []dispatch.AgentID { return nil }

func (s *shelf) Supervises(dispatch.AgentID, dispatch.QueueID) bool { return false }

func (s *shelf) QueueIDs() []dispatch.QueueID { return nil }

func (s *shelf) AgentIDs() []dispatch.AgentID { return nil }

func (s *shelf) Supervised(dispatch.AgentID) ([]dispatch.QueueID, bool) { return nil, false }

// stage is a system over a shelf, in a bubble.
type stage struct {
	*shelf
	t            *testing.T
	system       *System
	agent        dispatch.AgentID
	conversation dispatch.ConversationID
	shared       atomic.Int64 // events that were made ready for receivers
}

func inStage(t *testing.T, test func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{
			t: t, agent: dispatch.AgentID(dispatch.FormatID("agt", time.Now(), 1, 1)),
			conversation: dispatch.ConversationID(dispatch.FormatID("cnv", time.Now(), 1, 2)),
		}
		s.shelf = newShelf(s.agent, s.conversation)
		system, err := New(Options{
			Store: s, Catalog: s, Visitors: s, Share: func(dispatch.Event, time.Time) any { return s.shared.Add(1) }, Log: zerolog.Nop(),
			NewID: func(prefix string, p dispatch.Partition) string { return dispatch.FormatID(prefix, time.Now(), p, 7) },
		})
		if err != nil {
			t.Fatal(err)
		}
		s.system = system
		test(s)
		if err := system.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// say sends a message under a command id; the outcome comes over the channel.
func (s *stage) say(id dispatch.CommandID, text string) chan error {
	out := make(chan error, 1)
	go func() {
		_, err := s.system.Do(context.Background(), s.agent, dispatch.Envelope{
			To: s.conversation.Address(), Cause: dispatch.Cause{Principal: string(s.agent), Command: id, Hash: 1},
			Message: dispatch.SendMessage{ID: dispatch.MessageID("msg_" + text), By: dispatch.Actor{Agent: s.agent}, Text: text},
		})
		out <- err
	}()
	synctest.Wait()
	return out
}

func (s *stage) hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate = gate
	return func() {
		s.mu.Lock()
		s.gate = nil
		s.mu.Unlock()
		close(gate)
		synctest.Wait()
	}
}

func passInBubble(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestARepeatOfACommandThatHangsIsNotCarriedOutTwice(t *testing.T) {
	inStage(t, func(s *stage) {
		release := s.hold()
		first := s.say("c1", "uma vez")
		passInBubble(commandPatience + time.Second)
		second := s.say("c1", "uma vez")
		other := s.say("c2", "outra")
		release()
		for name, c := range map[string]chan error{"repeat": second, "other": other} {
			if err := <-c; err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(s.order) != 2 || s.order[0] != "uma vez" || s.order[1] != "outra" {
			t.Errorf("durable: %v", s.order)
		}
		select {
		case err := <-first:
			t.Logf("the first copy was answered too: %v", err)
		default:
		}
	})
}

func TestACommandOnItsWayWhenItsAgentCrashesIsNotCarriedOutTwice(t *testing.T) {
	inStage(t, func(s *stage) {
		release := s.hold()
		s.say("c1", "uma vez")
		s.mu.Lock()
		s.fail = errors.New("disk")
		s.mu.Unlock()
		crash := make(chan error, 1)
		go func() {
			_, err := s.system.Do(context.Background(), s.agent, dispatch.Envelope{
				To:    s.agent.Address(),
				Cause: dispatch.Cause{Principal: string(s.agent), Command: "x", Hash: 2}, Message: dispatch.SetStatus{Status: dispatch.StatusNotReady, By: s.agent},
			})
			crash <- err
		}()
		passInBubble(time.Second)
		if err := <-crash; err == nil {
			t.Fatal("the agent did not crash")
		}
		again := s.say("c1", "uma vez")
		release()
		if err := <-again; err != nil {
			t.Errorf("repeat: %v", err)
		}
		if len(s.order) != 1 {
			t.Errorf("durable: %v", s.order)
		}
	})
}
