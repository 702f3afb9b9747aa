package protocol

// AuditRecord is one entry of the audit: what was done, by whom, from where, and what it changed. Secrets are masked.
type AuditRecord struct {
	Seq      int64         `json:"seq" doc:"1, 2, 3 … without gaps"`
	At       Time          `json:"at" doc:"When it was done"`
	Action   string        `json:"action" doc:"What was done" example:"queue.updated"`
	By       AuditActor    `json:"by" doc:"Who did it"`
	From     string        `json:"from,omitempty" doc:"Address that it came from; absent for the server itself and for tools on its machine"`
	Object   AuditObject   `json:"object,omitzero" doc:"What it was done to"`
	Changes  []AuditChange `json:"changes" doc:"The fields that it changed"`
	Outcome  string        `json:"outcome,omitempty" doc:"Why it was refused after it had been recorded; absent when it was not"`
	Previous string        `json:"previous" doc:"Hash of the entry before, in hexadecimal; zeros before the first one"`
	Hash     string        `json:"hash" doc:"Hash of this entry and, through previous, of all before it"`
}

// AuditActor is who did something, as it was then.
type AuditActor struct {
	ID   string `json:"id,omitempty" doc:"agt_… or tok_…; absent for the server itself and for who is not known"`
	Name string `json:"name,omitempty" doc:"Name"`
	Role string `json:"role" doc:"agent, supervisor, admin, integrator, or server; unknown for a sign-in that failed"`
}

// AuditObject is what something was done to.
type AuditObject struct {
	Kind string `json:"kind,omitempty" doc:"queue, agent, conversation …"`
	ID   string `json:"id,omitempty" doc:"Its id"`
}

// AuditChange is one field before and after. Values of secrets are "***".
type AuditChange struct {
	Field  string `json:"field" doc:"Name of the field"`
	Before any    `json:"before,omitempty" doc:"Absent when there was none"`
	After  any    `json:"after,omitempty" doc:"Absent when there is none any more"`
}
