package app

import (
	"pronto/dispatch"
	"pronto/protocol"
	"pronto/storage"
)

// lookedBack is how many conversations of a contact are looked at for who served it last.
const lookedBack = 8

// lastOwner finds who served the contact last; nil where the queue does not keep conversations for anybody, or the contact
// is new. Who served one that was merged with it served the contact.
func (in *inbound) lastOwner(q *protocol.Queue, from origin) func() (dispatch.AgentID, error) {
	if q.PreferredMS == 0 || from.made {
		return nil
	}
	return func() (who dispatch.AgentID, err error) {
		seen := 0
		err = in.db.Conversations(storage.Listing{Contacts: from.kin}, func(id dispatch.ConversationID) error {
			s, _, err := in.db.LoadConversation(id)
			if err != nil {
				return err
			}
			if who = s.Owner; who == "" {
				who = s.LastOwner
			}
			if seen++; who != "" || seen == lookedBack {
				return storage.ErrStop
			}
			return nil
		})
		return who, err
	}
}
