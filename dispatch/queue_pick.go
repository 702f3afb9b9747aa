package dispatch

// ConsiderPick asks a queue to tell what an agent passes over who picks from its list, and to hand the reservation on to the
// agent, as from the conversation.
type ConsiderPick struct {
	isMessage
	Agent   AgentID
	Reserve Reserve
}

// PickSight is what the list had ahead of a conversation that an agent picked.
type PickSight struct {
	Position int            `cbor:"1,keyasint"`           // of the conversation that was picked; 1: first in line
	Passed   int            `cbor:"2,keyasint,omitempty"` // of the first MaxWaitingPage ahead of it, how many the agent could have picked too
	First    ConversationID `cbor:"3,keyasint,omitempty"` // of those
}

// considerPick adds the decision, unless the ticket is not here: then the conversation waits elsewhere by now, or its word is
// still on the way, and the agent gets it without an explanation.
func (q *Queue) considerPick(t *turn, m ConsiderPick) {
	r := m.Reserve
	if w := q.waiting.of(r.Conversation); w != nil && !planted("pick_unexplained") {
		r.Why = q.whyPicked(w, m.Agent)
	}
	t.out.Sends = append(t.out.Sends, Envelope{To: m.Agent.Address(), From: r.Conversation.Address(), Message: r})
}

func (q *Queue) whyPicked(w *waiting, by AgentID) *Decision {
	c := q.agents[by]
	if c == nil { // nothing was heard of it yet
		c = &candidate{}
		c.Agent = by
	}
	out := q.decide(w, c, nil)
	out.Candidates[0].Why = WhyPicked
	out.Pick = q.sight(w, c)
	return out
}

// sight walks the list as the agent sees it, page one of it at most.
func (q *Queue) sight(w *waiting, c *candidate) *PickSight {
	s := &PickSight{Position: q.est.line.before(w) + 1}
	looked := 0
	q.est.line.ascend(func(o *waiting) bool {
		if o == w || looked == MaxWaitingPage {
			return false
		}
		looked++
		if o.rings() || !o.class.couldFit(c) {
			return true
		}
		if s.Passed++; s.First == "" {
			s.First = o.conversation()
		}
		return true
	})
	return s
}
