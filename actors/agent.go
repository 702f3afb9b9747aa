package actors

import (
	"context"
	"fmt"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// agent owns one agent's status, slots and connection, keeps the ledger of the agent's commands, and is the one place
// where all events for the agent's sessions come through, in one order.
//
// It receives commands of sessions and of REST, the offer protocol, and what happens to owned conversations; it tells
// queues, conversations and sessions. After a crash it waits for ReserveHold, so that reservations of its former self
// are over, and reads its slots again; its sessions get a fresh snapshot.
type agent struct {
	id     dispatch.AgentID
	system *System

	m          *dispatch.Agent // nil: not loaded
	ledger     ledger
	sessions   sessionSet           // all that get events, connected or not
	behind     []dispatch.SessionID // whose mailboxes were full: they missed events and need a snapshot
	doubtUntil time.Time            // after a crash: commands of the former self may be on their way until then
	settleAt   time.Time            // when the slots are read again after a crash
	view       *AgentView           // as last published; not to be changed
	drafts     []dispatch.Draft     // by conversation, each one's an owned one
	desk       *desk                // what the sessions show beside; nil: nothing
}

// Messages between an agent's actor and its sessions.
type (
	// attach makes a session a receiver of events and counts it as connected; the answer is a snapshotNow.
	attach struct {
		session dispatch.SessionID
		visitor *Visitor // nil: an agent's session
	}
	// detach says that its connection is gone; it still receives events until forget.
	detach struct{ session dispatch.SessionID }
	forget struct{ session dispatch.SessionID }
	// handOver puts next in the place of session among the receivers; handedOver tells session that nothing more comes.
	handOver   struct{ session, next dispatch.SessionID }
	handedOver struct{ next dispatch.SessionID }
	// snapshotNow brings the state as of this place among the events.
	snapshotNow struct {
		view   View
		reason string
	}
	// publish brings events from outside the machines, for all sessions of the agent.
	publish struct{ event Event }
	// command is a person's command; its first answer is kept. The envelope is the receiver's.
	command struct{ *dispatch.Envelope }
)

func (s *System) newAgent(id string) act.Actor {
	a := &agent{id: dispatch.AgentID(id), system: s, view: &AgentView{}, ledger: ledger{open: map[dispatch.CommandID]*openCommand{}}}
	a.desk = s.desks.get(a.id)
	return a
}

// Receive takes what concerns sessions and the ledger itself; the machine gets the rest.
func (a *agent) Receive(c *act.Context, e act.Envelope) {
	if _, ok := e.Msg.(act.Restarted); ok {
		a.restarted(c)
		return
	}
	a.load(c)
	switch m := e.Msg.(type) {
	case command:
		a.command(c, e.From, m.Envelope)
	case attach:
		a.attach(c, m)
	case detach:
		a.lookAway(m.session)
		a.run(c, dispatch.Envelope{Message: dispatch.SessionClosed{Session: m.session}})
	case forget:
		a.forget(c, m)
	case handOver:
		a.handOver(c, m)
	case publish:
		a.push(c, m.event, "")
	case followed:
		a.followed(c, m)
	case happened:
		a.happened(c, m)
	case liveNow:
		a.liveNow(c, m)
	case liveLost:
		a.rejoinAll(c)
	case accessChanged:
		a.accessChanged(c)
	case act.Failed:
		a.commandFailed(c, m)
	case act.Wake:
		a.settle(c)
		a.catchUp(c)
		a.run(c, dispatch.Envelope{Message: dispatch.Wake{}})
	case dispatch.Envelope:
		a.told(c, e.From, &m)
	case *dispatch.Envelope:
		a.told(c, e.From, m)
	}
}

// told takes what a machine says. The envelope is this actor's: it may go on with it.
func (a *agent) told(c *act.Context, from act.Address, m *dispatch.Envelope) {
	if _, ok := m.Message.(dispatch.Answer); ok {
		a.answered(c, m)
		return
	}
	m.From = plain(from)
	a.run(c, *m)
	if _, ok := m.Message.(dispatch.ConfigureAgent); ok {
		a.rejoinAll(c)
	}
}

// CanRetire: no session, no slot, not ready, nothing on its way.
func (a *agent) CanRetire() bool {
	return a.m == nil || (!a.m.Busy() && len(a.sessions.order) == 0 && len(a.ledger.open) == 0)
}

// run is the shell: decide, make durable, then tell queues and conversations, then the sessions.
func (a *agent) run(c *act.Context, e dispatch.Envelope) {
	e.To = a.id.Address()
	now := a.system.Now()
	before := *a.m.Snapshot()
	out, err := a.m.Step(now, e)
	if err != nil {
		out = dispatch.Outcome{Sends: refusal(e, err)}
	}
	if refused := a.commit(now, &out); refused != nil {
		*a.m.Snapshot() = before
		out = dispatch.Outcome{Sends: refusal(e, refused)}
	}
	for i := range out.Events {
		a.push(c, a.event(out.Events[i], now), a.exempt(out.Events[i]))
	}
	a.dropDrafts()
	a.publishView(now)
	a.tell(c, out.Sends)
	arm(c, a.nextWake(now))
}

// commit makes the records and the answers of commands durable. Not nil: nothing was written, the disk is full.
func (a *agent) commit(now time.Time, out *dispatch.Outcome) *dispatch.Error {
	for i := range out.Sends {
		if r := answerKept(&out.Sends[i], now); r != nil {
			a.m.Snapshot().Apply(r.(dispatch.AgentRecord)) //nolint:forcetypeassert // it is a record of any machine
			out.Records = append(out.Records, r)
		}
	}
	if len(out.Records) == 0 {
		return nil
	}
	err := a.system.o.Store.SaveAgent(context.Background(), now, a.m.Snapshot(), out.Records)
	refused := notMade(err)
	if err != nil && refused == nil {
		panic(fmt.Errorf("save %s: %w", a.id, err)) // memory is ahead of disk: start over from storage
	}
	return refused
}

// tell delivers; an answer of this machine to a command of this agent goes straight to the ledger.
func (a *agent) tell(c *act.Context, out []dispatch.Envelope) {
	self := a.id.Address()
	for i := range out {
		if _, ok := out[i].Message.(dispatch.Answer); ok && out[i].To == self {
			a.answered(c, &out[i])
			continue
		}
		a.system.deliver(c, out[i:i+1])
	}
}

func (a *agent) nextWake(now time.Time) time.Time {
	at := a.m.NextDeadline()
	if retry := now.Add(dispatch.RetryPause); len(a.behind) > 0 && (at.IsZero() || retry.Before(at)) {
		at = retry
	}
	if !a.settleAt.IsZero() && (at.IsZero() || a.settleAt.Before(at)) {
		return a.settleAt
	}
	return at
}

func (a *agent) load(c *act.Context) {
	if a.m != nil {
		return
	}
	s, err := a.system.o.Store.LoadAgent(a.id)
	if err != nil {
		panic(fmt.Errorf("load %s: %w", a.id, err))
	}
	a.m = dispatch.NewAgent(s, a.system.Now())
	a.readSlots(c)
	a.loadDrafts()
	a.run(c, dispatch.Envelope{Message: dispatch.ConfigureAgent{Profile: a.system.o.Catalog.Profile(a.id)}})
}

func (a *agent) readSlots(c *act.Context) {
	slots, err := a.system.o.Store.AgentSlots(a.id)
	if err != nil {
		panic(fmt.Errorf("read slots of %s: %w", a.id, err))
	}
	for i := range slots {
		if slots[i].Kind == dispatch.SlotOwned {
			h := &slots[i].Head
			h.ScriptRequired = a.system.o.Catalog.Rules(h.Queue, h.Channel).ScriptRequired
		}
		if slots[i].Alerted { // it says so again, after a start of the server
			to := slots[i].Conversation.Address()
			a.system.untold(c.Send(address(to), dispatch.Envelope{To: to, Message: dispatch.Wake{}}), to.ID, "not asked for its alert")
		}
	}
	a.run(c, dispatch.Envelope{Message: dispatch.AdoptSlots{Slots: slots}})
}

// restarted takes over from a value that crashed: the sessions are still there and get a new snapshot.
func (a *agent) restarted(c *act.Context) {
	a.load(c)
	a.run(c, dispatch.Envelope{Message: dispatch.Recovered{Crashed: true}})
	a.settleAt = a.system.Now().Add(dispatch.ReserveHold)
	a.doubtUntil = a.system.Now().Add(commandDoubt)
	for _, id := range a.system.links.live(address(a.id.Address())) {
		a.sessions.add(id)
		a.run(c, dispatch.Envelope{Message: dispatch.SessionOpened{Session: id}})
		a.system.tellNext(c, id, snapshotNow{view: a.snapshot(), reason: "restart"})
	}
	a.doubtDesk(c)
}

// settle reads the slots again once no reservation of the former value can become an offer.
func (a *agent) settle(c *act.Context) {
	if a.settleAt.IsZero() || a.system.Now().Before(a.settleAt) {
		return
	}
	a.settleAt = time.Time{}
	a.readSlots(c)
}
