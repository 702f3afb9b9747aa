package protocol

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

// Ids on the wire are opaque texts with a type prefix (cnv_, msg_, off_, agt_, que_, con_, att_, chn_, …) that sort by
// time of creation. An absent id is the empty text.

// Ref names an object by id and name.
type Ref struct {
	ID   string `json:"id" doc:"Id of the object"`
	Name string `json:"name" doc:"Its name when the frame was made"`
}

// ChannelRef names a channel.
type ChannelRef struct {
	ID   string `json:"id" doc:"chn_…"`
	Kind string `json:"kind" doc:"generic, web, whatsapp or telegram"`
	Name string `json:"name" doc:"Name of the channel"`
}

// Identity is one way to know a contact.
type Identity struct {
	Kind  string `json:"kind" required:"true" maxLength:"32" doc:"phone (E.164), whatsapp, telegram, email, visitor, or another word in lower case" example:"phone"`
	Value string `json:"value" required:"true" maxLength:"256" doc:"The identity itself" example:"+5511999990000"`
}

// ContactRef names a contact and the identity used in the conversation.
type ContactRef struct {
	ID       string `json:"id" doc:"con_…"`
	Name     string `json:"name" doc:"Name of the contact; may be empty"`
	Identity string `json:"identity" doc:"The identity that the conversation came from, in canonical form" example:"+5511999990000"`
}

// Offer is one proposal of one conversation to one agent.
type Offer struct {
	ID             string     `json:"id" doc:"off_…"`
	ConversationID string     `json:"conversation_id" doc:"cnv_…"`
	Queue          Ref        `json:"queue" doc:"The queue it comes from"`
	Channel        ChannelRef `json:"channel" doc:"How the contact writes"`
	Contact        ContactRef `json:"contact" doc:"Who writes"`
	Subject        string     `json:"subject" doc:"Subject; may be empty"`
	Priority       int        `json:"priority" doc:"-10 to 10, higher first"`
	EnqueuedAt     Time       `json:"enqueued_at" doc:"Since when the contact waits"`
	WaitMS         int64      `json:"wait_ms" doc:"Milliseconds waited when the offer was made"`
	Attempt        int        `json:"attempt" doc:"1 for the first offer of this wait, then one more each time"`
	Returned       bool       `json:"returned" doc:"True when it comes back to this agent because nobody else was available"`
	Kind           string     `json:"kind" doc:"queue or transfer"`
	FromAgent      *Ref       `json:"from_agent,omitempty" doc:"Transfer: who hands over"`
	Note           string     `json:"note,omitempty" doc:"Transfer: what the sender wrote to the receiver"`
	ExpiresAt      Time       `json:"expires_at" doc:"Deadline by the server's clock"`
	LastText       string     `json:"last_text" doc:"Start of the contact's last message, at most 200 characters"`

	Relaxed []Relaxation `json:"relaxed,omitempty" doc:"What the conversation asked for at first and does not any more, because it waited"`
}

// Transfer is a transfer under way; the sender stays owner until the target accepts.
type Transfer struct {
	ID        string `json:"id" doc:"Id of the transfer"`
	To        Target `json:"to" doc:"Where it goes"`
	ToName    string `json:"to_name" doc:"Name of the target"`
	ExpiresAt Time   `json:"expires_at" doc:"When it returns to the sender by itself"`
}

// ConversationHead is a conversation without its messages.
type ConversationHead struct {
	ID              string            `json:"id" doc:"cnv_…"`
	ProtocolNumber  string            `json:"protocol_number" doc:"Number for people, per year" example:"2026-000123"`
	State           string            `json:"state" doc:"queued, offered, active, wrapup or closed"`
	Version         int64             `json:"version" doc:"Grows with every change of this head"`
	Queue           Ref               `json:"queue" doc:"Its queue"`
	Channel         ChannelRef        `json:"channel" doc:"Its channel"`
	Contact         ContactRef        `json:"contact" doc:"Its contact"`
	Subject         string            `json:"subject" doc:"Subject; may be empty"`
	Priority        int               `json:"priority" doc:"-10 to 10, higher first"`
	OwnerAgentID    string            `json:"owner_agent_id,omitempty" doc:"The agent who has it"`
	OnHold          bool              `json:"on_hold" doc:"The agent put it on hold"`
	Transfer        *Transfer         `json:"transfer,omitempty" doc:"A transfer that awaits its acceptance"`
	EnqueuedAt      Time              `json:"enqueued_at" doc:"When it entered its queue for the first time since it was opened"`
	AssignedAt      Time              `json:"assigned_at,omitzero" doc:"When its owner accepted"`
	ClosedAt        Time              `json:"closed_at,omitzero" doc:"When it was closed"`
	LastSeq         int64             `json:"last_seq" doc:"seq of the newest message; 0 = none"`
	ReadSeq         int64             `json:"read_seq" doc:"Up to here the agent's side has read"`
	Unread          int               `json:"unread" doc:"Contact messages after read_seq"`
	LastMessage     *Message          `json:"last_message,omitempty" doc:"The newest message"`
	ScriptRequired  bool              `json:"script_required" doc:"It cannot be closed without its script"`
	WindowExpiresAt Time              `json:"window_expires_at,omitzero" doc:"Until when the channel takes free messages"`
	OpenedAt        Time              `json:"opened_at" doc:"When its first message arrived"`
	PreviousID      string            `json:"previous_id,omitempty" doc:"The closed conversation that this one follows"`
	Script          *Disposition      `json:"script,omitempty" doc:"The filled script"`
	Attributes      map[string]string `json:"attributes,omitempty" doc:"Free facts that its first message brought"`
	WrapupUntil     Time              `json:"wrapup_until,omitzero" doc:"When wrap-up ends by itself"`
	Tags            []string          `json:"tags,omitempty" doc:"Sorted; in lower case"`
	CloseCause      string            `json:"close_cause,omitempty" doc:"How it was closed: agent, supervisor, contact_left, wrapup_over or inactivity"`
	SnoozedUntil    Time              `json:"snoozed_until,omitzero" doc:"Put away by its owner until then, or until the contact writes; it takes no slot"`
	Rating          *Rating           `json:"rating,omitempty" doc:"What the contact thinks of it; for its owner (the last one, once it is closed) and supervisors"`
}

// Author says who wrote a message or a note.
type Author struct {
	Kind     string `json:"kind" doc:"contact, agent, bot or system"`
	ID       string `json:"id,omitempty" doc:"con_… or agt_…"`
	Name     string `json:"name" doc:"Name, kept as it was then"`
	Identity string `json:"identity,omitempty" doc:"Number or document shown above the name, kept as it was then"`
}

// Attachment is a file of a message.
type Attachment struct {
	ID        string `json:"id" doc:"att_…"`
	Name      string `json:"name" doc:"File name, made safe; its ending fits its type"`
	Size      int64  `json:"size" doc:"Bytes; 0 while it is fetched"`
	Type      string `json:"type" doc:"Media type found in the bytes; while it is fetched, what the provider says"`
	State     string `json:"state" doc:"fetching, uploaded, scanning, clean, infected or failed; only a clean one can be downloaded"`
	Reason    string `json:"reason,omitempty" doc:"failed: too_large, type_refused, damaged, gone, quota_exceeded, scan_failed or unavailable"`
	Width     int    `json:"width,omitempty" doc:"Images: pixels across, upright"`
	Height    int    `json:"height,omitempty" doc:"Images: pixels down, upright"`
	Thumbnail string `json:"thumbnail,omitempty" doc:"Address of a small picture of at most 320 pixels a side, from the server's root"`
}

// Message is one message of a conversation.
type Message struct {
	ID             string       `json:"id" doc:"msg_…"`
	ConversationID string       `json:"conversation_id" doc:"cnv_…"`
	Seq            int64        `json:"seq" doc:"1, 2, 3 … per conversation, in order of arrival, without gaps"`
	Author         Author       `json:"author" doc:"Who wrote it"`
	Text           string       `json:"text" doc:"Plain text; may be empty when there are attachments"`
	Attachments    []Attachment `json:"attachments" doc:"Files"`
	At             Time         `json:"at" doc:"When it became durable here"`
	SentAt         Time         `json:"sent_at,omitzero" doc:"When the contact sent it, by the channel's clock"`
	ReplyTo        string       `json:"reply_to,omitempty" doc:"msg_… that it answers"`
	Delivery       string       `json:"delivery,omitempty" doc:"To the contact: queued, sent, delivered, read or failed; never goes back"`
	Error          string       `json:"error,omitempty" doc:"Why the delivery failed: a stable word"`
	CannedID       string       `json:"canned_response_id,omitempty" doc:"The prepared text that it came from"`
	EditedAt       Time         `json:"edited_at,omitzero" doc:"When its text was last changed"`
	RedactedAt     Time         `json:"redacted_at,omitzero" doc:"When it was redacted"`
	Redacted       bool         `json:"redacted,omitempty" doc:"It was redacted: text, files and author's name are gone"`
}

// Note is an internal note; it never leaves to a channel.
type Note struct {
	ID             string   `json:"id" doc:"not_…"`
	ConversationID string   `json:"conversation_id" doc:"cnv_…"`
	Author         Author   `json:"author" doc:"Who wrote it"`
	Text           string   `json:"text" doc:"Plain text"`
	Mentions       []string `json:"mentions" doc:"agt_… of who is mentioned"`
	At             Time     `json:"at" doc:"When it became durable"`
	Whisper        bool     `json:"whisper,omitempty" doc:"A supervisor's word to the owner: nobody but the owner and supervisors sees it"`
}

// Target is where a transfer goes: one of the two.
type Target struct {
	AgentID string `json:"agent_id,omitempty" maxLength:"64" doc:"agt_…: an offer to this agent; the sender keeps the conversation until it is accepted"`
	QueueID string `json:"queue_id,omitempty" maxLength:"64" doc:"que_…: back to waiting, in one commit; the waiting time is kept"`
}

func (t Target) check() []FieldError {
	switch {
	case t.AgentID == "" && t.QueueID == "":
		return []FieldError{{Pointer: "", Code: FieldRequired}}
	case t.AgentID != "" && t.QueueID != "":
		return []FieldError{{Pointer: "", Code: FieldConflict}}
	}
	return nil
}

// ScriptAnswer is the disposition given when a conversation is closed.
type ScriptAnswer struct {
	ReasonID string         `json:"reason_id" maxLength:"64" doc:"A leaf of the script's reasons; required where the queue demands the script"`
	Resolved *bool          `json:"resolved" required:"true" doc:"Was it resolved?"`
	Answers  map[string]any `json:"answers,omitempty" maxItems:"50" doc:"Question id → text of at most 2 000 characters, number or bool"`
}

func (a ScriptAnswer) check() []FieldError {
	var out []FieldError
	for id, answer := range a.Answers {
		if text, err := AnswerText(answer); err != nil || len(id) > 64 || utf8.RuneCountInString(text) > 2000 {
			out = append(out, FieldError{Pointer: "/answers/" + EscapePointer(id), Code: FieldInvalid})
		}
	}
	return sortFields(out)
}

// AnswerText returns an answer of a script as text: texts as they are, numbers in decimals, true and false.
func AnswerText(answer any) (string, error) {
	switch x := answer.(type) {
	case string:
		return x, nil
	case bool:
		return strconv.FormatBool(x), nil
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64), nil
	default:
		return "", errors.New(FieldType)
	}
}

// Disposition is a filled script, as a head shows it.
type Disposition struct {
	ReasonID  string            `json:"reason_id" doc:"Reason that was chosen. automatic: the queue's default, or a word of the server as in close_cause"`
	Resolved  bool              `json:"resolved" doc:"Was it resolved?"`
	Answers   map[string]string `json:"answers,omitempty" doc:"Question id → answer as text"`
	Automatic bool              `json:"automatic" doc:"Filled in by the server, not by a person"`
}

// Actor says who caused a change.
type Actor struct {
	Kind string `json:"kind" doc:"agent (another id than one's own is a supervisor's) or system"`
	ID   string `json:"id,omitempty" doc:"agt_…"`
	Name string `json:"name,omitempty" doc:"Name"`
}
