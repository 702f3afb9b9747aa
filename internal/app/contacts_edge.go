package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pronto/dispatch"
	"pronto/internal/contact"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// The edge's port to contacts.

func (c *contacts) rules() *contact.Rules { return c.catalog.now.Load().contacts }

// Object tells whether an agent serves the contact now.
func (c *contacts) Object(_ context.Context, p transport.Principal, id dispatch.ContactID) (transport.Object, error) {
	if _, err := c.known(id); err != nil {
		return transport.Object{}, err
	}
	o := transport.Object{Contact: id}
	if p.Agent == "" {
		return o, nil
	}
	slots, err := c.db.AgentSlots(p.Agent)
	if err == nil {
		o.History, err = c.serves(slots, id)
	}
	return o, err
}

// serves says whether one of an agent's conversations is the contact's, or of one that is one with it by merges.
func (c *contacts) serves(slots []dispatch.Slot, id dispatch.ContactID) (bool, error) {
	kin, err := c.kin(id)
	return slices.ContainsFunc(slots, func(s dispatch.Slot) bool {
		return s.Kind == dispatch.SlotOwned && slices.Contains(kin, s.Head.Contact.ID)
	}), err
}

// known returns who stands for a contact; CodeNotFound if there is no such contact.
func (c *contacts) known(id dispatch.ContactID) (dispatch.ContactID, error) {
	root, err := c.db.RootContact(id)
	if err != nil {
		return "", err
	}
	_, err = c.db.Document(kindContact, string(root))
	return root, documentRefusal(err, nil)
}

func (c *contacts) Get(_ context.Context, id dispatch.ContactID) (protocol.Contact, error) {
	n, err := c.node(string(id))
	if err != nil {
		return protocol.Contact{}, documentRefusal(err, nil)
	}
	return c.view(&n, nil)
}

// view is the contact as people are shown it, with what those have that were merged into it; revealed pointers are not
// masked.
func (c *contacts) view(n *contact.Node, revealed []string) (protocol.Contact, error) {
	rules, whole := c.rules(), n.Whole()
	shown, masked := rules.Masked(&whole, revealed)
	w := protocol.Contact{
		ID: n.ID, Version: int64(n.Version), Name: shown.Name, Identities: shown.Identities, Documents: shown.Documents, Fields: shown.Fields,
		MissingFields: rules.Missing(&whole), Masked: masked, CreatedAt: shown.CreatedAt,
	}
	var consents []dispatch.Consent
	var ids []dispatch.ContactID
	var failed, err error
	n.All(func(m *contact.Node) {
		said, err := c.db.LoadContact(dispatch.ContactID(m.ID))
		failed = errors.Join(failed, err)
		for _, consent := range said.Consents {
			consents = dispatch.WithConsent(consents, consent)
		}
		ids = append(ids, dispatch.ContactID(m.ID))
		if m != n {
			w.Merged = append(w.Merged, c.mergedView(m))
		}
	})
	for i := range consents {
		w.Consents = append(w.Consents, wireConsent(&consents[i]))
	}
	protocol.FillLists(&w)
	w.Conversations, err = c.count(ids)
	return w, errors.Join(failed, err)
}

// count is how many conversations contacts have had together, up to countedConversations.
func (c *contacts) count(ids []dispatch.ContactID) (n int, err error) {
	err = c.db.Conversations(storage.Listing{Contacts: ids}, func(dispatch.ConversationID) error {
		if n++; n == countedConversations {
			return storage.ErrStop
		}
		return nil
	})
	return n, err
}

const countedConversations = 100 // the exact number of more tells nobody anything

func (c *contacts) mergedView(m *contact.Node) protocol.MergedContact {
	return protocol.MergedContact{
		ID: m.ID, Name: m.Name, Identities: m.Identities, Into: m.MergedInto, At: protocol.At(m.At),
		By: protocol.Ref{ID: m.By, Name: c.catalog.AgentName(dispatch.AgentID(m.By))},
	}
}

// Patch takes what the patch names into the newest version, as often as others save in between.
func (c *contacts) Patch(ctx context.Context, by transport.Principal, id dispatch.ContactID, patch []byte, version uint64) (protocol.Contact, error) {
	for range findTries {
		w, err := c.patchOnce(ctx, by, string(id), patch, version)
		var stale *storage.Stale
		if errors.As(err, &stale) {
			continue
		}
		if err != nil {
			return w, contactRefusal(err)
		}
		c.recent.forgetAll()
		return w, c.tell(w)
	}
	return protocol.Contact{}, transport.Refuse(protocol.CodeVersionMismatch)
}

func (c *contacts) patchOnce(ctx context.Context, by transport.Principal, id string, patch []byte, version uint64) (w protocol.Contact, err error) {
	n, err := c.node(id)
	if err != nil {
		return w, err
	}
	if n.ID != id && version != 0 { // it may be one of the other contact
		return w, &transport.Refusal{Code: protocol.CodeContactMerged, Reason: n.ID}
	}
	shown, err := c.view(&n, nil)
	if err != nil {
		return shown, err
	}
	change, err := c.rules().Patch(&n.Details, n.Rest(), &shown, patch)
	if err != nil {
		return shown, err
	}
	if err := c.unchanged(n.ID, &n.Details, n.Version, version, change.Touched); err != nil {
		return shown, err
	}
	keys, err := c.respell(&n, &change)
	if err != nil {
		return shown, err
	}
	change.After.By = by.ID
	if n.Version, err = c.save(ctx, n.ID, &change.After, n.Version, keys); err != nil {
		return shown, err
	}
	n.Details = change.After
	return c.view(&n, nil)
}

// unchanged refuses when something that was touched differs between the version that the caller knows and the present.
func (c *contacts) unchanged(id string, d *contact.Details, now, known uint64, touched []string) error {
	if known == 0 || known == now {
		return nil
	}
	doc, err := c.db.DocumentAt(kindContact, id, known)
	if errors.Is(err, storage.ErrNotFound) {
		return transport.Refuse(protocol.CodeVersionMismatch)
	}
	if err != nil {
		return err
	}
	then, _, err := decodeDetails(doc)
	if err != nil {
		return err
	}
	if changed := contact.Changed(touched, &then, d); len(changed) > 0 {
		return &transport.Refusal{Code: protocol.CodeVersionMismatch, Fields: changed}
	}
	return nil
}

// respell brings the identities and documents of a change into canonical form, takes out what merged contacts have, and
// returns the keys that the contact claims with them. A key that a new identity brings must be free; those it had before
// may belong to somebody else.
func (c *contacts) respell(n *contact.Node, change *contact.Change) ([]string, error) {
	after, rest, whole := &change.After, n.Rest(), n.Whole()
	for _, list := range []struct {
		pointer   string
		now       *[]protocol.Identity
		own, rest []protocol.Identity
		had       []protocol.Identity
	}{
		{"/identities", &after.Identities, n.Identities, rest.Identities, whole.Identities},
		{"/documents", &after.Documents, n.Documents, rest.Documents, whole.Documents},
	} {
		if !slices.Contains(change.Touched, list.pointer) {
			continue
		}
		var err error
		if *list.now, err = canonical(*list.now, list.had, list.pointer); err == nil {
			*list.now, err = contact.Own(list.pointer, *list.now, list.own, list.rest)
		}
		if err == nil && len(*list.now) > protocol.MaxIdentities {
			err = fieldRefusal(list.pointer, protocol.FieldTooLong)
		}
		if err != nil {
			return nil, err
		}
	}
	identities, err := spellKept(after.Identities, n.Identities, "/identities")
	if err != nil {
		return nil, err
	}
	keys, err := c.ownKeys(n.ID, identities)
	if err != nil {
		return nil, err
	}
	for i, s := range identities {
		if slices.Contains(n.Identities, s.id) {
			continue
		}
		for _, key := range s.joining {
			if !slices.Contains(keys, key) {
				return nil, takenIdentity(i)
			}
		}
	}
	return keys, nil
}

// canonical spells a list as it is kept, without repetitions; had is what the contact had before.
func canonical(list, had []protocol.Identity, at string) (out []protocol.Identity, err error) {
	spelled, err := spellKept(list, had, at)
	for _, s := range spelled {
		out = addIdentity(out, s.id)
	}
	return out, err
}

func takenIdentity(i int) error {
	return &transport.Refusal{Code: protocol.CodeAlreadyExists, Fields: []protocol.FieldError{
		{Pointer: fmt.Sprintf("/identities/%d", i), Code: protocol.FieldTaken},
	}}
}

// contactRefusal gives what the rules and storage refuse its code on the wire.
func contactRefusal(err error) error {
	var refused *contact.Refused
	if errors.As(err, &refused) {
		return &transport.Refusal{Code: protocol.CodeBadRequest, Fields: refused.Fields}
	}
	return documentRefusal(err, nil)
}

// Reveal keeps who was shown what, and why, before it shows it.
func (c *contacts) Reveal(ctx context.Context, by transport.Principal, id dispatch.ContactID, b protocol.RevealBody) (protocol.Contact, error) {
	n, err := c.node(string(id))
	if err != nil {
		return protocol.Contact{}, documentRefusal(err, nil)
	}
	whole := n.Whole()
	_, masked := c.rules().Masked(&whole, nil)
	what := b.Pointers
	if len(what) == 0 {
		what = masked
	}
	for i, pointer := range what {
		if !slices.Contains(masked, pointer) {
			return protocol.Contact{}, fieldRefusal(fmt.Sprintf("/pointers/%d", i), protocol.FieldNotFound)
		}
	}
	if len(what) > 0 {
		_, err := c.say(ctx, dispatch.ContactID(n.ID), func(now protocol.Time) dispatch.ContactRecord {
			return dispatch.ContactRevealed{By: authorOf(by), Reason: b.Reason, What: what, At: now.Time}
		})
		if err != nil {
			return protocol.Contact{}, err
		}
	}
	return c.view(&n, what)
}

// tellAgain shows the contact as it is now to those who serve it.
func (c *contacts) tellAgain(id dispatch.ContactID) (protocol.Contact, error) {
	w, err := c.Get(context.Background(), id)
	if err != nil {
		return w, err
	}
	return w, c.tell(w)
}

// tell shows the contact to the agents who have conversations of it, and to nobody else: it holds personal data.
func (c *contacts) tell(w protocol.Contact) error {
	kin := []dispatch.ContactID{dispatch.ContactID(w.ID)}
	for i := range w.Merged {
		kin = append(kin, dispatch.ContactID(w.Merged[i].ID))
	}
	var told []dispatch.AgentID
	err := c.db.Conversations(storage.Listing{Contacts: kin}, func(id dispatch.ConversationID) error {
		s, _, err := c.db.LoadConversation(id)
		if err != nil {
			return err
		}
		agent := s.Owner
		if agent == "" && s.Offer != nil {
			agent = s.Offer.Agent
		}
		if agent != "" && !slices.Contains(told, agent) {
			told = append(told, agent)
			c.system.Publish(agent, dispatch.EventContactUpdated{Contact: dispatch.ContactID(w.ID), Wire: w})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("tell of contact %s: %w", w.ID, err)
	}
	return nil
}
