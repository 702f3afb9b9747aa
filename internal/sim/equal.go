package sim

import (
	"fmt"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pronto/dispatch"
)

// same ignores the difference between an empty and an absent slice or map, which storage does not keep.
func same[T any](a, b T) bool { return sameAt(&a, &b) }

func difference[T any](want, have T) string {
	return cmp.Diff(want, have, cmpopts.EquateEmpty(), slotOptions)
}

var slotOptions = cmpopts.IgnoreUnexported(withHidden...)

// answerText names what an answer says: two answers to one command must have the same.
func answerText(r dispatch.Reply, err *dispatch.Error) string {
	if err != nil {
		return fmt.Sprintf("error %s %s", err.Code, err.Detail)
	}
	switch r := r.(type) {
	case dispatch.ReplyConversation:
		return fmt.Sprintf("conversation %s version %d %s owner %s", r.Head.ID, r.Head.Version, r.Head.State, r.Head.Owner)
	case dispatch.ReplyMessage:
		return fmt.Sprintf("message %d of %s", r.Message.Seq, r.Conversation)
	case dispatch.ReplyNote:
		return fmt.Sprintf("note %s", r.Note.ID)
	case dispatch.ReplyTransfer:
		return "transfer " + string(r.Transfer)
	case dispatch.ReplyInbound:
		return fmt.Sprintf("inbound %s %s seq %d created %v", r.Conversation, r.Message, r.Seq, r.Created)
	case dispatch.ReplyStatus:
		return fmt.Sprintf("status %s %s since %d after %v", r.Status, r.Reason, r.Since.UnixNano(), r.After)
	}
	return fmt.Sprintf("%T", r)
}
