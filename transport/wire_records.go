package transport

import (
	"pronto/dispatch"
	"pronto/protocol"
)

// record turns a durable fact of a conversation into what GET /events shows. The bool is false for the kept answers of
// commands, which are no facts of the conversation.
func (w wire) record(id dispatch.ConversationID, r *StoredRecord) (protocol.Record, bool) {
	name, data := w.fact(id, r.Record)
	return protocol.Record{Seq: int64(r.Seq), At: protocol.At(r.At), Name: name, Data: data}, name != ""
}

// fact returns the name of a record and its data.
func (w wire) fact(id dispatch.ConversationID, r dispatch.Record) (string, any) {
	switch r := r.(type) {
	case dispatch.ConversationOpened:
		return "conversation_opened", protocol.OpenedFact{
			Queue: w.queue(r.Queue), Channel: w.channel(r.Channel), Contact: contactRef(r.Contact), Subject: r.Subject,
			Priority: r.Priority, ProtocolNumber: r.Protocol, PreviousID: string(r.Previous), Skills: skillNeeds(r.Skills), Attributes: r.Attributes,
		}
	case dispatch.MessageAppended:
		return "message_appended", protocol.MessageReply{Message: w.message(id, &r.Message)}
	case dispatch.ConversationRequeued:
		return "conversation_requeued", protocol.QueuedFact{Queue: w.queue(r.Queue), Cause: string(r.Cause), By: w.agent(r.By), Note: r.Note, Priority: r.Priority}
	case dispatch.QueueJoined:
		return "queue_joined", w.place(r.Queue, r.Place)
	case dispatch.PositionTold:
		return "position_told", w.place(r.Queue, r.Place)
	case dispatch.NobodyFound:
		return "nobody_found", protocol.NobodyFact{Queue: w.queue(r.Queue)}
	case dispatch.ConversationOverflowed:
		return "conversation_overflowed", w.overflowed(r)
	case dispatch.NoteAdded:
		return "note_added", protocol.NoteReply{Note: note(id, &r.Note)}
	case dispatch.DeliveryChanged:
		return "delivery_changed", protocol.DeliveryFact{Seq: int64(r.Seq), Delivery: string(r.State), Error: r.Error}
	case dispatch.MessagesSeen:
		return "messages_seen", protocol.DeliveryFact{Seq: int64(r.Seq), Delivery: string(r.State)}
	case dispatch.MessagesRead:
		return "messages_read", protocol.ReadFact{Seq: int64(r.Seq), By: w.agent(r.By)}
	case dispatch.TagsChanged:
		return "tags_changed", protocol.TagsFact{Added: orEmpty(r.Add), Removed: orEmpty(r.Remove), By: w.agent(r.By)}
	case dispatch.PriorityChanged:
		return "priority_changed", protocol.PriorityFact{Priority: r.Priority, By: w.agent(r.By)}
	case dispatch.MessageEdited:
		return "message_edited", protocol.ChangeFact{Seq: int64(r.Seq), By: w.agent(r.By)}
	case dispatch.MessageRedacted:
		return "message_redacted", protocol.ChangeFact{Seq: int64(r.Seq), By: w.agent(r.By), Reason: r.Reason}
	case dispatch.ChangeSent:
		return "change_sent", protocol.ChangeFact{Seq: int64(r.Seq), Error: r.Error}
	case dispatch.ConversationSnoozed:
		return "conversation_snoozed", protocol.SnoozeFact{Until: protocol.At(r.Until), By: w.agent(r.By)}
	case dispatch.SnoozeEnded:
		return "snooze_ended", protocol.SnoozeFact{By: w.agent(r.By)}
	case dispatch.ConversationRated:
		return "conversation_rated", protocol.RatingFact{Score: r.Score, Comment: r.Comment}
	case dispatch.SilenceNoted:
		return "silence_noted", protocol.SilenceFact{Told: toldNames[r.Told], NextMS: r.Next.For.Milliseconds()}
	case dispatch.HoldChanged:
		return "hold_changed", protocol.HoldFact{OnHold: r.On, By: w.agent(r.By)}
	case dispatch.ConversationReopened:
		return "conversation_reopened", protocol.QueuedFact{Queue: w.queue(r.Queue), Cause: string(dispatch.QueuedReopened), By: w.agent(r.By)}
	default:
		if name, data := w.offerFact(r); name != "" {
			return name, data
		}
		return w.workFact(r)
	}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

var toldNames = map[dispatch.QuietStep]string{dispatch.QuietNudge: "nudge", dispatch.QuietAlert: "alert", dispatch.QuietWarn: "warning"}

// offerFact are the records of the offer protocol.
func (w wire) offerFact(r dispatch.Record) (string, any) {
	switch r := r.(type) {
	case dispatch.OfferMade:
		return "offer_made", protocol.OfferFact{
			OfferID: string(r.Offer.ID), Agent: w.agent(r.Offer.Agent), Kind: string(r.Offer.Kind), Attempt: r.Offer.Attempt,
			ExpiresAt: at(r.Offer.ExpiresAt), From: w.agent(r.Offer.From), Note: r.Offer.Note, Returned: r.Offer.Returned,
			Relaxed: relaxed(r.Offer.Relaxed), Parallel: r.Parallel,
		}
	case dispatch.OfferAccepted:
		return "offer_accepted", protocol.OfferFact{OfferID: string(r.Offer), Agent: w.agent(r.Agent)}
	case dispatch.OfferDeclined:
		return "offer_declined", protocol.OfferFact{OfferID: string(r.Offer), Agent: w.agent(r.Agent), Reason: r.Reason}
	case dispatch.OfferExpired:
		return "offer_expired", protocol.OfferFact{OfferID: string(r.Offer), Agent: w.agent(r.Agent)}
	case dispatch.OfferWithdrawn:
		return "offer_withdrawn", protocol.OfferFact{OfferID: string(r.Offer), Agent: w.agent(r.Agent), Reason: string(r.Cause), By: w.agent(r.By)}
	default:
		return "", nil
	}
}

// workFact are the records of ownership and of the end.
func (w wire) workFact(r dispatch.Record) (string, any) {
	switch r := r.(type) {
	case dispatch.ConversationAssigned:
		return "conversation_assigned", protocol.OwnerFact{Agent: w.agent(r.Agent), By: w.agent(r.By)}
	case dispatch.ConversationTakenOver:
		return "conversation_taken_over", protocol.TakenOverFact{Agent: w.agent(r.Agent), From: w.agent(r.From)}
	case dispatch.OwnerLost:
		return "owner_lost", protocol.OwnerFact{Agent: w.agent(r.Agent), RequeueAt: at(r.RequeueAt)}
	case dispatch.OwnerReturned:
		return "owner_returned", protocol.OwnerFact{Agent: w.agent(r.Agent)}
	case dispatch.WrapupStarted:
		return "wrapup_started", protocol.EndFact{By: w.agent(r.By), Script: disposition(r.Script), Until: at(r.Until)}
	case dispatch.WrapupInterrupted:
		return "wrapup_interrupted", protocol.EndFact{}
	case dispatch.ConversationEnded:
		return "conversation_ended", protocol.EndFact{By: w.agent(r.By), Cause: string(r.Cause), Script: disposition(r.Script), ScriptOverridden: r.Overridden}
	default:
		return "", nil
	}
}

func (w wire) place(q dispatch.QueueID, p dispatch.Place) protocol.JoinedFact {
	return protocol.JoinedFact{
		Queue: w.queue(q), Position: p.Position, Waiting: p.Waiting, ReadyAgents: p.Ready, WaitEstimateMS: p.Wait.Milliseconds(),
	}
}

func (w wire) overflowed(r dispatch.ConversationOverflowed) protocol.OverflowFact {
	f := protocol.OverflowFact{Queue: w.queue(r.Queue), Cause: string(r.Trigger), Action: string(r.Action)}
	if r.To != "" {
		to := w.queue(r.To)
		f.To = &to
	}
	return f
}

func (w wire) agent(id dispatch.AgentID) *protocol.Ref {
	if id == "" {
		return nil
	}
	return &protocol.Ref{ID: string(id), Name: w.names.AgentName(id)}
}

func relaxed(list []dispatch.Relaxation) []protocol.Relaxation {
	var out []protocol.Relaxation
	for _, r := range list {
		out = append(out, protocol.Relaxation{Action: string(r.Action), SkillID: string(r.Skill), Level: r.Level, Tier: r.Tier, AfterMS: r.After.Milliseconds()})
	}
	return out
}

func skillNeeds(needs []dispatch.SkillNeed) []protocol.SkillNeed {
	out := make([]protocol.SkillNeed, len(needs))
	for i, n := range needs {
		out[i] = protocol.SkillNeed{ID: string(n.ID), MinLevel: n.MinLevel}
	}
	return out
}
