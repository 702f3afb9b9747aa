package transport

import (
	"context"
	"net/http"

	"pronto/dispatch"
	"pronto/protocol"
)

// supervise takes the commands that only supervisors give.
func (s *Server) supervise(ctx context.Context, p Principal, v any) (dispatch.Envelope, error) {
	switch v := v.(type) {
	case *protocol.ConversationAssign:
		return s.order(ctx, p, ActAssign, v.ConversationID, func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message {
			return dispatch.AssignConversation{ID: dispatch.OfferID(s.o.IDs("off", partitionOf(id))), By: by, Agent: dispatch.AgentID(v.AgentID)}
		})
	case *protocol.ConversationRequeue:
		queue := dispatch.QueueID(v.QueueID)
		if queue != "" && s.o.Catalog.QueueName(queue) == "" {
			return dispatch.Envelope{}, refuseField("/queue_id", protocol.FieldNotFound)
		}
		return s.order(ctx, p, ActRequeue, v.ConversationID, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
			return dispatch.RequeueConversation{By: by, Queue: queue, Priority: v.Priority}
		})
	case *protocol.NoteWhisper:
		return s.order(ctx, p, ActWhisper, v.ConversationID, func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message {
			return dispatch.AddNote{By: by, Note: dispatch.Note{
				ID: dispatch.NoteID(s.o.IDs("not", partitionOf(id))), Author: authorOf(p), Text: v.Text, Whisper: true,
			}}
		})
	case *protocol.AgentReassignAll:
		return s.reassignAll(p, v)
	case *protocol.LiveSubscribe:
		return s.showLive(p, v)
	case *protocol.DirectorySubscribe:
		return s.showNear(p, v)
	case *protocol.Empty: // live.unsubscribe: no other command has no data
		return s.showLive(p, nil)
	default:
		return dispatch.Envelope{}, Refuse(protocol.CodeBadRequest)
	}
}

// order is toConversation for what the gate lets nobody but supervisors do: the word counts on one's own conversations too.
func (s *Server) order(ctx context.Context, p Principal, action Action, id string,
	build func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message,
) (dispatch.Envelope, error) {
	return s.toConversation(ctx, p, action, id, func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message {
		by.Supervisor = true
		return build(by, id)
	})
}

func (s *Server) takeOver(ctx context.Context, p Principal, id string) (dispatch.Envelope, error) {
	return s.order(ctx, p, ActTakeOver, id, func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message {
		return dispatch.TakeOver{ID: dispatch.OfferID(s.o.IDs("off", partitionOf(id))), By: by}
	})
}

// watch is for the actor of the supervisor's sessions. To stop, the conversation need not be the supervisor's to see any more.
func (s *Server) watch(ctx context.Context, p Principal, id string, stop bool) (dispatch.Envelope, error) {
	if p.Agent == "" {
		return dispatch.Envelope{}, Refuse(protocol.CodeForbidden)
	}
	if stop && p.Role != string(protocol.RoleAgent) {
		conversation, err := conversationID(id)
		return dispatch.Envelope{To: p.Agent.Address(), Message: dispatch.Watch{Conversation: conversation, Stop: true}}, err
	}
	e, err := s.order(ctx, p, ActWatch, id, func(_ dispatch.Actor, id dispatch.ConversationID) dispatch.Message {
		return dispatch.Watch{Conversation: id}
	})
	e.To = p.Agent.Address()
	return e, err
}

func (w wire) watched(e *dispatch.EventWatched) *protocol.ConversationWatched {
	out := &protocol.ConversationWatched{Conversation: w.head(&e.Head), Messages: make([]protocol.Message, len(e.Messages)), More: e.More}
	for i := range e.Messages {
		out.Messages[i] = w.message(e.Head.ID, &e.Messages[i])
	}
	return out
}

// reassignAll leaves alone what is in queues that the principal does not supervise.
func (s *Server) reassignAll(p Principal, v *protocol.AgentReassignAll) (dispatch.Envelope, error) {
	agent := dispatch.AgentID(v.AgentID)
	if err := s.o.Gate.Can(p, ActReassign, Object{Agent: agent, Queues: s.o.Catalog.AgentQueues(agent)}); err != nil {
		return dispatch.Envelope{}, err
	}
	if s.o.Catalog.AgentName(agent) == "" {
		return dispatch.Envelope{}, Refuse(protocol.CodeNotFound)
	}
	m := dispatch.ReassignAll{By: p.Agent, Of: []dispatch.QueueID{}}
	if v.To != nil {
		m.Queue = dispatch.QueueID(v.To.QueueID)
		if s.o.Catalog.QueueName(m.Queue) == "" {
			return dispatch.Envelope{}, refuseField("/to/queue_id", protocol.FieldNotFound)
		}
	}
	for _, q := range s.o.Catalog.Queues() {
		id := dispatch.QueueID(q.ID)
		if s.o.Gate.Can(p, ActReassign, Object{Queues: []dispatch.QueueID{id}}) == nil {
			m.Of = append(m.Of, id)
		}
	}
	return dispatch.Envelope{To: agent.Address(), Message: m}, nil
}

func (s *Server) registerSupervision() {
	post := func(path, tag, summary string, action Action, body any) route {
		return route{method: http.MethodPost, path: path, tag: tag, summary: summary, action: action, late: true, body: body}
	}
	handle(s, post("/conversations/{id}/assign", "conversations", "Give to an agent without an offer, within the hard capacity", ActAssign, protocol.AssignBody{}), s.postAssign)
	handle(s, post("/conversations/{id}/takeover", "conversations", "Own it at once; the supervisor needs a connection", ActTakeOver, nil), s.postTakeOver)
	reassign := post("/agents/{id}/reassign", "agents", "Take what the agent has in progress back to a queue", ActReassign, protocol.ReassignBody{})
	reassign.optional = true
	handle(s, reassign, s.postReassign)
}

func (s *Server) postAssign(ctx context.Context, in *getIn) (*bodyOf[protocol.ConversationHead], error) {
	var body protocol.AssignBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[*protocol.ConversationReply](ctx, s, "conversation.assign", &protocol.ConversationAssign{ConversationID: in.ID, AgentID: body.AgentID})
	return headAnswer(r, err)
}

func (s *Server) postTakeOver(ctx context.Context, in *getIn) (*bodyOf[protocol.ConversationHead], error) {
	r, err := do[*protocol.ConversationReply](ctx, s, "conversation.takeover", &protocol.ConversationID{ConversationID: in.ID})
	return headAnswer(r, err)
}

func (s *Server) postReassign(ctx context.Context, in *getIn) (*bodyOf[protocol.ReassignReply], error) {
	var body protocol.ReassignBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[protocol.ReassignReply](ctx, s, "agent.reassign_all", &protocol.AgentReassignAll{AgentID: in.ID, To: body.To})
	return statusAnswer(http.StatusOK, r, err)
}

// seesWhispers: the owner, and whoever may whisper.
func (s *Server) seesWhispers(p Principal, c *Conversation) bool {
	return p.Agent != "" && c.Object.Owner == p.Agent || s.o.Gate.Can(p, ActWhisper, c.Object) == nil
}

// whispered tells the records that only those see.
func whispered(r dispatch.Record) bool {
	n, ok := r.(dispatch.NoteAdded)
	return ok && n.Note.Whisper
}
