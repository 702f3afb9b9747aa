package actors

import (
	"fmt"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// followed brings the head: sessions that wait for a snapshot get it. When events may have been lost, all get one.
func (a *visitor) followed(c *act.Context, m followed) {
	if m.head.ID != a.conversation {
		a.unfollow(c, m.head.ID)
		return
	}
	if m.err != nil {
		a.retry()
		return
	}
	first := a.head == nil
	a.head = &m.head
	last := a.remember()
	a.askPlace(c)
	switch {
	case a.arriving && first:
		a.arriving = false
		a.showAll(last)
	case !first && !m.fresh:
		a.allFallBehind("overrun")
	}
	a.catchUp(c)
}

// remember reads the marks of the contact's messages that the agent's side has not read, and gives those messages.
func (a *visitor) remember() (last []dispatch.Chat) {
	a.told, a.unread = a.head.ContactView(), nil
	if a.head.ReadSeq == a.head.LastSeq {
		return nil
	}
	last = a.messages(max(a.head.ReadSeq, a.head.LastSeq-min(a.head.LastSeq, keptMarks)))
	for i := range last {
		a.mark(&last[i])
	}
	return last
}

func (a *visitor) mark(m *dispatch.Chat) {
	if m.Author.Kind != dispatch.AuthorContact {
		return
	}
	a.unread = append(a.unread, mark{m.ID, m.Seq})
	if n := len(a.unread) - keptMarks; n > 0 {
		a.unread = slices.Delete(a.unread, 0, n)
	}
}

// messages are those after a place that the events so far have brought; storage may have more already.
func (a *visitor) messages(after uint64) []dispatch.Chat {
	list, err := a.system.o.Store.Messages(a.conversation, after, int(a.head.LastSeq-after))
	if err != nil {
		panic(fmt.Errorf("messages of %s: %w", a.conversation, err))
	}
	return list
}

// showAll tells sessions that know nothing of the conversation all of it; last are messages that were just read.
func (a *visitor) showAll(last []dispatch.Chat) {
	a.push(dispatch.EventContactState{View: a.told})
	after := a.head.LastSeq - min(a.head.LastSeq, shownMessages)
	if len(last) == 0 || last[0].Seq > after+1 {
		last = a.messages(after)
	}
	for i := range last {
		if last[i].Seq > after {
			a.push(dispatch.EventMessage{Conversation: a.conversation, Message: &last[i]})
		}
	}
}

// happened passes on what a contact may see.
func (a *visitor) happened(c *act.Context, m happened) {
	if m.head.ID != a.conversation {
		a.unfollow(c, m.head.ID)
		return
	}
	if a.head == nil {
		return
	}
	a.head = &m.head
	for i := range m.events {
		e := m.events[i].Value
		if !dispatch.ForContact(e) {
			continue
		}
		switch e := e.(type) {
		case dispatch.EventMessage:
			a.mark(e.Message)
			a.push(e)
		case dispatch.EventMessageChanged, dispatch.EventAttachment, dispatch.EventTyping:
			a.push(e)
		case dispatch.EventRead:
			a.read(e.Seq)
		}
	}
	view := a.head.ContactView()
	waited := a.told.State == dispatch.ConversationQueued
	if view.State == dispatch.ConversationQueued && waited {
		view.Position, view.Wait = a.told.Position, a.told.Wait
	}
	if view != a.told {
		a.told = view
		a.push(dispatch.EventContactState{View: view})
	}
	if view.State == dispatch.ConversationQueued && !waited {
		a.askPlace(c)
	}
}

// askPlace asks the queue where the conversation stands, now and then as long as it waits.
func (a *visitor) askPlace(c *act.Context) {
	if a.head == nil || a.told.State != dispatch.ConversationQueued || len(a.sessions.order) == 0 {
		a.placeAt = time.Time{}
		return
	}
	a.placeAt = a.system.Now().Add(placeEvery)
	if err := c.Send(address(a.head.Queue.Address()), askPlace{a.conversation}); err != nil {
		a.system.log.Debug().Err(err).Str("queue", string(a.head.Queue)).Msg("queue not asked")
	}
}

// placed tells the sessions of a place that is another one for people.
func (a *visitor) placed(conversation dispatch.ConversationID, p dispatch.Place) {
	if conversation != a.conversation || a.told.State != dispatch.ConversationQueued {
		return
	}
	if p.Position == a.told.Position && (p.Wait-a.told.Wait).Abs() < waitStep && (p.Wait == 0) == (a.told.Wait == 0) {
		return
	}
	a.told.Position, a.told.Wait = p.Position, p.Wait
	a.push(dispatch.EventContactState{View: a.told})
}

// read tells which of the contact's messages were read.
func (a *visitor) read(seq uint64) {
	for len(a.unread) > 0 && a.unread[0].seq <= seq {
		a.push(dispatch.EventDelivery{Conversation: a.conversation, Message: a.unread[0].id, Seq: a.unread[0].seq, Delivery: dispatch.DeliveryRead})
		a.unread = a.unread[1:]
	}
}

// push gives an event to every session.
func (a *visitor) push(e dispatch.Event) {
	out := dispatch.ContactEvent{Event: e}
	a.give(Event{Value: out, Shared: a.system.o.Share(out, a.system.Now())})
}

// give tells every session the same; who cannot take it gets a snapshot as soon as it can.
func (a *visitor) give(m any) {
	reason := "overrun"
	if m, ok := m.(snapshotNow); ok {
		reason = m.reason
	}
	for _, id := range a.sessions.order {
		if a.indexBehind(id) < 0 && !a.system.tellSession(id, m) {
			a.fallsBehind(id, reason)
			a.retry()
		}
	}
}

func (a *visitor) indexBehind(id dispatch.SessionID) int {
	return slices.IndexFunc(a.behind, func(b behindPage) bool { return b.session == id })
}

// fallsBehind keeps the reason of one that waits for a snapshot already.
func (a *visitor) fallsBehind(id dispatch.SessionID, reason string) {
	if a.indexBehind(id) < 0 {
		a.behind = append(a.behind, behindPage{id, reason})
	}
}

func (a *visitor) allFallBehind(reason string) {
	for _, id := range a.sessions.order {
		a.fallsBehind(id, reason)
	}
}

// catchUp brings the sessions up to date that missed something, and asks again for a head that has not come.
func (a *visitor) catchUp(c *act.Context) {
	if a.conversation != "" && a.head == nil {
		a.send(c, follow{})
		a.retry()
		return
	}
	a.behind = slices.DeleteFunc(a.behind, func(b behindPage) bool {
		return !a.sessions.has(b.session) || a.system.tellSession(b.session, snapshotNow{view: a.snapshot(), reason: b.reason})
	})
	if len(a.behind) > 0 {
		a.retry()
	}
}

func (a *visitor) snapshot() View {
	v := &VisitorView{Visitor: a.who, Hours: a.hours}
	if a.head != nil {
		view := a.told
		v.Conversation = &view
		after := a.head.LastSeq - min(a.head.LastSeq, shownMessages)
		v.Messages, v.More = a.messages(after), after > 0
	}
	return View{Visitor: v}
}
