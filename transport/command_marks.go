package transport

import (
	"context"
	"net/http"

	"pronto/dispatch"
	"pronto/protocol"
)

// mark takes the commands that change what is said about a conversation.
func (s *Server) mark(ctx context.Context, p Principal, v any) (dispatch.Envelope, error) {
	switch v := v.(type) {
	case *protocol.MessageEdit:
		return s.editMessage(ctx, p, v)
	case *protocol.MessageRedact:
		return s.redactMessage(ctx, p, v)
	case *protocol.ConversationSnooze:
		return s.toConversation(ctx, p, ActSnooze, v.ConversationID, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
			return dispatch.SnoozeConversation{By: by, Until: v.Until.UTC()}
		})
	case *protocol.ConversationTag:
		return s.toConversation(ctx, p, ActTag, v.ConversationID, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
			return dispatch.TagConversation{By: by, Add: v.Add, Remove: v.Remove}
		})
	case *protocol.ConversationPriority:
		return s.toConversation(ctx, p, ActPriority, v.ConversationID, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
			by.Supervisor = true // the gate lets nobody else
			return dispatch.ChangePriority{By: by, Priority: v.Priority}
		})
	default:
		return s.supervise(ctx, p, v)
	}
}

// saveDraft is for the actor of the agent's sessions, which knows what the agent owns.
func (s *Server) saveDraft(p Principal, v *protocol.DraftSave) (dispatch.Envelope, error) {
	return s.toSelf(p, ActDraft, dispatch.SaveDraft{Conversation: dispatch.ConversationID(v.ConversationID), Text: v.Text})
}

func (s *Server) registerMarks() {
	post := func(name, summary string, action Action, body any) route {
		return route{
			method: http.MethodPost, path: "/conversations/{id}/" + name, tag: "conversations", summary: summary, action: action, late: true, body: body,
		}
	}
	handle(s, post("tags", "Add and remove tags, in any state", ActTag, protocol.TagsBody{}), s.postTags)
	handle(s, post("edit", "Change the text of one's own message within 15 minutes", ActEdit, protocol.EditBody{}), s.postEdit)
	handle(s, post("redact", "Hide a message from every reader, for good", ActRedact, protocol.RedactBody{}), s.postRedact)
	handle(s, route{
		method: http.MethodPost, path: "/conversations/{id}/reopen", tag: "conversations", summary: "Reopen within the reopen window", action: ActReopen, late: true,
	}, s.postReopen)
	handle(s, post("priority", "Change the priority; who waits keeps its waiting time", ActPriority, protocol.PriorityBody{}), s.postPriority)
}

func (s *Server) postTags(ctx context.Context, in *getIn) (*bodyOf[protocol.ConversationHead], error) {
	var body protocol.TagsBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[*protocol.ConversationReply](ctx, s, "conversation.tag", &protocol.ConversationTag{ConversationID: in.ID, Add: body.Add, Remove: body.Remove})
	return headAnswer(r, err)
}

func (s *Server) postPriority(ctx context.Context, in *getIn) (*bodyOf[protocol.ConversationHead], error) {
	var body protocol.PriorityBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[*protocol.ConversationReply](ctx, s, "conversation.priority", &protocol.ConversationPriority{ConversationID: in.ID, Priority: body.Priority})
	return headAnswer(r, err)
}

func (s *Server) postReopen(ctx context.Context, in *getIn) (*bodyOf[protocol.ConversationHead], error) {
	r, err := do[*protocol.ConversationReply](ctx, s, "conversation.reopen", &protocol.ConversationID{ConversationID: in.ID})
	return headAnswer(r, err)
}
