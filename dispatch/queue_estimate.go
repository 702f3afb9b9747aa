package dispatch

import "time"

// Place is where a conversation stands in its queue and what follows for its wait, as the queue sees it at one moment.
// A zero Position says that an agent is being asked for it: it does not wait in line.
type Place struct {
	Position int           `cbor:"1,keyasint,omitempty"` // 1: next
	Waiting  int           `cbor:"2,keyasint,omitempty"` // in the queue, this one too
	Ready    int           `cbor:"3,keyasint,omitempty"` // agents of the queue that are ready, busy ones too
	Wait     time.Duration `cbor:"4,keyasint,omitempty"` // expected from this moment on; 0: unknown
}

// QueueView is a queue at one moment. Handling and Wait are 0 while they are unknown.
type QueueView struct {
	Waiting  int           `cbor:"1,keyasint"`
	Oldest   time.Time     `cbor:"2,keyasint,omitzero"` // when the one that has waited longest came; zero: nobody waits
	Ready    int           `cbor:"3,keyasint"`
	Slots    int           `cbor:"4,keyasint"` // effective ones in thousandths: an agent in n queues gives 1/n of the capacity to each
	Handling time.Duration `cbor:"5,keyasint"` // average of the last hour
	Handled  int           `cbor:"6,keyasint"` // how many that is the average of
	Wait     time.Duration `cbor:"7,keyasint"` // expected for who comes now
	Error    EstimateError `cbor:"8,keyasint"`
	Level    ServiceLevel  `cbor:"70,keyasint,omitzero"`
}

// EstimateError is how far the estimates of the last hour were off, for those who waited in line and were answered.
type EstimateError struct {
	Answered int           `cbor:"1,keyasint"`
	Mean     time.Duration `cbor:"2,keyasint"` // absolute
	Bias     time.Duration `cbor:"3,keyasint"` // actual minus expected: above 0, people wait longer than they are told
}

// Messages about places and estimates.
type (
	// AskPlace asks a queue where a conversation stands; answered by [ReplyPlace], refused with not_found unless it waits.
	AskPlace struct {
		isMessage
		Conversation ConversationID
	}
	// PlaceChanged tells a conversation where it stands now, not the same as before.
	PlaceChanged struct {
		isMessage
		Ticket uint64 // version of the ticket
		From   QueueID
		Place  Place
	}
	// AskQueue asks a queue how it stands; answered by [ReplyQueue].
	AskQueue struct{ isMessage }
	// Served tells a queue for how long the owner had one of its conversations that is closed now. A lost copy makes the
	// average a little older, nothing else.
	Served struct {
		isMessage
		Sample ServiceSample
	}
	// Answered tells a queue how long a conversation waited: Sample, for one to which it had told a wait, and Wait, that it
	// was in the queue until At. A zero At is of one that had an owner.
	Answered struct {
		isMessage
		Sample ServiceSample
		At     time.Time
		Wait   time.Duration
	}
	// ReplyPlace answers AskPlace.
	ReplyPlace struct {
		isReply
		Place Place `cbor:"1,keyasint"`
	}
	// ReplyQueue answers AskQueue.
	ReplyQueue struct {
		isReply
		Queue QueueView `cbor:"1,keyasint"`
	}
)

// ServiceSample is what one conversation adds to the averages of its queue.
type ServiceSample struct {
	At         time.Time     `cbor:"1,keyasint,omitzero"`  // when its owner closed it
	Handling   time.Duration `cbor:"2,keyasint,omitempty"` // that the owner had it
	AnsweredAt time.Time     `cbor:"3,keyasint,omitzero"`
	Expected   time.Duration `cbor:"4,keyasint,omitempty"` // when it joined the line; 0: unknown
	Waited     time.Duration `cbor:"5,keyasint,omitempty"` // in line
}

// estimate is what a queue knows about waits.
type estimate struct {
	line     *btree[*waiting] // everybody in the queue, those that agents are asked for too, in waiting order
	oldest   *btree[*waiting] // the same, by age
	ready    int
	slots    int // effective slots in thousandths
	handling hourly
	errors   hourly // of the absolute error
	bias     hourly
	level    levels
}

// SlotShare is one slot in the count of effective slots.
const SlotShare = 1000

func newEstimate() estimate {
	return estimate{line: newBtree(earlierPlace), oldest: newBtree(func(a, b *waiting) bool {
		if a.came != b.came {
			return a.came < b.came
		}
		return compareConversation(a, b) < 0
	})}
}

func (e *estimate) join(w *waiting) {
	e.line.insert(w)
	e.oldest.insert(w)
}

func (e *estimate) leave(w *waiting) {
	e.line.delete(w)
	e.oldest.delete(w)
}

// count adds what an agent gives to the queue, or takes it back.
func (e *estimate) count(a *Availability, sign int) {
	if a.Capacity <= 0 || (sign < 0 && planted("left_counted")) {
		return
	}
	e.ready += sign
	e.slots += sign * a.Capacity * SlotShare / max(1, a.Queues)
}

// wait is the average handling time for each who leaves before, over the effective slots. The conversation itself counts
// among those: also the next one in line waits until a slot is free.
func (e *estimate) wait(now time.Time, position, weight int) time.Duration {
	handling, n := e.handling.mean(now)
	if n == 0 || e.slots == 0 || position == 0 {
		return 0
	}
	ms := handling.Milliseconds() * int64(position) * int64(weight) * SlotShare / int64(e.slots)
	return time.Duration(max(1, ms)) * time.Millisecond
}

func (q *Queue) standing(now time.Time, w *waiting) Place {
	p := Place{Waiting: q.waiting.len(), Ready: q.est.ready}
	if !w.rings() {
		p.Position = q.est.line.before(w) + 1
		p.Wait = q.est.wait(now, p.Position, w.class.weight)
	}
	return p
}

// Place is where a conversation stands at now; false unless it waits here.
func (q *Queue) Place(now time.Time, id ConversationID) (Place, bool) {
	w := q.waiting.of(id)
	if w == nil {
		return Place{}, false
	}
	return q.standing(now, w), true
}

// View is the queue at now.
func (q *Queue) View(now time.Time) QueueView {
	v := QueueView{Waiting: q.waiting.len(), Ready: q.est.ready, Slots: q.est.slots}
	v.Handling, v.Handled = q.est.handling.mean(now)
	v.Wait = q.est.wait(now, q.waiting.len()+1, 1)
	v.Error.Mean, v.Error.Answered = q.est.errors.mean(now)
	v.Error.Bias, _ = q.est.bias.mean(now)
	if w, ok := q.est.oldest.first(); ok {
		v.Oldest = w.came.time()
	}
	q.est.level.roll(now)
	v.Level = q.est.level.sum
	v.Level.Target = q.settings.ServiceTarget
	return v
}

// askedAbout takes the messages about places and estimates.
func (q *Queue) askedAbout(t *turn, from Address, m Message) error {
	switch m := m.(type) {
	case AskPlace:
		return q.askPlace(t, m)
	case AskWhy:
		return q.askWhy(t, m)
	case AskPreview:
		t.answer(q.preview(t.now, m))
	case AskQueue:
		t.answer(ReplyQueue{Queue: q.View(t.now)})
	case ConsiderPick:
		q.considerPick(t, m)
	case AskWaiting:
		t.answer(q.waitingPage(m))
	case Served:
		q.est.take(t.now, m.Sample)
	case Answered:
		q.est.take(t.now, m.Sample)
		if !m.At.IsZero() && !q.est.level.knows(from, m.At) {
			q.est.level.answered(t.now, m.At, m.Wait, q.settings.ServiceTarget)
		}
	case Abandoned:
		if !q.est.level.knows(from, m.At) {
			q.est.level.abandoned(t.now, m.At, m.Wait)
		}
	default:
		return refuse(CodeBadRequest, "a queue does not take this message")
	}
	return nil
}

// confirm takes a ticket and tells its conversation where that stands now. The word leaves before any reservation does.
func (q *Queue) confirm(t *turn, ticket Ticket) {
	at := len(t.out.Sends)
	t.send(ticket.Conversation.Address(), Enqueued{Version: ticket.Version})
	q.enqueue(t, &ticket)
	w := q.waiting.of(ticket.Conversation)
	place := q.standing(t.now, w)
	if w.rare().overAt.time().After(t.now) { // it hears next what becomes of it
		place.Position, place.Wait = 0, 0
	}
	if place.Position > 0 && w.toldAt == 0 { // the conversation says so
		w.told, w.toldAt = int32(place.Position), momentOf(t.now)
		if !due(w.timer.time(), t.now) { // else what is due comes with the wake
			q.setTimer(w, q.nextChange(t.now, w))
		}
	}
	told := Enqueued{Version: ticket.Version, Place: place}
	if place.Position > 0 {
		told.Why = q.whyNobody(t, w)
	}
	t.out.Sends[at].Message = told
}

func (q *Queue) askPlace(t *turn, m AskPlace) error {
	p, waits := q.Place(t.now, m.Conversation)
	if !waits {
		return refuse(CodeNotFound, "it does not wait here")
	}
	t.answer(ReplyPlace{Place: p})
	return nil
}

// take adds a sample to the averages.
func (e *estimate) take(now time.Time, s ServiceSample) {
	if !s.At.IsZero() {
		e.handling.add(now, s.At, s.Handling)
	}
	if s.Expected > 0 {
		off := s.Waited - s.Expected
		e.bias.add(now, s.AnsweredAt, off)
		e.errors.add(now, s.AnsweredAt, off.Abs())
	}
}

// hourly is an average over the last hour, to the minute.
type hourly struct {
	minutes [60]struct {
		minute int64
		n      int
		sum    time.Duration
	}
}

func (h *hourly) add(now, at time.Time, d time.Duration) {
	minute := at.Unix() / 60
	if minute <= now.Unix()/60-int64(len(h.minutes)) || minute > now.Unix()/60 {
		return
	}
	m := &h.minutes[minute%int64(len(h.minutes))]
	if m.minute != minute {
		m.minute, m.n, m.sum = minute, 0, 0
	}
	m.n++
	m.sum += d
}

// mean is over n values; n is 0 when there are none.
func (h *hourly) mean(now time.Time) (mean time.Duration, n int) {
	oldest := now.Unix()/60 - int64(len(h.minutes))
	var sum time.Duration
	for i := range h.minutes {
		if m := &h.minutes[i]; m.minute > oldest {
			n += m.n
			sum += m.sum
		}
	}
	if n == 0 {
		return 0, 0
	}
	return sum / time.Duration(n), n
}
