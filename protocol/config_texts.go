package protocol

// QueueTexts are what the server says to the contacts of a queue, as a bot that signs with the queue's name. They are no
// answer: no time that waits for one looks at them.
type QueueTexts struct {
	Greeting        string `json:"greeting" maxLength:"2000" doc:"Said once when a conversation is opened, by a bot that signs with the queue's name; may mention {{contact.name}} and {{protocol}}. Empty: nothing"`
	AfterHours      string `json:"after_hours" maxLength:"2000" doc:"Said to who opens or reopens a conversation while the queue is outside of hours_id, unless a rule of overflow says something then; may mention the same. Empty: nothing"`
	PositionText    string `json:"position_text" maxLength:"2000" doc:"Said when a conversation joins the line, and about its new places where position_every_ms says so; may mention {{position}} and {{wait_minutes}} as well. Empty: nothing"`
	PositionEveryMS int64  `json:"position_every_ms" minimum:"0" maximum:"3600000" default:"0" doc:"Milliseconds between two of them at least, 10 000 and more, and only when the place has changed; 0 = when it joins the line alone"`
	Closing         string `json:"closing" maxLength:"2000" doc:"Said when an agent or a supervisor closes the conversation; may mention {{contact.name}} and {{protocol}}. Empty: nothing"`
}

const minPositionEveryMS = 10_000

func (t QueueTexts) checkTexts() []FieldError {
	out := checkText("/greeting", t.Greeting, TextVariables)
	out = append(out, checkText("/after_hours", t.AfterHours, TextVariables)...)
	out = append(out, checkText("/position_text", t.PositionText, PositionVariables)...)
	out = append(out, checkText("/closing", t.Closing, TextVariables)...)
	if t.PositionEveryMS > 0 && t.PositionEveryMS < minPositionEveryMS {
		out = append(out, FieldError{Pointer: "/position_every_ms", Code: FieldRange})
	}
	return out
}
