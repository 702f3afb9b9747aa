package sim

import (
	"fmt"
	"time"

	"pronto/dispatch"
)

// people seats the agents and the supervisor, and lets the customers come.
func (s *Sim) people(skills []dispatch.SkillID) {
	for _, a := range s.agents {
		c := &client{id: a.id, commands: map[dispatch.CommandID]*command{}}
		s.clients = append(s.clients, c)
		s.clientOf[string(a.id)] = c
		s.after(s.rng.dur(0, s.p.Think), classWorld, func() { s.think(c, a) })
	}
	s.boss = &client{id: "agt_boss", commands: map[dispatch.CommandID]*command{}}
	s.clientOf[string(s.boss.id)] = s.boss
	s.after(s.p.Boss, classWorld, s.supervise)
	for i := range s.p.Contacts {
		cu := &customer{contact: dispatch.Contact{ID: dispatch.ContactID(fmt.Sprintf("con_%d", i)), Name: fmt.Sprint("customer ", i)}}
		for _, k := range skills {
			if s.rng.chance(150) {
				cu.skills = append(cu.skills, dispatch.SkillNeed{ID: k, MinLevel: s.rng.between(1, 3)})
			}
		}
		s.customers = append(s.customers, cu)
	}
	s.after(s.p.Arrive, classWorld, s.customersWrite)
}

// think is what an agent does now and then; in a calm world it only sees to being there.
func (s *Sim) think(c *client, a *agent) {
	s.after(s.rng.dur(s.p.Think/4, 2*s.p.Think), classWorld, func() { s.think(c, a) })
	status := s.model.agent(a.id).s
	switch {
	case len(c.sessions) == 0 && c.awayUntil > s.true && !s.calm:
	case len(c.sessions) == 0:
		if (s.calm && s.clientOf[string(a.id)].made%5 != 0) || (!s.calm && s.rng.chance(500)) {
			s.connect(c)
		}
	case status.Status != dispatch.StatusReady:
		if s.rng.chance(600) {
			s.setStatus(c, a, dispatch.StatusReady, false)
		} else if !s.calm && s.rng.chance(200) {
			s.pickSomething(c, a)
		}
	case s.calm:
	case s.rng.chance(40):
		s.setStatus(c, a, dispatch.StatusNotReady, s.rng.chance(400))
	case s.rng.chance(40):
		s.disconnect(c)
	case s.rng.chance(20):
		s.connect(c)
	case s.rng.chance(300) && s.pickSomething(c, a):
	case len(c.owned) > 0:
		s.work(c, pick(s.rng, c.owned))
	case s.rng.chance(30):
		s.intrude(c)
	case len(s.convOrder) > 0 && s.rng.chance(150):
		s.reopen(c, s.someConversation().id, dispatch.Actor{Agent: c.id})
	}
}

func (s *Sim) setStatus(c *client, a *agent, to dispatch.AgentStatus, after bool) {
	m := dispatch.SetStatus{Status: to, By: c.id, AfterCurrent: after}
	if to == dispatch.StatusNotReady {
		m.Reason = pick(s.rng, []string{"lunch", "break", ""})
		m.Planned = s.rng.dur(0, time.Minute)
	}
	s.command(c, a.addr, func(string) dispatch.Message { return m })
}

// work does something with an owned conversation.
func (s *Sim) work(c *client, id dispatch.ConversationID) {
	by, to := dispatch.Actor{Agent: c.id}, id.Address()
	author := dispatch.Author{Kind: dispatch.AuthorAgent, ID: string(c.id)}
	switch k := s.rng.n(100); {
	case k < 34:
		s.command(c, to, func(text string) dispatch.Message {
			return dispatch.SendMessage{ID: dispatch.MessageID(s.newID("msg")), Author: author, By: by, Text: text}
		})
	case k < 44:
		seq := s.model.conv(id).s.LastSeq
		s.command(c, to, func(string) dispatch.Message { return dispatch.ReadMessages{By: by, Seq: seq} })
	case k < 47:
		s.command(c, to, func(text string) dispatch.Message {
			return dispatch.AddNote{By: by, Note: dispatch.Note{ID: dispatch.NoteID(s.newID("not")), Author: author, Text: text}}
		})
	case k < 49:
		s.rewrite(c, id, by)
	case k < 52:
		s.retag(c, to, by)
	case k < 54:
		s.putAway(c, to, by)
	case k < 56:
		on := s.rng.chance(500)
		s.command(c, to, func(string) dispatch.Message { return dispatch.SetHold{By: by, On: on} })
	case k < 65:
		target := s.someAgent().id
		s.command(c, to, func(string) dispatch.Message {
			return dispatch.StartTransfer{ID: dispatch.OfferID(s.newID("off")), By: by, ToAgent: target, Note: "please"}
		})
	case k < 70:
		q := pick(s.rng, s.queues).id
		s.command(c, to, func(string) dispatch.Message { return dispatch.StartTransfer{By: by, ToQueue: q, Note: "yours"} })
	case k < 74:
		s.command(c, to, func(string) dispatch.Message { return dispatch.CancelTransfer{By: by} })
	case k < 76:
		s.send(dispatch.Envelope{To: to, From: c.address(), Message: dispatch.SetTyping{By: by, Author: author, Typing: true}})
	default:
		s.closeIt(c, to, by)
	}
}

// someAgent is often one who can take something: people look before they transfer.
func (s *Sim) someAgent() *agent {
	at := s.rng.n(len(s.agents))
	if s.rng.chance(400) {
		return s.agents[at]
	}
	for i := range s.agents {
		if a := s.agents[(at+i)%len(s.agents)]; s.refusalOf(a, 1, nil) == "" {
			return a
		}
	}
	return s.agents[at]
}

func (s *Sim) closeIt(c *client, to dispatch.Address, by dispatch.Actor) {
	var script *dispatch.ScriptAnswer
	switch k := s.rng.n(10); {
	case k < 6:
		script = &dispatch.ScriptAnswer{Reason: "billing", Resolved: true, Answers: map[string]string{"q1": "yes"}}
	case k < 7:
		script = &dispatch.ScriptAnswer{Reason: "nonsense"}
	}
	override := s.rng.chance(150)
	s.command(c, to, func(string) dispatch.Message {
		return dispatch.CloseConversation{By: by, Script: script, Override: override}
	})
}

// intrude acts on a conversation of somebody else, or on none at all.
func (s *Sim) intrude(c *client) {
	id := dispatch.ConversationID(s.newID("cnv"))
	if len(s.convOrder) > 0 && s.rng.chance(700) {
		id = s.someConversation().id
	}
	s.work(c, id)
}

// reportsFor lets the provider say what became of an outbound message: in any order, some twice.
// reportsOfChange: the driver takes a change, or says that it never will; perhaps twice, perhaps an older one.
func (s *Sim) reportsOfChange(id dispatch.ConversationID, seq uint64, leaves bool) {
	if !leaves || s.calm || !s.rng.chance(800) {
		return
	}
	for range s.rng.between(1, 3) {
		said := pick(s.rng, []string{"", "", "gone"})
		s.after(s.rng.dur(time.Millisecond, 5*time.Second), classWorld, func() {
			if change, ok := s.model.convs[id].s.Change(seq); ok {
				s.send(dispatch.Envelope{To: id.Address(), Message: dispatch.ReportChange{Seq: seq, Revision: change.Record, Error: said}})
			}
		})
	}
}

func (s *Sim) reportsFor(id dispatch.ConversationID, seq uint64) {
	if s.calm || !s.rng.chance(600) {
		return
	}
	states := []dispatch.DeliveryState{dispatch.DeliverySent, dispatch.DeliveryDelivered, dispatch.DeliveryRead, dispatch.DeliveryDelivered, dispatch.DeliveryFailed}
	for range s.rng.between(1, 4) {
		m := dispatch.ReportDelivery{Seq: seq, State: pick(s.rng, states), External: dispatch.ExternalID(fmt.Sprint("out-", id, "-", seq))}
		s.after(s.rng.dur(time.Millisecond, 10*time.Second), classWorld, func() {
			s.send(dispatch.Envelope{To: id.Address(), Message: m})
		})
	}
}
