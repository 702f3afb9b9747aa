package sim

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
	"pronto/storage"
)

// Sim is one simulated world.
type Sim struct {
	p     Params
	rng   *rng
	sched schedule
	step  int
	saves int
	hash  uint64

	true  int64 // ns since epoch; only grows
	skew  int64 // of the wall clock against true time; jumps both ways
	clock int64 // what the shells show to the machines
	now   time.Time

	calm     bool // no faults, and people only answer offers
	inflight int
	rests    int
	crashes  int

	disk  *disk
	crash *nodeCrash // the node died in the middle of a step
	model *model
	again *again

	swept    stateOfSaves // when the deadlines were read
	firstDue time.Time    // the first of them; none: zero
	met      map[contactKey]*meets

	convs     map[dispatch.ConversationID]*conversation
	convOrder []*conversation
	agents    []*agent
	agentByID map[dispatch.AgentID]*agent
	queues    []*queue
	queueByID map[dispatch.QueueID]*queue
	arrivals  map[string]*arrival

	channels  []channel
	clients   []*client
	clientOf  map[string]*client
	customers []*customer
	boss      *client

	ids   uint64
	rings map[dispatch.Address]*ring

	ghosts map[ghostKey]bool

	mergeRNG *rng
	merging  bool // contacts are merged in this world

	wordsRNG *rng // of when the words of texts are written

	webhooks *webhooks
}

// Result says what a simulation did.
type Result struct {
	Steps, Saves, Conversations, Crashes, Rests int
	Hash                                        uint64
}

// Run simulates one seed. The error is a *[Violation].
func Run(p Params) (res Result, err error) {
	s := newSim(p)
	defer func() {
		if r := recover(); r != nil {
			err = s.violation(r)
		}
		_ = s.disk.db.Close() // the run is over; a second error would hide the first
		res = Result{Steps: s.step, Saves: s.saves, Conversations: len(s.model.order), Crashes: s.crashes, Rests: s.rests, Hash: s.hash}
	}()
	s.start()
	for s.step < p.Steps {
		s.faults()
		s.next()
	}
	s.rest()
	s.powerCut()
	s.rest()
	s.checkJournal()
	return res, nil
}

// checkJournal runs what the doctor runs: density, hash chain, epochs, and that everything adds up.
func (s *Sim) checkJournal() {
	rep, err := s.disk.db.Verify(context.Background(), nil)
	s.must(dispatch.Address{}, err)
	if !rep.OK() {
		s.fail("I15", dispatch.Address{}, "the journal does not add up: %v", rep.Problems)
	}
}

// RunSeed draws the world from the seed and simulates it.
func RunSeed(seed uint64, steps int) (Result, error) { return Run(newParams(seed, steps)) }

func (s *Sim) violation(r any) error {
	if v, ok := r.(*Violation); ok {
		return v
	}
	who := dispatch.Address{}
	return &Violation{
		Seed: s.p.Seed, Step: s.step, At: s.now, Invariant: "panic", Entity: who, Text: fmt.Sprint(r), Trace: string(debug.Stack()),
	}
}

func newSim(p Params) *Sim {
	s := &Sim{
		p: p, rng: newRNG(p.Seed), now: epoch, model: newModel(),
		convs: map[dispatch.ConversationID]*conversation{}, agentByID: map[dispatch.AgentID]*agent{},
		queueByID: map[dispatch.QueueID]*queue{}, arrivals: map[string]*arrival{}, clientOf: map[string]*client{},
		rings: map[dispatch.Address]*ring{}, ghosts: map[ghostKey]bool{},
		wordsRNG: newRNG(p.Seed ^ wordsSalt),
		again:    newAgain(p.Seed), met: map[contactKey]*meets{},
	}
	s.webhooks = newWebhooks(s)
	d, err := s.open(vfs.NewCrashableMem())
	if err != nil {
		panic(err)
	}
	s.disk = d
	return s
}

// next lets the next thing happen, with what happens beside the steps before it, and reports whether there was one.
func (s *Sim) next() bool {
	e := s.sched.pop()
	for e != nil && e.beside {
		s.advance(e.at)
		e.run()
		s.finishCrash()
		e = s.sched.pop()
	}
	if e == nil {
		return false
	}
	if until := s.pausedUntil(e.env.To); until > s.true && until > e.at && (e.class == classDeliver || e.class == classWake) {
		e.at = until
		s.sched.push(e)
		return true
	}
	s.advance(e.at)
	switch e.class {
	case classDeliver:
		s.inflight--
		s.step++
		s.deliver(e.env)
	case classWake:
		s.wake(e)
	case classInside, classWorld:
		e.run()
	}
	s.finishCrash()
	s.checkOffersInTime()
	s.webhooks.listen()
	return true
}

// wake fires a timer, unless the actor has set another one since.
func (s *Sim) wake(e *event) {
	sh := s.shellOf(e.env.To)
	if sh == nil || sh.armed != e.armed {
		return
	}
	sh.armed = 0
	s.step++
	s.deliver(e.env)
}

func (s *Sim) shellOf(who dispatch.Address) *shell {
	switch who.Kind {
	case dispatch.KindConversation:
		if c := s.convs[dispatch.ConversationID(who.ID)]; c != nil && c.m != nil {
			return &c.shell
		}
	case dispatch.KindAgent:
		return &s.agentByID[dispatch.AgentID(who.ID)].shell
	case dispatch.KindQueue:
		return &s.queueByID[dispatch.QueueID(who.ID)].shell
	}
	return nil
}

// checkOffersInTime: an offer ends no later than a second after its deadline, whoever died.
func (s *Sim) checkOffersInTime() {
	for _, o := range s.model.openOffer {
		s.checkLeftReady(o)
		if s.now.Before(o.offer.ExpiresAt) {
			o.overdue = 0
			continue
		}
		if o.overdue == 0 {
			o.overdue = s.true
		}
		if until := s.pausedUntil(o.offer.Conversation.Address()); until > o.overdue {
			o.overdue = until
		}
		if s.true-o.overdue > int64(time.Second) {
			s.fail("I7", o.offer.Conversation.Address(), "offer %s to %s is open since %v past its deadline", o.offer.ID, o.offer.Agent, time.Duration(s.true-o.overdue))
		}
	}
}

// leftReady is generous: the wish to end the offer may be lost a few times, and actors pause.
const leftReady = 10 * time.Second

// checkLeftReady: leaving ready withdraws the open offer, also when the message that asks for it is lost.
func (s *Sim) checkLeftReady(o *offerModel) {
	a := s.model.agent(o.offer.Agent)
	switch {
	case a.s.Status == dispatch.StatusReady && !a.s.After:
		o.unready = 0
	case o.unready == 0:
		o.unready = s.true
	case s.true-o.unready > int64(leftReady):
		s.fail("I5", o.offer.Agent.Address(), "not ready since %v, and offer %s of %s is still open", time.Duration(s.true-o.unready), o.offer.ID, o.offer.Conversation)
	}
}

// newID makes an id of the world's own sequence.
func (s *Sim) newID(prefix string) string {
	s.ids++
	return dispatch.FormatID(prefix, s.now, dispatch.Partition(s.rng.n(dispatch.Partitions)), s.ids)
}

// start builds the world: configuration, agents, customers, supervisor.
func (s *Sim) start() {
	skills := make([]dispatch.SkillID, s.p.Skills)
	for i := range skills {
		skills[i] = dispatch.SkillID(fmt.Sprintf("skl_%d", i))
	}
	for range s.p.Queues {
		q := &queue{id: dispatch.QueueID(s.newID("que")), rules: newRules(s.rng)}
		q.addr = q.id.Address()
		s.queues = append(s.queues, q)
		s.queueByID[q.id] = q
	}
	for _, q := range s.queues {
		q.settings = s.newSettings()
	}
	for i := range s.p.Channels {
		s.channels = append(s.channels, channel{id: dispatch.ChannelID(fmt.Sprintf("chn_%d", i)), queue: pick(s.rng, s.queues).id})
	}
	for range s.p.Agents {
		a := &agent{id: dispatch.AgentID(s.newID("agt"))}
		a.addr = a.id.Address()
		s.agents = append(s.agents, a)
		s.agentByID[a.id] = a
		a.profile = s.newProfile(skills)
	}
	s.people(skills)
	s.startMerges()
	s.boot()
	s.webhooks.start()
	s.sweep()
}

func (s *Sim) newProfile(skills []dispatch.SkillID) dispatch.AgentProfile {
	p := dispatch.AgentProfile{}
	s.newBudget(&p)
	s.newPresence(&p)
	for i, q := range s.queues {
		if i == 0 || s.rng.chance(500) {
			p.Queues = append(p.Queues, q.id)
		}
	}
	p.Queues = sorted(p.Queues)
	p.Ranks = newRanks(s.rng, p.Queues)
	if s.rng.chance(400) {
		p.DeclinePause = s.rng.dur(time.Second, 30*time.Second)
	}
	for _, k := range skills {
		if s.rng.chance(600) {
			p.Skills = append(p.Skills, dispatch.SkillLevel{ID: k, Level: s.rng.between(1, 5)})
		}
	}
	return p
}

func (s *Sim) newPresence(p *dispatch.AgentProfile) {
	p.SuspectTime = pick(s.rng, []time.Duration{0, 10 * time.Second, 45 * time.Second})
	p.ReasonRequired = s.rng.chance(300)
}

func (s *Sim) newBudget(p *dispatch.AgentProfile) {
	p.Capacity = s.rng.between(1, 6)
	p.Ceiling = p.Capacity + s.rng.between(0, 4)
	p.SilentAfter = pick(s.rng, []time.Duration{0, 3 * time.Second, 20 * time.Second})
}

// sweep wakes the conversations whose stored deadline has come, in memory or not.
func (s *Sim) sweep() {
	if s.plant("deadlines_in_memory") {
		return
	}
	s.after(400*time.Millisecond, classInside, s.sweep)
	for _, id := range s.due() {
		c := s.convs[id]
		if s.crash != nil || (c != nil && (c.paused > s.true || (c.m != nil && c.armed != 0))) {
			continue
		}
		s.step++
		s.deliver(dispatch.Envelope{To: id.Address(), Message: dispatch.Wake{}})
	}
}

// due reads whose deadline has come, unless nothing was saved since it read that the first one comes later.
func (s *Sim) due() (due []dispatch.ConversationID) {
	end, at := s.now.Add(time.Millisecond), stateOfSaves{s.disk, s.saves}
	if at == s.swept && (s.firstDue.IsZero() || !s.firstDue.Before(end)) && !s.again.doubts {
		return nil
	}
	s.swept, s.firstDue = at, time.Time{}
	err := s.disk.db.Deadlines(epoch.AddDate(1, 0, 0), 64, func(id dispatch.ConversationID, by time.Time) error {
		if s.firstDue.IsZero() {
			s.firstDue = by
		}
		if by.UnixMilli() >= end.UnixMilli() {
			return storage.ErrStop
		}
		due = append(due, id)
		return nil
	})
	s.must(dispatch.Address{}, err)
	return due
}

// stateOfSaves tells whether there was a save since.
type stateOfSaves struct {
	disk  *disk
	saves int
}
