package actors

import (
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// members is a queue's members and what is stored of them, with the reads counted.
type members struct {
	Store
	Catalog
	since map[dispatch.AgentID]time.Time
	reads int
}

func (m *members) Members(dispatch.QueueID) []dispatch.AgentID {
	return []dispatch.AgentID{"ana", "bob"}
}

func (m *members) LoadAgent(id dispatch.AgentID) (dispatch.AgentSnapshot, error) {
	m.reads++
	return dispatch.AgentSnapshot{ID: id, Status: dispatch.StatusNotReady, Since: m.since[id]}, nil
}

func TestAQueueReadsItsMembersOnlyForARuleAboutThem(t *testing.T) {
	left := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	m := &members{since: map[dispatch.AgentID]time.Time{"ana": left.Add(-time.Hour), "bob": left}}
	a := &queue{id: "que_1", system: &System{o: Options{Store: m, Catalog: m}}}
	s := dispatch.DefaultQueueSettings()
	s.Overflow = []dispatch.OverflowRule{{Trigger: dispatch.OverflowWait, After: time.Minute}}
	if since := a.nobodySince(&s, 3); !since.IsZero() || m.reads > 0 {
		t.Errorf("without a rule: %v, %d reads", since, m.reads)
	}
	s.Overflow = append(s.Overflow, dispatch.OverflowRule{Trigger: dispatch.OverflowNobody, After: time.Minute})
	if since := a.nobodySince(&s, 3); !since.Equal(left) || m.reads != 2 {
		t.Errorf("with a rule: %v, %d reads", since, m.reads)
	}
	if since := a.nobodySince(&s, 3); !since.IsZero() || m.reads != 2 {
		t.Errorf("again: %v, %d reads", since, m.reads)
	}
}

// TestAStopDoesNotWaitForAQueueToLoad: a million who wait take longer to read than a stop may take.
func TestAStopDoesNotWaitForAQueueToLoad(t *testing.T) {
	var s *stage
	inStage(t, func(now *stage) {
		s = now
		s.tickets = 10_000
		s.atTicket = func(i int) {
			for i == 1_000 && !s.system.draining.Load() {
				<-time.After(time.Millisecond)
			}
		}
		for range 5 {
			if err := s.system.send(act.Envelope{To: act.Address{Kind: string(dispatch.KindQueue), ID: "que_1"}, Msg: showLive{}}); err != nil {
				t.Fatal(err)
			}
		}
		passInBubble(10 * time.Millisecond)
	})
	if s.loaded < 1_000 || s.loaded > 1_000+loadBatch {
		t.Errorf("%d tickets of %d were read", s.loaded, s.tickets)
	}
}

// TestAQueueLoadsAllWhoWait, in however many parts.
func TestAQueueLoadsAllWhoWait(t *testing.T) {
	for _, n := range []int{0, 1, loadBatch, loadBatch + 1, 3*loadBatch - 1} {
		inStage(t, func(s *stage) {
			s.tickets = n
			r, err := s.system.Do(s.t.Context(), s.agent, dispatch.Envelope{
				To: dispatch.QueueID("que_1").Address(), Cause: dispatch.Cause{Principal: "p", Command: "c"}, Message: dispatch.AskQueue{},
			})
			if q, ok := r.(dispatch.ReplyQueue); err != nil || !ok || q.Queue.Waiting != n {
				t.Errorf("of %d: %+v, %v", n, r, err)
			}
		})
	}
}
