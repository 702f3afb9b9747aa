package transport

import (
	"context"

	"pronto/dispatch"
	"pronto/protocol"
)

func (s *Server) send(ctx context.Context, p Principal, v *protocol.MessageSend) (dispatch.Envelope, error) {
	files, err := s.sendable(ctx, p, dispatch.ConversationID(v.ConversationID), v.AttachmentIDs)
	if err != nil {
		return dispatch.Envelope{}, err
	}
	if err := s.mustExist(ctx, someReference("/canned_response_id", KindCannedResponse, v.CannedResponseID)); err != nil {
		return dispatch.Envelope{}, err
	}
	return s.toConversation(ctx, p, ActSend, v.ConversationID, func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message {
		return dispatch.SendMessage{
			ID: dispatch.MessageID(s.o.IDs("msg", partitionOf(id))), Author: authorOf(p), By: by, Text: v.Text,
			Attachments: files, ReplyTo: dispatch.MessageID(v.ReplyTo), Canned: dispatch.CannedID(v.CannedResponseID),
		}
	})
}

func (s *Server) addNote(ctx context.Context, p Principal, v *protocol.NoteAdd) (dispatch.Envelope, error) {
	mentions := make([]dispatch.AgentID, len(v.Mentions))
	for i, m := range v.Mentions {
		mentions[i] = dispatch.AgentID(m)
	}
	return s.toConversation(ctx, p, ActAddNote, v.ConversationID, func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message {
		return dispatch.AddNote{By: by, Note: dispatch.Note{
			ID: dispatch.NoteID(s.o.IDs("not", partitionOf(id))), Author: authorOf(p), Text: v.Text,
			Mentions: mentions,
		}}
	})
}

func (s *Server) transfer(ctx context.Context, p Principal, v *protocol.TransferStart) (dispatch.Envelope, error) {
	agent, queue := dispatch.AgentID(v.To.AgentID), dispatch.QueueID(v.To.QueueID)
	if agent != "" && s.o.Catalog.AgentName(agent) == "" || queue != "" && s.o.Catalog.QueueName(queue) == "" {
		return dispatch.Envelope{}, &Refusal{Code: protocol.CodeTargetUnavailable, Reason: "no_such_target"}
	}
	return s.toConversation(ctx, p, ActTransfer, v.ConversationID, func(by dispatch.Actor, id dispatch.ConversationID) dispatch.Message {
		return dispatch.StartTransfer{ID: dispatch.OfferID(s.o.IDs("off", partitionOf(id))), By: by, ToAgent: agent, ToQueue: queue, Note: v.Note}
	})
}

func (s *Server) close(ctx context.Context, p Principal, v *protocol.ConversationClose) (dispatch.Envelope, error) {
	script, err := scriptOf(v.Script)
	if err != nil {
		return dispatch.Envelope{}, err
	}
	action := ActClose
	if v.OverrideScript {
		action = ActOverride
	}
	return s.toConversation(ctx, p, action, v.ConversationID, func(by dispatch.Actor, _ dispatch.ConversationID) dispatch.Message {
		by.Supervisor = by.Supervisor || v.OverrideScript // the gate lets nobody else
		return dispatch.CloseConversation{By: by, Script: script, Override: v.OverrideScript}
	})
}

func scriptOf(a *protocol.ScriptAnswer) (*dispatch.ScriptAnswer, error) {
	if a == nil {
		return nil, nil
	}
	out := &dispatch.ScriptAnswer{Reason: a.ReasonID, Resolved: a.Resolved != nil && *a.Resolved}
	for id, answer := range a.Answers {
		text, err := protocol.AnswerText(answer)
		if err != nil {
			return nil, refuseField("/script/answers/"+protocol.EscapePointer(id), protocol.FieldInvalid)
		}
		if out.Answers == nil {
			out.Answers = make(map[string]string, len(a.Answers))
		}
		out.Answers[id] = text
	}
	return out, nil
}
