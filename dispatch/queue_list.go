package dispatch

import "time"

// The list of a queue: who waits, in order. The members of a queue from which they pick are told when it changes.

// ListPause is the least time between two words about the list of a queue to its members.
const ListPause = 250 * time.Millisecond

// MaxWaitingPage is the most that one answer about the list of a queue holds.
const MaxWaitingPage = 100

type (
	// AskWaiting asks a queue for a part of its list; answered by [ReplyWaiting].
	AskWaiting struct {
		isMessage
		After WaitingPlace // the zero place is before all
		Limit int          // 1 to MaxWaitingPage
	}
	// ReplyWaiting answers AskWaiting.
	ReplyWaiting struct {
		isReply
		Waiting []WaitingView `cbor:"1,keyasint,omitempty"`
		More    bool          `cbor:"2,keyasint,omitempty"` // others come after these
		Total   int           `cbor:"3,keyasint"`
	}
)

// WaitingPlace orders the list; it stays the same while a conversation waits with the same priority.
type WaitingPlace struct {
	Place        int64          `cbor:"1,keyasint"`
	Conversation ConversationID `cbor:"2,keyasint"`
}

// WaitingView is one conversation of the list.
type WaitingView struct {
	At       WaitingPlace `cbor:"1,keyasint"`
	Position int          `cbor:"2,keyasint"` // 1: next
	Skills   []SkillNeed  `cbor:"3,keyasint,omitempty"`
	Tier     int          `cbor:"4,keyasint,omitempty"` // the highest that may have it; 0: all
	Weight   int          `cbor:"5,keyasint"`
	Since    time.Time    `cbor:"6,keyasint"` // in this queue
}

// waitingPage walks from a place on.
func (q *Queue) waitingPage(m AskWaiting) ReplyWaiting {
	line := q.est.line
	r := ReplyWaiting{Total: line.len()}
	from := 0
	if m.After != (WaitingPlace{}) {
		after := &waiting{place: m.After.Place, id: shortOf(m.After.Conversation)}
		if after.id == (shortID{}) {
			after.own().name = m.After.Conversation
		}
		from = line.before(after)
		if from < line.len() && compareConversation(line.at(from), after) == 0 {
			from++
		}
	}
	for i := from; i < line.len(); i++ {
		if len(r.Waiting) == min(max(m.Limit, 1), MaxWaitingPage) {
			r.More = true
			break
		}
		w := line.at(i)
		r.Waiting = append(r.Waiting, WaitingView{
			At: WaitingPlace{w.place, w.conversation()}, Position: i + 1,
			Skills: w.class.skills, Tier: w.class.tiers, Weight: w.class.weight, Since: w.since(),
		})
	}
	return r
}

// listTold is what the members know.
type listTold struct {
	at      time.Time // of the last word
	changed bool      // since then
}

func (q *Queue) nextTold() time.Time {
	if q.settings.Mode != ModePull || !q.told.changed || planted("list_untold") {
		return time.Time{}
	}
	return q.told.at.Add(ListPause)
}

// tellMembers tells that the list has changed, at once or when the pause after the last word is over.
func (q *Queue) tellMembers(t *turn) {
	if q.settings.Mode != ModePull || !q.told.changed || t.now.Before(q.told.at.Add(ListPause)) {
		return
	}
	q.told = listTold{at: t.now}
	e := EventQueueWaiting{Queue: q.id, Waiting: q.waiting.len()}
	if w, ok := q.est.oldest.first(); ok {
		e.Oldest = w.came.time()
	}
	t.send(Address{Kind: KindMembers, ID: string(q.id)}, TellMembers{Queue: q.id, Event: e})
}
