package transport

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"pronto/dispatch"
	"pronto/protocol"
)

const contactPath, contactTag = "/contacts/{id}", "contacts"

func (s *Server) registerContacts() {
	read := func(path, summary string, action Action) route {
		return route{method: http.MethodGet, path: contactPath + path, tag: contactTag, summary: summary, action: action}
	}
	post := func(path, summary string, action Action, body any) route {
		return route{
			method: http.MethodPost, path: contactPath + path, tag: contactTag, summary: summary, action: action, body: body,
			replay: true, status: http.StatusCreated,
		}
	}
	handle(s, route{
		method: http.MethodGet, path: "/contacts", tag: contactTag, action: ActReadContact,
		summary: "Find by the beginnings of words of name, identities and documents, whatever the case and accents",
	}, s.findContacts)
	handle(s, read("", "Read one", ActReadContact), s.getContact)
	handle(s, route{
		method: http.MethodPatch, path: contactPath, tag: contactTag, action: ActWriteContact, body: protocol.Contact{}, patch: true,
		summary: "Change details: only what the patch names, whatever others change meanwhile",
	}, s.patchContact)
	handle(s, read("/conversations", "History over all identities, newest first", ActHistory), s.contactHistory)
	merge := post("/merge", "Let this contact stand for another one of the same person", ActMerge, protocol.MergeBody{})
	merge.status = http.StatusOK
	handle(s, merge, s.mergeContact)
	unmerge := post("/unmerge", "Let a contact that was merged stand for itself again, with all that it had", ActMerge, nil)
	unmerge.status = http.StatusOK
	handle(s, unmerge, s.unmergeContact)
	reveal := post("/reveal", "Show what is masked; the reason is kept for the audit", ActReveal, protocol.RevealBody{})
	reveal.late, reveal.replay, reveal.status = true, false, http.StatusOK
	handle(s, reveal, s.revealContact)
	handle(s, read("/reveals", "Who was shown what is masked, in order", ActReadReveals), s.listReveals)
	handle(s, post("/notes", "Add a note about the contact", ActWriteContact, protocol.ContactNoteBody{}), s.postContactNote)
	handle(s, read("/notes", "Notes about the contact in order", ActReadContact), s.listContactNotes)
	handle(s, post("/consents", "Record that consent was given or withdrawn", ActWriteContact, protocol.ConsentBody{}), s.postConsent)
	handle(s, read("/consents", "Every consent in the order in which it was recorded", ActReadContact), s.listConsents)
}

type findIn struct {
	PageQuery
	Text string `query:"q" maxLength:"200" doc:"Beginnings of words, or a number in any spelling; of a masked document all of it. All contacts when empty"`
}

func (s *Server) findContacts(ctx context.Context, in *findIn) (*bodyOf[protocol.Page[protocol.Contact]], error) {
	found, next, err := s.o.Contacts.Find(ctx, strings.TrimSpace(in.Text), in.Cursor, in.Limit)
	told := make([]readOf, len(found))
	for i := range found {
		told[i].contact = dispatch.ContactID(found[i].ID)
	}
	if err == nil {
		err = s.reads(ctx, told...)
	}
	return pageOf(found, next, err)
}

func (s *Server) getContact(ctx context.Context, in *getIn) (*bodyOf[protocol.Contact], error) {
	contact, err := s.o.Contacts.Get(ctx, dispatch.ContactID(in.ID))
	if err == nil {
		err = s.reads(ctx, readOf{contact: dispatch.ContactID(contact.ID)})
	}
	return contactOr(contact, err)
}

func (s *Server) patchContact(ctx context.Context, in *idIn) (*bodyOf[protocol.Contact], error) {
	version, err := matchedVersion(in.IfMatch)
	if err != nil {
		return nil, err
	}
	c := callOf(ctx)
	contact, err := s.o.Contacts.Patch(ctx, c.principal, dispatch.ContactID(in.ID), c.body, version)
	if err == nil { // the answer tells all of it, whatever the patch names
		err = s.reads(ctx, readOf{contact: dispatch.ContactID(contact.ID)})
	}
	return contactOr(contact, err)
}

func (s *Server) mergeContact(ctx context.Context, in *getIn) (*bodyOf[protocol.Contact], error) {
	var body protocol.MergeBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	return contactOr(s.o.Contacts.Merge(ctx, callOf(ctx).principal, dispatch.ContactID(in.ID), dispatch.ContactID(body.Contact)))
}

func (s *Server) unmergeContact(ctx context.Context, in *getIn) (*bodyOf[protocol.Contact], error) {
	return contactOr(s.o.Contacts.Unmerge(ctx, callOf(ctx).principal, dispatch.ContactID(in.ID)))
}

func contactOr(c protocol.Contact, err error) (*bodyOf[protocol.Contact], error) {
	if err != nil {
		return nil, err
	}
	return contactAnswer(c), nil
}

// matchedVersion reads If-Match; an absent one and * are 0. What is no version matches none.
func matchedVersion(header string) (uint64, error) {
	header = strings.TrimPrefix(header, "W/")
	if header == "" || header == "*" {
		return 0, nil
	}
	version, err := strconv.ParseUint(strings.Trim(header, `"`), 10, 63)
	if err != nil || version == 0 {
		return 0, Refuse(protocol.CodeVersionMismatch)
	}
	return version, nil
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

// revealContact is for agents who serve the contact now, and for those above them.
func (s *Server) revealContact(ctx context.Context, in *getIn) (*bodyOf[protocol.Contact], error) {
	p, id := callOf(ctx).principal, dispatch.ContactID(in.ID)
	o, err := s.o.Contacts.Object(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if s.o.Gate.Can(p, ActReveal, o) != nil {
		return nil, Refuse(protocol.CodeForbidden) // whoever asks may know that there is such a contact
	}
	var body protocol.RevealBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	return contactOr(s.o.Contacts.Reveal(ctx, p, id, body))
}

func (s *Server) postContactNote(ctx context.Context, in *getIn) (*bodyOf[protocol.ContactNote], error) {
	var body protocol.ContactNoteBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	n, err := s.o.Said.AddNote(ctx, callOf(ctx).principal, dispatch.ContactID(in.ID), body.Text)
	return created(n, err)
}

func (s *Server) postConsent(ctx context.Context, in *getIn) (*bodyOf[protocol.Consent], error) {
	var body protocol.ConsentBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	c, err := s.o.Said.AddConsent(ctx, callOf(ctx).principal, dispatch.ContactID(in.ID), body)
	return created(c, err)
}

func created[T any](v T, err error) (*bodyOf[T], error) {
	if err != nil {
		return nil, err
	}
	return &bodyOf[T]{Status: http.StatusCreated, Body: v}, nil
}

func (s *Server) listContactNotes(ctx context.Context, in *historyIn) (*bodyOf[protocol.Page[protocol.ContactNote]], error) {
	return readPage(ctx, s, in, s.o.Said.Notes)
}

func (s *Server) listConsents(ctx context.Context, in *historyIn) (*bodyOf[protocol.Page[protocol.Consent]], error) {
	return readPage(ctx, s, in, s.o.Said.Consents)
}

func (s *Server) listReveals(ctx context.Context, in *historyIn) (*bodyOf[protocol.Page[protocol.Reveal]], error) {
	return readPage(ctx, s, in, s.o.Said.Reveals)
}

// readPage is a page of what was said about a contact, which is reading of it.
func readPage[T any](ctx context.Context, s *Server, in *historyIn, list func(context.Context, dispatch.ContactID, string, int) ([]T, string, error)) (*bodyOf[protocol.Page[T]], error) {
	items, next, err := list(ctx, dispatch.ContactID(in.ID), in.Cursor, in.Limit)
	if err == nil {
		err = s.reads(ctx, readOf{contact: dispatch.ContactID(in.ID)})
	}
	return pageOf(items, next, err)
}

func pageOf[T any](items []T, next string, err error) (*bodyOf[protocol.Page[T]], error) {
	if err != nil {
		return nil, err
	}
	page := protocol.Page[T]{Items: items, NextCursor: next}
	protocol.FillLists(&page)
	return answer(page), nil
}
