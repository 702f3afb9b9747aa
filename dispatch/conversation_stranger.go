package dispatch

import "slices"

// masked is the refusal of a message as its sender may hear it: whoever does not know the conversation hears that there is
// none, whatever was wrong with the command.
func (c *Conversation) masked(m Message, err error) error {
	by, ok := commander(m)
	if !ok || c.known(by) {
		return err
	}
	return refuse(CodeNotFound, "no such conversation")
}

// known says whether the actor may know that the conversation exists.
func (c *Conversation) known(by Actor) bool {
	s := &c.s
	if by.Supervisor || by.Agent == "" || by.Queues == nil {
		return true
	}
	had := func(h Handover) bool { return h.From == by.Agent || h.To == by.Agent }
	return s.Owner == by.Agent || s.LastOwner == by.Agent || s.offerTo(by.Agent) != nil || slices.ContainsFunc(s.Handed, had) ||
		slices.Contains(by.Queues, s.Queue)
}

// commander is who gave a command; false for what is no command about one conversation.
func commander(m Message) (Actor, bool) {
	switch m := m.(type) {
	case SendMessage:
		return m.By, true
	case ReadMessages:
		return m.By, true
	case AddNote:
		return m.By, true
	case StartTransfer:
		return m.By, true
	case CancelTransfer:
		return m.By, true
	case CloseConversation:
		return m.By, true
	case SetHold:
		return m.By, true
	case TagConversation:
		return m.By, true
	case EditMessage:
		return m.By, true
	case RedactMessage:
		return m.By, true
	case ReopenConversation:
		return m.By, true
	case SnoozeConversation:
		return m.By, true
	case UnsnoozeConversation:
		return m.By, true
	}
	return Actor{}, false
}
