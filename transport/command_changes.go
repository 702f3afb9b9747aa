package transport

import (
	"context"
	"net/http"

	"pronto/dispatch"
	"pronto/protocol"
)

func (s *Server) editMessage(ctx context.Context, p Principal, v *protocol.MessageEdit) (dispatch.Envelope, error) {
	m, err := s.messageOf(ctx, v.ConversationID, v.Seq, v.MessageID)
	if err != nil {
		return dispatch.Envelope{}, err
	}
	return s.toConversation(ctx, p, ActEdit, v.ConversationID, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
		return dispatch.EditMessage{By: by, Message: m, Text: v.Text}
	})
}

func (s *Server) redactMessage(ctx context.Context, p Principal, v *protocol.MessageRedact) (dispatch.Envelope, error) {
	m, err := s.messageOf(ctx, v.ConversationID, v.Seq, v.MessageID)
	if err != nil {
		return dispatch.Envelope{}, err
	}
	return s.toConversation(ctx, p, ActRedact, v.ConversationID, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
		by.Supervisor = p.Role != string(protocol.RoleAgent) // of their own conversations too
		return dispatch.RedactMessage{By: by, Message: m, Reason: v.Reason}
	})
}

// messageOf reads the message that a command is about. One that is not there has no id: the conversation refuses it, after
// it has looked at who asks.
func (s *Server) messageOf(ctx context.Context, id string, seq int64, message string) (dispatch.Chat, error) {
	conversation, err := conversationID(id)
	if err != nil {
		return dispatch.Chat{}, err
	}
	return s.o.Conversations.Message(ctx, conversation, uint64(seq), dispatch.MessageID(message))
}

func (s *Server) postEdit(ctx context.Context, in *getIn) (*bodyOf[protocol.Message], error) {
	var body protocol.EditBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[*protocol.MessageReply](ctx, s, "message.edit", &protocol.MessageEdit{
		ConversationID: in.ID, MessageID: body.MessageID, Seq: body.Seq, Text: body.Text,
	})
	if err != nil {
		return nil, err
	}
	return statusAnswer(http.StatusOK, r.Message, nil)
}

func (s *Server) postRedact(ctx context.Context, in *getIn) (*bodyOf[protocol.Message], error) {
	var body protocol.RedactBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	r, err := do[*protocol.MessageReply](ctx, s, "message.redact", &protocol.MessageRedact{
		ConversationID: in.ID, MessageID: body.MessageID, Seq: body.Seq, Reason: body.Reason,
	})
	if err != nil {
		return nil, err
	}
	return statusAnswer(http.StatusOK, r.Message, nil)
}
