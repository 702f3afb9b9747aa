package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"pronto/dispatch"
	"pronto/internal/contact"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

const (
	maxMerged     = 20  // contacts that one stands for, beside itself: they are read together
	maxIdentities = 100 // of all of them, and as many documents
)

// Merge lets id stand for other from now on, in one write: that of the other's own document. Both must stand for
// themselves so far.
func (c *contacts) Merge(ctx context.Context, by transport.Principal, id, other dispatch.ContactID) (protocol.Contact, error) {
	c.merging.Lock()
	defer c.merging.Unlock()
	into, merged, err := c.mergeable(string(id), string(other))
	if err != nil {
		return protocol.Contact{}, err
	}
	err = c.point(ctx, by, merged.ID, into.ID, "merged")
	if err != nil {
		return protocol.Contact{}, err
	}
	return c.tellAgain(id)
}

// mergeable reads the two.
func (c *contacts) mergeable(id, other string) (into, merged contact.Node, err error) {
	if into, err = c.tree(id); err != nil {
		return into, merged, documentRefusal(err, nil)
	}
	if err := c.standsForItself(into); err != nil {
		return into, merged, err
	}
	merged, err = c.tree(other)
	if errors.Is(err, storage.ErrNotFound) {
		err = fieldRefusal("/contact_id", protocol.FieldNotFound)
	}
	if err == nil && id == other {
		err = fieldRefusal("/contact_id", protocol.FieldNotAllowed)
	}
	if err == nil {
		err = c.standsForItself(merged)
	}
	var refused *transport.Refusal
	if errors.As(err, &refused) && refused.Code == protocol.CodeContactMerged {
		refused.Fields = []protocol.FieldError{{Pointer: "/contact_id", Code: protocol.FieldMerged}}
	}
	if err != nil {
		return into, merged, err
	}
	all := into
	all.Merged = append(slices.Clone(into.Merged), merged)
	whole := all.Whole()
	if all.Size() > maxMerged+1 || len(whole.Identities) > maxIdentities || len(whole.Documents) > maxIdentities {
		return into, merged, &transport.Refusal{
			Code: protocol.CodeConflict, Reason: "too_many", Fields: []protocol.FieldError{{Pointer: "/contact_id", Code: protocol.FieldTooLong}},
		}
	}
	return into, merged, nil
}

// standsForItself refuses a contact that was merged before, and names the one that stands for it.
func (c *contacts) standsForItself(n contact.Node) error {
	if n.MergedInto == "" {
		return nil
	}
	root, err := c.db.RootContact(dispatch.ContactID(n.ID))
	if err != nil {
		return err
	}
	return &transport.Refusal{Code: protocol.CodeContactMerged, Reason: string(root)}
}

// Unmerge lets a contact stand for itself again, with those that were merged into it before: all that it had is there as
// it was. What was written to the one that stood for it stays with that one.
func (c *contacts) Unmerge(ctx context.Context, by transport.Principal, id dispatch.ContactID) (protocol.Contact, error) {
	c.merging.Lock()
	defer c.merging.Unlock()
	n, err := c.tree(string(id))
	if err != nil {
		return protocol.Contact{}, documentRefusal(err, nil)
	}
	if n.MergedInto == "" {
		return protocol.Contact{}, &transport.Refusal{Code: protocol.CodeConflict, Reason: "not_merged"}
	}
	from, err := c.db.RootContact(id)
	if err != nil {
		return protocol.Contact{}, err
	}
	if err := c.point(ctx, by, n.ID, "", "unmerged"); err != nil {
		return protocol.Contact{}, err
	}
	if _, err := c.tellAgain(from); err != nil {
		return protocol.Contact{}, err
	}
	return c.tellAgain(id)
}

// point writes into whom a contact is merged, empty: into nobody. The audit comes first.
func (c *contacts) point(ctx context.Context, by transport.Principal, id, into, action string) error {
	made := change{by: by, object: protocol.AuditObject{Kind: kindContact, ID: id}, action: action}
	for try := 0; ; try++ {
		doc, err := c.db.Document(kindContact, id)
		if err != nil {
			return err
		}
		d, _, err := decodeDetails(doc)
		if err != nil {
			return err
		}
		before := d.MergedInto
		d.MergedInto, d.By = into, by.ID
		body, err := json.Marshal(&d)
		if err != nil {
			return fmt.Errorf("encode contact: %w", err)
		}
		if try == 0 {
			entry := made.entry()
			entry.Changes = []protocol.AuditChange{{Field: "merged_into", Before: orNothing(before), After: orNothing(into)}}
			if err := c.audit.Record(ctx, by, entry); err != nil {
				return err
			}
		}
		err = c.putPoint(ctx, doc, body, dispatch.ContactID(into))
		if contended(err) && try < findTries {
			continue // a message of the contact completed it meanwhile
		}
		if err != nil {
			err = documentRefusal(err, nil)
			c.audit.refused(ctx, made, err)
			return err
		}
		c.recent.forgetAll()
		c.system.ForgetArrivals()
		return nil
	}
}

func orNothing(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// putPoint keeps the keys of the contact as they are.
func (c *contacts) putPoint(ctx context.Context, doc storage.Document, body []byte, into dispatch.ContactID) error {
	claim := storage.MergeClaim(dispatch.ContactID(doc.ID), into)
	put := storage.Put{
		Kind: kindContact, ID: doc.ID, Shard: shardOf(doc.ID), Expect: doc.Version, Body: body, Time: c.now(),
		Unique: slices.DeleteFunc(doc.Unique, func(key string) bool { return key == string(claim.Key) }),
	}
	if into != "" {
		put.Claims = []storage.Claim{claim}
	}
	_, err := c.db.PutDocument(ctx, put)
	return err
}
