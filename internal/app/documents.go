package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/internal/access"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// documents keeps configuration for the edge: what is written is durable, in the catalogue, and told to the actors that
// it concerns, when Put returns.
type documents struct {
	db        *storage.DB
	audit     *audit
	catalog   *catalog
	system    *actors.System
	receivers *receivers
	now       func() time.Time
}

func (d *documents) Get(_ context.Context, kind, id string) (transport.Document, error) {
	doc, err := d.db.Document(kind, id)
	if errors.Is(err, storage.ErrNotFound) {
		return transport.Document{}, transport.Refuse(protocol.CodeNotFound)
	}
	return edgeDocument(doc), err
}

func edgeDocument(d storage.Document) transport.Document {
	return transport.Document{Kind: d.Kind, ID: d.ID, Version: d.Version, Body: d.Body}
}

func (d *documents) List(_ context.Context, kind, after string, limit int) ([]transport.Document, error) {
	page, err := d.db.Documents(kind, after, min(limit, storage.MaxDocuments))
	out := make([]transport.Document, len(page))
	for i := range page {
		out[i] = edgeDocument(page[i])
	}
	return out, err
}

func (d *documents) Put(ctx context.Context, c transport.Change) (uint64, error) {
	before, err := d.db.Document(c.Kind, c.ID)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return 0, err
	}
	if before.Version != c.Version {
		return 0, transport.Refuse(protocol.CodeVersionMismatch)
	}
	made := change{by: c.By, object: protocol.AuditObject{Kind: c.Kind, ID: c.ID}, action: "updated"}
	if c.Version == 0 {
		made.action = "created"
	}
	if err := d.audit.changed(ctx, made, before.Body, c.Body); err != nil {
		return 0, err
	}
	put := storage.Put{
		Kind: c.Kind, ID: c.ID, Shard: shardOf(c.ID), Expect: c.Version, Body: c.Body, Time: d.now(), Unique: uniqueKeys(c.Unique),
	}
	doc, err := d.db.PutDocument(ctx, put)
	if err != nil {
		err = documentRefusal(err, c.Unique)
		d.audit.refused(ctx, made, err)
		return 0, err
	}
	return doc.Version, d.inForce(c.Kind, c.ID, doc.Version)
}

func (d *documents) Delete(ctx context.Context, kind, id string, version uint64, by transport.Principal) error {
	if err := d.mayDelete(kind, id); err != nil {
		return err
	}
	before, err := d.db.Document(kind, id)
	if err != nil {
		return documentRefusal(err, nil)
	}
	if before.Version != version {
		return transport.Refuse(protocol.CodeVersionMismatch)
	}
	made := change{by: by, object: protocol.AuditObject{Kind: kind, ID: id}, action: "deleted"}
	if err := d.audit.changed(ctx, made, before.Body, nil); err != nil {
		return err
	}
	if err := d.db.DeleteDocument(ctx, kind, id, version, d.now()); err != nil {
		err = documentRefusal(err, nil)
		d.audit.refused(ctx, made, err)
		return err
	}
	return d.inForce(kind, id, 0)
}

// mayDelete keeps what running conversations need.
func (d *documents) mayDelete(kind, id string) (err error) {
	var used bool
	switch kind {
	case transport.KindQueue:
		return d.mustBeEmpty(dispatch.QueueID(id))
	case transport.KindAgent:
		var slots []dispatch.Slot
		slots, err = d.db.AgentSlots(dispatch.AgentID(id))
		used = len(slots) > 0
	case transport.KindChannel:
		used, err = d.db.OpenOn(dispatch.ChannelID(id))
	}
	if used && err == nil {
		err = transport.Refuse(protocol.CodeInUse)
	}
	return err
}

// mustBeEmpty: nobody waits in a queue, and no conversation of it is open that may come back to it.
func (d *documents) mustBeEmpty(queue dispatch.QueueID) error {
	err := d.db.EachWaiting(queue, func(*dispatch.Ticket) error { return transport.Refuse(protocol.CodeInUse) })
	for _, state := range []dispatch.ConversationState{dispatch.ConversationOffered, dispatch.ConversationActive, dispatch.ConversationWrapup} {
		if err != nil {
			return err
		}
		err = d.db.Conversations(storage.Listing{State: state}, func(id dispatch.ConversationID) error {
			s, _, err := d.db.LoadConversation(id)
			if err == nil && s.Queue == queue {
				err = transport.Refuse(protocol.CodeInUse)
			}
			return err
		})
	}
	return err
}

func shardOf(id string) storage.Shard {
	return storage.Shard(dispatch.PartitionOf(id).Shard())
}

func uniqueKeys(list []transport.Unique) []string {
	out := make([]string, len(list))
	for i, u := range list {
		out[i] = u.Key + "\x00" + u.Value
	}
	return out
}

// documentRefusal gives storage's refusals their codes on the wire.
func documentRefusal(err error, unique []transport.Unique) error {
	var (
		stale *storage.Stale
		taken *storage.Taken
	)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return transport.Refuse(protocol.CodeNotFound)
	case errors.Is(err, storage.ErrReadOnly):
		return transport.Refuse(protocol.CodeReadOnly)
	case errors.As(err, &stale):
		return transport.Refuse(protocol.CodeVersionMismatch)
	case errors.As(err, &taken):
		r := &transport.Refusal{Code: protocol.CodeAlreadyExists}
		for _, u := range unique {
			if strings.Contains(string(taken.Key), u.Key+"\x00"+u.Value) {
				r.Fields = append(r.Fields, protocol.FieldError{Pointer: u.Pointer, Code: protocol.FieldTaken})
			}
		}
		return r
	}
	return err
}

// stored is the body of a document as it is now; nil: there is none.
func (d *documents) stored(kind, id string) ([]byte, error) {
	doc, err := d.db.Document(kind, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return doc.Body, err
}

// inForce brings a document that was written, or deleted at version 0, into the catalogue and tells the actors and sessions.
func (d *documents) inForce(kind, id string, version uint64) error {
	before, after, err := d.catalog.change(kind, id, func() ([]byte, error) { return d.stored(kind, id) })
	if err != nil {
		return fmt.Errorf("put %s in force: %w", id, err)
	}
	switch kind {
	case transport.KindQueue:
		d.system.ConfigureQueue(dispatch.QueueID(id))
	case transport.KindBusinessHours:
		for queue, q := range after.queues {
			if q.HoursID == id {
				d.system.ConfigureQueue(queue)
			}
		}
	case transport.KindOrganisation:
		d.organisationChanged(after)
	case transport.KindWebhook:
		if version > 0 { // what is left of a removed one is dropped after it
			if err := d.receivers.configure(context.Background(), id); err != nil {
				return err
			}
		}
	case transport.KindAgent:
		agent := dispatch.AgentID(id)
		was, is := before.agents[agent], after.agents[agent]
		if was != nil || is != nil {
			d.system.Configure(agent)
		}
		if was != nil && is != nil && (was.Role != is.Role || !slices.Equal(was.QueueIDs, is.QueueIDs)) {
			d.system.AccessChanged(agent)
		}
	}
	if kind == transport.KindBusinessHours || kind == transport.KindQueue || kind == transport.KindChannel {
		d.system.HoursChanged()
	}
	e := dispatch.EventConfigChanged{Kind: kind, ID: id, Version: version}
	if kind == transport.KindAnnouncement {
		d.system.BroadcastTo(func(a dispatch.AgentID) bool {
			return after.concerns(before.notices[id], a) || after.concerns(after.notices[id], a)
		}, e)
		return nil
	}
	d.system.Broadcast(e)
	return nil
}

// credentialStore is the documents of sign-in. Nothing of the catalogue depends on them.
type credentialStore struct {
	db  *storage.DB
	now func() time.Time
}

// credentialID keeps credentials apart from the agent's own document under the same id.
func credentialID(kind, id string) string { return kind + "/" + id }

func (c credentialStore) GetDocument(_ context.Context, kind, id string) (access.Document, error) {
	d, err := c.db.Document(kind, credentialID(kind, id))
	if errors.Is(err, storage.ErrNotFound) {
		return access.Document{}, access.ErrNotFound
	}
	return accessDocument(d, id), err
}

func accessDocument(d storage.Document, id string) access.Document {
	return access.Document{Kind: d.Kind, ID: id, Version: d.Version, Body: d.Body, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}
}

func (c credentialStore) PutDocument(ctx context.Context, d access.Document) error {
	put := storage.Put{Kind: d.Kind, ID: credentialID(d.Kind, d.ID), Shard: shardOf(d.ID), Expect: d.Version, Body: d.Body, Time: c.now()}
	_, err := c.db.PutDocument(ctx, put)
	return accessError(err)
}

func (c credentialStore) DeleteDocument(ctx context.Context, kind, id string, version uint64) error {
	return accessError(c.db.DeleteDocument(ctx, kind, credentialID(kind, id), version, c.now()))
}

func (c credentialStore) ListDocuments(_ context.Context, kind, after string, limit int) ([]access.Document, error) {
	page, err := c.db.Documents(kind, credentialID(kind, after), limit)
	out := make([]access.Document, len(page))
	for i := range page {
		out[i] = accessDocument(page[i], strings.TrimPrefix(page[i].ID, kind+"/"))
	}
	return out, err
}

func accessError(err error) error {
	var stale *storage.Stale
	switch {
	case errors.As(err, &stale):
		return access.ErrStale
	case errors.Is(err, storage.ErrNotFound):
		return access.ErrNotFound
	}
	return err
}

// answers keeps the answers of requests with an Idempotency-Key, with the retention of commands.
type answers struct {
	db  *storage.DB
	now func() time.Time
}

func (a answers) Find(_ context.Context, principal, key string) (transport.StoredAnswer, bool, error) {
	var out transport.StoredAnswer
	raw, ok, err := a.db.KeptAnswer(principal, key)
	if err != nil || !ok {
		return out, false, err
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, false, fmt.Errorf("decode kept answer: %w", err)
	}
	return out, true, nil
}

func (a answers) Keep(ctx context.Context, principal, key string, answer transport.StoredAnswer) error {
	raw, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return a.db.KeepAnswer(ctx, a.now(), principal, key, raw)
}
