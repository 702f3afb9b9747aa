package actors

import (
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// Messages between a conversation's actor and the actors that follow it: sessions of any kind, or whoever stands for them.
type (
	// follow makes its sender a follower. The answer is followed; every later event comes as happened. A repeat gets the
	// head again.
	follow struct{}
	// unfollow ends it. What was under way may still come: whoever gets events that it does not want says so again.
	unfollow struct{}
	// followed brings the head as of its place among the events: the events before it are in it, those after it follow.
	// It comes again, with fresh false, when events in between may have been lost: what was shown is to be read anew.
	// With err nobody follows: there is no such conversation, or the disk is full.
	followed struct {
		head  dispatch.Head
		fresh bool
		err   *dispatch.Error
	}
	// happened brings the events of one step, with the head after them.
	happened struct {
		head   dispatch.Head
		events []Event
	}
)

// followers knows who follows which conversation. No entry: nobody does.
type followers = entries[dispatch.ConversationID, following]

// following is the audience of one conversation, in order of coming.
type following struct{ all []follower }

type follower struct {
	to     act.Address
	behind bool // an event did not reach it: it needs the head
}

func (f *following) index(who act.Address) int {
	return slices.IndexFunc(f.all, func(x follower) bool { return x.to == who })
}

func (f *following) behind() bool {
	return f != nil && slices.ContainsFunc(f.all, func(x follower) bool { return x.behind })
}

// follow adds a follower and gives it the head.
func (a *conversation) follow(c *act.Context, who act.Address) {
	a.loaded = true
	answer := followed{head: dispatch.Head{ID: a.id}, fresh: true}
	switch {
	case !a.load(c):
		answer.err = notMade(ErrReadOnly)
	case a.m.Snapshot().State == dispatch.ConversationNone:
		answer.err = &dispatch.Error{Code: dispatch.CodeNotFound, Message: "no such conversation"}
	default:
		answer.head = a.m.Head()
	}
	if answer.err != nil {
		a.tellFollower(c, who, answer)
		return
	}
	if a.audience == nil {
		a.audience = a.system.followers.put(a.id, &following{})
	}
	i := a.audience.index(who)
	if i < 0 {
		i = len(a.audience.all)
		a.audience.all = append(a.audience.all, follower{to: who})
	}
	a.audience.all[i].behind = !a.tellFollower(c, who, answer)
	a.arm(c, a.system.Now())
}

func (a *conversation) unfollow(who act.Address) {
	if a.audience == nil {
		return
	}
	a.audience.all = slices.DeleteFunc(a.audience.all, func(x follower) bool { return x.to == who })
	if len(a.audience.all) == 0 {
		a.audience = nil
		a.system.followers.drop(a.id)
	}
}

// tellFollowers passes the events of a step on, each with one encoding for all. Who cannot take them gets the head as
// soon as it can.
func (a *conversation) tellFollowers(c *act.Context, events []dispatch.Event, now time.Time) {
	if a.audience == nil {
		return
	}
	var m happened
	for i := range a.audience.all {
		f := &a.audience.all[i]
		if f.behind {
			f.behind = !a.tellFollower(c, f.to, followed{head: a.m.Head()})
			continue
		}
		if len(events) == 0 {
			continue
		}
		if m.events == nil {
			m.head = a.m.Head()
			for _, e := range events {
				m.events = append(m.events, Event{Value: e, Shared: a.system.o.Share(e, now)})
			}
		}
		f.behind = !a.tellFollower(c, f.to, m)
	}
}

// lostFollowers: the former self may have crashed between a write and what it had to tell.
func (a *conversation) lostFollowers() {
	if a.audience == nil {
		return
	}
	for i := range a.audience.all {
		a.audience.all[i].behind = true
	}
}

func (a *conversation) tellFollower(c *act.Context, who act.Address, m any) bool {
	err := c.Send(who, m)
	if err != nil {
		a.system.log.Debug().Err(err).Str("conversation", string(a.id)).Str("to", who.ID).Msg("follower not told")
	}
	return err == nil
}
