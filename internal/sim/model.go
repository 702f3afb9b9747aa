package sim

import (
	"slices"

	"pronto/dispatch"
)

// model is what must be durable, kept outside of storage and folded from the records alone: the ledger of everything
// that was acknowledged, and the source of every check that storage is compared with.
type model struct {
	convs     map[dispatch.ConversationID]*convModel
	order     []dispatch.ConversationID // of birth
	agents    map[dispatch.AgentID]*agentModel
	answers   map[commandKey]dispatch.CommandAnswered
	answered  []commandKey
	externals map[externalKey]dispatch.ReplyInbound
	received  []externalKey
	open      map[contactKey]dispatch.ConversationID
	last      map[contactKey]dispatch.ConversationID
	merged    map[dispatch.ContactID]dispatch.ContactID // into whom
	offers    map[dispatch.OfferID]*offerModel
	effects   map[string]dispatch.Address // text of a message or note made by one command: it may happen once
	unsaid    map[string]bool             // of those, what was edited away or redacted
	openOffer []*offerModel
	said      map[dispatch.MessageID]dispatch.Address // every message, by id
}

type (
	commandKey struct {
		principal string
		command   dispatch.CommandID
	}
	externalKey struct {
		channel  dispatch.ChannelID
		external dispatch.ExternalID
	}
	contactKey struct {
		channel dispatch.ChannelID
		contact dispatch.ContactID
	}
)

// convModel is one conversation as its records say.
type convModel struct {
	s        dispatch.ConversationSnapshot
	messages []dispatch.Chat
	words    words
	rating   *dispatch.Rating
	shown    []changed
	snoozed  dispatch.ConversationSnoozed // the last time
	clock    int64                        // at the last record
	touched  bool                         // by records, since storage was compared with it
	stuck    int64                        // true time since which it waits beside an eligible agent; rest only
	stuckAt  uint64

	overflowed []dispatch.Overflowed // since it was opened or reopened
	had        bool                  // somebody has had it since then
}

// agentModel is an agent as the records of the agent and of the conversations say.
type agentModel struct {
	s       dispatch.AgentSnapshot
	holds   map[dispatch.ConversationID]hold
	load    int
	open    int // open offers
	said    []dispatch.AgentStatusChanged
	there   []dispatch.AgentDisconnected // connections; the last one may have no end
	allowed int                          // ceiling, or the load that was there when it was lowered
	touched bool                         // by records, since storage was compared with it
}

// hold is one conversation's durable claim on an agent.
type hold struct {
	weight int
	offer  bool
	asleep bool // snoozed: it weighs nothing
}

// load is the weight that counts against the ceiling.
func (h hold) load() int {
	if h.asleep {
		return 0
	}
	return h.weight
}

// offerModel is the life of one offer.
type offerModel struct {
	offer   dispatch.Offer
	ended   string // record that ended it
	overdue int64  // true time since which it is past its deadline
	unready int64  // true time since which its addressee is not ready
}

func newModel() *model {
	return &model{
		convs: map[dispatch.ConversationID]*convModel{}, agents: map[dispatch.AgentID]*agentModel{},
		answers: map[commandKey]dispatch.CommandAnswered{}, externals: map[externalKey]dispatch.ReplyInbound{},
		open: map[contactKey]dispatch.ConversationID{}, last: map[contactKey]dispatch.ConversationID{},
		merged: map[dispatch.ContactID]dispatch.ContactID{},
		offers: map[dispatch.OfferID]*offerModel{}, effects: map[string]dispatch.Address{}, unsaid: map[string]bool{},
		said: map[dispatch.MessageID]dispatch.Address{},
	}
}

func (m *model) conv(id dispatch.ConversationID) *convModel {
	c := m.convs[id]
	if c == nil {
		c = &convModel{s: dispatch.ConversationSnapshot{ID: id}}
		m.convs[id] = c
		m.order = append(m.order, id)
	}
	return c
}

func (m *model) agent(id dispatch.AgentID) *agentModel {
	a := m.agents[id]
	if a == nil {
		a = &agentModel{s: dispatch.AgentSnapshot{ID: id}, holds: map[dispatch.ConversationID]hold{}}
		m.agents[id] = a
	}
	return a
}

// unhold takes back what a conversation holds of its owner and of the addressee of its offer.
func (m *model) unhold(c *convModel) {
	agents, _ := c.holds()
	for _, id := range agents {
		a := m.agent(id)
		h, ok := a.holds[c.s.ID]
		if !ok {
			continue
		}
		delete(a.holds, c.s.ID)
		a.load -= h.load()
		if h.offer {
			a.open--
		}
	}
}

// hold is the opposite, after the records were applied.
func (m *model) hold(c *convModel) {
	agents, holds := c.holds()
	for i, id := range agents {
		a := m.agent(id)
		a.holds[c.s.ID] = holds[i]
		a.load += holds[i].load()
		if holds[i].offer {
			a.open++
		}
	}
}

// holds lists who holds a slot for the conversation.
func (c *convModel) holds() (agents []dispatch.AgentID, holds []hold) {
	if c.s.Owner != "" {
		agents, holds = append(agents, c.s.Owner), append(holds, hold{weight: c.s.Weight, asleep: c.s.Snoozed()})
	}
	if c.s.Offer != nil {
		agents, holds = append(agents, c.s.Offer.Agent), append(holds, hold{weight: c.s.Offer.Weight, offer: true})
	}
	for _, o := range c.s.More {
		agents, holds = append(agents, o.Agent), append(holds, hold{weight: o.Weight, offer: true})
	}
	return agents, holds
}

func (m *model) answer(a dispatch.CommandAnswered) {
	k := commandKey{a.Cause.Principal, a.Cause.Command}
	m.answers[k] = a
	m.answered = append(m.answered, k)
}

func (m *model) dropOpenOffer(o *offerModel) {
	m.openOffer = slices.DeleteFunc(m.openOffer, func(x *offerModel) bool { return x == o })
}
