package protocol

// ConversationTag is conversation.tag.
type ConversationTag struct {
	ConversationID string   `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Add            []string `json:"add,omitempty" maxItems:"20" maxLength:"200" doc:"Tags to add. A tag is kept in lower case with single blanks; at most 50 characters, no comma"`
	Remove         []string `json:"remove,omitempty" maxItems:"20" maxLength:"200" doc:"Tags to remove; one that is not there does not matter"`
}

// TagsBody is the body of POST /conversations/{id}/tags.
type TagsBody struct {
	Add    []string `json:"add,omitempty" maxItems:"20" maxLength:"200" doc:"Tags to add. A tag is kept in lower case with single blanks; at most 50 characters, no comma"`
	Remove []string `json:"remove,omitempty" maxItems:"20" maxLength:"200" doc:"Tags to remove; one that is not there does not matter"`
}

// ConversationPriority is conversation.priority.
type ConversationPriority struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Priority       int    `json:"priority" minimum:"-10" maximum:"10" doc:"Higher first. Who waits keeps its waiting time"`
}

// PriorityBody is the body of POST /conversations/{id}/priority.
type PriorityBody struct {
	Priority int `json:"priority" minimum:"-10" maximum:"10" doc:"Higher first. Who waits keeps its waiting time"`
}

// TagsFact is the data of tags_changed.
type TagsFact struct {
	Added   []string `json:"added" doc:"Tags that were added"`
	Removed []string `json:"removed" doc:"Tags that were removed"`
	By      *Ref     `json:"by,omitempty" doc:"Who changed them; absent for a program"`
}

// PriorityFact is the data of priority_changed.
type PriorityFact struct {
	Priority int  `json:"priority" doc:"From then on"`
	By       *Ref `json:"by,omitempty" doc:"Who changed it; absent for a program"`
}

// Rating is what a contact thinks of a conversation that is over.
type Rating struct {
	Score     int    `json:"score" doc:"1 to 5, higher is better"`
	Comment   string `json:"comment,omitempty" doc:"In the contact's words"`
	At        Time   `json:"at" doc:"When it was first given"`
	ChangedAt Time   `json:"changed_at,omitzero" doc:"When it was last changed"`
}

// RatingFact is the data of conversation_rated.
type RatingFact struct {
	Score   int    `json:"score" doc:"1 to 5, higher is better"`
	Comment string `json:"comment,omitempty" doc:"In the contact's words"`
}

// ConversationSnooze is conversation.snooze.
type ConversationSnooze struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Until          Time   `json:"until" required:"true" doc:"A minute to 30 days from now"`
}

// SnoozeFact is the data of conversation_snoozed and snooze_ended.
type SnoozeFact struct {
	Until Time `json:"until,omitzero" doc:"conversation_snoozed: until then at most"`
	By    *Ref `json:"by,omitempty" doc:"Who said so; absent when its time came or the contact wrote"`
}
