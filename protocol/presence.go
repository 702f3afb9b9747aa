package protocol

// StatusInterval is one status of an agent.
type StatusInterval struct {
	Status       string `json:"status" doc:"ready or not_ready"`
	ReasonID     string `json:"reason_id" doc:"Pause reason, or disconnected, no_answer; empty when ready or none was given"`
	By           Actor  `json:"by" doc:"Who set it; system for rules"`
	Start        Time   `json:"start" doc:"When it began"`
	End          Time   `json:"end,omitzero" doc:"When it ended; absent while it lasts"`
	PlannedUntil Time   `json:"planned_until,omitzero" doc:"When it should end, by the plan of its reason when it began"`
}

// ConnectionInterval is a time in which an agent had a connection.
type ConnectionInterval struct {
	Start Time `json:"start" doc:"When it began"`
	End   Time `json:"end,omitzero" doc:"When the last connection was lost for longer than suspect_ms; absent while it lasts"`
}
