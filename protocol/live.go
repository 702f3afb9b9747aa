package protocol

// QueueLive is how a queue stands at one moment.
type QueueLive struct {
	Queue          Ref           `json:"queue" doc:"Which queue"`
	Open           bool          `json:"open" doc:"Within its business hours; a queue without any is always open"`
	HoursChangeAt  Time          `json:"hours_change_at,omitzero" doc:"When it closes or opens; absent: not within a year"`
	Waiting        int           `json:"waiting" doc:"Conversations in line; one that is offered to somebody is not, until the offer ends without an owner"`
	OldestAt       Time          `json:"oldest_at,omitzero" doc:"When the one that has waited longest came; absent: nobody waits"`
	ReadyAgents    int           `json:"ready_agents" doc:"Agents of the queue that are connected and ready, busy ones too"`
	EffectiveSlots float64       `json:"effective_slots" doc:"What the ready agents can have at a time; an agent in n queues gives 1/n of the capacity to each"`
	HandlingMS     int64         `json:"handling_ms,omitempty" doc:"Average handling time of the last hour, from accept to close; absent: nothing was closed"`
	Handled        int           `json:"handled" doc:"How many conversations that is the average of"`
	WaitEstimateMS int64         `json:"wait_estimate_ms,omitempty" doc:"How long one that comes now is expected to wait: handling_ms for each place in line, over effective_slots; absent: unknown"`
	EstimateError  EstimateError `json:"estimate_error" doc:"How far the estimates of the last hour were off"`
}

// EstimateError compares what conversations were expected to wait when they joined the line with what they waited.
type EstimateError struct {
	Answered int   `json:"answered" doc:"Conversations that had an estimate and were answered"`
	MeanMS   int64 `json:"mean_ms" doc:"Mean absolute error"`
	BiasMS   int64 `json:"bias_ms" doc:"Mean of waited minus expected: above 0, people wait longer than they are told"`
}

// QueueWaiting is queue.waiting: read the list again where it is shown.
type QueueWaiting struct {
	QueueID  string `json:"queue_id" doc:"que_…"`
	Waiting  int    `json:"waiting" doc:"Conversations in the queue"`
	OldestAt Time   `json:"oldest_at,omitzero" doc:"When the one that has waited longest came; absent: nobody waits"`
}

// WaitingConversation is one conversation in the list of a queue: what an agent needs to choose.
type WaitingConversation struct {
	ConversationID string      `json:"conversation_id" doc:"cnv_…"`
	ProtocolNumber string      `json:"protocol_number" doc:"Number for people, per year" example:"2026-000123"`
	Position       int         `json:"position" doc:"1: has waited longest by the order of the queue"`
	Channel        ChannelRef  `json:"channel" doc:"How the contact writes"`
	Contact        ContactRef  `json:"contact" doc:"Who waits"`
	Subject        string      `json:"subject" doc:"Subject; may be empty"`
	Priority       int         `json:"priority" doc:"-10 to 10, higher first"`
	EnqueuedAt     Time        `json:"enqueued_at" doc:"Since when the contact waits"`
	LastText       string      `json:"last_text" doc:"Start of the contact's last message, at most 200 characters"`
	Unread         int         `json:"unread" doc:"Messages of the contact that nobody has read"`
	Skills         []SkillNeed `json:"skills" doc:"What it asks for now, after the queue's relaxation"`
	Tier           int         `json:"tier,omitempty" doc:"The highest tier that may have it now; absent: all"`
	Weight         int         `json:"weight" doc:"Of an agent's capacity"`
	Tags           []string    `json:"tags" doc:"Sorted"`
}

// QueuePosition is where a conversation stands in its queue.
type QueuePosition struct {
	Queue          Ref   `json:"queue" doc:"Where it waits"`
	Position       int   `json:"position" doc:"1: next; 0: an agent is being asked for it"`
	Waiting        int   `json:"waiting" doc:"How many wait there, with it"`
	ReadyAgents    int   `json:"ready_agents" doc:"Agents of the queue that are connected and ready, busy ones too"`
	WaitEstimateMS int64 `json:"wait_estimate_ms,omitempty" doc:"Expected from now on; absent: unknown"`
}

// QueueIntervals answers GET /queues/{id}/intervals.
type QueueIntervals struct {
	Queue    Ref             `json:"queue" doc:"Which queue"`
	StepMS   int64           `json:"step_ms" doc:"Length of an interval"`
	TargetMS int64           `json:"target_ms" doc:"service_level_ms of the queue, as it is now"`
	Items    []QueueInterval `json:"items" doc:"All intervals of the span, in order, empty ones too"`
}

// QueueInterval is what happened in a queue in one interval. A wait lasts from entering the queue until somebody has the
// conversation or it leaves.
type QueueInterval struct {
	Start     Time `json:"start" doc:"Its first moment"`
	Arrived   int  `json:"arrived" doc:"Conversations that came into the queue: new ones, reopened ones, and those from elsewhere"`
	Answered  int  `json:"answered" doc:"Waits that an agent ended"`
	Within    int  `json:"within" doc:"Of those, within the target"`
	Abandoned int  `json:"abandoned" doc:"Waits that the customer ended, after more than five seconds"`
	Percent   int  `json:"percent" doc:"The service level: within of answered and abandoned; 100 of none"`
	Waiting   int  `json:"waiting" doc:"The most that were in the queue at the same time"`
}
