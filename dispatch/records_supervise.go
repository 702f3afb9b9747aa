package dispatch

import "time"

// ConversationTakenOver makes a supervisor the owner by the supervisor's own word.
type ConversationTakenOver struct {
	conversationFact
	Agent AgentID   `cbor:"1,keyasint"`
	From  AgentID   `cbor:"2,keyasint,omitempty"` // who had it; empty: nobody
	Epoch uint64    `cbor:"3,keyasint"`
	At    time.Time `cbor:"4,keyasint"`
	Quiet Quiet     `cbor:"10,keyasint,omitzero"`
}

// ConversationsReassigned says that a supervisor took these conversations from an agent.
type ConversationsReassigned struct {
	agentFact
	Agent         AgentID          `cbor:"1,keyasint"`
	By            AgentID          `cbor:"2,keyasint,omitempty"`
	Queue         QueueID          `cbor:"3,keyasint,omitempty"` // where they go; empty: each to its own
	Conversations []ConversationID `cbor:"4,keyasint"`
	At            time.Time        `cbor:"5,keyasint"`
}
