package dispatch

import "time"

// LiveQueue is a queue as supervisors see it live.
type LiveQueue struct {
	Queue                   QueueID
	View                    QueueView
	Green, Amber, Red, Grey int // agents of the queue by their dots
}

// Count adds agents with a dot.
func (q *LiveQueue) Count(dot string, n int) {
	switch dot {
	case "green":
		q.Green += n
	case "amber":
		q.Amber += n
	case "red":
		q.Red += n
	default:
		q.Grey += n
	}
}

// LiveAgent is an agent as supervisors see it live.
type LiveAgent struct {
	Agent         AgentID
	Status        AgentStatus
	Reason        string
	Since, Until  time.Time
	After         bool
	Dot, Why      string
	Misses        int
	Load          int // weight that counts against Capacity
	Capacity      int
	Total         int // weight of everything
	Ceiling       int
	Conversations int // owned, those being filed too
	Queues        []QueueID
}

// What a session shows of queues and agents live. Full replaces what was shown.
type (
	// EventLiveQueues shows those that changed.
	EventLiveQueues struct {
		isEvent
		Full    bool
		Near    bool // what ShowNear asked for
		Queues  []LiveQueue
		Removed []QueueID
	}
	// EventLiveAgents shows those that changed.
	EventLiveAgents struct {
		isEvent
		Full    bool
		Near    bool // what ShowNear asked for
		Agents  []LiveAgent
		Removed []AgentID
	}
	// EventLiveAlerts shows all that are raised.
	EventLiveAlerts struct {
		isEvent
		Alerts []Alert
	}
)

// AgentAlert is the alert that an agent's state means; false: none.
func AgentAlert(a *LiveAgent) (Alert, bool) {
	kind := map[string]AlertKind{ReasonNoAnswer: AlertNoAnswer, ReasonDisconnected: AlertAgentGone}[a.Reason]
	return Alert{AlertKey: AlertKey{Kind: kind, Agent: a.Agent}, Since: a.Since}, kind != "" && a.Status == StatusNotReady
}

// SaveDraft keeps what an agent has begun to write in a conversation of its own; an empty text keeps nothing. It is for the
// agent's actor itself: no machine takes it.
type SaveDraft struct {
	isMessage
	Conversation ConversationID
	Text         string
}

// Draft is what an agent has begun to write in a conversation of its own.
type Draft struct {
	Conversation ConversationID
	Text         string
}

// ShowLive tells an agent's actor that a session shows queues and agents live, or does not any more. It is for the actor
// itself: no machine takes it.
type ShowLive struct {
	isMessage
	Queues []QueueID // nil: all that the agent supervises
	Agents []AgentID // nil: all that serve these queues
	Stop   bool
}

// ShowNear tells an agent's actor that a session shows what everybody may see live, or nothing of it any more: its own queues,
// and who may take a conversation. It is for the actor itself: no machine takes it.
type ShowNear struct {
	isMessage
	Queues bool
	Agents bool
}
