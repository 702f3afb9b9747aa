package protocol

// Alerts are the limits of a queue; those that are absent or 0 are off.
type Alerts struct {
	MaxWaiting      int   `json:"max_waiting,omitempty" minimum:"0" maximum:"1000000" doc:"More conversations than this wait"`
	MaxWaitMS       int64 `json:"max_wait_ms,omitempty" minimum:"0" maximum:"604800000" doc:"One has waited for so many milliseconds"`
	MinReady        int   `json:"min_ready,omitempty" minimum:"0" maximum:"100000" doc:"Fewer agents than this are ready, busy ones too, while the queue is within its hours"`
	MinServiceLevel int   `json:"min_service_level,omitempty" minimum:"0" maximum:"100" doc:"The service level of the last hour is below so many percent, once ten waits have ended"`
}

// LiveSubscribe is live.subscribe.
type LiveSubscribe struct {
	Queues []string `json:"queues,omitempty" maxItems:"500" maxLength:"64" doc:"que_… to see; absent: all that one supervises"`
	Agents []string `json:"agents,omitempty" maxItems:"2000" maxLength:"64" doc:"agt_… to see; absent: all who serve these queues"`
}

// LiveQueues is live.queues.
type LiveQueues struct {
	Full    bool        `json:"full" doc:"These are all; else those that changed"`
	Queues  []LiveQueue `json:"queues" doc:"Queues as they are now"`
	Removed []string    `json:"removed,omitempty" doc:"que_… that are gone"`
}

// LiveQueue is how a queue stands.
type LiveQueue struct {
	Queue          Ref          `json:"queue" doc:"Which queue"`
	Waiting        int          `json:"waiting" doc:"Conversations that wait; one that is offered to somebody does not, until the offer ends without an owner"`
	OldestAt       Time         `json:"oldest_at,omitzero" doc:"When the one that has waited longest came; absent: nobody waits"`
	WaitEstimateMS int64        `json:"wait_estimate_ms,omitempty" doc:"How long one that comes now is expected to wait; absent: unknown"`
	ReadyAgents    int          `json:"ready_agents" doc:"Agents that are connected and ready, busy ones too"`
	Agents         AgentDots    `json:"agents" doc:"Its agents by their dots"`
	ServiceLevel   ServiceLevel `json:"service_level" doc:"Of the last hour"`
}

// AgentDots counts agents by their dots.
type AgentDots struct {
	Green int `json:"green" doc:"Ready, with room"`
	Amber int `json:"amber" doc:"Ready and busy"`
	Red   int `json:"red" doc:"Not ready"`
	Grey  int `json:"grey" doc:"Offline"`
}

// ServiceLevel is how many were answered in time.
type ServiceLevel struct {
	TargetMS  int64 `json:"target_ms" doc:"service_level_ms of the queue"`
	Answered  int   `json:"answered" doc:"Waits that an agent ended, from entering the queue"`
	Within    int   `json:"within" doc:"Of those, within the target"`
	Abandoned int   `json:"abandoned" doc:"Waits that the customer ended, after more than five seconds"`
	Percent   int   `json:"percent" doc:"within of answered and abandoned; 100 of none"`
}

// LiveAgents is live.agents.
type LiveAgents struct {
	Full    bool        `json:"full" doc:"These are all; else those that changed"`
	Agents  []LiveAgent `json:"agents" doc:"Agents as they are now"`
	Removed []string    `json:"removed,omitempty" doc:"agt_… who are not in the view any more"`
}

// LiveAgent is what an agent does.
type LiveAgent struct {
	Agent         Ref      `json:"agent" doc:"Who"`
	Status        string   `json:"status" doc:"ready or not_ready"`
	ReasonID      string   `json:"reason_id,omitempty" doc:"Of not_ready"`
	StatusSince   Time     `json:"status_since,omitzero" doc:"Since when"`
	PlannedUntil  Time     `json:"planned_until,omitzero" doc:"When the pause should end"`
	AfterCurrent  bool     `json:"after_current,omitempty" doc:"It becomes not ready when the last conversation is done"`
	Dot           string   `json:"dot" doc:"green, amber, red or grey"`
	Why           string   `json:"why,omitempty" doc:"Why the dot is not green, in a word"`
	Load          int      `json:"load" doc:"Slots in use that count against the capacity"`
	Capacity      int      `json:"capacity" doc:"Slots for new conversations"`
	HardLoad      int      `json:"hard_load" doc:"All slots in use"`
	HardCapacity  int      `json:"hard_capacity" doc:"Slots that are never exceeded"`
	Misses        int      `json:"misses" doc:"Offers missed in a row"`
	Conversations int      `json:"conversations" doc:"How many it owns, those being filed too"`
	QueueIDs      []string `json:"queue_ids" doc:"Its queues"`
}

// Alert is one that is raised, and the data of alert.raised and alert.cleared.
type Alert struct {
	Kind           string `json:"kind" doc:"max_waiting, max_wait, min_ready, min_service_level: limits of a queue; unanswered: a contact waits for the owner's answer; agent_no_answer: not ready because of misses; agent_gone: not ready because the connection was lost"`
	Queue          *Ref   `json:"queue,omitempty" doc:"Of a limit, and of unanswered"`
	Agent          *Ref   `json:"agent,omitempty" doc:"Of agent_no_answer and agent_gone; the owner, of unanswered"`
	ConversationID string `json:"conversation_id,omitempty" doc:"unanswered: cnv_…"`
	Since          Time   `json:"since" doc:"Since when"`
	Value          int64  `json:"value,omitempty" doc:"Of a limit: the figure when it was raised"`
	Limit          int64  `json:"limit,omitempty" doc:"Of a limit: the limit then"`
}

// LiveAlerts is live.alerts.
type LiveAlerts struct {
	Alerts []Alert `json:"alerts" doc:"All that are raised, oldest first"`
}

// LiveState answers GET /live.
type LiveState struct {
	Queues []LiveQueue `json:"queues" doc:"Queues that one supervises"`
	Agents []LiveAgent `json:"agents" doc:"Agents who serve them"`
	Alerts []Alert     `json:"alerts" doc:"All that are raised about them, oldest first"`
}
