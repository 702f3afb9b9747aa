package protocol

// Gone is what becomes of a conversation whose agent is gone: without a connection for suspect_ms of the organisation.
type Gone struct {
	Policy  string `json:"policy" enum:"channel,requeue,keep" default:"channel" doc:"requeue: back to the queue after after_ms, before all others; keep: it stays with its agent until the contact writes, then it goes back before all others; channel: requeue where the contact waits on screen (web), keep elsewhere"`
	AfterMS int64  `json:"after_ms" minimum:"0" maximum:"3600000" default:"120000" doc:"requeue: milliseconds after the agent is gone"`
}
