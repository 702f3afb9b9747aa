package actors

import (
	"fmt"
	"maps"
	"slices"

	"pronto/dispatch"
	"pronto/internal/act"
)

// desks knows what the sessions of each agent show beside the agent's own work. No entry: nothing.
type desks = entries[dispatch.AgentID, desk]

// desk is what the sessions of one agent show.
type desk struct {
	watches map[dispatch.ConversationID]*watch
	live    map[seat]*liveShow
}

// watch is a conversation that sessions of an agent see without owning it. Its events come to the agent's actor once, in
// one order with the agent's own.
type watch struct {
	sessions []dispatch.SessionID
	head     *dispatch.Head // as of the last event; nil: not there yet
	asked    []watcher      // commands that wait for it
	doubt    bool           // events may have been lost: the next head is shown to all
}

// watcher is a session whose command waits.
type watcher struct {
	session dispatch.SessionID
	cause   dispatch.Cause
}

const (
	maxWatches      = 32 // of one session
	watchedMessages = 50 // shown at the start; the rest is read page by page
)

func newDesk() *desk {
	return &desk{watches: map[dispatch.ConversationID]*watch{}, live: map[seat]*liveShow{}}
}

// watched is what the sessions watch, in order.
func (d *desk) watched() []dispatch.ConversationID {
	if d == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(d.watches))
}

func (d *desk) watchesOf(session dispatch.SessionID) int {
	n := 0
	for _, w := range d.watches { // a sum has no order
		if slices.Contains(w.sessions, session) {
			n++
		}
	}
	return n
}

// sidework carries out a session's command that is no fact about the agent: what it shows, and drafts. It is not kept: a
// repeat is carried out again.
func (a *agent) sidework(c *act.Context, from act.Address, e dispatch.Envelope) bool {
	session, done := dispatch.SessionID(from.ID), dispatch.Answer{Cause: e.Cause, Reply: dispatch.Done{}}
	watch, watches := e.Message.(dispatch.Watch)
	show, shows := e.Message.(dispatch.ShowLive)
	near, nears := e.Message.(dispatch.ShowNear)
	draft, drafts := e.Message.(dispatch.SaveDraft)
	switch {
	case !watches && !shows && !nears && !drafts:
		return false
	case from.Kind != kindSession:
		done.Reply, done.Err = nil, &dispatch.Error{Code: dispatch.CodeBadRequest, Message: "only a session shows anything"}
	case drafts:
		done.Reply, done.Err = a.saveDraft(c, session, draft)
	case shows:
		a.openDesk()
		a.showLive(c, seat{session, false}, liveAsked{live: show, stop: show.Stop})
	case nears:
		a.openDesk()
		a.showLive(c, seat{session, true}, liveAsked{near: near, stop: near == dispatch.ShowNear{}})
	case watch.Stop:
		a.unwatch(c, watch.Conversation, session)
	default:
		a.openDesk()
		a.watch(c, watch.Conversation, watcher{session, e.Cause})
		return true
	}
	a.reply(c, from, done)
	return true
}

func (a *agent) openDesk() {
	if a.desk == nil {
		a.desk = a.system.desks.put(a.id, newDesk())
	}
}

// watch asks the conversation's actor for its head and its events; the answer waits for the head.
func (a *agent) watch(c *act.Context, id dispatch.ConversationID, who watcher) {
	w := a.desk.watches[id]
	if w == nil {
		w = &watch{}
		a.desk.watches[id] = w
	}
	if !slices.Contains(w.sessions, who.session) {
		if a.desk.watchesOf(who.session) >= maxWatches {
			a.answerWatcher(c, who, &dispatch.Error{Code: dispatch.CodeTargetUnavailable, Message: "it watches too many already", Detail: "too_many"})
			a.forgetWatch(c, id, "")
			return
		}
		w.sessions = append(w.sessions, who.session)
	}
	w.asked = append(w.asked, who)
	if err := c.Send(address(id.Address()), follow{}); err != nil {
		a.failWatch(c, id, &dispatch.Error{Code: dispatch.CodeOverloaded, Message: "try again"})
	}
}

func (a *agent) answerWatcher(c *act.Context, who watcher, err *dispatch.Error) {
	answer := dispatch.Answer{Cause: who.cause, Err: err}
	if err == nil {
		answer.Reply = dispatch.Done{}
	}
	a.reply(c, sessionAddress(who.session), answer)
}

// failWatch refuses the commands that wait; who watches already goes on.
func (a *agent) failWatch(c *act.Context, id dispatch.ConversationID, err *dispatch.Error) {
	w := a.desk.watches[id]
	asked := w.asked
	w.asked = nil
	for _, who := range asked {
		a.answerWatcher(c, who, err)
		if w.head == nil {
			a.unwatch(c, id, who.session)
		}
	}
}

// followFailed: a conversation's actor crashed on the question. Which one is not told: all that wait may ask again.
func (a *agent) followFailed(c *act.Context) {
	for _, id := range a.desk.watched() {
		a.failWatch(c, id, &dispatch.Error{Code: dispatch.CodeInternal, Message: "internal error"})
	}
}

// unwatch ends what a session shows of a conversation.
func (a *agent) unwatch(c *act.Context, id dispatch.ConversationID, session dispatch.SessionID) {
	if a.desk != nil && a.desk.watches[id] != nil {
		a.forgetWatch(c, id, session)
	}
}

// forgetWatch takes a session from a watch, and ends it with the last one.
func (a *agent) forgetWatch(c *act.Context, id dispatch.ConversationID, session dispatch.SessionID) {
	w := a.desk.watches[id]
	w.sessions = slices.DeleteFunc(w.sessions, func(s dispatch.SessionID) bool { return s == session })
	w.asked = slices.DeleteFunc(w.asked, func(x watcher) bool { return x.session == session })
	if len(w.sessions) > 0 {
		return
	}
	delete(a.desk.watches, id)
	a.unfollow(c, id)
	a.clearDesk()
}

// clearDesk drops the entry of an agent whose sessions show nothing else.
func (a *agent) clearDesk() {
	if a.desk != nil && len(a.desk.watches)+len(a.desk.live) == 0 {
		a.desk = nil
		a.system.desks.drop(a.id)
	}
}

func (a *agent) unfollow(c *act.Context, id dispatch.ConversationID) {
	if err := c.Send(address(id.Address()), unfollow{}); err != nil {
		a.system.log.Debug().Err(err).Str("conversation", string(id)).Msg("conversation not told")
	}
}

// followed brings the head of a watched conversation: to the sessions that asked, or to all where events may be lost.
func (a *agent) followed(c *act.Context, m followed) {
	w := a.watchOf(m.head.ID)
	switch {
	case w == nil:
		a.unfollow(c, m.head.ID)
		return
	case m.err != nil:
		a.failWatch(c, m.head.ID, m.err)
		return
	}
	w.head = &m.head
	if !a.maySee(c, w) {
		return
	}
	show := w.sessions
	if m.fresh && !w.doubt {
		show = nil
		for _, who := range w.asked {
			show = append(show, who.session)
		}
	}
	w.doubt = false
	asked := w.asked
	w.asked = nil
	a.showWatch(c, w, show)
	for _, who := range asked {
		a.answerWatcher(c, who, nil)
	}
}

func (a *agent) watchOf(id dispatch.ConversationID) *watch {
	if a.desk == nil {
		return nil
	}
	return a.desk.watches[id]
}

// maySee ends a watch when its conversation has gone where the agent supervises nothing: from there on it is hidden.
func (a *agent) maySee(c *act.Context, w *watch) bool {
	id := w.head.ID
	if a.system.o.Catalog.Supervises(a.id, w.head.Queue) {
		return true
	}
	waiting := w.asked
	w.asked = nil
	for _, who := range waiting {
		a.answerWatcher(c, who, &dispatch.Error{Code: dispatch.CodeNotFound, Message: "no such conversation"})
		w.sessions = slices.DeleteFunc(w.sessions, func(s dispatch.SessionID) bool { return s == who.session })
	}
	a.pushTo(c, w.sessions, a.event(dispatch.EventWatchEnded{Conversation: id}, a.system.Now()))
	delete(a.desk.watches, id)
	a.unfollow(c, id)
	a.clearDesk()
	return false
}

// showWatch gives sessions the conversation as of its last event.
func (a *agent) showWatch(c *act.Context, w *watch, sessions []dispatch.SessionID) {
	if w.head == nil || len(sessions) == 0 {
		return
	}
	after := w.head.LastSeq - min(w.head.LastSeq, watchedMessages)
	list, err := a.system.o.Store.Messages(w.head.ID, after, int(w.head.LastSeq-after))
	if err != nil {
		panic(fmt.Errorf("messages of %s: %w", w.head.ID, err))
	}
	e := dispatch.EventWatched{Head: *w.head, Messages: list, More: after > 0}
	a.pushTo(c, sessions, a.event(e, a.system.Now()))
}

// happened passes on what happened to a watched conversation. What the agent hears as its owner is not told twice.
func (a *agent) happened(c *act.Context, m happened) {
	w := a.watchOf(m.head.ID)
	if w == nil {
		a.unfollow(c, m.head.ID)
		return
	}
	if w.head == nil {
		return
	}
	was, is := w.head.Owner == a.id, m.head.Owner == a.id
	w.head = &m.head
	if !a.maySee(c, w) || is {
		return
	}
	for i := range m.events {
		if _, head := m.events[i].Value.(dispatch.EventUpdated); head || !was {
			a.pushTo(c, w.sessions, m.events[i])
		}
	}
}

// pushTo gives an event to some of the sessions.
func (a *agent) pushTo(c *act.Context, sessions []dispatch.SessionID, e Event) {
	for _, id := range sessions {
		if a.sessions.has(id) && !slices.Contains(a.behind, id) && !a.system.taken(id, c.Send(sessionAddress(id), e)) {
			a.behind = append(a.behind, id)
		}
	}
}

// showAgain follows a snapshot, which replaced all that the session's client knew.
func (a *agent) showAgain(c *act.Context, session dispatch.SessionID) {
	if a.desk != nil {
		a.rejoin(c, session)
	}
	for _, id := range a.desk.watched() {
		if w := a.desk.watches[id]; slices.Contains(w.sessions, session) {
			a.showWatch(c, w, []dispatch.SessionID{session})
		}
	}
}

// passOn gives what a session shows to the one that continues it.
func (d *desk) passOn(session, next dispatch.SessionID) {
	if d == nil {
		return
	}
	for _, w := range d.watches { // each for itself: no order
		if i := slices.Index(w.sessions, session); i >= 0 {
			w.sessions[i] = next
		}
		for i := range w.asked {
			if w.asked[i].session == session {
				w.asked[i].session = next
			}
		}
	}
	for _, at := range seatsOf(session) {
		if s := d.live[at]; s != nil {
			delete(d.live, at)
			d.live[seat{next, at.near}] = s
		}
	}
}

// showNothing forgets what a session showed.
func (a *agent) showNothing(c *act.Context, session dispatch.SessionID) {
	for _, id := range a.desk.watched() {
		a.unwatch(c, id, session)
	}
	for _, at := range seatsOf(session) {
		a.hideLive(c, at)
	}
	a.clearDesk()
}

// doubtDesk asks for everything again: the former self may have lost an event.
func (a *agent) doubtDesk(c *act.Context) {
	a.desk = a.system.desks.get(a.id)
	a.rejoinAll(c)
	for _, id := range a.desk.watched() {
		w := a.desk.watches[id]
		w.head, w.doubt = nil, true
		a.system.untold(c.Send(address(id.Address()), follow{}), string(id), "conversation not followed")
	}
}
