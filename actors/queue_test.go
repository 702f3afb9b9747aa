package actors

import (
	"testing"
	"time"

	"pronto/dispatch"
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
