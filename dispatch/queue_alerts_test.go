package dispatch

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// limited is a queue with limits at a time.
type limited struct {
	q   *Queue
	now time.Time
	log []string
	n   int
}

func newLimited(r AlertRules) *limited {
	l := &limited{q: NewQueue("q1"), now: t0}
	s := DefaultQueueSettings()
	s.Alerts = r
	l.step(ConfigureQueue{Settings: s})
	return l
}

func (l *limited) step(m Message) {
	out, err := l.q.Step(l.now, Envelope{To: l.q.id.Address(), Message: m})
	if err != nil {
		panic(err)
	}
	for _, e := range out.Events {
		a := e.(EventAlert)
		l.log = append(l.log, fmt.Sprintf("%v %s %v of %v", map[bool]string{true: "over", false: "raised"}[a.Cleared], a.Kind, a.Value, a.Limit))
	}
}

// wait lets time pass as a shell does: a wake at every deadline.
func (l *limited) wait(d time.Duration) {
	end := l.now.Add(d)
	for {
		at := l.q.NextDeadline()
		if at.IsZero() || at.After(end) {
			break
		}
		l.now = maxTime(l.now, at)
		if s, begun := hoursBegun(l.q.settings, l.now); begun {
			l.step(ConfigureQueue{Settings: s})
		}
		l.step(Wake{})
	}
	l.now = end
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (l *limited) come() ConversationID {
	l.n++
	id := ConversationID(fmt.Sprint("c", l.n))
	l.step(Enqueue{Ticket: Ticket{Conversation: id, Version: 1, Queue: "q1", EnqueuedAt: l.now, Since: l.now, Weight: 1}})
	return id
}

func (l *limited) told(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(l.log, want) {
		t.Fatalf("told %q, not %q", l.log, want)
	}
	l.log = nil
}

func TestAnAlertIsRaisedAtOnceAndOverOnlyWhenItHasBeenGoodForAWhile(t *testing.T) {
	l := newLimited(AlertRules{MaxWaiting: 1})
	first, second := l.come(), l.come()
	l.told(t, "raised max_waiting 2 of 1")
	l.step(Dequeue{Conversation: first, Version: 1})
	l.wait(AlertHold - time.Second)
	third := l.come()
	l.told(t)
	l.step(Dequeue{Conversation: second, Version: 1})
	l.wait(AlertHold - time.Millisecond)
	l.told(t)
	l.wait(time.Millisecond)
	l.told(t, "over max_waiting 2 of 1")
	l.step(Dequeue{Conversation: third, Version: 1})
	l.wait(time.Hour)
	l.told(t)
}

func TestTooFewReadyAgentsAreNoAlertOutsideOfTheHours(t *testing.T) {
	l := newLimited(AlertRules{MinReady: 1})
	l.told(t, "raised min_ready 0 of 1")
	s := l.q.settings
	s.Waits = WaitRules{HoursUntil: l.now.Add(time.Hour)}
	l.step(ConfigureQueue{Settings: s})
	l.wait(time.Hour - time.Millisecond)
	l.told(t)
	l.wait(time.Millisecond) // it closes
	l.told(t, "over min_ready 0 of 1")
	s.Waits = WaitRules{Closed: true, HoursUntil: l.now.Add(12 * time.Hour)}
	l.step(ConfigureQueue{Settings: s})
	l.wait(12*time.Hour - time.Millisecond)
	l.told(t)
	l.wait(time.Millisecond) // it opens, and nobody is there
	l.told(t, "raised min_ready 0 of 1")
}

func TestTheLongestWaitIsAlertedWhenItsTimeComes(t *testing.T) {
	l := newLimited(AlertRules{MaxWait: time.Minute})
	id := l.come()
	l.wait(time.Minute - time.Millisecond)
	l.told(t)
	l.wait(time.Millisecond)
	l.told(t, "raised max_wait 60000 of 60000")
	if raised := l.q.Raised(); len(raised) != 1 || !raised[0].Since.Equal(l.now) || raised[0].Queue != "q1" {
		t.Errorf("raised: %+v", raised)
	}
	l.step(Dequeue{Conversation: id, Version: 1})
	l.wait(AlertHold)
	l.told(t, "over max_wait 60000 of 60000")
}

func TestTooFewReadyAgentsAreAlertedUntilTheLimitIsOff(t *testing.T) {
	l := newLimited(AlertRules{MinReady: 1})
	l.told(t, "raised min_ready 0 of 1")
	l.step(Availability{Agent: "ana", Version: 1, Free: 1, Capacity: 1, Queues: 1})
	l.wait(AlertHold)
	l.told(t, "over min_ready 0 of 1")
	l.step(Availability{Agent: "ana", Version: 2})
	l.told(t, "raised min_ready 0 of 1")
	l.step(ConfigureQueue{Settings: DefaultQueueSettings()})
	l.told(t, "over min_ready 0 of 1")
	if at := l.q.NextDeadline(); !at.IsZero() {
		t.Errorf("it still looks, at %s", at)
	}
}

func TestTheServiceLevelOfAnHourIsJudgedOnceEnoughWaitsHaveEnded(t *testing.T) {
	l := newLimited(AlertRules{MinLevel: 80})
	answered := func(wait time.Duration) { l.step(Answered{At: l.now, Wait: wait}) }
	for range AlertJudged - 3 {
		answered(20 * time.Second)
	}
	l.step(Abandoned{At: l.now, Wait: ShortWait}) // counts nowhere
	l.step(Abandoned{At: l.now, Wait: time.Minute})
	answered(21 * time.Second)
	l.told(t)
	answered(time.Hour)
	l.told(t, "raised min_service_level 70 of 80")
	if v := l.q.View(l.now).Level; v != (ServiceLevel{Target: 20 * time.Second, Answered: 9, Within: 7, Abandoned: 1}) {
		t.Errorf("level: %+v", v)
	}
	l.wait(time.Hour) // then there is nothing left to judge
	l.wait(AlertHold + time.Minute)
	l.told(t, "over min_service_level 70 of 80")
	if v := l.q.View(l.now).Level; v.Answered+v.Abandoned != 0 {
		t.Errorf("after an hour: %+v", v)
	}
}

func TestTheServiceLevelGoesOnFromWhatIsStoredAndCountsNothingTwice(t *testing.T) {
	l := newLimited(AlertRules{})
	wait := func(n int, ago, lasted time.Duration, how WaitEnd) LoggedWait {
		at := l.now.Add(-ago)
		return LoggedWait{ConversationID(fmt.Sprint("cnv_", n)), EndedWait{Queue: l.q.id, From: at.Add(-lasted), At: at, How: how}}
	}
	waits := []LoggedWait{
		wait(1, 30*time.Minute, 10*time.Second, WaitAnswered), wait(2, 20*time.Minute, time.Minute, WaitAnswered), wait(3, 20*time.Minute, time.Minute, WaitAbandoned),
		wait(4, 20*time.Minute, time.Second, WaitAbandoned), wait(5, 20*time.Minute, time.Minute, WaitOther), wait(6, time.Second, time.Second, WaitAnswered),
		wait(7, 2*time.Second, time.Minute, WaitAbandoned), wait(8, 2*time.Hour, time.Second, WaitAnswered),
	}
	l.step(LoadQueue{Waits: waits})
	level := func(want ServiceLevel) {
		t.Helper()
		want.Target = 20 * time.Second
		if got := l.q.View(l.now).Level; got != want {
			t.Errorf("level %+v, not %+v", got, want)
		}
	}
	level(ServiceLevel{Answered: 3, Within: 2, Abandoned: 2})
	from := func(n int, m Message) {
		id := ConversationID(fmt.Sprint("cnv_", n))
		if _, err := l.q.Step(l.now, Envelope{From: id.Address(), To: l.q.id.Address(), Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	from(6, Answered{At: waits[5].At.Add(300 * time.Microsecond), Wait: time.Second}) // rows are to the millisecond
	from(7, Abandoned{At: waits[6].At, Wait: time.Minute})
	level(ServiceLevel{Answered: 3, Within: 2, Abandoned: 2})
	from(6, Answered{At: l.now, Wait: time.Second}) // another wait of the same conversation
	from(9, Abandoned{At: l.now, Wait: time.Minute})
	level(ServiceLevel{Answered: 4, Within: 3, Abandoned: 3})
}

// TestCountsOfAnHourAreThoseOfANaiveList compares the running sums with all that happened.
func TestCountsOfAnHourAreThoseOfANaiveList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l levels
		var all []time.Time
		now := t0
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "pass")) * time.Second)
			at := now.Add(-time.Duration(rapid.IntRange(0, 4000).Draw(t, "late")) * time.Second)
			l.answered(now, at, 0, 0)
			all = append(all, at)
			want := 0
			for _, at := range all {
				if at.Unix()/60 > now.Unix()/60-60 {
					want++
				}
			}
			// what came too late to be counted is not made up for
			if l.sum.Answered != want {
				t.Fatalf("counts %d, not %d", l.sum.Answered, want)
			}
		}
	})
}
