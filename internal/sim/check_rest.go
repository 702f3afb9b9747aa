package sim

import (
	"cmp"
	"slices"
	"time"

	"pronto/dispatch"
)

const (
	restTime  = 75 * time.Second // longer than any retry and any pause between rounds
	watchTime = 6 * time.Second  // the end of it, in which nobody may wait in vain
	stuckTime = 2 * time.Second  // a skipped agent is asked again after a second
)

// rest turns the faults off, lets the network drain and every timer come, and then looks at everything.
func (s *Sim) rest() {
	s.rests++
	s.calm = true
	for _, c := range s.model.convs {
		c.stuck = 0
	}
	end := s.true + int64(restTime)
	looked := int64(0)
	for len(s.sched.heap) > 0 && (s.sched.heap[0].at <= end || s.inflight > 0) {
		if s.sched.heap[0].at > end+int64(10*time.Second) {
			s.fail("I8", dispatch.Address{}, "the network does not come to rest: %d messages in flight", s.inflight)
		}
		s.next()
		if s.inflight == 0 && s.true > end-int64(watchTime) && s.true-looked > int64(100*time.Millisecond) {
			looked = s.true
			s.checkStuck()
		}
	}
	s.checkRest()
	s.checkDurable()
	s.calm = false
}

// checkStuck: nobody waits beside an agent who could take it, but for the moment in which they are brought together.
func (s *Sim) checkStuck() {
	for _, id := range s.model.order {
		c := s.model.convs[id]
		if c.s.Ticket() == nil {
			c.stuck = 0
			continue
		}
		if to := movesTo(s.queueByID[c.s.Queue], c.s.Ticket(), s.now.Add(-stuckTime)); to != "" && c.s.Offer == nil {
			s.fail("I8", c.s.Queue.Address(), "%s waits since %s and should be in %s", id, c.s.QueuedAt, to)
		}
		s.checkOverflows(c)
		who := s.eligibleFor(&c.s)
		if who == nil {
			c.stuck = 0
			continue
		}
		if c.stuck == 0 || c.stuckAt != c.s.Placed {
			c.stuck, c.stuckAt = s.true, c.s.Placed
		}
		if s.true-c.stuck > int64(stuckTime) {
			q := s.queueByID[c.s.Queue]
			waits, asking := q.m.Holds(id)
			s.fail("I8", q.addr, "%s waits since %v beside %s (in the queue %v, asking %v)\nconversation:\n%sagent:\n%s",
				id, time.Duration(s.true-c.stuck), who.id, waits, asking, s.traceOf(id.Address()), s.traceOf(who.addr))
		}
	}
}

func (s *Sim) eligibleFor(c *dispatch.ConversationSnapshot) *agent {
	if set := &s.queueByID[c.Queue].settings; shutAt(set, s.now) || set.Mode == dispatch.ModePull || len(c.Ticket().Open) >= ringsIn(set) {
		return nil
	}
	all := needsOf(s.queueByID[c.Queue].settings.Relax, c.Ticket(), s.now)
	want := all[len(all)-1]
	kept := s.keptFor(c, want)
	for _, a := range s.agents {
		if kept != nil && kept != a {
			continue
		}
		if slices.Contains(c.Excluded, a.id) && (s.now.Before(c.RelaxAt) || c.Offer != nil) {
			continue
		}
		if slices.Contains(a.profile.Queues, c.Queue) && s.refusalOf(a, want.weight, want.skills) == "" && (want.tiers == 0 || tierIn(a.profile, c.Queue) <= want.tiers) {
			return a
		}
	}
	return nil
}

func tierIn(p dispatch.AgentProfile, q dispatch.QueueID) int {
	for _, r := range p.Ranks {
		if r.Queue == q {
			return max(1, r.Tier)
		}
	}
	return 1
}

// checkRest compares what the machines believe with what is durable.
func (s *Sim) checkRest() {
	for _, a := range s.agents {
		s.checkSlots(a)
		s.checkDesk(a)
		s.checkConnection(a)
		s.checkLeft(a)
	}
	for _, id := range s.model.order {
		c := &s.model.convs[id].s
		s.checkSilenceEnds(s.model.convs[id])
		s.checkAwake(s.model.convs[id])
		if at := c.Deadline(); !at.IsZero() && s.now.Sub(at) > 2*time.Second {
			s.fail("I7", id.Address(), "its deadline %s is over and nothing happened", at)
		}
	}
	s.checkNothingDue()
	s.webhooks.checkRest()
	for _, q := range s.queues {
		s.checkLimits(q)
		s.checkListKnown(q)
		for _, id := range s.model.order {
			s.checkPlace(q, &s.model.convs[id].s)
		}
	}
}

// checkNothingDue: who was woken for nothing is not woken again and again. The sweep leaves out those with a timer.
func (s *Sim) checkNothingDue() {
	err := s.disk.db.Deadlines(s.now.Add(-2*time.Second), 0, func(id dispatch.ConversationID, at time.Time) error {
		if c := s.convs[id]; c == nil || c.m == nil || c.armed == 0 {
			s.fail("I7", id.Address(), "it is woken for nothing since %s", at)
		}
		return nil
	})
	s.must(dispatch.Address{}, err)
}

// checkPlace: a queue has a conversation if and only if it waits there.
func (s *Sim) checkPlace(q *queue, c *dispatch.ConversationSnapshot) {
	waits := c.Ticket() != nil && c.Queue == q.id
	switch has, _ := q.m.Holds(c.ID); {
	case waits && !has:
		s.fail("I3", c.ID.Address(), "waits, but %s does not have it\n%s", c.Queue, s.traceOf(q.addr))
	case waits && q.model.ticket(c.ID) != nil && q.model.ticket(c.ID).Priority != c.Priority:
		s.fail("I10", c.ID.Address(), "waits with priority %d in the queue, and has %d", q.model.ticket(c.ID).Priority, c.Priority)
	case has && !waits && !s.ghosts[ghostKey{string(q.id), c.ID}]:
		s.fail("I3", c.ID.Address(), "does not wait, but %s has it\n%s", q.id, s.traceOf(q.addr))
	}
}

// checkSlots: an agent's slots are exactly what the conversations say.
func (s *Sim) checkSlots(a *agent) {
	m := s.model.agent(a.id)
	slots := a.m.Slots()
	for i := range slots {
		h, ok := m.holds[slots[i].Conversation]
		switch {
		case slots[i].Kind == dispatch.SlotReserved:
			s.fail("I4", a.addr, "still holds a slot reserved for %s at rest\n%s", slots[i].Conversation, s.traceOf(slots[i].Conversation.Address()))
		case !ok:
			s.fail("I4", a.addr, "leaked slot: %s %s, which is not the agent's\n%s", slots[i].Kind, slots[i].Conversation, s.traceOf(slots[i].Conversation.Address()))
		case h.offer != (slots[i].Kind == dispatch.SlotOffered):
			s.fail("I3", a.addr, "%s is %s with the agent, offer: %v in the records", slots[i].Conversation, slots[i].Kind, h.offer)
		case h.weight != slots[i].Weight:
			s.fail("I4", a.addr, "%s weighs %d, the records say %d", slots[i].Conversation, slots[i].Weight, h.weight)
		}
	}
	if len(slots) == len(m.holds) {
		return
	}
	for _, id := range s.model.order {
		if _, ok := m.holds[id]; ok && !slices.ContainsFunc(slots, func(x dispatch.Slot) bool { return x.Conversation == id }) {
			s.fail("I3", a.addr, "does not know of %s\n%s", id, s.traceOf(id.Address()))
		}
	}
}

// checkDesk: what the desk shows from events alone is what the agent's actor has.
func (s *Sim) checkDesk(a *agent) {
	c := s.clientOf[string(a.id)]
	if len(c.sessions) == 0 {
		return
	}
	var offers []dispatch.OfferID
	var owned []dispatch.ConversationID
	slots := a.m.Slots()
	for i := range slots {
		if slots[i].Shown() {
			offers = append(offers, slots[i].Offer.ID)
		}
		if slots[i].Kind == dispatch.SlotOwned {
			owned = append(owned, slots[i].Conversation)
		}
	}
	have := slices.Clone(c.owned)
	slices.Sort(have)
	slices.Sort(owned)
	if !slices.Equal(have, owned) {
		s.fail("I24", a.addr, "the desk shows conversations %v, the agent has %v", have, owned)
	}
	shown := slices.Clone(c.offers)
	slices.Sort(shown)
	slices.Sort(offers)
	if !slices.Equal(shown, offers) {
		s.fail("I24", a.addr, "the desk shows offers %v, the agent has %v", shown, offers)
	}
}

// checkConnection: the owner's conversations know whether anybody is there, and nobody who is not ready has an offer.
func (s *Sim) checkConnection(a *agent) {
	m := s.model.agent(a.id)
	if m.s.Status != dispatch.StatusReady && m.open > 0 {
		s.fail("I5", a.addr, "not ready, with an open offer")
	}
	c := s.clientOf[string(a.id)]
	gone := len(c.sessions) == 0 && c.since > 0 && s.true-c.since > int64(restTime)-int64(time.Second)
	if gone && !m.s.Connected.IsZero() || len(c.sessions) > 0 && m.s.Connected.IsZero() {
		s.fail("I24", a.addr, "sessions %v since %v, and by the records connected since %v", c.sessions, time.Duration(s.true-c.since), m.s.Connected)
	}
	for _, id := range s.model.order {
		h, held := m.holds[id]
		if !held {
			continue
		}
		lost := !s.model.convs[id].s.LostAt.IsZero()
		switch {
		case h.offer:
		case gone && !lost:
			s.fail("I7", id.Address(), "its owner %s is gone and it was not told\n%s", a.id, s.traceOf(a.addr))
		case len(c.sessions) > 0 && lost && s.true-c.since > int64(restTime)-int64(time.Second):
			s.fail("I7", id.Address(), "its owner %s is back and it was not told\n%s", a.id, s.traceOf(a.addr))
		}
	}
}

// checkDurable compares everything in storage with the model: states, histories, indexes, claims and answers.
func (s *Sim) checkDurable() {
	waiting := map[dispatch.QueueID][]dispatch.Ticket{}
	slots := map[dispatch.AgentID][]dispatch.Slot{}
	s.must(dispatch.Address{}, s.again.start(s.disk.db))
	for _, id := range s.model.order {
		c := s.model.convs[id]
		s.again.check(id, !c.touched, func() { s.checkStored(c) })
		c.touched = false
		if t := c.s.Ticket(); t != nil {
			waiting[t.Queue] = append(waiting[t.Queue], *t)
		}
		agents, _ := c.holds()
		for _, a := range agents {
			if slot, ok := c.s.SlotOf(a); ok {
				slots[a] = append(slots[a], slot)
			}
		}
	}
	s.checkIndexes(waiting, slots)
	s.checkDeadlines()
	s.checkClaims()
	s.checkSearch()
	s.webhooks.checkKept()
	for _, k := range s.model.answered {
		s.again.check(k, true, func() { s.checkAnswer(k) })
	}
}

func (s *Sim) checkAnswer(k commandKey) {
	want := s.model.answers[k]
	have, ok, err := s.disk.db.Answer(k.principal, k.command)
	s.must(dispatch.Address{}, err)
	if !ok || answerText(have.Reply, have.Err) != answerText(want.Reply, want.Err) {
		s.fail("I19", dispatch.Address{Kind: kindClient, ID: k.principal}, "answer to %s is lost or another", k.command)
	}
}

func (s *Sim) checkStored(c *convModel) {
	who := c.s.ID.Address()
	snap, _, err := s.disk.db.LoadConversation(c.s.ID)
	s.must(who, err)
	if !sameAt(&c.s, &snap) {
		s.fail("I19", who, "storage differs from what was made durable:\n%s", difference(c.s, snap))
	}
	chats, err := s.disk.db.Messages(c.s.ID, 0, len(c.messages)+1)
	s.must(who, err)
	if len(chats) != len(c.messages) {
		s.fail("I13", who, "%d messages stored, %d appended", len(chats), len(c.messages))
	}
	for i, m := range chats {
		if m.Seq != uint64(i+1) || m.ID != c.messages[i].ID || m.Delivery != c.s.Delivery(m.Seq) {
			s.fail("I13", who, "message %d is stored as %v", i+1, m)
		}
	}
	s.checkShown(c, chats)
}

func (s *Sim) checkIndexes(waiting map[dispatch.QueueID][]dispatch.Ticket, slots map[dispatch.AgentID][]dispatch.Slot) {
	for _, q := range s.queues {
		s.again.check(q.id, true, func() {
			var err error
			q.stored, err = s.disk.db.WaitingIn(q.id)
			s.must(q.addr, err)
		})
		want := waiting[q.id]
		slices.SortFunc(want, func(a, b dispatch.Ticket) int { return cmp.Compare(a.Conversation, b.Conversation) })
		if !same(want, q.stored) {
			s.fail("I3", q.addr, "index of waiting differs:\n%s", difference(want, q.stored))
		}
	}
	for _, a := range s.agents {
		s.again.check(a.addr, true, func() {
			var err error
			a.stored, err = s.disk.db.AgentSlots(a.id)
			s.must(a.addr, err)
		})
		want := slots[a.id]
		slices.SortFunc(want, func(x, y dispatch.Slot) int { return cmp.Compare(x.Conversation, y.Conversation) })
		if !same(want, a.stored) {
			s.fail("I3", a.addr, "index of slots differs:\n%s", difference(want, a.stored))
		}
		m := s.model.agent(a.id)
		s.again.check(a.id, !m.touched, func() { s.checkAgentStored(a) })
		m.touched = false
	}
}

// checkDeadlines: who has a deadline is woken by then, once, and who is over or was never there is not woken at all.
func (s *Sim) checkDeadlines() {
	rows := map[dispatch.ConversationID]time.Time{}
	err := s.disk.db.Deadlines(epoch.AddDate(1, 0, 0), 0, func(id dispatch.ConversationID, at time.Time) error {
		if _, twice := rows[id]; twice {
			s.fail("I3", id.Address(), "two rows wake it")
		}
		rows[id] = at
		return nil
	})
	s.must(dispatch.Address{}, err)
	for _, id := range s.model.order {
		c := &s.model.convs[id].s
		row, has := rows[id]
		delete(rows, id)
		switch at := c.Deadline(); {
		case has && at.IsZero() && (c.State == dispatch.ConversationNone || c.State == dispatch.ConversationClosed):
			s.fail("I3", id.Address(), "is %s, and woken at %s", c.State, row)
		case !at.IsZero() && (!has || row.UnixMilli() > at.UnixMilli()):
			s.fail("I3", id.Address(), "has to be woken at %s: index says %s", at, row)
		}
	}
	for id, at := range rows {
		s.fail("I3", id.Address(), "does not exist, and is woken at %s", at)
	}
}

func (s *Sim) checkAgentStored(a *agent) {
	snap, err := s.disk.db.LoadAgent(a.id)
	s.must(a.addr, err)
	s.checkAgentState(a, snap)
	s.checkLog(a)
}

// checkAgentState compares an agent's stored or running state with the fold of its records, which has no status before
// the first change.
func (s *Sim) checkAgentState(a *agent, have dispatch.AgentSnapshot) {
	want := s.model.agent(a.id).s
	if want.Status == "" {
		have.Status, have.Since = "", time.Time{}
	}
	if !same(want, have) {
		s.fail("I21", a.addr, "the state is not the fold of its records:\n%s", difference(want, have))
	}
}

func (s *Sim) checkClaims() {
	for _, k := range s.model.received {
		s.again.check(k, true, func() { s.checkExternal(k) })
	}
	for _, cu := range s.customers {
		root, kin := s.kin(cu.contact.ID)
		for _, ch := range s.channels {
			s.checkMeets(ch, root, kin)
		}
	}
}

func (s *Sim) checkExternal(k externalKey) {
	want := s.model.externals[k]
	have, err := s.disk.db.FindArrival(k.channel, "", nil, k.external)
	s.must(dispatch.Address{}, err)
	if have.Duplicate == nil || answerText(*have.Duplicate, nil) != answerText(want, nil) {
		s.fail("I19", want.Conversation.Address(), "external id %s is not claimed by its message", k.external)
	}
}
