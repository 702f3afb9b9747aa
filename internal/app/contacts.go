package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"pronto/dispatch"
	"pronto/internal/contact"
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
	db      *storage.DB
	system  arrivals
	catalog *catalog
	audit   *audit
	now     func() time.Time
	recent  recentContacts
	merging sync.Mutex // over each merge and unmerge: who stands for whom does not change while one is decided
}

type arrivals interface {
	Publish(a dispatch.AgentID, e dispatch.Event)
	Era() uint64
	ForgetArrivals()
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
	identities, err := spell(c.Identities, "/contact/identities")
	if err != nil {
		return k, err
	}
	documents, err := spell(c.Documents, "/contact/documents")
	if err != nil {
		return k, err
	}
	k.shown = identities[0].id.Value
	for _, s := range identities {
		k.identities = addIdentity(k.identities, s.id)
		for _, key := range s.joining {
			if !slices.Contains(k.keys, key) {
				k.keys = append(k.keys, key)
			}
		}
	}
	for _, s := range documents {
		k.documents = addIdentity(k.documents, s.id)
	}
	if len(k.keys) == 0 {
		// Nothing here proves who it is across messages; the identity itself, on this organisation, has to do.
		k.keys = []string{onlyKey(k.identities[0])}
	}
	return k, nil
}

// rawKey is the key of an identity that no rule knows.
func rawKey(id protocol.Identity) string { return "raw:" + id.Kind + ":" + id.Value }

func onlyKey(id protocol.Identity) string { return "only:" + id.Kind + ":" + id.Value }

// spelled is an identity in canonical form with the keys that join contacts.
type spelled struct {
	id      protocol.Identity
	joining []string
}

// spell brings identities into canonical form, in their order. at is the pointer to the list, for refusals.
func spell(list []protocol.Identity, at string) ([]spelled, error) { return spellKept(list, nil, at) }

// spellKept is spell for a list with some that the contact had before: of those, what no rule knows stays as it is, under the
// key by which it was met.
func spellKept(list, had []protocol.Identity, at string) ([]spelled, error) {
	out := make([]spelled, len(list))
	for i, in := range list {
		id, keys, err := identity.Normalize(identity.Kind(in.Kind), in.Value, defaultRegion)
		if err != nil && slices.Contains(had, in) {
			out[i] = spelled{id: in, joining: []string{rawKey(in)}}
			continue
		}
		if err != nil {
			return nil, identityRefusal(fmt.Sprintf("%s/%d", at, i), err)
		}
		out[i].id = protocol.Identity{Kind: string(id.Kind), Value: id.Value}
		for _, key := range keys {
			if key.Joins(false) {
				out[i].joining = append(out[i].joining, string(key))
			}
		}
	}
	return out, nil
}

func identityRefusal(pointer string, err error) error {
	var e *identity.Error
	if errors.As(err, &e) && e.Kind == "" {
		return fieldRefusal(pointer+"/kind", protocol.FieldInvalid)
	}
	return fieldRefusal(pointer+"/value", protocol.FieldInvalid)
}

func addIdentity(list []protocol.Identity, id protocol.Identity) []protocol.Identity {
	if slices.Contains(list, id) {
		return list
	}
	return append(list, id)
}

func contactClaim(key string) string { return "contact\x00" + key }

// origin is who a message comes from.
type origin struct {
	contact dispatch.Contact     // who stands for the sender
	kin     []dispatch.ContactID // the sender's own contact, then all that are one with it by merges
	made    bool                 // nobody had met the sender before
}

// find returns the contact that the keys name, made or completed as needed. Two keys of different contacts leave the
// contact of the first: merging is a person's decision.
//
// A stranger must pass the door before anything is made.
func (c *contacts) find(ctx context.Context, k known, door *door) (origin, error) {
	signature, era := k.signature(), c.recent.era.Load()
	if found, ok := c.recent.get(signature, k.name); ok {
		return found, nil
	}
	for range findTries {
		found, err := c.findOnce(ctx, k, door)
		if contended(err) {
			continue
		}
		if err != nil {
			return found, documentRefusal(err, nil)
		}
		met := found
		met.made = false
		c.recent.put(signature, met, era)
		return found, nil
	}
	return origin{}, &transport.Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}
}

func (c *contacts) findOnce(ctx context.Context, k known, door *door) (found origin, err error) {
	found.contact = dispatch.Contact{Name: k.name, Identity: k.shown, Route: k.route}
	holder, err := c.byKeys(k.keys)
	if err != nil {
		return found, err
	}
	if holder == "" {
		if err := door.enter(ctx); err != nil {
			return found, err
		}
		holder, err = c.create(ctx, k)
		found.made, found.kin = true, []dispatch.ContactID{dispatch.ContactID(holder)}
		found.contact.ID = found.kin[0]
		return found, err
	}
	n, err := c.node(holder)
	if err != nil {
		return found, err
	}
	found.contact.ID, found.kin = dispatch.ContactID(n.ID), []dispatch.ContactID{dispatch.ContactID(holder)}
	n.All(func(m *contact.Node) {
		if m.ID != holder {
			found.kin = append(found.kin, dispatch.ContactID(m.ID))
		}
	})
	found.contact.Name, err = c.complete(ctx, &n, k)
	return found, err
}

func (c *contacts) byKeys(keys []string) (string, error) {
	for _, key := range keys {
		if holder, err := c.holder(key); err != nil || holder != "" {
			return holder, err
		}
	}
	return "", nil
}

// contended: somebody else saved the same contact, or took one of its keys, meanwhile.
func contended(err error) bool {
	var taken *storage.Taken
	var stale *storage.Stale
	return errors.As(err, &taken) || errors.As(err, &stale)
}

func (c *contacts) create(ctx context.Context, k known) (string, error) {
	d := contact.Details{Name: k.name, Identities: k.identities, Documents: k.documents, CreatedAt: protocol.At(c.now())}
	id := newID(contactPrefix, homePartition)
	_, err := c.save(ctx, id, &d, 0, k.keys)
	return id, err
}

// complete adds what neither a known contact nor those that were merged into it have shown before, as far as there is room,
// and returns its name. A key that belongs to somebody else stays there.
func (c *contacts) complete(ctx context.Context, n *contact.Node, k known) (name string, err error) {
	d, whole, changed := n.Clone(), n.Whole(), false
	for _, list := range []struct{ have, all, add *[]protocol.Identity }{{&d.Identities, &whole.Identities, &k.identities}, {&d.Documents, &whole.Documents, &k.documents}} {
		for _, in := range *list.add {
			if !slices.Contains(*list.all, in) && len(*list.have) < protocol.MaxIdentities {
				*list.have = append(*list.have, in)
				changed = true
			}
		}
	}
	if whole.Name == "" && k.name != "" {
		d.Name, whole.Name, changed = k.name, k.name, true
	}
	if !changed {
		return whole.Name, nil
	}
	identities, err := spellKept(d.Identities, d.Identities, "/identities")
	if err != nil {
		return "", fmt.Errorf("keys of %s: %w", n.ID, err)
	}
	keys, err := c.ownKeys(n.ID, identities)
	if err != nil {
		return "", err
	}
	d.By = ""
	_, err = c.save(ctx, n.ID, &d, n.Version, keys)
	return whole.Name, err
}

// ownKeys are the keys by which the contact is found: those of its identities that nobody else holds.
func (c *contacts) ownKeys(id string, identities []spelled) ([]string, error) {
	var own []string
	for _, s := range identities {
		for _, key := range s.joining {
			holder, err := c.holder(key)
			if err != nil {
				return nil, err
			}
			if holder == "" || holder == id {
				own = append(own, key)
			}
		}
		if len(s.joining) > 0 {
			continue
		}
		key := onlyKey(s.id) // held since a message showed nothing else
		holder, err := c.holder(key)
		if err != nil {
			return nil, err
		}
		if holder == id {
			own = append(own, key)
		}
	}
	return own, nil
}

// holder is the contact that a key belongs to, empty if none.
func (c *contacts) holder(key string) (string, error) {
	v, _, err := c.db.Claimed([]byte(contactClaim(key)))
	if err != nil {
		return "", fmt.Errorf("find contact: %w", err)
	}
	return string(v), nil
}

func (c *contacts) save(ctx context.Context, id string, d *contact.Details, version uint64, keys []string) (uint64, error) {
	body, err := d.JSON()
	if err != nil {
		return 0, fmt.Errorf("encode contact: %w", err)
	}
	unique := make([]string, len(keys))
	for i, key := range keys {
		unique[i] = contactClaim(key)
	}
	doc, err := c.db.PutDocument(ctx, storage.Put{
		Kind: kindContact, ID: id, Shard: shardOf(id), Expect: version, Body: body, Unique: unique, Words: detailsWords(d), Time: c.now(),
	})
	return doc.Version, err
}

func decodeDetails(doc storage.Document) (d contact.Details, version uint64, err error) {
	if err := json.Unmarshal(doc.Body, &d); err != nil {
		return d, 0, fmt.Errorf("decode contact %s: %w", doc.ID, err)
	}
	return d, doc.Version, nil
}
