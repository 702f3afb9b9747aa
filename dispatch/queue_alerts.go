package dispatch

import "time"

// AlertRules are the limits of a queue beyond which its supervisors are alerted; zero ones are off.
type AlertRules struct {
	MaxWaiting int           // conversations that wait
	MaxWait    time.Duration // of the one that has waited longest
	MinReady   int           // agents that are ready, busy ones too; off while the queue is outside of its hours
	MinLevel   int           // percent of the service level, once AlertJudged waits have ended
}

// AlertKind says what an alert is about. Those of a queue are its rules.
type AlertKind string

// The kinds of alerts, as they travel.
const (
	AlertMaxWaiting AlertKind = "max_waiting"
	AlertMaxWait    AlertKind = "max_wait"
	AlertMinReady   AlertKind = "min_ready"
	AlertMinLevel   AlertKind = "min_service_level"
	AlertUnanswered AlertKind = "unanswered"      // the contact waits for the owner's answer
	AlertNoAnswer   AlertKind = "agent_no_answer" // not ready because of misses
	AlertAgentGone  AlertKind = "agent_gone"      // not ready because the connection was lost
)

// AlertKey names an alert: there is one of a kind for its subject.
type AlertKey struct {
	Kind         AlertKind
	Queue        QueueID        // of rules, and of the conversation
	Agent        AgentID        // of the last two kinds
	Conversation ConversationID // unanswered
}

// Alert is one that is raised. Value is the figure then, in the unit of its limit: a number, milliseconds or percent.
type Alert struct {
	AlertKey
	Since        time.Time
	Value, Limit int64
	Owner        AgentID // unanswered
}

// EventAlert shows that an alert was raised or is over.
type EventAlert struct {
	isEvent
	Alert
	Cleared bool
	At      time.Time
}

const (
	// AlertHold is for how long a figure must be on the good side before its alert is over: who toggles about a limit
	// raises one alert.
	AlertHold = 10 * time.Second
	// AlertJudged is how many waits must have ended before their service level is judged.
	AlertJudged = 10
)

// alarms is what a queue has told about its limits.
type alarms struct {
	waiting, wait, ready, level alarm
	at                          time.Time // when to look again, whatever happens until then
}

type alarm struct {
	raised Alert     // Since zero: it is not
	goodAt time.Time // raised: since when the figure is on the good side; zero: it is not
}

// figure is one that has a limit; 0: it has none.
type figure struct {
	kind         AlertKind
	value, limit int64
	bad          bool
}

// Raised lists the queue's alerts.
func (q *Queue) Raised() []Alert {
	var out []Alert
	for _, a := range []*alarm{&q.alarms.waiting, &q.alarms.wait, &q.alarms.ready, &q.alarms.level} {
		if !a.raised.Since.IsZero() {
			out = append(out, a.raised)
		}
	}
	return out
}

// watchLimits looks at every figure after a step.
func (q *Queue) watchLimits(t *turn) {
	r := q.settings.Alerts
	if r == (AlertRules{}) && q.alarms == (alarms{}) {
		return
	}
	q.alarms.at = time.Time{}
	n := q.waiting.len()
	q.judge(t, &q.alarms.waiting, figure{AlertMaxWaiting, int64(n), int64(r.MaxWaiting), n > r.MaxWaiting})
	if q.settings.Waits.Closed && !planted("alert_after_hours") {
		r.MinReady = 0
	}
	q.judge(t, &q.alarms.ready, figure{AlertMinReady, int64(q.est.ready), int64(r.MinReady), q.est.ready < r.MinReady})
	q.judgeWait(t, r.MaxWait)
	q.est.level.roll(t.now)
	level := q.est.level.sum
	judged := level.Answered+level.Abandoned >= AlertJudged
	q.judge(t, &q.alarms.level, figure{AlertMinLevel, int64(level.Percent()), int64(r.MinLevel), judged && level.Percent() < r.MinLevel})
	if r.MinLevel > 0 {
		q.lookAt(q.est.level.changes())
	}
}

func (q *Queue) judgeWait(t *turn, limit time.Duration) {
	age := time.Duration(0)
	if w, ok := q.est.oldest.first(); ok {
		age = t.now.Sub(w.came.time())
		if limit > 0 && age < limit && !planted("max_wait_alert_untimed") {
			q.lookAt(w.came.time().Add(limit))
		}
	}
	q.judge(t, &q.alarms.wait, figure{AlertMaxWait, age.Milliseconds(), limit.Milliseconds(), age >= limit})
}

func (q *Queue) lookAt(at time.Time) { q.alarms.at = earliest(q.alarms.at, at) }

// judge raises an alert at once, and ends it when the figure has been good for AlertHold, or the limit is off.
func (q *Queue) judge(t *turn, a *alarm, f figure) {
	raised := !a.raised.Since.IsZero()
	switch {
	case f.limit == 0 && !raised:
	case f.limit == 0:
		q.clear(t, a)
	case f.bad && !raised:
		a.raised = Alert{AlertKey: AlertKey{Kind: f.kind, Queue: q.id}, Since: t.now, Value: f.value, Limit: f.limit}
		t.out.Events = append(t.out.Events, EventAlert{Alert: a.raised, At: t.now})
	case f.bad:
		a.goodAt = time.Time{}
	case raised && a.goodAt.IsZero():
		a.goodAt = t.now
		q.lookAt(t.now.Add(AlertHold))
	case raised && t.now.Sub(a.goodAt) >= AlertHold:
		q.clear(t, a)
	case raised:
		q.lookAt(a.goodAt.Add(AlertHold))
	}
}

func (q *Queue) clear(t *turn, a *alarm) {
	t.out.Events = append(t.out.Events, EventAlert{Alert: a.raised, Cleared: true, At: t.now})
	*a = alarm{}
}
