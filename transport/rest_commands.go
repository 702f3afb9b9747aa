package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"pronto/dispatch"
	"pronto/protocol"
)

func (s *Server) registerConversationCommands() {
	post := func(name, summary string, action Action, body any, status int) route {
		return route{
			method: http.MethodPost, path: "/conversations/{id}/" + name, tag: "conversations", summary: summary, action: action, late: true,
			body: body, status: status,
		}
	}
	closing := post("close", "Close, with the script where the queue demands it", ActClose, protocol.CloseBody{}, 0)
	closing.optional = true
	requeuing := post("requeue", "Put back into a queue; the waiting time is kept", ActRequeue, protocol.RequeueBody{}, 0)
	requeuing.optional = true
	handle(s, closing, s.postClose)
	handle(s, post("transfer", "Hand over to an agent or a queue", ActTransfer, protocol.TransferBody{}, 0), s.postTransfer)
	handle(s, requeuing, s.postRequeue)
	handle(s, post("notes", "Add an internal note", ActAddNote, protocol.NoteBody{}, http.StatusCreated), s.postNote)
	handle(s, post("messages", "Write to the contact", ActSend, protocol.MessageBody{}, http.StatusCreated), s.postMessage)
	s.registerMarks()
	s.registerSupervision()
	handle(s, route{
		method: http.MethodPut, path: "/agents/{id}/status", tag: "agents", summary: "Set one's own status, or an agent's of one's team",
		action: ActSetStatus, late: true, body: protocol.StatusSet{},
	}, s.putStatus)
}

// do carries out a command of the websocket that came over REST. An Idempotency-Key is its command id.
func do[R any](ctx context.Context, s *Server, name string, data any) (R, error) {
	var none R
	c := callOf(ctx)
	e, err := s.command(ctx, c.principal, name, data)
	if err != nil {
		return none, err
	}
	if e.Cause, err = restCause(c, name, data); err != nil {
		return none, err
	}
	reply, err := s.o.Dispatch.Do(ctx, e)
	var core *dispatch.Error
	if errors.As(err, &core) && core.Code == dispatch.CodeCommandIDReused {
		return none, Refuse(protocol.CodeIdempotencyReused)
	}
	if err != nil {
		return none, err
	}
	out, err := wire{s.o.Catalog}.reply(reply)
	if err != nil {
		return none, err
	}
	typed, ok := out.(R)
	if !ok {
		return none, fmt.Errorf("reply of %s: %T is another command's", name, out)
	}
	return typed, nil
}

func restCause(c *call, name string, data any) (dispatch.Cause, error) {
	cause := dispatch.Cause{Principal: c.principal.ID}
	if c.command == "" {
		return cause, nil
	}
	content, err := json.Marshal(data)
	if err != nil {
		return cause, fmt.Errorf("encode command: %w", err)
	}
	cause.Command, cause.Hash = dispatch.CommandID("idempotency-key:"+c.command), commandHash(name, content)
	return cause, nil
}

func (s *Server) postClose(ctx context.Context, in *getIn) (*bodyOf[protocol.ConversationHead], error) {
	var body protocol.CloseBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[*protocol.ConversationReply](ctx, s, "conversation.close", &protocol.ConversationClose{
		ConversationID: in.ID, Script: body.Script, OverrideScript: body.OverrideScript,
	})
	return headAnswer(r, err)
}

func (s *Server) postRequeue(ctx context.Context, in *getIn) (*bodyOf[protocol.ConversationHead], error) {
	var body protocol.RequeueBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[*protocol.ConversationReply](ctx, s, "conversation.requeue",
		&protocol.ConversationRequeue{ConversationID: in.ID, QueueID: body.QueueID, Priority: body.Priority})
	return headAnswer(r, err)
}

func headAnswer(r *protocol.ConversationReply, err error) (*bodyOf[protocol.ConversationHead], error) {
	if err != nil {
		return nil, err
	}
	return answer(r.Conversation), nil
}

func (s *Server) postTransfer(ctx context.Context, in *getIn) (*bodyOf[protocol.TransferReply], error) {
	var body protocol.TransferBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[protocol.TransferReply](ctx, s, "transfer.start", &protocol.TransferStart{ConversationID: in.ID, To: body.To, Note: body.Note})
	return statusAnswer(http.StatusOK, r, err)
}

func (s *Server) postNote(ctx context.Context, in *getIn) (*bodyOf[protocol.Note], error) {
	var body protocol.NoteBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[protocol.NoteReply](ctx, s, "note.add", &protocol.NoteAdd{ConversationID: in.ID, Text: body.Text, Mentions: body.Mentions})
	return statusAnswer(http.StatusCreated, r.Note, err)
}

func (s *Server) postMessage(ctx context.Context, in *getIn) (*bodyOf[protocol.Message], error) {
	var body protocol.MessageBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[*protocol.MessageReply](ctx, s, "message.send", &protocol.MessageSend{
		ConversationID: in.ID, Text: body.Text,
		AttachmentIDs: body.AttachmentIDs, CannedResponseID: body.CannedResponseID, ReplyTo: body.ReplyTo,
	})
	if err != nil {
		return nil, err
	}
	return statusAnswer(http.StatusCreated, r.Message, nil)
}

func (s *Server) putStatus(ctx context.Context, in *getIn) (*bodyOf[protocol.StatusReply], error) {
	var body protocol.StatusSet
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	if in.ID == string(callOf(ctx).principal.Agent) {
		r, err := do[protocol.StatusReply](ctx, s, "status.set", &body)
		return statusAnswer(http.StatusOK, r, err)
	}
	if body.AfterCurrent {
		return nil, refuseField("/after_current", protocol.FieldNotAllowed)
	}
	r, err := do[protocol.StatusReply](ctx, s, "status.force", &protocol.StatusForce{AgentID: in.ID, Status: body.Status, ReasonID: body.ReasonID})
	return statusAnswer(http.StatusOK, r, err)
}

func statusAnswer[T any](status int, v T, err error) (*bodyOf[T], error) {
	if err != nil {
		return nil, err
	}
	out := answer(v)
	out.Status = status
	return out, nil
}
