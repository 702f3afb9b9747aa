package app

import (
	"context"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// live asks the queues' machines. Only queues of the catalogue have one.
type live struct {
	catalog *catalog
	system  *actors.System
	db      *storage.DB
}

func (l live) Queue(ctx context.Context, id dispatch.QueueID) (transport.QueueNow, error) {
	if l.catalog.now.Load().queues[id] == nil {
		return transport.QueueNow{}, transport.Refuse(protocol.CodeNotFound)
	}
	v, err := l.system.QueueView(ctx, id)
	rules := l.catalog.Rules(id, "").Waits
	return transport.QueueNow{QueueView: v, Closed: rules.Closed, Until: rules.HoursUntil}, err
}

func (l live) Why(ctx context.Context, queue dispatch.QueueID, id dispatch.ConversationID) (dispatch.Decision, time.Time, error) {
	d, err := l.system.Why(ctx, queue, id)
	return d, l.system.Now(), err
}

// Preview resolves what a conversation has from its channel and its queue, as an inbound message does.
func (l live) Preview(ctx context.Context, queue dispatch.QueueID, p protocol.PreviewBody) (transport.Previewed, error) {
	q := l.catalog.now.Load().queues[queue]
	if q == nil {
		return transport.Previewed{}, transport.Refuse(protocol.CodeNotFound)
	}
	m := dispatch.AskPreview{
		Weight: l.catalog.Rules(queue, dispatch.ChannelID(p.ChannelID)).Weight, Priority: q.Priority, Skills: skillNeeds(p.Skills),
		Preferred: dispatch.AgentID(p.PreferredAgent), Waited: milliseconds(p.WaitedMS),
	}
	if p.Priority != nil {
		m.Priority = *p.Priority
	}
	r, err := l.system.Preview(ctx, queue, m)
	return transport.Previewed{ReplyWhy: r, Weight: max(1, m.Weight), At: l.system.Now()}, err
}

func (l live) Place(ctx context.Context, queue dispatch.QueueID, id dispatch.ConversationID) (dispatch.Place, error) {
	return l.system.Place(ctx, queue, id)
}

// Now asks every queue that is shown; agents are as they last told.
func (l live) Now(ctx context.Context, show func(dispatch.QueueID) bool) (out transport.LiveNow, err error) {
	at := map[dispatch.QueueID]int{}
	for _, id := range l.catalog.QueueIDs() {
		if !show(id) {
			continue
		}
		v, err := l.system.QueueView(ctx, id)
		if err != nil {
			return out, err
		}
		at[id] = len(out.Queues)
		out.Queues = append(out.Queues, dispatch.LiveQueue{Queue: id, View: v})
	}
	for _, id := range l.catalog.AgentIDs() {
		a, err := l.system.LiveAgent(id)
		if err != nil {
			return out, err
		}
		out.Agents = append(out.Agents, a)
		for _, q := range a.Queues {
			if i, shown := at[q]; shown {
				out.Queues[i].Count(a.Dot, 1)
			}
		}
	}
	out.Alerts = l.system.Alerts()
	return out, nil
}

// Waiting reads of each conversation what is durable; the queue's machine knows the order.
func (l live) Waiting(ctx context.Context, queue dispatch.QueueID, after dispatch.WaitingPlace, limit int) ([]transport.WaitingNow, bool, error) {
	if l.catalog.now.Load().queues[queue] == nil {
		return nil, false, transport.Refuse(protocol.CodeNotFound)
	}
	r, err := l.system.Waiting(ctx, queue, after, limit)
	if err != nil {
		return nil, false, err
	}
	page := make([]transport.WaitingNow, len(r.Waiting))
	for i, v := range r.Waiting {
		s, _, err := l.db.LoadConversation(v.At.Conversation)
		if err != nil {
			return nil, false, err
		}
		page[i] = transport.WaitingNow{WaitingView: v, Head: s.Head(), LastText: s.LastText}
	}
	return page, r.More, nil
}
