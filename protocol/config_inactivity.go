package protocol

// Inactivity is what a contact's silence leads to while an agent's message waits for an answer. A change holds for silences
// that begin after it; switching off holds at once.
type Inactivity struct {
	WarnMS    int64  `json:"warn_ms" minimum:"0" maximum:"2592000000" doc:"Milliseconds since the agent's last message until the contact is warned with warn_text; 0 = never"`
	WarnText  string `json:"warn_text" maxLength:"2000" doc:"The warning; may mention {{contact.name}} and {{protocol}}"`
	CloseMS   int64  `json:"close_ms" minimum:"0" maximum:"2592000000" doc:"Milliseconds since the agent's last message until the conversation is closed, at the end of the channel's window at the latest; 0 = never"`
	CloseText string `json:"close_text" maxLength:"2000" doc:"Said when it is closed, if the channel's window is still open; empty: nothing"`
}

func (in Inactivity) check() []FieldError {
	out := append(checkText("/warn_text", in.WarnText, TextVariables), checkText("/close_text", in.CloseText, TextVariables)...)
	if in.WarnMS > 0 && in.WarnText == "" {
		out = append(out, FieldError{Pointer: "/warn_text", Code: FieldRequired})
	}
	if in.WarnMS > 0 && in.CloseMS > 0 && in.CloseMS <= in.WarnMS {
		out = append(out, FieldError{Pointer: "/close_ms", Code: FieldRange})
	}
	return out
}

// DefaultInactivity is what a kind of channel has when nothing is set.
func DefaultInactivity(kind string) *Inactivity {
	const minute = 60_000
	switch kind {
	case "web":
		return &Inactivity{
			WarnMS: 50 * minute, CloseMS: 60 * minute,
			WarnText: "Você ainda está aí? Sem resposta, este atendimento será encerrado em dez minutos.",
		}
	case "whatsapp":
		return &Inactivity{CloseMS: 24 * 60 * minute}
	}
	return &Inactivity{}
}
