package protocol

// NoteWhisper is note.whisper.
type NoteWhisper struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Text           string `json:"text" required:"true" maxLength:"4096" doc:"Plain text"`
}

// ConversationWatched is conversation.watched.
type ConversationWatched struct {
	Conversation ConversationHead `json:"conversation" doc:"The conversation as it is"`
	Messages     []Message        `json:"messages" doc:"Its last messages, in order; at most 50"`
	More         bool             `json:"more" doc:"There are earlier ones: GET /conversations/{id}/messages"`
}

// WatchEnded is conversation.watch_ended.
type WatchEnded struct {
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
}

// AgentReassignAll is agent.reassign_all.
type AgentReassignAll struct {
	AgentID string       `json:"agent_id" required:"true" maxLength:"64" doc:"agt_… whose conversations are taken"`
	To      *QueueTarget `json:"to,omitempty" doc:"Where they go; absent: each to its own queue"`
}

// QueueTarget names a queue.
type QueueTarget struct {
	QueueID string `json:"queue_id" required:"true" maxLength:"64" doc:"que_…"`
}

// ReassignBody is the body of POST /agents/{id}/reassign.
type ReassignBody struct {
	To *QueueTarget `json:"to,omitempty" doc:"Where the conversations go; absent: each to its own queue"`
}

// ReassignReply answers agent.reassign_all.
type ReassignReply struct {
	ConversationIDs []string `json:"conversation_ids" doc:"Conversations in progress that leave the agent; what is in wrap-up stays"`
}

// AssignBody is the body of POST /conversations/{id}/assign.
type AssignBody struct {
	AgentID string `json:"agent_id" required:"true" maxLength:"64" doc:"agt_… who gets it"`
}

// TakenOverFact is the data of conversation_taken_over.
type TakenOverFact struct {
	Agent *Ref `json:"agent,omitempty" doc:"The supervisor who owns it now"`
	From  *Ref `json:"from,omitempty" doc:"Who had it; absent: nobody"`
}
