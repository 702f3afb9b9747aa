package bench

import (
	"pronto/protocol"
)

// What the generator needs of events and answers, which is little of what they hold. All of their text is checked.

// offer is of a protocol.Offer.
type offer struct {
	id, conversation string
	attempt          int64
	contact          string // identity
}

func readOffer(data []byte) (o offer, err error) {
	err = protocol.Members(data, func(name, value []byte) (err error) {
		switch string(name) {
		case "id":
			o.id, err = protocol.Text(value)
		case "conversation_id":
			o.conversation, err = protocol.Text(value)
		case "attempt":
			o.attempt, err = protocol.Whole(value)
		case "contact":
			o.contact, err = readIdentity(value)
		}
		return err
	})
	return o, err
}

// readIdentity reads a protocol.ContactRef.
func readIdentity(data []byte) (string, error) { return readText(data, "identity") }

// readText reads one text of an object.
func readText(data []byte, field string) (text string, err error) {
	err = protocol.Members(data, func(name, value []byte) (err error) {
		if string(name) == field {
			text, err = protocol.Text(value)
		}
		return err
	})
	return text, err
}

// readAssigned reads the contact's identity of a protocol.ConversationHead.
func readAssigned(data []byte) (contact string, err error) {
	err = protocol.Members(data, func(name, value []byte) (err error) {
		if string(name) == "contact" {
			contact, err = readIdentity(value)
		}
		return err
	})
	return contact, err
}

// message is of a protocol.ConversationMessage or MessageReply.
type message struct {
	conversation string
	id, author   string // author's kind
	seq          int64
}

func readMessage(data []byte) (m message, err error) {
	err = protocol.Members(data, func(name, value []byte) (err error) {
		switch string(name) {
		case "conversation_id":
			m.conversation, err = protocol.Text(value)
		case "message":
			err = m.read(value)
		}
		return err
	})
	return m, err
}

// readWritten reads a MessageReply, whose conversation stands in its message.
func readWritten(data []byte) (m message, err error) {
	err = protocol.Members(data, func(name, value []byte) (err error) {
		if string(name) == "message" {
			if err = m.read(value); err == nil {
				m.conversation, err = readText(value, "conversation_id")
			}
		}
		return err
	})
	return m, err
}

// readState reads the id and the state of a protocol.WidgetConversation.
func readState(data []byte) (conversation, state string, err error) {
	err = protocol.Members(data, func(name, value []byte) (err error) {
		switch string(name) {
		case "id":
			conversation, err = protocol.Text(value)
		case "state":
			state, err = protocol.Text(value)
		}
		return err
	})
	return conversation, state, err
}

// read takes a protocol.Message.
func (m *message) read(data []byte) error {
	return protocol.Members(data, func(name, value []byte) (err error) {
		switch string(name) {
		case "id":
			m.id, err = protocol.Text(value)
		case "seq":
			m.seq, err = protocol.Whole(value)
		case "author":
			m.author, err = readText(value, "kind")
		}
		return err
	})
}

func readInboundAnswer(data []byte) (a protocol.InboundAnswer, err error) {
	err = protocol.Members(data, func(name, value []byte) (err error) {
		switch string(name) {
		case "conversation_id":
			a.ConversationID, err = protocol.Text(value)
		case "message_id":
			a.MessageID, err = protocol.Text(value)
		case "created_conversation":
			a.CreatedConversation = string(value) == "true"
		}
		return err
	})
	return a, err
}
