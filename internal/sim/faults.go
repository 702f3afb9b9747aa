package sim

import (
	"context"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

func sorted[T ~string](in []T) []T {
	slices.Sort(in)
	return in
}

// faults rolls the dice before each step.
func (s *Sim) faults() {
	s.writeWords()
	switch {
	case s.rng.rare(s.p.NodeCrash):
		s.powerCut()
	case s.rng.rare(s.p.ActorCrash):
		s.crashActor()
	case s.rng.rare(s.p.Pause):
		s.pause()
	case s.rng.rare(s.p.ClockJump):
		s.jump()
	case s.rng.rare(s.p.Passivate):
		s.passivate()
	case s.rng.rare(s.p.Reconfigure):
		s.reconfigure()
	case s.rng.rare(s.p.Rest):
		s.rest()
	}
}

// nodeCrash is a crash in the middle of a save: records may or may not be on the disk that is left.
type nodeCrash struct {
	mem     *vfs.MemFS
	conv    dispatch.ConversationID
	agent   dispatch.AgentID
	records []dispatch.Record
}

// writeWords makes the words of texts rows, now and then, in some worlds with the power cut in its middle. It has chances of its
// own, so that the worlds of before stay what they were.
func (s *Sim) writeWords() {
	r := s.wordsRNG
	if !r.rare(wordsWritten) {
		return
	}
	cut := s.p.NodeCrash > 0 && r.chance(300)
	if cut {
		s.disk.torn.arm(r.chance(500))
	}
	s.must(dispatch.Address{}, s.disk.db.WriteTexts(context.Background()))
	if crash := s.disk.torn.disarm(); cut && crash != nil {
		s.trace(dispatch.Address{}, noteOther, "words are being written", 0)
		s.nodeDown(&nodeCrash{mem: crash})
	}
}

const (
	wordsWritten = 2000 // in a million steps
	wordsSalt    = 0x3057
)

// powerCut crashes the node between two steps: everything is durable that was told.
func (s *Sim) powerCut() { s.nodeDown(&nodeCrash{mem: s.disk.cut(s.rng)}) }

// nodeDown loses everything in memory and in flight, and starts again from what the disk holds.
func (s *Sim) nodeDown(c *nodeCrash) {
	s.crashes++
	for _, a := range s.agents {
		s.trace(a.addr, noteCrash, "node", 0)
	}
	s.must(dispatch.Address{}, s.disk.db.Close())
	s.webhooks.down()
	s.sched.keep(func(e *event) bool { return e.class == classWorld })
	s.inflight = 0
	s.arrivals = map[string]*arrival{}
	d, err := s.open(c.mem)
	s.must(dispatch.Address{}, err)
	s.disk = d
	for _, conv := range s.convOrder {
		conv.m, conv.armed, conv.paused = nil, 0, 0
		s.trace(conv.addr, noteCrash, "node", 0)
	}
	s.settle(c)
	if s.rng.chance(250) {
		s.recoverTwice()
	}
	s.checkDurable()
	s.advance(s.true + int64(s.rng.dur(0, 5*time.Second)))
	for _, o := range s.model.openOffer {
		o.overdue, o.unready = 0, 0
	}
	for _, cl := range s.clients {
		s.disconnected(cl)
	}
	s.boot()
	s.sweep()
}

// settle finds out whether the save that the crash interrupted is on the disk: all of it, or nothing.
func (s *Sim) settle(c *nodeCrash) {
	switch {
	case c.conv != "":
		snap, _, err := s.disk.db.LoadConversation(c.conv)
		s.must(c.conv.Address(), err)
		before := s.model.conv(c.conv).s.Version
		switch snap.Version {
		case before:
			s.trace(c.conv.Address(), noteOther, "the save did not survive", 0)
		case before + uint64(len(c.records)):
			s.trace(c.conv.Address(), noteOther, "the save survived", 0)
			s.commitConversation(c.conv, c.records)
		default:
			s.fail("I20", c.conv.Address(), "version %d after a crash in a save from %d to %d", snap.Version, before, before+uint64(len(c.records)))
		}
	case c.agent != "":
		snap, err := s.disk.db.LoadAgent(c.agent)
		s.must(c.agent.Address(), err)
		before := s.model.agent(c.agent).s.Version
		switch snap.Version {
		case before:
		case before + uint64(len(c.records)):
			s.commitAgent(c.agent, c.records)
		default:
			s.fail("I20", c.agent.Address(), "version %d after a crash in a save from %d to %d", snap.Version, before, before+uint64(len(c.records)))
		}
	}
}

// recoverTwice crashes again before anything happened: the second recovery must give what the first gave.
func (s *Sim) recoverTwice() {
	again := s.disk.cut(s.rng)
	s.must(dispatch.Address{}, s.disk.db.Close())
	d, err := s.open(again)
	s.must(dispatch.Address{}, err)
	s.disk = d
}

// boot makes the actors that are always in memory, from configuration and storage.
func (s *Sim) boot() {
	for _, q := range s.queues {
		s.startQueue(q)
	}
	for _, a := range s.agents {
		s.startAgent(a, false)
	}
	s.webhooks.up()
}

func (s *Sim) startQueue(q *queue) {
	q.said = listSaid{}
	q.m, q.armed, q.paused = dispatch.NewQueue(q.id), 0, 0
	q.model = newQueueModel()
	s.stepQueue(q, dispatch.Envelope{To: q.addr, Message: dispatch.ConfigureQueue{Settings: s.settingsOf(q)}})
	tickets, err := s.disk.db.WaitingIn(q.id)
	s.must(q.addr, err)
	half := len(tickets) / 2
	s.stepQueue(q, dispatch.Envelope{To: q.addr, Message: dispatch.LoadQueue{Tickets: tickets[:half], More: true}})
	load := dispatch.LoadQueue{Tickets: tickets[half:]}
	for _, a := range s.agents {
		if slices.Contains(a.profile.Queues, q.id) {
			load.Members = append(load.Members, a.id)
		}
	}
	s.stepQueue(q, dispatch.Envelope{To: q.addr, Message: load})
}

// startAgent loads an agent. After a crash in a live node its slots are adopted only when every reservation of its
// former self is over.
func (s *Sim) startAgent(a *agent, crashed bool) {
	snap, err := s.disk.db.LoadAgent(a.id)
	s.must(a.addr, err)
	s.checkAgentState(a, snap)
	a.m, a.armed, a.paused = dispatch.NewAgent(snap, s.now), 0, 0
	if m := s.model.agent(a.id); m.allowed == 0 {
		m.allowed = ceiling(a)
	}
	a.settling++
	a.over = map[dispatch.OfferID]bool{}
	a.waits = crashed
	s.trace(a.addr, noteLoaded, nil, snap.Version)
	if crashed {
		s.inside(a, dispatch.Recovered{Crashed: true})
	} else {
		s.adopt(a)
	}
	s.inside(a, dispatch.ConfigureAgent{Profile: a.profile})
	for _, session := range s.clientOf[string(a.id)].sessions {
		s.inside(a, dispatch.SessionOpened{Session: session})
	}
	if !crashed {
		s.inside(a, dispatch.Recovered{})
		return
	}
	turn, wait := a.settling, dispatch.ReserveHold+2*time.Millisecond
	if s.plant("slots_adopted_at_once") {
		wait = 0
	}
	over := s.now.Add(wait) // by the clock, as reservations are: it may be set back meanwhile
	var settle func()
	settle = func() {
		switch {
		case a.settling != turn || s.plant("slots_not_adopted"):
		case s.now.Before(over):
			s.after(over.Sub(s.now), classInside, settle)
		default:
			s.adopt(a)
		}
	}
	s.after(wait, classInside, settle)
}

func (s *Sim) adopt(a *agent) {
	slots, err := s.disk.db.AgentSlots(a.id)
	s.must(a.addr, err)
	a.waits = false
	s.inside(a, dispatch.AdoptSlots{Slots: slots})
	s.resnapshot(a)
}

// inside gives an agent a message that cannot get lost: the shell's own.
func (s *Sim) inside(a *agent, m dispatch.Message) {
	if s.crash == nil {
		s.stepAgent(a, dispatch.Envelope{To: a.addr, Message: m})
	}
}

// crashActor throws one actor's state away and loads it again.
func (s *Sim) crashActor() {
	switch k := s.rng.n(10); {
	case k < 5 && len(s.convOrder) > 0:
		s.crashConversation(s.someConversation())
	case k < 9:
		a := pick(s.rng, s.agents)
		s.trace(a.addr, noteCrash, nil, 0)
		s.startAgent(a, true)
	default:
		q := pick(s.rng, s.queues)
		s.trace(q.addr, noteCrash, nil, 0)
		s.startQueue(q)
	}
	s.finishCrash()
}

func (s *Sim) crashConversation(c *conversation) {
	s.trace(c.addr, noteCrash, nil, 0)
	if s.plant("no_version_check") && c.m != nil {
		c.zombie = &conversation{m: c.m, rows: c.rows}
	}
	c.m, c.paused = nil, 0
	s.load(c)
	s.stepConversation(c, dispatch.Envelope{To: c.addr, Message: dispatch.Recovered{Crashed: true}})
}

// finishCrash lets the node go down if one of the saves of a fault was cut.
func (s *Sim) finishCrash() {
	if s.crash != nil {
		c := s.crash
		s.crash = nil
		s.nodeDown(c)
	}
}

// someConversation prefers the young ones: there is more going on.
func (s *Sim) someConversation() *conversation {
	n := len(s.convOrder)
	if s.rng.chance(800) {
		return s.convOrder[n-1-s.rng.n(min(n, 12))]
	}
	return s.convOrder[s.rng.n(n)]
}

func (s *Sim) pause() {
	switch k := s.rng.n(3); {
	case k == 0 && len(s.convOrder) > 0:
		s.someConversation().paused = s.true + int64(s.rng.dur(0, 500*time.Millisecond))
	case k == 1:
		pick(s.rng, s.queues).paused = s.true + int64(s.rng.dur(0, 3*time.Second))
	default:
		pick(s.rng, s.agents).paused = s.true + int64(s.rng.dur(0, 4*time.Second))
	}
}

// jump steps the wall clock, forward or back. Timers count real time, so those in memory are set again.
func (s *Sim) jump() {
	d := s.rng.dur(100*time.Millisecond, 40*time.Second)
	if s.rng.chance(400) {
		d = -s.rng.dur(100*time.Millisecond, 3*time.Second)
	}
	s.trace(dispatch.Address{}, noteOther, "clock jump", 0)
	s.skew += int64(d)
	s.advance(s.true)
	for _, c := range s.convOrder {
		if c.m != nil {
			c.armed = 0
			s.arm(&c.shell, c.m.NextDeadline())
		}
	}
	for _, a := range s.agents {
		a.armed = 0
		s.arm(&a.shell, a.m.NextDeadline())
	}
	for _, q := range s.queues {
		q.armed = 0
		s.arm(&q.shell, q.m.NextDeadline())
	}
}

// passivate drops a machine that has nothing on its way, as a shell does after a quiet time.
func (s *Sim) passivate() {
	if s.rng.chance(700) && len(s.convOrder) > 0 {
		if c := s.someConversation(); c.m != nil && !c.m.Busy() {
			c.m, c.armed = nil, 0
		}
		return
	}
	if a := pick(s.rng, s.agents); !a.m.Busy() {
		s.startAgent(a, false)
		s.finishCrash()
	}
}

// reconfigure changes the configuration under way.
func (s *Sim) reconfigure() {
	a := pick(s.rng, s.agents)
	switch s.rng.n(5) {
	case 0:
		s.newBudget(&a.profile)
	case 1:
		q := pick(s.rng, s.queues).id
		queues := slices.Clone(a.profile.Queues)
		if i := slices.Index(queues, q); i >= 0 {
			queues = slices.Delete(queues, i, i+1)
		} else {
			queues = append(queues, q)
		}
		a.profile.Queues = sorted(queues)
	case 2:
		q := pick(s.rng, s.queues)
		q.settings = s.newSettings()
		s.stepQueue(q, dispatch.Envelope{To: q.addr, Message: dispatch.ConfigureQueue{Settings: s.settingsOf(q)}})
		return
	case 3:
		a.profile.Ranks = newRanks(s.rng, a.profile.Queues)
	default:
		q := pick(s.rng, s.queues)
		q.rules = newRules(s.rng)
		return
	}
	s.capacityChanged(a)
	s.inside(a, dispatch.ConfigureAgent{Profile: a.profile})
	s.finishCrash()
}
