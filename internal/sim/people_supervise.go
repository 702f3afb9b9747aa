package sim

import "pronto/dispatch"

// supervise is what the supervisor does now and then.
func (s *Sim) supervise() {
	s.after(s.rng.dur(s.p.Boss/4, 2*s.p.Boss), classWorld, s.supervise)
	if s.calm || len(s.convOrder) == 0 {
		return
	}
	by := dispatch.Actor{Agent: s.boss.id, Supervisor: true}
	conv, a := s.someConversation(), s.someAgent()
	switch k := s.rng.n(14); {
	case k >= 10:
		s.seize(conv, a)
	case k < 4:
		s.command(s.boss, conv.addr, func(string) dispatch.Message {
			return dispatch.AssignConversation{ID: dispatch.OfferID(s.newID("off")), By: by, Agent: a.id}
		})
	case k < 7:
		m := dispatch.RequeueConversation{By: by}
		if s.rng.chance(500) {
			m.Queue = pick(s.rng, s.queues).id
		}
		if s.rng.chance(300) {
			priority := s.rng.between(-2, 2)
			m.Priority = &priority
		}
		s.command(s.boss, conv.addr, func(string) dispatch.Message { return m })
	case k < 8:
		s.handle(conv, by)
	default:
		status := pick(s.rng, []dispatch.AgentStatus{dispatch.StatusReady, dispatch.StatusNotReady})
		s.command(s.boss, a.addr, func(string) dispatch.Message {
			return dispatch.SetStatus{Status: status, Reason: "forced", By: s.boss.id}
		})
	}
}

// seize is what a supervisor does with force: taking over, whispering, taking all from an agent.
func (s *Sim) seize(conv *conversation, a *agent) {
	by := dispatch.Actor{Agent: s.boss.id, Supervisor: true}
	switch k := s.rng.n(10); {
	case k < 5: // one of the agents is a supervisor, too
		s.command(s.clientOf[string(a.id)], conv.addr, func(string) dispatch.Message {
			return dispatch.TakeOver{ID: dispatch.OfferID(s.newID("off")), By: dispatch.Actor{Agent: a.id, Supervisor: true}}
		})
	case k < 8:
		author := dispatch.Author{Kind: dispatch.AuthorAgent, ID: string(s.boss.id)}
		s.command(s.boss, conv.addr, func(text string) dispatch.Message {
			return dispatch.AddNote{By: by, Note: dispatch.Note{ID: dispatch.NoteID(s.newID("not")), Author: author, Text: text, Whisper: true}}
		})
	default:
		m := dispatch.ReassignAll{By: s.boss.id}
		if s.rng.chance(500) {
			m.Queue = pick(s.rng, s.queues).id
		}
		s.command(s.boss, a.addr, func(string) dispatch.Message { return m })
	}
}
