package protocol

// Overflow is what becomes of the conversations of a queue that it has no agent for. At most one rule for each cause; each is
// for a conversation once.
type Overflow struct {
	Closed      *OverflowRule `json:"closed,omitempty" doc:"The queue is outside of hours_id. With this rule nobody is asked for what waits here while it is closed"`
	MaxLength   *OverflowRule `json:"max_length,omitempty" doc:"As many as length wait already when it comes, and no agent is free for it"`
	NobodyReady *OverflowRule `json:"nobody_ready,omitempty" doc:"No agent of the queue has been ready for after_ms"`
	MaxWait     *OverflowRule `json:"max_wait,omitempty" doc:"It has waited in this queue for after_ms"`
}

// OverflowRule is one cause and what follows.
type OverflowRule struct {
	AfterMS int64  `json:"after_ms,omitempty" minimum:"0" maximum:"86400000" doc:"max_wait, nobody_ready: milliseconds, 1 000 and more"`
	Length  *int   `json:"length,omitempty" minimum:"0" maximum:"1000000" doc:"max_length: how many may wait; 0 = nobody"`
	Action  string `json:"action" required:"true" enum:"queue,message,callback,refuse" doc:"queue: it waits in another queue, with its age; a conversation leaves a queue that way once, and five queues at most. message: the contact is told text and it goes on waiting. callback: it gets the tag, the contact is told text, and it goes on waiting. refuse: the contact is told text and it is closed with the reason overflow; one that somebody has had since it was opened goes on waiting instead"`
	QueueID string `json:"queue_id,omitempty" maxLength:"64" doc:"queue: que_… of the other one"`
	Text    string `json:"text,omitempty" maxLength:"2000" doc:"What the contact is told, by a bot (refuse: by the system) that signs with the queue's name; may mention {{contact.name}} and {{protocol}}. Needed but for queue"`
	Tag     string `json:"tag,omitempty" maxLength:"50" doc:"callback: the tag; callback when empty"`
}

// OverflowCauses are the names of the rules, in the order in which a queue looks at them.
var OverflowCauses = []string{"closed", "max_length", "nobody_ready", "max_wait"}

// Rule is that of a cause; nil: none.
func (o *Overflow) Rule(cause string) *OverflowRule {
	switch {
	case o == nil:
	case cause == "closed":
		return o.Closed
	case cause == "max_length":
		return o.MaxLength
	case cause == "nobody_ready":
		return o.NobodyReady
	case cause == "max_wait":
		return o.MaxWait
	}
	return nil
}

const minOverflowAfterMS = 1000

func (o Overflow) check() []FieldError {
	var out []FieldError
	for _, cause := range OverflowCauses {
		r := o.Rule(cause)
		if r == nil {
			continue
		}
		timed := cause == "max_wait" || cause == "nobody_ready"
		switch {
		case timed && r.AfterMS < minOverflowAfterMS:
			out = append(out, FieldError{Pointer: "/" + cause + "/after_ms", Code: FieldRange})
		case !timed && r.AfterMS != 0:
			out = append(out, FieldError{Pointer: "/" + cause + "/after_ms", Code: FieldConflict})
		}
		switch {
		case cause == "max_length" && r.Length == nil:
			out = append(out, FieldError{Pointer: "/" + cause + "/length", Code: FieldRequired})
		case cause != "max_length" && r.Length != nil:
			out = append(out, FieldError{Pointer: "/" + cause + "/length", Code: FieldConflict})
		}
	}
	return out
}

func (r OverflowRule) check() []FieldError {
	out := append(checkText("/text", r.Text, TextVariables), checkTarget(r.Action, r.QueueID)...)
	if r.Action != "queue" && r.Text == "" {
		out = append(out, FieldError{Pointer: "/text", Code: FieldRequired})
	}
	if r.Action != "callback" && r.Tag != "" {
		out = append(out, FieldError{Pointer: "/tag", Code: FieldConflict})
	}
	return out
}

// checkOverflow: a queue does not overflow into itself, and only one with hours can be closed.
func (q Queue) checkOverflow() []FieldError {
	var out []FieldError
	for _, cause := range OverflowCauses {
		if r := q.Overflow.Rule(cause); r != nil && r.QueueID != "" && r.QueueID == q.ID {
			out = append(out, FieldError{Pointer: "/overflow/" + cause + "/queue_id", Code: FieldInvalid})
		}
	}
	if q.Overflow.Rule("closed") != nil && q.HoursID == "" {
		out = append(out, FieldError{Pointer: "/hours_id", Code: FieldRequired})
	}
	return out
}

// OverflowFact is the data of conversation_overflowed.
type OverflowFact struct {
	Queue  Ref    `json:"queue" doc:"The queue that it overflowed"`
	Cause  string `json:"cause" doc:"closed, max_length, nobody_ready or max_wait"`
	Action string `json:"action" doc:"queue, message, callback, refuse; stays: what the rule asks for was not possible"`
	To     *Ref   `json:"to,omitempty" doc:"queue: where it waits now"`
}
