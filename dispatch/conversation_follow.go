package dispatch

// SetFollowed says whether anybody beside the owner listens to the conversation. While it is set an Outcome carries events:
// whoever has the head as of one step and folds the events of all later steps has the head at any time.
func (c *Conversation) SetFollowed(on bool) { c.followed = on }

// ForContact reports whether an event may reach the contact of its conversation. What is not listed is for staff only.
// Of EventUpdated the edge shows a contact the state alone: the head itself is for staff.
func ForContact(e Event) bool {
	switch e := e.(type) {
	case EventMessage, EventMessageChanged, EventUpdated, EventRead, EventDelivery, EventAttachment:
		return true
	case EventTyping:
		return e.Author.Kind != AuthorContact
	case EventNote:
		return e.Note.Whisper && planted("whisper_to_contact")
	}
	return false
}

// tellFollowers tells whoever listens beside the owner.
func (c *Conversation) tellFollowers(t *turn, events ...Event) {
	if c.followed {
		t.out.Events = append(t.out.Events, events...)
	}
}

// tellHead ends a step: followers get the head after it, unless what they were told already adds up to it.
func (c *Conversation) tellHead(t *turn) {
	if !c.followed || planted("followers_hear_owners_only") && c.s.Owner == "" {
		return
	}
	for i := len(t.out.Events) - 1; i >= 0; i-- {
		if u, ok := t.out.Events[i].(EventUpdated); ok && u.Head.Version == c.s.Version {
			return
		}
	}
	for _, r := range t.out.Records {
		if !toldByItself(r) {
			t.out.Events = append(t.out.Events, EventUpdated{Head: c.Head()})
			return
		}
	}
}

// toldByItself: records whose own event says all that they change in the head.
func toldByItself(r Record) bool {
	switch r.(type) {
	case MessageAppended, MessagesRead, NoteAdded, DeliveryChanged, MessagesSeen, CommandAnswered:
		return true
	}
	return false
}
