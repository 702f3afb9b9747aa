package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"pronto/dispatch"
	"pronto/protocol"
)

func (s *Server) registerContacts() {
	const path, tag = "/contacts/{id}", "contacts"
	handle(s, route{method: http.MethodGet, path: path, tag: tag, summary: "Read one", action: ActReadContact}, s.getContact)
	handle(s, route{method: http.MethodPatch, path: path, tag: tag, summary: "Change details", action: ActWriteContact, body: protocol.Contact{}, patch: true}, s.patchContact)
	handle(s, route{method: http.MethodGet, path: path + "/conversations", tag: tag, summary: "History over all identities, newest first", action: ActHistory}, s.contactHistory)
}

func (s *Server) getContact(ctx context.Context, in *getIn) (*bodyOf[protocol.Contact], error) {
	c, err := s.o.Contacts.Get(ctx, dispatch.ContactID(in.ID))
	if err != nil {
		return nil, err
	}
	return contactAnswer(c), nil
}

// patchContact refuses a stale If-Match; without one, somebody else's change in between is refused by the port.
func (s *Server) patchContact(ctx context.Context, in *idIn) (*bodyOf[protocol.Contact], error) {
	before, err := s.o.Contacts.Get(ctx, dispatch.ContactID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := checkMatch(in.IfMatch, uint64(before.Version)); err != nil {
		return nil, err
	}
	current, err := json.Marshal(before)
	if err != nil {
		return nil, fmt.Errorf("encode contact: %w", err)
	}
	merged, err := protocol.MergePatch(current, callOf(ctx).body)
	if err != nil {
		return nil, err
	}
	var after protocol.Contact
	if err := protocol.Decode(merged, 0, &after); err != nil {
		return nil, err
	}
	if after.ID != before.ID || after.Version != before.Version || !after.CreatedAt.Equal(before.CreatedAt.Time) {
		return nil, refuseField("/id", protocol.FieldReadOnly)
	}
	written, err := s.o.Contacts.Put(ctx, callOf(ctx).principal, after)
	if err != nil {
		return nil, err
	}
	return contactAnswer(written), nil
}

func contactAnswer(c protocol.Contact) *bodyOf[protocol.Contact] {
	protocol.FillLists(&c)
	out := answer(c)
	out.ETag = etag(c.Version)
	return out
}

type historyIn struct {
	PageQuery
	ID string `path:"id" maxLength:"64" doc:"con_…"`
}

func (s *Server) contactHistory(ctx context.Context, in *historyIn) (*bodyOf[protocol.Page[protocol.ConversationHead]], error) {
	if _, err := s.o.Contacts.Get(ctx, dispatch.ContactID(in.ID)); err != nil {
		return nil, err
	}
	return s.conversationPage(ctx, Filter{Contact: dispatch.ContactID(in.ID), Cursor: in.Cursor, Limit: in.Limit})
}
