package protocol

// Queue is where conversations wait.
//
// offer_time_ms: the documented range of agents' queues is 5 000 to 900 000; this version takes 1 000 and more, so that
// tests need not wait.
type Queue struct {
	ID      string `json:"id" readOnly:"true" doc:"que_…"`
	Version int64  `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Name    string `json:"name" required:"true" maxLength:"100" doc:"Unique name"`
	QueueRouting
	OfferTimeMS       int64     `json:"offer_time_ms" minimum:"1000" maximum:"900000" default:"30000" doc:"Milliseconds an agent has to answer an offer. Below 5 000 is an extension for tests"`
	ReofferPauseMS    int64     `json:"reoffer_pause_ms" minimum:"0" maximum:"600000" default:"2000" doc:"Milliseconds until a round in which everybody declined starts over; doubles each round"`
	ReofferPauseMaxMS int64     `json:"reoffer_pause_max_ms" minimum:"0" maximum:"600000" default:"30000" doc:"The doubling ends here"`
	MaxMisses         int       `json:"max_misses" minimum:"0" maximum:"10" default:"2" doc:"Missed offers in a row after which an agent becomes not ready; 0 = never"`
	Priority          int       `json:"priority" minimum:"-10" maximum:"10" default:"0" doc:"Priority of conversations that bring none; higher first"`
	Subject           string    `json:"subject" maxLength:"200" doc:"Subject of conversations that bring none"`
	ScriptID          string    `json:"script_id" maxLength:"64" doc:"scr_… shown when a conversation is closed"`
	ScriptRequired    bool      `json:"script_required" doc:"No conversation is closed without the script; needs script_id"`
	Wrapup            Wrapup    `json:"wrapup" doc:"Work after the conversation"`
	Gone              Gone      `json:"gone" doc:"What becomes of a conversation whose agent is gone"`
	TransferTimeMS    int64     `json:"transfer_time_ms" minimum:"1000" maximum:"900000" default:"60000" doc:"Milliseconds an agent has to answer a transfer"`
	ReopenWindowMS    int64     `json:"reopen_window_ms" minimum:"0" maximum:"2592000000" default:"86400000" doc:"Milliseconds after closing in which a new message reopens the conversation; 0 = never"`
	AgentNudgeMS      int64     `json:"agent_nudge_ms" minimum:"0" maximum:"86400000" default:"120000" doc:"Milliseconds that a contact waits for the owner's answer until the owner is reminded; 0 = never"`
	AgentAlertMS      int64     `json:"agent_alert_ms" minimum:"0" maximum:"86400000" default:"300000" doc:"Milliseconds until the supervisors are told as well, more than agent_nudge_ms; 0 = never"`
	Weight            int       `json:"weight" minimum:"1" maximum:"10" default:"1" doc:"Slots that a conversation of this queue takes, times the weight of its channel, at most 10"`
	HoursID           string    `json:"hours_id" maxLength:"64" doc:"hrs_…: when the queue is open; absent: always"`
	Overflow          *Overflow `json:"overflow,omitempty" doc:"What becomes of conversations that the queue has no agent for; absent: they wait"`
	QueueTexts
	ServiceLevelMS int64   `json:"service_level_ms" minimum:"1000" maximum:"86400000" default:"20000" doc:"Within how many milliseconds conversations should be answered, for the service level"`
	Alerts         *Alerts `json:"alerts,omitempty" doc:"Limits beyond which supervisors are alerted; absent: none"`
}

func (q Queue) check() []FieldError {
	var out []FieldError
	if q.ScriptRequired && q.ScriptID == "" {
		out = append(out, FieldError{Pointer: "/script_id", Code: FieldRequired})
	}
	if q.AgentAlertMS > 0 && q.AgentAlertMS <= q.AgentNudgeMS {
		out = append(out, FieldError{Pointer: "/agent_alert_ms", Code: FieldRange})
	}
	if q.Wrapup.DefaultReasonID != "" && q.ScriptID == "" {
		out = append(out, FieldError{Pointer: "/wrapup/default_reason_id", Code: FieldConflict})
	}
	if q.ReofferPauseMaxMS < q.ReofferPauseMS {
		out = append(out, FieldError{Pointer: "/reoffer_pause_max_ms", Code: FieldRange})
	}
	out = append(append(out, q.checkRelaxation()...), append(q.checkOverflow(), q.checkMode()...)...)
	return append(out, q.checkTexts()...)
}

// Wrapup is how work after the conversation is handled.
type Wrapup struct {
	Mode            string `json:"mode" enum:"off,optional,mandatory,timed" default:"off" doc:"off; optional: a close without the script passes through it; mandatory: every close of the owner does, and the owner ends it by closing again; timed: as mandatory, and it ends by itself. It takes slots as the conversation did"`
	MS              int64  `json:"ms" minimum:"1000" maximum:"3600000" default:"60000" doc:"timed: milliseconds until it ends"`
	DefaultReasonID string `json:"default_reason_id" maxLength:"64" doc:"timed: reason of the queue's script that is filed at the end when the owner chose none, marked automatic; wrapup_over when empty"`
}

// Agent is a person who answers.
type Agent struct {
	ID       string   `json:"id" readOnly:"true" doc:"agt_…"`
	Version  int64    `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Name     string   `json:"name" required:"true" maxLength:"100" doc:"Name that others see"`
	Login    string   `json:"login" required:"true" maxLength:"128" doc:"Unique login; case does not matter"`
	Password string   `json:"password,omitempty" writeOnly:"true" minLength:"8" maxLength:"256" doc:"Sets the password; never answered. Without one the agent cannot sign in"`
	Role     string   `json:"role" enum:"agent,supervisor,admin" required:"true" doc:"What the agent may do"`
	QueueIDs []string `json:"queue_ids" maxItems:"200" maxLength:"64" doc:"Queues that the agent serves"`
	AgentRouting
	Capacity     int          `json:"capacity" minimum:"1" maximum:"10" default:"4" doc:"Conversations at a time, by weight; those that rest (on hold, or the contact owes an answer for longer than silent_after_ms of the organisation) do not count"`
	HardCapacity int          `json:"hard_capacity" minimum:"1" maximum:"50" default:"10" doc:"Weight that is never exceeded, resting conversations included; at least capacity"`
	Skills       []SkillLevel `json:"skills" maxItems:"100" doc:"What the agent can do"`
	Languages    []string     `json:"languages" maxItems:"20" maxLength:"35" doc:"BCP 47 tags" example:"pt-BR"`
	Disabled     bool         `json:"disabled" doc:"May not sign in and gets no offers"`
}

func (a Agent) check() []FieldError {
	out := duplicates("/queue_ids", a.QueueIDs)
	if a.HardCapacity < a.Capacity {
		out = append(out, FieldError{Pointer: "/hard_capacity", Code: FieldRange})
	}
	ids := make([]string, len(a.Skills))
	for i, s := range a.Skills {
		ids[i] = s.ID
	}
	out = append(out, duplicates("/skills", ids)...)
	return append(out, a.checkQueueSettings()...)
}

// SkillLevel is a skill that an agent has.
type SkillLevel struct {
	ID    string `json:"id" required:"true" maxLength:"64" doc:"skl_…"`
	Level int    `json:"level" minimum:"1" maximum:"5" doc:"1 to 5"`
}

// Script is the disposition form of a queue.
type Script struct {
	ID        string     `json:"id" readOnly:"true" doc:"scr_…"`
	Version   int64      `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Name      string     `json:"name" required:"true" maxLength:"100" doc:"Unique name"`
	Reasons   []Reason   `json:"reasons" required:"true" maxItems:"200" doc:"Tree of reasons; a leaf is chosen"`
	Questions []Question `json:"questions" maxItems:"50" doc:"Asked besides reason and resolved"`
}

// Reason is one node of the tree.
type Reason struct {
	ID       string   `json:"id" maxLength:"64" doc:"Unique within the script; made by the server when absent"`
	Label    string   `json:"label" required:"true" maxLength:"200" doc:"Text"`
	Children []Reason `json:"children,omitempty" maxItems:"200" doc:"Finer reasons"`
}

// Question is one extra question.
type Question struct {
	ID       string   `json:"id" maxLength:"64" doc:"Unique within the script; made by the server when absent"`
	Label    string   `json:"label" required:"true" maxLength:"200" doc:"Text"`
	Kind     string   `json:"kind" enum:"text,number,bool,choice" doc:"What is answered; text when absent"`
	Choices  []string `json:"choices,omitempty" maxItems:"100" maxLength:"200" doc:"choice: the values"`
	Required bool     `json:"required,omitempty" doc:"Must be answered"`
}

// CannedResponse is a prepared text.
type CannedResponse struct {
	ID           string   `json:"id" readOnly:"true" doc:"can_…"`
	Version      int64    `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Shortcut     string   `json:"shortcut" required:"true" maxLength:"50" doc:"Typed after / in the composer; unique per owner"`
	Title        string   `json:"title" required:"true" maxLength:"100" doc:"Title"`
	Text         string   `json:"text" required:"true" maxLength:"4096" doc:"Text, with variables such as {{contact.name}}"`
	Folder       string   `json:"folder" maxLength:"100" doc:"Folder"`
	QueueIDs     []string `json:"queue_ids" maxItems:"200" maxLength:"64" doc:"Only for these queues; empty = all"`
	Language     string   `json:"language" maxLength:"35" doc:"BCP 47 tag"`
	OwnerAgentID string   `json:"owner_agent_id" maxLength:"64" doc:"Personal: only this agent sees it"`
}

// PauseReason is a reason for not ready.
type PauseReason struct {
	ID             string `json:"id" readOnly:"true" doc:"pau_…"`
	Version        int64  `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Name           string `json:"name" required:"true" maxLength:"100" doc:"Unique name"`
	PlannedMinutes int    `json:"planned_minutes" minimum:"0" maximum:"1440" doc:"How long it should last; 0 = no plan"`
	Productive     bool   `json:"productive" doc:"Counts as work in the reports"`
}

// Skill is something agents can do and conversations can ask for.
type Skill struct {
	ID      string `json:"id" readOnly:"true" doc:"skl_…"`
	Version int64  `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Name    string `json:"name" required:"true" maxLength:"100" doc:"Unique name"`
}

// APIToken is a credential for integrations. The secret is answered once, when it is made.
type APIToken struct {
	ID         string   `json:"id" readOnly:"true" doc:"tok_…"`
	Version    int64    `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Name       string   `json:"name" required:"true" maxLength:"100" doc:"Name"`
	Scopes     []string `json:"scopes" required:"true" maxItems:"50" maxLength:"80" doc:"conversations:read, conversations:write, contacts:read, contacts:write, attachments, live:read, reports:read, config:read, config:write, channel:* or channel:chn_… (inbound messages), admin"`
	ExpiresAt  Time     `json:"expires_at,omitzero" doc:"End of its validity; absent = none"`
	CreatedAt  Time     `json:"created_at,omitzero" readOnly:"true" doc:"When it was made"`
	LastUsedAt Time     `json:"last_used_at,omitzero" readOnly:"true" doc:"About when it was last used"`
	Secret     string   `json:"secret,omitempty" readOnly:"true" doc:"The token itself, only in the answer to its creation"`
}
