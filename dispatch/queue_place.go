package dispatch

import "time"

// tellAt is when the conversation of w may hear of its place again; zero: never. The pause is a little longer than the
// contact's, because that one begins when the word arrives.
func (q *Queue) tellAt(w *waiting) time.Time {
	if q.settings.PositionEvery <= 0 || w.toldAt == 0 {
		return time.Time{}
	}
	if planted("position_again") {
		return w.toldAt.time().Add(RetryPause)
	}
	return w.toldAt.time().Add(q.settings.PositionEvery + RetryPause)
}

// tellPlace tells a conversation its place once it is another one. A word that is lost is not told again: the next change is.
func (q *Queue) tellPlace(t *turn, w *waiting) {
	if !due(q.tellAt(w), t.now) {
		return
	}
	p := q.standing(t.now, w)
	w.toldAt = momentOf(t.now)
	if p.Position != int(w.told) && !q.shut() && w.rare().overAt == 0 {
		w.told = int32(p.Position)
		t.send(w.conversation().Address(), PlaceChanged{Ticket: w.version, From: q.id, Place: p})
	}
}
