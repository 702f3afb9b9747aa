package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/identity"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

const (
	kindContact   = "contact"
	contactPrefix = "con"
	defaultRegion = "BR" // for phone numbers written without a country code
	findTries     = 8    // each further try needs that somebody else saved the same contact meanwhile
)

// contacts keeps customers: one document each, whose joining keys are claims, so that one key never has two contacts.
type contacts struct {
	db     *storage.DB
	system publisher
	now    func() time.Time
	recent recentContacts
}

type publisher interface {
	Publish(a dispatch.AgentID, e dispatch.Event)
}

// known is a sender with its identities in canonical form.
type known struct {
	name       string
	identities []protocol.Identity
	documents  []protocol.Identity
	keys       []string // joining, the first identity's first
	shown      string   // canonical value of the first identity
	route      string   // what the channel's driver sends to
}

// normalize brings a sender into canonical form. A malformed identity is a refusal that names its field.
func normalize(c protocol.InboundContact) (known, error) {
	k := known{name: c.Name}
	if len(c.Identities) == 0 {
		return k, fieldRefusal("/contact/identities", protocol.FieldRequired)
	}
	k.route = c.Identities[0].Value
	for i, in := range c.Identities {
		id, keys, err := identity.Normalize(identity.Kind(in.Kind), in.Value, defaultRegion)
		if err != nil {
			return k, identityRefusal(fmt.Sprintf("/contact/identities/%d", i), err)
		}
		if i == 0 {
			k.shown = id.Value
		}
		k.identities = addIdentity(k.identities, id)
		for _, key := range keys {
			if key.Joins(false) && !slices.Contains(k.keys, string(key)) {
				k.keys = append(k.keys, string(key))
			}
		}
	}
	for i, in := range c.Documents {
		id, _, err := identity.Normalize(identity.Kind(in.Kind), in.Value, defaultRegion)
		if err != nil {
			return k, identityRefusal(fmt.Sprintf("/contact/documents/%d", i), err)
		}
		k.documents = addIdentity(k.documents, id)
	}
	if len(k.keys) == 0 {
		// Nothing here proves who it is across messages; the identity itself, on this organisation, has to do.
		k.keys = []string{"only:" + k.identities[0].Kind + ":" + k.identities[0].Value}
	}
	return k, nil
}

func identityRefusal(pointer string, err error) error {
	var e *identity.Error
	if errors.As(err, &e) && e.Kind == "" {
		return fieldRefusal(pointer+"/kind", protocol.FieldInvalid)
	}
	return fieldRefusal(pointer+"/value", protocol.FieldInvalid)
}

func addIdentity(list []protocol.Identity, id identity.Identity) []protocol.Identity {
	w := protocol.Identity{Kind: string(id.Kind), Value: id.Value}
	if slices.Contains(list, w) {
		return list
	}
	return append(list, w)
}

func contactClaim(key string) string { return "contact\x00" + key }

// find returns the contact that the keys name, made or completed as needed. Two keys of different contacts leave the
// contact of the first: merging is a person's decision.
func (c *contacts) find(ctx context.Context, k known) (dispatch.Contact, error) {
	signature, era := k.signature(), c.recent.era.Load()
	if found, ok := c.recent.get(signature); ok {
		return found, nil
	}
	for range findTries {
		id, err := c.byKeys(k.keys)
		if err != nil {
			return dispatch.Contact{}, err
		}
		var saved protocol.Contact
		if id == "" {
			saved, err = c.create(ctx, k)
		} else {
			saved, err = c.complete(ctx, id, k)
		}
		var taken *storage.Taken
		var stale *storage.Stale
		if errors.As(err, &taken) || errors.As(err, &stale) {
			continue
		}
		if err != nil {
			return dispatch.Contact{}, documentRefusal(err, nil)
		}
		found := dispatch.Contact{ID: dispatch.ContactID(saved.ID), Name: saved.Name, Identity: k.shown, Route: k.route}
		c.recent.put(signature, found, era)
		return found, nil
	}
	return dispatch.Contact{}, &transport.Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}
}

func (c *contacts) byKeys(keys []string) (string, error) {
	for _, key := range keys {
		v, ok, err := c.db.Claimed([]byte(contactClaim(key)))
		if err != nil {
			return "", fmt.Errorf("find contact: %w", err)
		}
		if ok {
			return string(v), nil
		}
	}
	return "", nil
}

func (c *contacts) create(ctx context.Context, k known) (protocol.Contact, error) {
	w := protocol.Contact{
		ID: newID(contactPrefix, homePartition), Name: k.name, Identities: k.identities, Documents: k.documents, CreatedAt: protocol.At(c.now()),
	}
	return c.save(ctx, w, 0, k.keys)
}

// complete adds what a known contact has not shown before. A key that belongs to somebody else stays there.
func (c *contacts) complete(ctx context.Context, id string, k known) (protocol.Contact, error) {
	w, version, err := c.read(id)
	if err != nil {
		return w, err
	}
	changed := false
	for _, list := range []struct{ have, add *[]protocol.Identity }{{&w.Identities, &k.identities}, {&w.Documents, &k.documents}} {
		for _, in := range *list.add {
			if !slices.Contains(*list.have, in) {
				*list.have = append(*list.have, in)
				changed = true
			}
		}
	}
	if w.Name == "" && k.name != "" {
		w.Name, changed = k.name, true
	}
	if !changed {
		return w, nil
	}
	keys, err := c.ownKeys(w)
	if err != nil {
		return w, err
	}
	return c.save(ctx, w, version, keys)
}

// ownKeys are the joining keys of a contact's identities that nobody else holds.
func (c *contacts) ownKeys(w protocol.Contact) ([]string, error) {
	k, err := normalize(protocol.InboundContact{Identities: w.Identities})
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", w.ID, err)
	}
	var own []string
	for _, key := range k.keys {
		v, ok, err := c.db.Claimed([]byte(contactClaim(key)))
		if err != nil {
			return nil, fmt.Errorf("find contact: %w", err)
		}
		if !ok || string(v) == w.ID {
			own = append(own, key)
		}
	}
	return own, nil
}

func (c *contacts) save(ctx context.Context, w protocol.Contact, version uint64, keys []string) (protocol.Contact, error) {
	protocol.FillLists(&w)
	body, err := json.Marshal(w)
	if err != nil {
		return w, fmt.Errorf("encode contact: %w", err)
	}
	unique := make([]string, len(keys))
	for i, key := range keys {
		unique[i] = contactClaim(key)
	}
	doc, err := c.db.PutDocument(ctx, storage.Put{
		Kind: kindContact, ID: w.ID, Shard: shardOf(w.ID), Expect: version, Body: body, Unique: unique, Time: c.now(),
	})
	w.Version = int64(doc.Version)
	return w, err
}

func (c *contacts) read(id string) (w protocol.Contact, version uint64, err error) {
	doc, err := c.db.Document(kindContact, id)
	if err != nil {
		return w, 0, err
	}
	if err := json.Unmarshal(doc.Body, &w); err != nil {
		return w, 0, fmt.Errorf("decode contact %s: %w", id, err)
	}
	w.ID, w.Version = id, int64(doc.Version)
	return w, doc.Version, nil
}

// Get and Put are the edge's port.

func (c *contacts) Get(_ context.Context, id dispatch.ContactID) (protocol.Contact, error) {
	w, _, err := c.read(string(id))
	if err != nil {
		return w, documentRefusal(err, nil)
	}
	protocol.FillLists(&w)
	return w, nil
}

func (c *contacts) Put(ctx context.Context, _ transport.Principal, w protocol.Contact) (protocol.Contact, error) {
	k, err := normalize(protocol.InboundContact{Identities: w.Identities, Documents: w.Documents})
	if len(w.Identities) > 0 && err != nil {
		return w, err
	}
	saved, err := c.save(ctx, w, uint64(w.Version), k.keys)
	if err != nil {
		var unique []transport.Unique
		for _, key := range k.keys {
			unique = append(unique, transport.Unique{Key: "contact", Value: key, Pointer: "/identities"})
		}
		return w, documentRefusal(err, unique)
	}
	c.recent.forgetAll()
	return saved, c.tell(saved)
}

// tell shows the contact to the agents who have conversations of it, and to nobody else: it holds personal data.
func (c *contacts) tell(w protocol.Contact) error {
	var told []dispatch.AgentID
	err := c.db.Conversations(storage.Listing{Contact: dispatch.ContactID(w.ID)}, func(id dispatch.ConversationID) error {
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
