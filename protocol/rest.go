package protocol

// Limits of request bodies in bytes.
const (
	MaxBodyBytes        = 256 << 10 // configuration and commands over REST
	MaxInboundBytes     = 64 << 10  // one inbound message
	MaxWebhookBodyBytes = 3 << 20   // a provider's webhook
	MaxListLimit        = 500       // items of one page
	DefaultListLimit    = 50        // items of one page when limit is not given
)

// Login is the body of POST /login.
type Login struct {
	Login    string `json:"login" required:"true" maxLength:"128" doc:"Login of an agent"`
	Password string `json:"password" required:"true" maxLength:"256" writeOnly:"true" doc:"Password"`
	Cookie   *bool  `json:"cookie,omitempty" doc:"true: set an HttpOnly cookie and leave token out; absent: so for pages of the same origin, told by Sec-Fetch-Site"`
}

// Session answers POST /login.
type Session struct {
	Token     string `json:"token,omitempty" doc:"Bearer token; absent when a cookie was set"`
	ExpiresAt Time   `json:"expires_at" doc:"End of the session at the latest"`
	User      User   `json:"user" doc:"Who signed in"`
}

// User is who a credential belongs to.
type User struct {
	ID     string   `json:"id" doc:"agt_… or the id of an API token"`
	Name   string   `json:"name" doc:"Name"`
	Role   string   `json:"role" doc:"agent, supervisor, admin or integrator (an API token)"`
	Scopes []string `json:"scopes,omitempty" doc:"API token: what it may do"`
}

// Ticket answers POST /ws-tickets.
type Ticket struct {
	Ticket    string `json:"ticket" doc:"For the subprotocol ticket.<ticket>; once"`
	ExpiresAt Time   `json:"expires_at" doc:"30 s from now"`
}

// OpenSession is where somebody is signed in.
type OpenSession struct {
	ID         string `json:"id" doc:"pst_…, of no use for signing in"`
	Current    bool   `json:"current" doc:"It is the one that asks"`
	From       string `json:"from,omitempty" doc:"Address from which it was opened"`
	CreatedAt  Time   `json:"created_at" doc:"Sign-in"`
	LastUsedAt Time   `json:"last_used_at" doc:"About when it was last used, within some minutes; an open desk uses it all the time"`
	ExpiresAt  Time   `json:"expires_at" doc:"Its end at the latest; sooner after half an hour without use"`
}

// OpenSessions are all sessions of somebody.
type OpenSessions struct {
	Items []OpenSession `json:"items" doc:"The newest first, at most 100"`
}

// PasswordLink answers POST /agents/{id}/password-link.
type PasswordLink struct {
	Path      string `json:"path" doc:"What to put behind the server's address to have the link; shown this once" example:"/desk/password#pln_…"`
	ExpiresAt Time   `json:"expires_at" doc:"72 h from now for who has no password yet, else 30 min"`
}

// PasswordLinkCheck is the body of POST /password-link/check.
type PasswordLinkCheck struct {
	Token string `json:"token" required:"true" maxLength:"200" writeOnly:"true" doc:"pln_…, what stands in the link behind #"`
}

// PasswordLinkOwner is whom a link is for.
type PasswordLinkOwner struct {
	Name      string `json:"name" doc:"Name of the agent"`
	Login     string `json:"login" doc:"With which the agent will sign in"`
	ExpiresAt Time   `json:"expires_at" doc:"Until when the link works"`
}

// PasswordLinkUse is the body of POST /password-link.
type PasswordLinkUse struct {
	Token    string `json:"token" required:"true" maxLength:"200" writeOnly:"true" doc:"pln_…, what stands in the link behind #"`
	Password string `json:"password" required:"true" minLength:"8" maxLength:"256" writeOnly:"true" doc:"The new password"`
}

// InboundContact is the sender of an inbound message.
type InboundContact struct {
	Name       string     `json:"name,omitempty" maxLength:"200" doc:"Name as the channel knows it"`
	Identities []Identity `json:"identities" required:"true" maxItems:"10" doc:"How to know the contact again; the first one is shown"`
	Documents  []Identity `json:"documents,omitempty" maxItems:"10" doc:"Documents such as cpf"`
}

// SkillNeed is a skill that a conversation asks for.
type SkillNeed struct {
	ID       string `json:"id" required:"true" maxLength:"64" doc:"skl_…; one that is not there is refused"`
	MinLevel int    `json:"min_level,omitempty" minimum:"0" maximum:"5" doc:"1 to 5; absent = 1"`
}

// InboundMessage is the body of POST /channels/{id}/messages.
type InboundMessage struct {
	ExternalID    string            `json:"external_id,omitempty" maxLength:"256" doc:"The provider's id; the same id again gets the first answer. Without one, repetitions are new messages"`
	Contact       InboundContact    `json:"contact" doc:"Who wrote"`
	Text          string            `json:"text,omitempty" maxLength:"16384" doc:"Plain text of at most 16 384 bytes; required unless there are attachments"`
	AttachmentIDs []string          `json:"attachment_ids,omitempty" maxItems:"10" maxLength:"64" doc:"Uploaded files"`
	SentAt        Time              `json:"sent_at,omitzero" doc:"When the contact sent it"`
	Queue         string            `json:"queue,omitempty" maxLength:"64" doc:"que_… for a new conversation; else the channel's"`
	Subject       string            `json:"subject,omitempty" maxLength:"200" doc:"For a new conversation; else the channel's, then the queue's"`
	Priority      *int              `json:"priority,omitempty" minimum:"-10" maximum:"10" doc:"For a new conversation; else the queue's. Higher first"`
	Skills        []SkillNeed       `json:"skills,omitempty" maxItems:"10" doc:"For a new conversation"`
	Attributes    map[string]string `json:"attributes,omitempty" maxItems:"50" doc:"Free facts kept with a new conversation, at most 64 characters a key and 1024 a value"`

	PreferredAgent string `json:"preferred_agent,omitempty" maxLength:"64" doc:"agt_… who should have a new conversation, for preferred_ms of its queue; else who served the contact last. One who is absent, or unknown, is not waited for"`
}

func (m InboundMessage) check() []FieldError {
	out := duplicates("/attachment_ids", m.AttachmentIDs)
	if m.Text == "" && len(m.AttachmentIDs) == 0 {
		out = append(out, FieldError{Pointer: "/text", Code: FieldRequired})
	}
	if len(m.Text) > MaxTextBytes {
		out = append(out, FieldError{Pointer: "/text", Code: FieldTooLong})
	}
	for k, v := range m.Attributes {
		if len(k) == 0 || len(k) > 64 || len(v) > 1024 {
			out = append(out, FieldError{Pointer: "/attributes/" + EscapePointer(k), Code: FieldTooLong})
		}
	}
	return sortFields(out)
}

// InboundAnswer answers POST /channels/{id}/messages: 201 for a new message, 200 when external_id was known.
type InboundAnswer struct {
	ConversationID      string `json:"conversation_id" doc:"cnv_…"`
	MessageID           string `json:"message_id" doc:"msg_…"`
	CreatedConversation bool   `json:"created_conversation" doc:"The message opened the conversation"`
}

// AppendJSON appends a as encoding/json writes it.
func (a *InboundAnswer) AppendJSON(b []byte) []byte {
	o := object{b: b}
	o.open()
	o.text("conversation_id", a.ConversationID)
	o.text("message_id", a.MessageID)
	o.flag("created_conversation", a.CreatedConversation)
	o.close()
	return o.b
}

// CloseBody is the body of POST /conversations/{id}/close.
type CloseBody struct {
	Script         *ScriptAnswer `json:"script,omitempty" doc:"The disposition; required where the queue demands it"`
	OverrideScript bool          `json:"override_script,omitempty" doc:"Supervisors: close without the script that the queue demands, and without wrap-up; the record says who did"`
}

// TransferBody is the body of POST /conversations/{id}/transfer.
type TransferBody struct {
	To   Target `json:"to" doc:"Exactly one of agent_id and queue_id"`
	Note string `json:"note,omitempty" maxLength:"2000" doc:"For the receiver"`
}

// RequeueBody is the body of POST /conversations/{id}/requeue.
type RequeueBody struct {
	QueueID  string `json:"queue_id,omitempty" maxLength:"64" doc:"Another queue; the same one when empty"`
	Priority *int   `json:"priority,omitempty" minimum:"-10" maximum:"10" doc:"Another priority"`
}

// NoteBody is the body of POST /conversations/{id}/notes.
type NoteBody struct {
	Text     string   `json:"text" required:"true" maxLength:"4096" doc:"Plain text"`
	Mentions []string `json:"mentions,omitempty" maxItems:"20" maxLength:"64" doc:"agt_… of who is mentioned"`
}

// MessageBody is the body of POST /conversations/{id}/messages.
type MessageBody struct {
	Text             string   `json:"text,omitempty" doc:"Plain text of at most 16 384 bytes; required unless there are attachments"`
	AttachmentIDs    []string `json:"attachment_ids,omitempty" maxItems:"10" maxLength:"64" doc:"Uploaded files"`
	CannedResponseID string   `json:"canned_response_id,omitempty" maxLength:"64" doc:"The canned response that the text came from, for the reports"`
	ReplyTo          string   `json:"reply_to,omitempty" maxLength:"64" doc:"msg_… that it answers"`
}

func (m MessageBody) check() []FieldError { return duplicates("/attachment_ids", m.AttachmentIDs) }

// Page is the answer of every list.
type Page[T any] struct {
	Items      []T    `json:"items" doc:"The objects"`
	NextCursor string `json:"next_cursor,omitempty" doc:"For ?cursor=; absent at the end"`
}
