package sim

import (
	"context"
	"errors"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
	"pronto/storage"
)

// The shells: exactly what the actors do. Step, make durable, then tell; answers to commands become durable with the
// decision that they answer.

// shell is what every actor has beside its machine.
type shell struct {
	addr   dispatch.Address
	armed  int64 // clock time of the timer, 0: none
	paused int64 // true time until which it does nothing
}

type conversation struct {
	shell
	id   dispatch.ConversationID
	m    *dispatch.Conversation // nil: not in memory
	rows storage.Rows
	view follower

	zombie *conversation // planted: its former self, which still writes
}

type agent struct {
	shell
	id       dispatch.AgentID
	m        *dispatch.Agent
	profile  dispatch.AgentProfile
	settling int                       // counts crashes: an adoption belongs to one of them
	waits    bool                      // for its slots, after a crash
	over     map[dispatch.OfferID]bool // offers that this self held and was told the end of
	stored   []dispatch.Slot           // as storage said at the last look
}

type queue struct {
	shell
	id       dispatch.QueueID
	m        *dispatch.Queue
	rules    dispatch.Rules
	settings dispatch.QueueSettings
	turned   time.Time // when hours that began opened or closed it last
	model    *queueModel
	said     listSaid          // to the members
	stored   []dispatch.Ticket // as storage said at the last look
}

// deliver gives a message to whom it is for.
func (s *Sim) deliver(e dispatch.Envelope) {
	switch e.To.Kind {
	case dispatch.KindConversation:
		s.stepConversation(s.conversation(dispatch.ConversationID(e.To.ID)), e)
	case dispatch.KindAgent:
		if a := s.agentByID[dispatch.AgentID(e.To.ID)]; a != nil {
			s.stepAgent(a, e)
		}
	case dispatch.KindQueue:
		if q := s.queueByID[dispatch.QueueID(e.To.ID)]; q != nil {
			s.stepQueue(q, e)
		}
	case dispatch.KindSupervisors:
		s.alerted(e)
	case dispatch.KindMembers: // judged when it was said
	default:
		s.answered(e)
	}
}

func (s *Sim) pausedUntil(who dispatch.Address) int64 {
	switch who.Kind {
	case dispatch.KindConversation:
		if c := s.convs[dispatch.ConversationID(who.ID)]; c != nil {
			return c.paused
		}
	case dispatch.KindAgent:
		if a := s.agentByID[dispatch.AgentID(who.ID)]; a != nil {
			return a.paused
		}
	case dispatch.KindQueue:
		if q := s.queueByID[dispatch.QueueID(who.ID)]; q != nil {
			return q.paused
		}
	}
	return 0
}

// conversation returns the shell, loading the machine when it is not in memory.
func (s *Sim) conversation(id dispatch.ConversationID) *conversation {
	c := s.convs[id]
	if c == nil {
		c = &conversation{shell: shell{addr: id.Address()}, id: id}
		s.convs[id] = c
		s.convOrder = append(s.convOrder, c)
	}
	if c.m == nil {
		s.load(c)
	}
	return c
}

func (s *Sim) load(c *conversation) {
	snap, rows, err := s.disk.db.LoadConversation(c.id)
	s.must(c.addr, err)
	if have := &s.model.conv(c.id).s; !sameAt(&snap, have) {
		s.fail("I21", c.addr, "loaded state differs from the fold of its records:\n%s", difference(*have, snap))
	}
	c.m, c.rows, c.armed = dispatch.NewConversation(snap), rows, 0
	c.m.SetFollowed(true)
	c.view.head = c.m.Head()
	s.trace(c.addr, noteLoaded, nil, snap.Version)
}

// must ends the simulation on an error that storage should not give.
func (s *Sim) must(who dispatch.Address, err error) {
	if err != nil {
		s.fail("I22", who, "storage: %v", err)
	}
}

func (s *Sim) stepConversation(c *conversation, e dispatch.Envelope) {
	if c.zombie != nil && s.rng.chance(300) {
		c.m, c.rows, c.zombie = c.zombie.m, c.zombie.rows, nil
	}
	if s.repeated(e) {
		return
	}
	queue := c.m.Snapshot().Queue
	if open, ok := e.Message.(dispatch.OpenConversation); ok && queue == "" {
		queue = open.Opened.Queue
	}
	if q := s.queueByID[queue]; q != nil {
		c.m.SetRules(q.rulesAt(s.now))
	}
	s.trace(c.addr, noteStep, e.Message, c.m.Snapshot().Version)
	out, err := c.m.Step(s.now, e)
	if err != nil {
		s.trace(c.addr, noteRefused, err, 0)
		out = refusal(c.addr, e, err)
	}
	out.Records = append(out.Records, s.answersIn(out, func(r dispatch.CommandAnswered) { c.m.Snapshot().Apply(r) })...)
	if (len(out.Records) > 0 || c.rows.Misplaced(s.now, c.m.Snapshot())) && !s.saveConversation(c, e, out.Records) {
		return
	}
	s.checkFollower(c, out)
	s.checkPickAsked(c, out)
	s.tell(c.addr, out)
	s.arm(&c.shell, c.m.NextDeadline())
}

// refusal is the outcome of a step that was refused: the answer alone.
func refusal(self dispatch.Address, e dispatch.Envelope, err error) dispatch.Outcome {
	if e.From == (dispatch.Address{}) || !isCommand(e.Message) {
		return dispatch.Outcome{}
	}
	var refused *dispatch.Error
	if !errors.As(err, &refused) {
		refused = &dispatch.Error{Code: dispatch.CodeInternal, Message: err.Error()}
	}
	a := dispatch.Answer{Cause: e.Cause, Err: refused}
	return dispatch.Outcome{Sends: []dispatch.Envelope{{To: e.From, From: self, Cause: e.Cause, Message: a}}}
}

// isCommand: only wishes are answered.
func isCommand(m dispatch.Message) bool {
	switch m.(type) {
	case dispatch.Reserve, dispatch.Reserved, dispatch.Refused, dispatch.Answer, dispatch.Enqueue, dispatch.Dequeue, dispatch.Notify:
		return false
	}
	return true
}

// answersIn turns the answers to durable commands into records of the same decision.
func (s *Sim) answersIn(out dispatch.Outcome, apply func(dispatch.CommandAnswered)) []dispatch.Record {
	var records []dispatch.Record
	for _, e := range out.Sends {
		if a, ok := e.Message.(dispatch.Answer); ok && a.Cause.Durable() {
			r := dispatch.CommandAnswered{Cause: a.Cause, Reply: a.Reply, Err: a.Err, At: s.now}
			apply(r)
			records = append(records, r)
		}
	}
	return records
}

// repeated gives the first answer of a command that was answered before.
func (s *Sim) repeated(e dispatch.Envelope) bool {
	if !e.Cause.Durable() || s.plant("answers_forgotten") || (s.plant("answers_not_looked_up") && e.To.Kind == dispatch.KindConversation) {
		return false
	}
	if _, isAnswer := e.Message.(dispatch.Answer); isAnswer {
		return false
	}
	first, ok, err := s.disk.db.Answer(e.Cause.Principal, e.Cause.Command)
	s.must(e.To, err)
	if !ok {
		return false
	}
	a := dispatch.Answer{Cause: e.Cause, Reply: first.Reply, Err: first.Err}
	if first.Cause.Hash != e.Cause.Hash {
		a.Reply, a.Err = nil, &dispatch.Error{Code: dispatch.CodeCommandIDReused, Message: "this command id was used for another command"}
	}
	s.trace(e.To, noteOther, "repeated command", 0)
	s.send(dispatch.Envelope{To: e.From, From: e.To, Cause: e.Cause, Message: a})
	return true
}

// saveConversation reports whether the decision is durable; when it is not, nothing of it may be told.
func (s *Sim) saveConversation(c *conversation, e dispatch.Envelope, records []dispatch.Record) bool {
	save := func() error {
		if s.plant("saved_in_halves") && len(records) > 1 {
			return s.saveInHalves(c, records)
		}
		return s.disk.db.SaveConversation(context.Background(), storage.SaveConversation{Now: s.now, State: c.m.Snapshot(), Records: records, Rows: &c.rows})
	}
	crash, err := s.maybeTorn(save)
	if crash != nil {
		s.toldEarly(e, records)
		s.crash = &nodeCrash{mem: crash, conv: c.id, records: records}
		return false
	}
	var taken *storage.Taken
	if errors.As(err, &taken) {
		code := dispatch.CodeTaken
		if storage.MergeTaken(taken) {
			code = dispatch.CodeContactMerged
		}
		s.trace(c.addr, noteOther, string(code), 0)
		s.load(c)
		if !s.plant("taken_without_recovery") {
			s.stepConversation(c, dispatch.Envelope{To: c.addr, Message: dispatch.Recovered{Crashed: true}})
		}
		if e.From.Kind == kindArrival { // a command is repeated by its client
			s.send(dispatch.Envelope{To: e.From, From: c.addr, Cause: e.Cause, Message: dispatch.Answer{
				Cause: e.Cause, Err: &dispatch.Error{Code: code, Message: "somebody else was first"},
			}})
		}
		return false
	}
	s.must(c.addr, err)
	s.saves++
	if len(records) == 0 {
		return true // a row was put where it belongs
	}
	s.commitConversation(c.id, records)
	if have := s.model.conv(c.id); !sameAt(&have.s, c.m.Snapshot()) {
		s.fail("I21", c.addr, "the machine's state is not the fold of its records:\n%s", difference(have.s, *c.m.Snapshot()))
	}
	return true
}

// maybeTorn runs a save, sometimes with the power cut in its middle: then the disk of that moment is returned.
func (s *Sim) maybeTorn(save func() error) (*vfs.MemFS, error) {
	if s.calm || !s.rng.rare(s.p.TornSave) {
		return nil, save()
	}
	s.disk.torn.arm(s.rng.chance(500))
	err := save()
	return s.disk.torn.disarm(), err
}

func (s *Sim) stepAgent(a *agent, e dispatch.Envelope) {
	if s.repeated(e) {
		return
	}
	s.trace(a.id.Address(), noteStep, e.Message, a.m.Snapshot().Version)
	a.noteOver(e.Message)
	out, err := a.m.Step(s.now, e)
	if err != nil {
		s.trace(a.id.Address(), noteRefused, err, 0)
		out = refusal(a.addr, e, err)
	}
	out.Records = append(out.Records, s.answersIn(out, func(r dispatch.CommandAnswered) { a.m.Snapshot().Apply(r) })...)
	if len(out.Records) > 0 && !s.saveAgent(a, out.Records) {
		return
	}
	s.checkAgentOutcome(a, e, out)
	s.tell(a.addr, out)
	s.show(a, out.Events)
	s.arm(&a.shell, a.m.NextDeadline())
}

func (s *Sim) saveAgent(a *agent, records []dispatch.Record) bool {
	crash, err := s.maybeTorn(func() error {
		return s.disk.db.SaveAgent(context.Background(), s.now, a.m.Snapshot(), records)
	})
	if crash != nil {
		s.crash = &nodeCrash{mem: crash, agent: a.id, records: records}
		return false
	}
	s.must(a.addr, err)
	s.saves++
	s.commitAgent(a.id, records)
	s.checkAgentState(a, *a.m.Snapshot())
	return true
}

// settingsOf are the settings of a queue at this moment, as the server's catalogue works them out.
func (s *Sim) settingsOf(q *queue) dispatch.QueueSettings {
	if w := q.settings.Waits; closedAt(w, s.now) != w.Closed {
		q.settings.Waits, q.turned = dispatch.WaitRules{Closed: !w.Closed}, s.now
	}
	return q.settings
}

// stepQueue has a queue hear a message, and before it, as the server's actor does, the settings of hours that have begun.
func (s *Sim) stepQueue(q *queue, e dispatch.Envelope) {
	was := q.settings.Waits
	if now := s.settingsOf(q); now.Waits != was {
		s.stepQueue(q, dispatch.Envelope{To: q.addr, Message: dispatch.ConfigureQueue{Settings: now}})
	}
	s.trace(q.addr, noteStep, e.Message, uint64(q.m.Waiting()))
	out, err := q.m.Step(s.now, e)
	if err != nil {
		s.fail("I12", q.addr, "refuses %T: %v", e.Message, err)
	}
	s.checkQueueStep(q, e, out)
	s.tell(q.addr, out)
	s.arm(&q.shell, q.m.NextDeadline())
}

// tell puts the messages of an outcome on their way.
func (s *Sim) tell(from dispatch.Address, out dispatch.Outcome) {
	for _, e := range out.Sends {
		if plantable && s.forgets(e) {
			continue
		}
		s.trace(from, noteSent, e.Message, 0)
		s.send(e)
	}
}

// arm sets the one timer of an actor.
func (s *Sim) arm(sh *shell, at time.Time) {
	if at.IsZero() {
		sh.armed = 0
		return
	}
	want := max(int64(at.Sub(epoch)), s.clock+1)
	if sh.armed == want {
		return
	}
	sh.armed = want
	due := max(s.trueAt(at), s.true+int64(time.Millisecond))
	if !s.calm {
		due += int64(s.rng.dur(0, s.p.Slow/4))
	}
	s.sched.push(&event{at: due, class: classWake, env: dispatch.Envelope{To: sh.addr, Message: dispatch.Wake{}}, armed: want})
}
