package protocol

import (
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// WidgetSubprotocol is the websocket subprotocol of customers' widgets. The frames are those of agents but for the ones
// named here.
const WidgetSubprotocol = "pronto.widget.v1"

// Widget is how a web channel appears on pages.
type Widget struct {
	Origins           []string     `json:"origins" maxItems:"50" maxLength:"200" doc:"Origins of pages that may show the widget, as scheme://host[:port]. The server's own pages always may"`
	RequireIdentity   bool         `json:"require_identity" doc:"Only visitors that the host site vouches for; needs config.identity_secret"`
	Title             string       `json:"title" maxLength:"60" doc:"Title of the window; the organisation's channel name when empty"`
	Welcome           string       `json:"welcome" maxLength:"500" doc:"Shown before the first message; not a message of the conversation"`
	ClosedText        string       `json:"closed_text" maxLength:"500" doc:"Shown outside the queue's business hours; not a message of the conversation"`
	Color             string       `json:"color" maxLength:"7" doc:"Accent colour as #rrggbb" example:"#0b6bcb"`
	Language          string       `json:"language" enum:",pt-BR,en,es" doc:"Language of the widget; that of the page when empty"`
	PreChat           []PreChatAsk `json:"pre_chat" maxItems:"10" doc:"Asked before the first message; the answers become attributes of the conversation"`
	MaxSessions       int          `json:"max_sessions" minimum:"1" maximum:"50" default:"8" doc:"Pages and tabs of one visitor at once"`
	Rating            bool         `json:"rating" doc:"Visitors are asked to rate a conversation that is over"`
	MessagesPerMinute int          `json:"messages_per_minute" minimum:"1" maximum:"600" default:"30" doc:"Of one visitor, sustained; twice as many at once"`
}

// PreChatAsk is one field of the form before the chat.
type PreChatAsk struct {
	Key      string `json:"key" required:"true" maxLength:"40" doc:"Name of the attribute"`
	Label    string `json:"label" required:"true" maxLength:"100" doc:"Text"`
	Kind     string `json:"kind" enum:"text,email,phone" default:"text" doc:"What is typed; never a proof of who somebody is"`
	Required bool   `json:"required,omitempty" doc:"Must be filled in"`
}

func (w Widget) check() []FieldError {
	var out []FieldError
	for i, o := range w.Origins {
		if !isOrigin(o) {
			out = append(out, FieldError{Pointer: "/origins/" + strconv.Itoa(i), Code: FieldInvalid})
		}
	}
	if w.Color != "" && !isColor(w.Color) {
		out = append(out, FieldError{Pointer: "/color", Code: FieldInvalid})
	}
	keys := make([]string, len(w.PreChat))
	for i, p := range w.PreChat {
		keys[i] = p.Key
	}
	return append(out, duplicates("/pre_chat", keys)...)
}

func (w Widget) isDefault() bool {
	var def Widget
	SetDefaults(&def)
	FillLists(&def)
	FillLists(&w)
	return reflect.DeepEqual(w, def)
}

// isOrigin takes what a browser sends as Origin, and nothing with a path, a name of a person or a wildcard.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && text == u.Scheme+"://"+strings.ToLower(u.Host)
}

func isColor(text string) bool {
	return len(text) == 7 && text[0] == '#' && strings.Trim(strings.ToLower(text[1:]), "0123456789abcdef") == ""
}

// WidgetStart asks for a session of a visitor; the answer is a snapshot.
type WidgetStart struct {
	Type          string            `json:"type" required:"true" enum:"start" doc:"start"`
	VisitorToken  string            `json:"visitor_token,omitempty" maxLength:"128" doc:"From an earlier snapshot: the same visitor again; absent: a new one"`
	IdentityProof string            `json:"identity_proof,omitempty" maxLength:"4096" doc:"JSON Web Token (HS256, key config.identity_secret) by the host site: sub (the customer's id there) and exp are required; name, email, phone_number and aud (the channel's id) may be there. It counts instead of the token"`
	Name          string            `json:"name,omitempty" maxLength:"100" doc:"What the visitor calls themselves; shown to agents, proves nothing"`
	Page          string            `json:"page,omitempty" maxLength:"2048" doc:"Address of the page"`
	Attributes    map[string]string `json:"attributes,omitempty" maxItems:"10" maxLength:"200" doc:"Answers to widget.pre_chat by key; others are refused"`
}

// WidgetResume continues a session; when it cannot be continued the identity starts a new one.
type WidgetResume struct {
	Type          string `json:"type" required:"true" enum:"resume" doc:"resume"`
	Session       string `json:"session" required:"true" maxLength:"64" doc:"From the last hello"`
	ResumeToken   string `json:"resume_token" required:"true" maxLength:"128" doc:"From the last hello"`
	Epoch         string `json:"epoch" required:"true" maxLength:"64" doc:"From the last hello"`
	Seq           int64  `json:"seq" minimum:"0" doc:"The last event seen"`
	VisitorToken  string `json:"visitor_token,omitempty" maxLength:"128" doc:"From an earlier snapshot: the same visitor again; absent: a new one"`
	IdentityProof string `json:"identity_proof,omitempty" maxLength:"4096" doc:"JSON Web Token (HS256, key config.identity_secret) by the host site: sub (the customer's id there) and exp are required; name, email, phone_number and aud (the channel's id) may be there. It counts instead of the token"`
	Name          string `json:"name,omitempty" maxLength:"100" doc:"As in start"`
	Page          string `json:"page,omitempty" maxLength:"2048" doc:"As in start"`
}

// WidgetSnapshot is the whole state of a visitor's session. It replaces everything the client knew.
type WidgetSnapshot struct {
	Type   string     `json:"type" enum:"snapshot" doc:"snapshot"`
	Seq    int64      `json:"seq" doc:"The next event has this seq + 1"`
	Reason string     `json:"reason" doc:"As for agents; access_changed: the settings of the channel are others"`
	Data   WidgetData `json:"data" doc:"The state"`
}

// WidgetData is what a visitor's client must know.
type WidgetData struct {
	VisitorToken string              `json:"visitor_token" doc:"To be kept and shown next time; empty where an identity proof is what counts"`
	Channel      Ref                 `json:"channel" doc:"The channel"`
	Widget       Widget              `json:"widget" doc:"How to appear; origins are left out"`
	Hours        WidgetHours         `json:"hours" doc:"Whether somebody can be expected to answer; always open where the queue has no hours"`
	Conversation *WidgetConversation `json:"conversation" doc:"The open conversation, else the last one; null before the first message"`
	Messages     []Message           `json:"messages" doc:"Its last messages, in order"`
	More         bool                `json:"more" doc:"There are earlier ones"`
	MaxTextBytes int                 `json:"max_text_bytes" doc:"Longest text of a message"`
	MaxFileBytes int64               `json:"max_file_bytes" doc:"Largest file"`
	MaxFiles     int                 `json:"max_files" doc:"Files of one message"`
	FileTypes    []string            `json:"file_types" doc:"Media types that are taken, as found in the bytes: image/png, or audio/* for a whole family"`
}

// WidgetHours is widget.hours, and part of the snapshot.
type WidgetHours struct {
	Open      bool `json:"open" doc:"Within the business hours of the channel's queue. Messages are taken in at any time"`
	ChangesAt Time `json:"changes_at,omitzero" doc:"When that changes; absent: not in sight"`
}

// WidgetConversation is a conversation as its contact sees it, and the event conversation.state.
type WidgetConversation struct {
	ID             string       `json:"id" doc:"cnv_…"`
	ProtocolNumber string       `json:"protocol_number" doc:"Number for people" example:"2026-000123"`
	State          string       `json:"state" doc:"queued, active or closed"`
	Position       int          `json:"position,omitempty" doc:"queued: 1 is next; absent when it is not known"`
	WaitEstimateMS int64        `json:"wait_estimate_ms,omitempty" doc:"queued: estimated milliseconds until somebody answers; absent when it is not known"`
	Agent          *WidgetAgent `json:"agent,omitempty" doc:"Who answers"`
	OnHold         bool         `json:"on_hold" doc:"The agent put it on hold"`
	ReadSeq        int64        `json:"read_seq" doc:"Up to here the agent's side has read"`
	RatingAsked    bool         `json:"rating_asked" doc:"closed: a rating is asked for, or may still be changed for 24 hours after the first one"`
	Rating         *Rating      `json:"rating,omitempty" doc:"The visitor's own rating"`
}

// WidgetAgent is who answers, as a contact sees them.
type WidgetAgent struct {
	Name string `json:"name" doc:"Name"`
}

// WidgetMessage is conversation.message.
type WidgetMessage struct {
	ConversationID string  `json:"conversation_id" doc:"cnv_…"`
	Message        Message `json:"message" doc:"The new message; of its author only kind and name are told"`
}

// WidgetMessages are messages before those that a client has.
type WidgetMessages struct {
	Messages []Message `json:"messages" doc:"In order"`
	More     bool      `json:"more" doc:"There are earlier ones"`
}

// WidgetTyping is conversation.typing.
type WidgetTyping struct {
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
	Author         Author `json:"author" doc:"Who types: kind and name"`
	Typing         bool   `json:"typing" doc:"Started or stopped"`
}

// WidgetSend is message.send of a visitor.
type WidgetSend struct {
	Text          string   `json:"text,omitempty" doc:"Plain text of at most 16 384 bytes; required unless there are attachments"`
	AttachmentIDs []string `json:"attachment_ids,omitempty" maxItems:"10" maxLength:"64" doc:"Uploaded files"`
	ReplyTo       string   `json:"reply_to,omitempty" maxLength:"64" doc:"msg_… that it answers"`
}

// WidgetTypingSet is typing.set of a visitor.
type WidgetTypingSet struct {
	Typing bool `json:"typing" doc:"Started or stopped"`
}

// WidgetRead is message.read of a visitor.
type WidgetRead struct {
	Seq int64 `json:"seq" minimum:"0" doc:"Every message up to here was shown; never goes back"`
}

// RatingGive is rating.give of a visitor.
type RatingGive struct {
	Rating  int    `json:"rating" required:"true" minimum:"1" maximum:"5" doc:"1 to 5, higher is better"`
	Comment string `json:"comment,omitempty" maxLength:"1000" doc:"In the visitor's words"`
}

// WidgetCommands is every command of a visitor. Errors are besides bad_request, rate_limited, overloaded and internal.
var WidgetCommands = []CommandInfo{
	{"message.send", WidgetSend{}, MessageReply{}, []Code{CodeEmptyMessage, CodeTooLong, CodeCommandIDReused}, RoleVisitor, "Write. It opens a conversation where none is open, or reopens the last one."},
	{"typing.set", WidgetTypingSet{}, Empty{}, nil, RoleVisitor, "Show or hide that the visitor types. Not durable."},
	{"message.read", WidgetRead{}, Empty{}, []Code{CodeNotFound}, RoleVisitor, "The visitor has seen the messages up to a seq."},
	{"conversation.end", Empty{}, Empty{}, []Code{CodeNotFound, CodeConversationClosed}, RoleVisitor, "End the conversation."},
	{"rating.give", RatingGive{}, Empty{}, []Code{CodeNotFound, CodeNotRatable, CodeTooLong, CodeCommandIDReused}, RoleVisitor, "Rate the conversation once it is over, where the channel asks for it; may be changed for 24 hours."},
}

// WidgetEvents is every event to a visitor's session.
var WidgetEvents = []EventInfo{
	{EventConversationMessage, WidgetMessage{}, "A message, in either direction."},
	{EventMessageChanged, WidgetMessageChanged{}, "A message was edited or redacted; show it instead of what was shown."},
	{EventAttachmentUpdated, AttachmentUpdated{}, "The state of a file of a message changed: it was looked into."},
	{EventConversationState, WidgetConversation{}, "Where the conversation stands."},
	{EventConversationTyping, WidgetTyping{}, "The agent types. May be left out under load."},
	{EventWidgetHours, WidgetHours{}, "The channel opened or closed, by the clock or because an administrator changed the hours."},
	{EventConversationDelivery, ConversationDelivery{}, "The agent's side has read a message of the visitor."},
}

// Events that only contacts get.
const (
	EventConversationState = "conversation.state"
	EventWidgetHours       = "widget.hours"
)

// RoleVisitor is a customer on a web page.
const RoleVisitor Role = "visitor"

// WidgetCommandByName returns the row of a visitor's command.
func WidgetCommandByName(name string) (CommandInfo, bool) { return byName(WidgetCommands, name) }
