package transport

import (
	"context"
	"hash/fnv"
	"reflect"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// commandHash identifies the content of a command, so that its id is not used for another one.
func commandHash(name string, data []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash never fails
	_, _ = h.Write([]byte{0})
	_, _ = h.Write(data)
	return h.Sum64()
}

// newData returns a pointer to a new value of the command's data.
func newData(info protocol.CommandInfo) any {
	return reflect.New(reflect.TypeOf(info.Data)).Interface()
}

// command turns a checked command into the message for the actor that carries it out. It asks the gate. v is a pointer
// to the data of the command called name. The envelope's Cause is left to the caller.
func (s *Server) command(ctx context.Context, p Principal, name string, v any) (dispatch.Envelope, error) {
	e, err := s.envelope(ctx, p, name, v)
	if err != nil {
		return e, err
	}
	return e, s.audited(ctx, p, name, v)
}

func (s *Server) envelope(ctx context.Context, p Principal, name string, v any) (dispatch.Envelope, error) {
	switch v := v.(type) {
	case *protocol.StatusSet:
		return s.setStatus(p, p.Agent, ActSetStatus, *v)
	case *protocol.StatusForce:
		return s.setStatus(p, dispatch.AgentID(v.AgentID), ActForceStatus, protocol.StatusSet{Status: v.Status, ReasonID: v.ReasonID})
	case *protocol.OfferAccept:
		return s.toSelf(p, ActAccept, dispatch.AcceptOffer{Offer: dispatch.OfferID(v.OfferID), Agent: p.Agent})
	case *protocol.OfferDecline:
		return s.toSelf(p, ActDecline, dispatch.DeclineOffer{Offer: dispatch.OfferID(v.OfferID), Agent: p.Agent, Reason: v.Reason})
	case *protocol.MessageSend:
		return s.send(ctx, p, v)
	case *protocol.MessageRead:
		return s.toConversation(ctx, p, ActMarkRead, v.ConversationID, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
			return dispatch.ReadMessages{By: by, Seq: uint64(v.Seq)}
		})
	case *protocol.TypingSet:
		return s.toConversation(ctx, p, ActTyping, v.ConversationID, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
			return dispatch.SetTyping{By: by, Author: authorOf(p), Typing: v.Typing}
		})
	case *protocol.DraftSave:
		return s.saveDraft(p, v)
	case *protocol.NoteAdd:
		return s.addNote(ctx, p, v)
	case *protocol.TransferStart:
		return s.transfer(ctx, p, v)
	case *protocol.ConversationClose:
		return s.close(ctx, p, v)
	case *protocol.ConversationID:
		return s.simple(ctx, p, name, v.ConversationID)
	default:
		return s.mark(ctx, p, v)
	}
}

// simple are the commands whose data only names a conversation.
func (s *Server) simple(ctx context.Context, p Principal, name, id string) (dispatch.Envelope, error) {
	switch name {
	case "conversation.hold", "conversation.unhold":
		return s.toConversation(ctx, p, ActHold, id, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
			return dispatch.SetHold{By: by, On: name == "conversation.hold"}
		})
	case "conversation.unsnooze":
		return s.toConversation(ctx, p, ActUnsnooze, id, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
			return dispatch.UnsnoozeConversation{By: by}
		})
	case "conversation.reopen":
		return s.toConversation(ctx, p, ActReopen, id, func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message {
			return dispatch.ReopenConversation{ID: dispatch.OfferID(s.o.IDs("off", partitionOf(id))), By: by}
		})
	case "conversation.pick":
		return s.pick(ctx, p, id)
	case "transfer.cancel":
		return s.toConversation(ctx, p, ActCancel, id, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
			return dispatch.CancelTransfer{By: by}
		})
	case "conversation.takeover":
		return s.takeOver(ctx, p, id)
	case "conversation.watch", "conversation.unwatch":
		return s.watch(ctx, p, id, name == "conversation.unwatch")
	default:
		return dispatch.Envelope{}, Refuse(protocol.CodeBadRequest)
	}
}

func (s *Server) setStatus(p Principal, agent dispatch.AgentID, action Action, v protocol.StatusSet) (dispatch.Envelope, error) {
	if err := s.o.Gate.Can(p, action, Object{Agent: agent, Queues: s.o.Catalog.AgentQueues(agent)}); err != nil {
		return dispatch.Envelope{}, err
	}
	if s.o.Catalog.AgentName(agent) == "" {
		return dispatch.Envelope{}, Refuse(protocol.CodeNotFound)
	}
	planned, known := s.plannedPause(v.ReasonID)
	if v.ReasonID != "" && (v.Status != string(dispatch.StatusNotReady) || !known) {
		return dispatch.Envelope{}, refuseField("/reason_id", protocol.FieldNotFound)
	}
	return dispatch.Envelope{To: agent.Address(), Message: dispatch.SetStatus{
		Status: dispatch.AgentStatus(v.Status), Reason: v.ReasonID, By: p.Agent,
		AfterCurrent: v.AfterCurrent, Planned: planned,
	}}, nil
}

// plannedPause is how long a pause for this reason should last; 0: no plan.
func (s *Server) plannedPause(reason string) (planned time.Duration, known bool) {
	for _, r := range s.o.Catalog.PauseReasons() {
		if r.ID == reason {
			return time.Duration(r.PlannedMinutes) * time.Minute, true
		}
	}
	return 0, false
}

// toSelf is for commands about the principal's own offers; the agent's actor knows which are.
func (s *Server) toSelf(p Principal, action Action, m dispatch.Message) (dispatch.Envelope, error) {
	if p.Agent == "" {
		return dispatch.Envelope{}, Refuse(protocol.CodeForbidden)
	}
	if err := s.o.Gate.Can(p, action, Object{OfferedTo: p.Agent}); err != nil {
		return dispatch.Envelope{}, err
	}
	return dispatch.Envelope{To: p.Agent.Address(), Message: m}, nil
}

func (s *Server) toConversation(ctx context.Context, p Principal, action Action, id string,
	build func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message,
) (dispatch.Envelope, error) {
	conversation, err := conversationID(id)
	if err != nil {
		return dispatch.Envelope{}, err
	}
	by, err := s.actor(ctx, p, action, conversation)
	if err != nil {
		return dispatch.Envelope{}, err
	}
	return dispatch.Envelope{To: conversation.Address(), Message: build(by, conversation)}, nil
}

// actor asks the gate for a command on a conversation. Of an agent it only asks whether owners may: the conversation
// itself knows whether the agent is one, or may know of it, without a look-up here. Everybody else is asked about the conversation as it is.
func (s *Server) actor(ctx context.Context, p Principal, action Action, id dispatch.ConversationID) (dispatch.Actor, error) {
	if p.Role == string(protocol.RoleAgent) {
		queues := s.o.Catalog.AgentQueues(p.Agent)
		if queues == nil {
			queues = []dispatch.QueueID{} // asked, and none
		}
		return dispatch.Actor{Agent: p.Agent, Queues: queues}, s.o.Gate.Can(p, action, Object{Owner: p.Agent})
	}
	c, err := s.o.Conversations.Get(ctx, p, id)
	if err != nil {
		return dispatch.Actor{}, err
	}
	if err := s.o.Gate.Can(p, action, c.Object); err != nil {
		return dispatch.Actor{}, err
	}
	return dispatch.Actor{Agent: p.Agent, Supervisor: p.Agent == "" || c.Object.Owner != p.Agent}, nil
}

// conversationID refuses what cannot be the id of a conversation as one that does not exist.
func conversationID(id string) (dispatch.ConversationID, error) {
	prefix, _, _, err := dispatch.ParseID(id)
	if err != nil || prefix != "cnv" {
		return "", Refuse(protocol.CodeNotFound)
	}
	return dispatch.ConversationID(id), nil
}

func partitionOf(id dispatch.ConversationID) dispatch.Partition {
	return dispatch.PartitionOf(string(id))
}

func authorOf(p Principal) dispatch.Author {
	return dispatch.Author{Kind: dispatch.AuthorAgent, ID: p.ID, Name: p.Name}
}
