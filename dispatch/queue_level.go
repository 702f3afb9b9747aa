package dispatch

import "time"

// Messages that tell a queue how a wait in it ended, beside [Answered]. A lost copy makes the figures a little wrong, nothing else.
type (
	// Abandoned tells that the customer left before anybody had the conversation.
	Abandoned struct {
		isMessage
		At   time.Time
		Wait time.Duration // in the queue
	}
)

// ServiceLevel counts the waits in a queue that ended in the last hour, to the minute.
type ServiceLevel struct {
	Target    time.Duration `cbor:"1,keyasint,omitempty"` // within which a conversation should be answered
	Answered  int           `cbor:"2,keyasint,omitempty"`
	Within    int           `cbor:"3,keyasint,omitempty"` // of those, within the target of then
	Abandoned int           `cbor:"4,keyasint,omitempty"` // the customer left after more than ShortWait
}

// Percent is how many of all were answered within the target; 100 of none.
func (l *ServiceLevel) Percent() int {
	if n := l.Answered + l.Abandoned; n > 0 {
		return 100 * l.Within / n
	}
	return 100
}

// ShortWait is how soon customers leave who never meant to wait: they count nowhere.
const ShortWait = 5 * time.Second

// levels keeps the counts of each minute and their sum, so that reading costs nothing.
type levels struct {
	minutes [60]struct {
		minute int64
		ServiceLevel
	}
	sum    ServiceLevel
	rolled int64 // the minute up to which old ones were dropped
	// loaded are the last waits that came from storage: the word about one may still be on its way.
	loaded map[ConversationID]time.Time
}

// LoggedWait is a wait as storage knows it.
type LoggedWait struct {
	Conversation ConversationID
	EndedWait
}

// lateWord is how long after a wait's end its word may come.
const lateWord = time.Minute

// load counts what storage knows, so that the figures go on over a restart. The target is that of now.
func (l *levels) load(now time.Time, waits []LoggedWait, target time.Duration) {
	for i := range waits {
		switch w := &waits[i]; w.How {
		case WaitAnswered:
			l.answered(now, w.At, w.Wait(), target)
		case WaitAbandoned:
			l.abandoned(now, w.At, w.Wait())
		case WaitOther:
			continue
		}
		if waits[i].At.After(now.Add(-lateWord)) {
			if l.loaded == nil {
				l.loaded = make(map[ConversationID]time.Time)
			}
			l.loaded[waits[i].Conversation] = waits[i].At
		}
	}
}

// knows reports whether the word of a conversation is about a wait that was loaded.
func (l *levels) knows(from Address, at time.Time) bool {
	id := ConversationID(from.ID)
	known, ok := l.loaded[id]
	if ok && known.UnixMilli() == at.UnixMilli() {
		delete(l.loaded, id)
		return true
	}
	return false
}

// roll drops the minutes that are older than an hour.
func (l *levels) roll(now time.Time) {
	minute := now.Unix() / 60
	if minute <= l.rolled {
		return
	}
	for i := range l.minutes {
		if m := &l.minutes[i]; m.minute > 0 && m.minute <= minute-int64(len(l.minutes)) {
			l.sum.Answered -= m.Answered
			l.sum.Within -= m.Within
			l.sum.Abandoned -= m.Abandoned
			m.minute, m.ServiceLevel = 0, ServiceLevel{}
		}
	}
	l.rolled = minute
}

// add counts one wait that ended at at. One of another hour counts nowhere.
func (l *levels) add(now, at time.Time, what ServiceLevel) {
	l.roll(now)
	minute := at.Unix() / 60
	if minute <= l.rolled-int64(len(l.minutes)) || minute > l.rolled {
		return
	}
	m := &l.minutes[minute%int64(len(l.minutes))]
	m.minute = minute
	for _, to := range []*ServiceLevel{&m.ServiceLevel, &l.sum} {
		to.Answered += what.Answered
		to.Within += what.Within
		to.Abandoned += what.Abandoned
	}
}

func (l *levels) answered(now, at time.Time, wait, target time.Duration) {
	what := ServiceLevel{Answered: 1}
	if wait <= target {
		what.Within = 1
	}
	l.add(now, at, what)
}

func (l *levels) abandoned(now, at time.Time, wait time.Duration) {
	if wait > ShortWait {
		l.add(now, at, ServiceLevel{Abandoned: 1})
	}
}

// changes is when the oldest minute that has anything is dropped; zero: there is none.
func (l *levels) changes() time.Time {
	oldest := int64(0)
	for i := range l.minutes {
		if m := l.minutes[i].minute; m > 0 && (oldest == 0 || m < oldest) {
			oldest = m
		}
	}
	if oldest == 0 {
		return time.Time{}
	}
	return time.Unix((oldest+int64(len(l.minutes)))*60, 0).UTC()
}
