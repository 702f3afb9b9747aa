package transport

import (
	"encoding/json"
	"fmt"

	"pronto/dispatch"
	"pronto/protocol"
)

// record turns a durable fact of a conversation into what GET /events shows. The bool is false for the kept answers of
// commands, which are no facts of the conversation.
func (w wire) record(id dispatch.ConversationID, r *StoredRecord) (protocol.Record, bool, error) {
	name, data := w.fact(id, r.Record)
	if name == "" {
		return protocol.Record{}, false, nil
	}
	body, err := json.Marshal(data)
	if err != nil {
		return protocol.Record{}, false, fmt.Errorf("encode record %s: %w", name, err)
	}
	return protocol.Record{Seq: int64(r.Seq), At: protocol.At(r.At), Name: name, Data: body}, true, nil
}

// fact returns the name of a record and its data.
func (w wire) fact(id dispatch.ConversationID, r dispatch.Record) (string, any) {
	switch r := r.(type) {
	case dispatch.ConversationOpened:
		return "conversation_opened", openedFact{Queue: w.queue(r.Queue), Channel: w.channel(r.Channel), Contact: contactRef(r.Contact), Subject: r.Subject,
			Priority: r.Priority, ProtocolNumber: r.Protocol, PreviousID: string(r.Previous), Skills: skillNeeds(r.Skills), Attributes: r.Attributes}
	case dispatch.MessageAppended:
		return "message_appended", protocol.MessageReply{Message: message(id, &r.Message)}
	case dispatch.ConversationRequeued:
		return "conversation_requeued", requeuedFact{Queue: w.queue(r.Queue), Cause: string(r.Cause), By: w.agent(r.By), Note: r.Note, Priority: r.Priority}
	case dispatch.NoteAdded:
		return "note_added", protocol.NoteReply{Note: note(id, &r.Note)}
	case dispatch.DeliveryChanged:
		return "delivery_changed", deliveryFact{Seq: int64(r.Seq), Delivery: string(r.State), Error: r.Error}
	case dispatch.MessagesRead:
		return "messages_read", readFact{Seq: int64(r.Seq), By: w.agent(r.By)}
	case dispatch.HoldChanged:
		return "hold_changed", holdFact{OnHold: r.On, By: w.agent(r.By)}
	case dispatch.ConversationReopened:
		return "conversation_reopened", requeuedFact{Queue: w.queue(r.Queue), Cause: string(dispatch.QueuedReopened)}
	default:
		if name, data := w.offerFact(r); name != "" {
			return name, data
		}
		return w.workFact(r)
	}
}

// offerFact are the records of the offer protocol.
func (w wire) offerFact(r dispatch.Record) (string, any) {
	switch r := r.(type) {
	case dispatch.OfferMade:
		return "offer_made", offerFact{OfferID: string(r.Offer.ID), Agent: w.agent(r.Offer.Agent), Kind: string(r.Offer.Kind), Attempt: r.Offer.Attempt,
			ExpiresAt: at(r.Offer.ExpiresAt), From: w.agent(r.Offer.From), Note: r.Offer.Note, Returned: r.Offer.Returned}
	case dispatch.OfferAccepted:
		return "offer_accepted", offerFact{OfferID: string(r.Offer), Agent: w.agent(r.Agent)}
	case dispatch.OfferDeclined:
		return "offer_declined", offerFact{OfferID: string(r.Offer), Agent: w.agent(r.Agent), Reason: r.Reason}
	case dispatch.OfferExpired:
		return "offer_expired", offerFact{OfferID: string(r.Offer), Agent: w.agent(r.Agent)}
	case dispatch.OfferWithdrawn:
		return "offer_withdrawn", offerFact{OfferID: string(r.Offer), Agent: w.agent(r.Agent), Reason: string(r.Cause), By: w.agent(r.By)}
	default:
		return "", nil
	}
}

// workFact are the records of ownership and of the end.
func (w wire) workFact(r dispatch.Record) (string, any) {
	switch r := r.(type) {
	case dispatch.ConversationAssigned:
		return "conversation_assigned", ownerFact{Agent: w.agent(r.Agent), By: w.agent(r.By)}
	case dispatch.OwnerLost:
		return "owner_lost", ownerFact{Agent: w.agent(r.Agent), RequeueAt: at(r.RequeueAt)}
	case dispatch.OwnerReturned:
		return "owner_returned", ownerFact{Agent: w.agent(r.Agent)}
	case dispatch.WrapupStarted:
		return "wrapup_started", endFact{By: w.agent(r.By), Script: disposition(r.Script), Until: at(r.Until)}
	case dispatch.WrapupInterrupted:
		return "wrapup_interrupted", protocol.Empty{}
	case dispatch.ConversationEnded:
		return "conversation_ended", endFact{By: w.agent(r.By), Cause: r.Cause, Script: disposition(r.Script)}
	default:
		return "", nil
	}
}

func (w wire) agent(id dispatch.AgentID) *protocol.Ref {
	if id == "" {
		return nil
	}
	return &protocol.Ref{ID: string(id), Name: w.names.AgentName(id)}
}

func skillNeeds(needs []dispatch.SkillNeed) []protocol.SkillNeed {
	out := make([]protocol.SkillNeed, len(needs))
	for i, n := range needs {
		out[i] = protocol.SkillNeed{ID: string(n.ID), MinLevel: n.MinLevel}
	}
	return out
}

// The data of records; by holds who caused it, absent for the server and the contact.
type (
	openedFact struct {
		Queue          protocol.Ref         `json:"queue"`
		Channel        protocol.ChannelRef  `json:"channel"`
		Contact        protocol.ContactRef  `json:"contact"`
		Subject        string               `json:"subject"`
		Priority       int                  `json:"priority"`
		ProtocolNumber string               `json:"protocol_number"`
		PreviousID     string               `json:"previous_id,omitempty"`
		Skills         []protocol.SkillNeed `json:"skills"`
		Attributes     map[string]string    `json:"attributes,omitempty"`
	}
	requeuedFact struct {
		Queue    protocol.Ref  `json:"queue"`
		Cause    string        `json:"cause"`
		By       *protocol.Ref `json:"by,omitempty"`
		Note     string        `json:"note,omitempty"`
		Priority int           `json:"priority"`
	}
	offerFact struct {
		OfferID   string        `json:"offer_id"`
		Agent     *protocol.Ref `json:"agent,omitempty"`
		Kind      string        `json:"kind,omitempty"`
		Attempt   int           `json:"attempt,omitempty"`
		ExpiresAt protocol.Time `json:"expires_at,omitzero"`
		From      *protocol.Ref `json:"from,omitempty"`
		Note      string        `json:"note,omitempty"`
		Returned  bool          `json:"returned,omitempty"`
		Reason    string        `json:"reason,omitempty"`
		By        *protocol.Ref `json:"by,omitempty"`
	}
	ownerFact struct {
		Agent     *protocol.Ref `json:"agent,omitempty"`
		By        *protocol.Ref `json:"by,omitempty"`
		RequeueAt protocol.Time `json:"requeue_at,omitzero"`
	}
	endFact struct {
		By     *protocol.Ref         `json:"by,omitempty"`
		Cause  string                `json:"cause,omitempty"`
		Script *protocol.Disposition `json:"script,omitempty"`
		Until  protocol.Time         `json:"until,omitzero"`
	}
	deliveryFact struct {
		Seq      int64  `json:"seq"`
		Delivery string `json:"delivery"`
		Error    string `json:"error,omitempty"`
	}
	readFact struct {
		Seq int64         `json:"seq"`
		By  *protocol.Ref `json:"by,omitempty"`
	}
	holdFact struct {
		OnHold bool          `json:"on_hold"`
		By     *protocol.Ref `json:"by,omitempty"`
	}
)
