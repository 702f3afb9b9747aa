package protocol

// ConversationWhy are the decisions of the queues about one conversation, in order.
type ConversationWhy struct {
	ConversationID string          `json:"conversation_id" doc:"cnv_…"`
	Items          []QueueDecision `json:"items" doc:"In order of time, as they were recorded"`
	NextCursor     string          `json:"next_cursor,omitempty" doc:"More follow: give it as cursor"`
	Now            *QueueDecision  `json:"now,omitempty" doc:"While it waits, on the last page: what the queue would say now. Not recorded"`
}

// QueueDecision is whom a queue chose for the conversation, or that it found nobody, and why nobody else.
type QueueDecision struct {
	Seq        int64               `json:"seq,omitempty" doc:"Of the record that holds it; absent: now"`
	At         Time                `json:"at" doc:"When it became durable"`
	Queue      Ref                 `json:"queue" doc:"The queue that decided"`
	OfferID    string              `json:"offer_id,omitempty" doc:"The offer that came of it; absent: nobody"`
	Agent      *Ref                `json:"agent,omitempty" doc:"Who was chosen, or picked it; absent: nobody"`
	Strategy   string              `json:"strategy" doc:"The queue's strategy then"`
	Waiting    int                 `json:"waiting" doc:"How many waited in the queue, with it"`
	Summary    string              `json:"summary" doc:"In one line" example:"nobody: 12 not_ready, 3 full"`
	Candidates []DecisionCandidate `json:"candidates" doc:"At most 20 agents: the chosen one, those that could have it in the order of the strategy, others that are free, then the nearest of the rest"`
	Others     []DecisionCount     `json:"others" doc:"The other agents of the queue, counted by cause"`
	Unseen     int                 `json:"unseen,omitempty" doc:"Further free agents: the look at them is bounded"`
	Pick       *PickSight          `json:"pick,omitempty" doc:"The agent picked it from the list (mode pull): what the list had ahead of it"`
}

// PickSight is what the list of a queue had ahead of a conversation that an agent picked.
type PickSight struct {
	Position int    `json:"position" doc:"Its place in line then; 1: it was the first"`
	Passed   int    `json:"passed" doc:"Of the first 100 ahead of it, how many the agent has the skills and the tier for"`
	First    string `json:"first,omitempty" doc:"The first of those (cnv_…)"`
}

// DecisionCandidate is one agent in a decision.
type DecisionCandidate struct {
	Agent Ref    `json:"agent" doc:"The agent"`
	Cause string `json:"cause" doc:"chosen; ranked_lower by the strategy; another_preferred; kept_for_preferred: it waits for its preferred agent; declined or missed it in this round; refused_reservation a moment ago; queue_closed; skills; tier: not due yet; weight: there is room, and not for this much; being_asked for another conversation; offer_open; full: its capacity; ceiling: resting conversations included; paused_after_decline; recovering; suspect: its connection is lost; not_ready; offline; left_queue; not_told: it has not answered yet; pull_mode: it could pick it, and nothing is offered; picked: it did"`
}

// DecisionCount is how many further agents have one cause.
type DecisionCount struct {
	Cause string `json:"cause" doc:"As of a candidate"`
	Count int    `json:"count" doc:"How many"`
}

// PreviewBody is the body of POST /queues/{id}/preview: a conversation that does not exist.
type PreviewBody struct {
	ChannelID      string      `json:"channel_id,omitempty" maxLength:"64" doc:"chn_… that it would come in by: the channel's weight counts"`
	Priority       *int        `json:"priority,omitempty" minimum:"-10" maximum:"10" doc:"Its priority; else the queue's"`
	Skills         []SkillNeed `json:"skills,omitempty" maxItems:"10" doc:"What it would ask for"`
	PreferredAgent string      `json:"preferred_agent,omitempty" maxLength:"64" doc:"agt_… who should have it, for preferred_ms of the queue"`
	WaitedMS       int64       `json:"waited_ms,omitempty" minimum:"0" maximum:"86400000" doc:"As if it had waited here for so many milliseconds: the steps of skills_relaxation that are due then count"`
}

// RoutingPreview answers POST /queues/{id}/preview.
type RoutingPreview struct {
	Decision       QueueDecision `json:"decision" doc:"Who would get it now, and why nobody else, as the queue itself decides. Nothing comes of it"`
	Weight         int           `json:"weight" doc:"Slots that it would take"`
	Position       int           `json:"position" doc:"Which place it would have among those who wait"`
	WaitEstimateMS int64         `json:"wait_estimate_ms,omitempty" doc:"Expected wait if nobody gets it at once; absent: unknown"`
}
