package actors

import (
	"context"
	"fmt"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// conversation owns one conversation: its state, offer, owner, messages, script and notes.
//
// It receives commands, the offer protocol, delivery reports and its own timer; it tells queues, agents, its courier, its
// followers and whoever asked. It survives its own crash by loading what is durable and telling it again, and passivation by the
// deadline index.
type conversation struct {
	id     dispatch.ConversationID
	system *System

	m       *dispatch.Conversation // nil: not loaded
	save    Saver
	crashed bool // the former value of this actor crashed
	loaded  bool // storage was asked, or did not need to be

	audience *following // nil: nobody follows
}

// nearDeadline keeps a conversation in memory when its deadline comes before the index is read again.
const nearDeadline = 2 * wakeEvery

func (s *System) newConversation(id string) act.Actor {
	a := &conversation{id: dispatch.ConversationID(id), system: s}
	a.audience = s.followers.get(a.id)
	return a
}

// Receive loads the conversation with its first message.
func (a *conversation) Receive(c *act.Context, e act.Envelope) {
	switch m := e.Msg.(type) {
	case act.Restarted:
		a.crashed = true
		a.run(c, dispatch.Envelope{Message: dispatch.Wake{}})
	case again:
		m.From = plain(e.From)
		a.again(c, m.Envelope)
	case follow:
		a.follow(c, e.From)
	case unfollow:
		a.unfollow(e.From)
	default:
		if m, ok := incoming(e); ok {
			a.run(c, m)
		}
	}
}

// again carries out a command unless its first copy was: what that one got is durable by now.
func (a *conversation) again(c *act.Context, e dispatch.Envelope) {
	kept, ok, err := a.system.o.Store.Answer(e.Cause.Principal, e.Cause.Command)
	if err != nil {
		panic(fmt.Errorf("look up command: %w", err))
	}
	if !ok {
		a.run(c, e)
		return
	}
	answer := dispatch.Answer{Cause: e.Cause, Reply: kept.Reply, Err: kept.Err}
	if kept.Cause.Hash != e.Cause.Hash {
		answer.Reply, answer.Err = nil, errReused
	}
	a.system.deliver(c, []dispatch.Envelope{{To: e.From, From: a.id.Address(), Cause: e.Cause, Message: answer}})
}

// CanRetire: nothing of it is on its way, and no deadline is near.
func (a *conversation) CanRetire() bool {
	if a.m == nil {
		return !a.crashed
	}
	at := a.m.Snapshot().Deadline()
	return !a.m.Busy() && !a.audience.behind() && (at.IsZero() || at.Sub(a.system.Now()) > nearDeadline)
}

// run is the whole shell: decide, make durable, then tell.
func (a *conversation) run(c *act.Context, e dispatch.Envelope) {
	e.To = a.id.Address()
	a.begin(e.Message)
	if !a.load(c) {
		a.system.deliver(c, refusal(e, notMade(ErrReadOnly)))
		return
	}
	a.m.SetRules(a.rules(e.Message))
	a.m.SetFollowed(a.audience != nil)
	now := a.system.Now()
	out, err := a.m.Step(now, e)
	if err != nil {
		out = dispatch.Outcome{Sends: refusal(e, err)}
	}
	if !a.commit(c, now, e, &out) {
		return
	}
	a.system.deliver(c, out.Sends)
	a.tellFollowers(c, out.Events, now)
	if len(a.m.Snapshot().Outbox) > 0 && len(out.Records) > 0 {
		a.system.untold(a.system.post(a.id), string(a.id), "courier not told")
	}
	a.arm(c, now)
}

// arm sets the timer: the machine's, or an earlier one for a follower that missed something.
func (a *conversation) arm(c *act.Context, now time.Time) {
	at := a.m.NextDeadline()
	if retry := now.Add(dispatch.RetryPause); a.audience.behind() && (at.IsZero() || retry.Before(at)) {
		at = retry
	}
	arm(c, at)
}

// rules are those of the queue and channel the conversation has, or is about to get.
func (a *conversation) rules(m dispatch.Message) dispatch.Rules {
	s := a.m.Snapshot()
	if open, ok := m.(dispatch.OpenConversation); ok && s.State == dispatch.ConversationNone {
		return a.system.o.Catalog.Rules(open.Opened.Queue, open.Opened.Channel)
	}
	return a.system.o.Catalog.Rules(s.Queue, s.Channel)
}

// commit makes the records and the answers of commands durable. A taken claim or a full disk is not a failure: the
// decision was not made, so the machine is loaded again and whoever asked is told.
func (a *conversation) commit(c *act.Context, now time.Time, e dispatch.Envelope, out *dispatch.Outcome) bool {
	if a.m.Snapshot().State != dispatch.ConversationNone {
		for i := range out.Sends {
			if r := answerKept(&out.Sends[i], now); r != nil {
				a.m.Snapshot().Apply(r.(dispatch.ConversationRecord)) //nolint:forcetypeassert // it is a record of any machine
				out.Records = append(out.Records, r)
			}
		}
	}
	err := a.save.Save(context.Background(), now, a.m.Snapshot(), out.Records)
	if refused := notMade(err); refused != nil {
		a.m, a.crashed = nil, true // what was on its way is forgotten with the machine: it tells again once it is loaded
		a.system.deliver(c, refusals(e, out.Sends, refused))
		c.Arm(now.Add(dispatch.RetryPause))
		return false
	}
	if err != nil {
		panic(fmt.Errorf("save %s: %w", a.id, err)) // memory is ahead of disk: start over from storage
	}
	return true
}

// begin spares the first message of a new conversation the look into storage: its id was made for this message. Should
// it exist after all, the save is refused as stale and the actor starts over.
func (a *conversation) begin(m dispatch.Message) {
	if _, opens := m.(dispatch.OpenConversation); opens && !a.loaded && !a.crashed {
		s, saver := a.system.o.Store.NewConversation(a.id)
		a.m, a.save = dispatch.NewConversation(s), saver
	}
	a.loaded = true
}

// load is false when the machine could not even tell again what its former self had told: the disk is full.
func (a *conversation) load(c *act.Context) bool {
	if a.m != nil {
		return true
	}
	s, saver, err := a.system.o.Store.LoadConversation(a.id)
	if err != nil {
		panic(fmt.Errorf("load %s: %w", a.id, err))
	}
	a.m, a.save = dispatch.NewConversation(s), saver
	if !s.AlertedAt.IsZero() {
		a.m.SetRules(a.system.o.Catalog.Rules(s.Queue, s.Channel))
		a.system.live.raise(a.m.Unanswered())
	}
	crashed := a.crashed
	a.crashed = false
	if crashed && s.State != dispatch.ConversationNone {
		a.lostFollowers()
		a.run(c, dispatch.Envelope{Message: dispatch.Recovered{Crashed: true}})
	}
	return a.m != nil
}
