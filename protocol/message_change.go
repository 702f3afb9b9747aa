package protocol

// MessageEdit is message.edit.
type MessageEdit struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	MessageID      string `json:"message_id,omitempty" maxLength:"64" doc:"msg_…; this or seq is required, and when both are there they must be of the same message"`
	Seq            int64  `json:"seq,omitempty" minimum:"0" doc:"seq of the message"`
	Text           string `json:"text" required:"true" doc:"The new text: plain, at most 16 384 bytes"`
}

// EditBody is the body of POST /conversations/{id}/edit.
type EditBody struct {
	MessageID string `json:"message_id,omitempty" maxLength:"64" doc:"msg_…; this or seq is required, and when both are there they must be of the same message"`
	Seq       int64  `json:"seq,omitempty" minimum:"0" doc:"seq of the message"`
	Text      string `json:"text" required:"true" doc:"The new text: plain, at most 16 384 bytes"`
}

// MessageRedact is message.redact.
type MessageRedact struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	MessageID      string `json:"message_id,omitempty" maxLength:"64" doc:"msg_…; this or seq is required, and when both are there they must be of the same message"`
	Seq            int64  `json:"seq,omitempty" minimum:"0" doc:"seq of the message"`
	Reason         string `json:"reason" required:"true" maxLength:"500" doc:"Why, for the record; never repeat there what is to be hidden"`
}

// RedactBody is the body of POST /conversations/{id}/redact.
type RedactBody struct {
	MessageID string `json:"message_id,omitempty" maxLength:"64" doc:"msg_…; this or seq is required, and when both are there they must be of the same message"`
	Seq       int64  `json:"seq,omitempty" minimum:"0" doc:"seq of the message"`
	Reason    string `json:"reason" required:"true" maxLength:"500" doc:"Why, for the record; never repeat there what is to be hidden"`
}

func (m MessageEdit) check() []FieldError   { return named(m.MessageID, m.Seq) }
func (m EditBody) check() []FieldError      { return named(m.MessageID, m.Seq) }
func (m MessageRedact) check() []FieldError { return named(m.MessageID, m.Seq) }
func (m RedactBody) check() []FieldError    { return named(m.MessageID, m.Seq) }

// named: a message is meant.
func named(id string, seq int64) []FieldError {
	if id == "" && seq == 0 {
		return []FieldError{{Pointer: "/message_id", Code: FieldRequired}}
	}
	return nil
}

// MessageChanged is conversation.message_changed.
type MessageChanged struct {
	ConversationID string  `json:"conversation_id" doc:"cnv_…"`
	Message        Message `json:"message" doc:"The message as it is now"`
	Version        int64   `json:"version" doc:"Version of the conversation after it"`
}

// WidgetMessageChanged is conversation.message_changed of a visitor.
type WidgetMessageChanged struct {
	ConversationID string  `json:"conversation_id" doc:"cnv_…"`
	Message        Message `json:"message" doc:"The message as it is now; of its author only kind and name are told"`
}

// ChangeFact is the data of message_edited, message_redacted and change_sent. What a message was before is never told.
type ChangeFact struct {
	Seq    int64  `json:"seq" doc:"Which message"`
	By     *Ref   `json:"by,omitempty" doc:"Who changed it; absent for a program"`
	Reason string `json:"reason,omitempty" doc:"message_redacted: why"`
	Error  string `json:"error,omitempty" doc:"change_sent: why the channel did not take the change; a stable word"`
}
