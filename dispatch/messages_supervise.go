package dispatch

import "time"

// The commands of supervisors beside those that agents may give too.
type (
	// TakeOver makes the supervisor who gives it the owner, at once and whatever its status.
	TakeOver struct {
		isMessage
		ID OfferID // of the reservation
		By Actor
	}
	// ReassignAll takes from an agent's actor all that the agent has in progress.
	ReassignAll struct {
		isMessage
		By    AgentID
		Queue QueueID   // where it goes; empty: each to its own
		Of    []QueueID // only conversations of these; nil: all
	}
)

// Watch tells an agent's actor that a session shows a conversation whoever owns it, or does not any more. It is for the
// actor itself: no machine takes it.
type Watch struct {
	isMessage
	Conversation ConversationID
	Stop         bool
}

// GiveUp tells a conversation that a supervisor took it from its owner, who had it at At. The agent tells until it is gone.
type GiveUp struct {
	isMessage
	Agent AgentID
	By    AgentID
	Queue QueueID // empty: its own
	At    time.Time
}
