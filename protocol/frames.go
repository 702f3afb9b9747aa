package protocol

import "encoding/json"

// Subprotocol is the websocket subprotocol of agents; TicketPrefix starts the one that carries a ticket.
const (
	Subprotocol  = "pronto.v1"
	TicketPrefix = "ticket."
)

// Limits of a session that the hello frame announces or that clients must know.
const (
	MaxFrameBytes      = 16384 // bytes of a frame from the client
	HeartbeatMS        = 15000 // milliseconds between pings
	CommandWindow      = 8     // commands without their reply yet
	CommandsPerSecond  = 50    // sustained rate of commands in a session
	CommandBurst       = 100   // commands at once
	FirstFrameMS       = 5000  // milliseconds from hello to start or resume
	MaxTextBytes       = 16384 // bytes of the text of a message
	RequestsPerSecond  = 100   // REST requests a second of one credential
	RequestBurst       = 200   // REST requests at once
	TicketMS           = 30000 // life of a ticket in milliseconds
	ReconnectWithinMS  = 10000 // drain: reconnect within
	IdempotencyHours   = 24    // how long an Idempotency-Key and a command id are remembered
	MaxCommandIDLength = 64    // bytes of a command id
)

// Frame types, both ways.
const (
	FrameHello    = "hello"
	FrameStart    = "start"
	FrameResume   = "resume"
	FrameSnapshot = "snapshot"
	FrameResumed  = "resumed"
	FrameEvent    = "event"
	FrameCommand  = "command"
	FrameReply    = "reply"
	FramePing     = "ping"
	FramePong     = "pong"
	FrameDrain    = "drain"
)

// Hello is the server's first frame.
type Hello struct {
	Type          string `json:"type" enum:"hello" doc:"hello"`
	Session       string `json:"session" doc:"ses_…: this session, for resume"`
	ResumeToken   string `json:"resume_token" doc:"Secret for resume; changes with every connection"`
	Epoch         string `json:"epoch" doc:"Changes when the server forgot its sessions"`
	HeartbeatMS   int64  `json:"heartbeat_ms" doc:"A ping comes this often; two missed ones mean the connection is gone"`
	MaxFrameBytes int    `json:"max_frame_bytes" doc:"A larger frame from the client closes with 1009"`
	CommandWindow int    `json:"command_window" doc:"How many commands may await their reply"`
	Now           Time   `json:"now" doc:"The server's clock"`
}

// Start asks for a new session; the answer is a snapshot.
type Start struct {
	Type string `json:"type" required:"true" enum:"start" doc:"start"`
}

// Resume continues a session; the answer is resumed and the missing events, or a snapshot that says why.
type Resume struct {
	Type        string `json:"type" required:"true" enum:"resume" doc:"resume"`
	Session     string `json:"session" required:"true" maxLength:"64" doc:"From the last hello"`
	ResumeToken string `json:"resume_token" required:"true" maxLength:"128" doc:"From the last hello"`
	Epoch       string `json:"epoch" required:"true" maxLength:"64" doc:"From the last hello"`
	Seq         int64  `json:"seq" minimum:"0" doc:"The last event seen"`
}

// Snapshot is the whole state of an agent's session. It replaces everything the client knew.
type Snapshot struct {
	Type   string       `json:"type" enum:"snapshot" doc:"snapshot"`
	Seq    int64        `json:"seq" doc:"The next event has this seq + 1"`
	Reason string       `json:"reason" doc:"start; expired: there is nothing to resume; overrun: events were missed; restart: the server, or a part of it, started again; access_changed: the role or the queues of the agent are others. Only the first comes once"`
	Data   SnapshotData `json:"data" doc:"The state"`
}

// SnapshotData is what an agent's client must know.
type SnapshotData struct {
	Agent         AgentState         `json:"agent" doc:"Oneself"`
	Offers        []Offer            `json:"offers" doc:"Open offers"`
	Conversations []ConversationHead `json:"conversations" doc:"Owned conversations, active and in wrap-up"`
	Drafts        []Draft            `json:"drafts" doc:"What the agent has begun to write in them"`
	Queues        []Ref              `json:"queues" doc:"All queues, as targets of transfers"`
	PauseReasons  []PauseReason      `json:"pause_reasons" doc:"Reasons for not ready"`
	Scripts       []Script           `json:"scripts" doc:"Scripts of the queues that the agent serves or has conversations of"`
}

// AgentState is the agent in the snapshot.
type AgentState struct {
	ID            string `json:"id" doc:"agt_…"`
	Name          string `json:"name" doc:"Name"`
	Status        string `json:"status" doc:"ready or not_ready"`
	ReasonID      string `json:"reason_id" doc:"Pause reason, or disconnected, no_answer, signed_in; empty when ready or none was given"`
	StatusSince   Time   `json:"status_since" doc:"Since when"`
	AfterCurrent  bool   `json:"after_current,omitempty" doc:"It becomes not ready when the last conversation is done"`
	AfterReasonID string `json:"after_reason_id,omitempty" doc:"after_current: the reason then"`
	PlannedUntil  Time   `json:"planned_until,omitzero" doc:"When the pause should end, by its reason's planned minutes"`
	Capacity      int    `json:"capacity" doc:"Weight for new conversations"`
	Load          int    `json:"load" doc:"Weight of what is owned, in wrap-up and offered, without conversations that rest"`
	HardCapacity  int    `json:"hard_capacity" doc:"Weight that is never exceeded"`
	HardLoad      int    `json:"hard_load" doc:"Weight of all, resting conversations included"`
	Queues        []Ref  `json:"queues" doc:"Queues that the agent serves"`
}

// Resumed says that the events from..to follow; from is to + 1 when nothing was missed.
type Resumed struct {
	Type string `json:"type" enum:"resumed" doc:"resumed"`
	From int64  `json:"from" doc:"First missing event"`
	To   int64  `json:"to" doc:"Last missing event"`
}

// Event is one event to a session.
type Event struct {
	Type string          `json:"type" enum:"event" doc:"event"`
	Seq  int64           `json:"seq" doc:"+1 each, per session, without gaps"`
	Name string          `json:"name" doc:"See the table of events"`
	At   Time            `json:"at" doc:"When it happened"`
	Data json.RawMessage `json:"data" doc:"By name"`
}

// Command is a wish of the client.
type Command struct {
	Type string          `json:"type" required:"true" enum:"command" doc:"command"`
	ID   string          `json:"id" required:"true" maxLength:"64" doc:"Unique, made by the client; the same id within 24 h gets the first answer again"`
	Name string          `json:"name" required:"true" maxLength:"64" doc:"See the table of commands"`
	Data json.RawMessage `json:"data,omitempty" doc:"By name"`
}

// Reply answers one command, after its change is durable.
type Reply struct {
	Type  string          `json:"type" enum:"reply" doc:"reply"`
	ID    string          `json:"id" doc:"The command's id"`
	OK    bool            `json:"ok" doc:"Carried out or refused"`
	Seq   int64           `json:"seq,omitempty" doc:"The last event that the command caused in this session, if any"`
	Data  json.RawMessage `json:"data,omitempty" doc:"By name of the command"`
	Error *Error          `json:"error,omitempty" doc:"Why it was refused"`
}

// Error is why a command was refused.
type Error struct {
	Code    Code       `json:"code" doc:"Stable code"`
	Message string     `json:"message" doc:"One sentence for people"`
	Data    *ErrorData `json:"data,omitempty" doc:"What some codes add"`
}

// Ping asks for a pong at once.
type Ping struct {
	Type string `json:"type" enum:"ping" doc:"ping"`
	N    int64  `json:"n" doc:"Number of the ping"`
}

// Pong answers a ping. Seq acknowledges events, which the server may then forget.
type Pong struct {
	Type string `json:"type" required:"true" enum:"pong" doc:"pong"`
	N    int64  `json:"n" minimum:"0" doc:"Number of the ping"`
	Seq  int64  `json:"seq" minimum:"0" doc:"The last event seen"`
}

// Drain announces a planned end: reconnect and resume.
type Drain struct {
	Type              string `json:"type" enum:"drain" doc:"drain"`
	ReconnectWithinMS int64  `json:"reconnect_within_ms" doc:"Milliseconds, to spread over"`
}
