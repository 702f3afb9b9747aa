package protocol

// Organisation holds the settings that are the same for all. There is one; it has its defaults until it is changed.
type Organisation struct {
	ID             string `json:"id" readOnly:"true" doc:"org_…"`
	Version        int64  `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match; 0 = never changed"`
	SilentAfterMS  int64  `json:"silent_after_ms" minimum:"0" maximum:"86400000" default:"600000" doc:"Milliseconds that a contact may owe an answer before its conversation leaves room for another one in its agent's capacity; 0 = never"`
	SuspectMS      int64  `json:"suspect_ms" minimum:"10000" maximum:"120000" default:"30000" doc:"Milliseconds that a lost connection of an agent is waited for; no offers meanwhile. Then the agent is gone: not ready, and the queues' rule for conversations of gone agents holds"`
	ReasonRequired bool   `json:"reason_required" doc:"Not ready needs a reason, whoever sets it"`
}

// Meta of the organisation.
func (o *Organisation) Meta() Meta { return Meta{&o.ID, &o.Version} }
