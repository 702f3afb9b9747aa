package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pronto/dispatch"
)

// The event types of this package; typed layers start at FirstEventType.
const (
	EventDocumentSaved   uint16 = 1
	EventDocumentDeleted uint16 = 2
	FirstEventType       uint16 = 16
)

// MaxDocuments is the most that Documents returns at once.
const MaxDocuments = 1000

// Document is a versioned object: configuration, a contact, a credential.
type Document struct {
	Kind      string
	ID        string
	Version   uint64 // +1 for every write, deletions included; never reused
	Body      []byte
	Unique    []string // what is claimed for it, Put.Claims included
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Put saves a document.
type Put struct {
	Kind   string
	ID     string
	Shard  Shard // the same for every write of the id
	Expect uint64
	Body   []byte
	// Unique strings are claimed for the id; those it no longer names are released.
	Unique []string
	// Claims are claimed like Unique, for values of their own.
	Claims []Claim
	// Words are what Options.Words finds in Body; nil: they are looked for there.
	Words []string
	Time  time.Time
}

// document is the stored form: the state of the entity, and the data of its events.
type document struct {
	Kind    string
	Deleted bool
	Created int64
	Updated int64
	Unique  []string
	Body    []byte
}

const documentVersion = 1

func (d *document) encode() []byte {
	flags := byte(0)
	if d.Deleted {
		flags = 1
	}
	out := appendBytes([]byte{documentVersion, flags}, d.Kind)
	out = binary.AppendVarint(out, d.Created)
	out = binary.AppendVarint(out, d.Updated)
	out = binary.AppendUvarint(out, uint64(len(d.Unique)))
	for _, u := range d.Unique {
		out = appendBytes(out, u)
	}
	return append(out, d.Body...)
}

func decodeDocument(raw []byte) (*document, error) {
	if len(raw) > 0 && raw[0] > documentVersion {
		return nil, fmt.Errorf("document version %d: %w", raw[0], ErrNewerFormat)
	}
	if len(raw) < 2 || raw[0] != documentVersion {
		return nil, corrupt("document")
	}
	d := decoder{b: raw[2:]}
	doc := &document{Deleted: raw[1] == 1, Kind: string(d.bytes()), Created: d.varint(), Updated: d.varint()}
	for _, u := range d.keys() {
		doc.Unique = append(doc.Unique, string(u))
	}
	if d.bad || raw[1] > 1 {
		return nil, corrupt("document")
	}
	doc.Body = d.b
	return doc, nil
}

// PutDocument saves the document if its version is Expect, 0 meaning that it must
// not exist. It refuses with *Stale or *Taken.
func (db *DB) PutDocument(ctx context.Context, p Put) (Document, error) {
	doc := Document{Kind: p.Kind, ID: p.ID, Body: p.Body, UpdatedAt: unixNano(p.Time.UnixNano())}
	err := db.putDocument(ctx, &p, &doc)
	if err != nil {
		return Document{}, fmt.Errorf("put document %s: %w", p.ID, err)
	}
	return doc, nil
}

func (db *DB) putDocument(ctx context.Context, p *Put, doc *Document) error {
	if p.Kind == "" || strings.IndexByte(p.Kind, 0) >= 0 {
		return fmt.Errorf("kind %q: %w", p.Kind, ErrInvalid)
	}
	if p.Expect == 0 { // most are new, and then there is nothing to read
		var exists *Stale
		if err := db.putNext(ctx, p, doc, nil, 0); !errors.As(err, &exists) {
			return err
		}
	}
	old, version, err := db.document(p.ID)
	if err != nil {
		return err
	}
	return db.putNext(ctx, p, doc, old, version)
}

// putNext saves the document after old, which is nil if there is none.
func (db *DB) putNext(ctx context.Context, p *Put, doc *Document, old *document, version uint64) error {
	if old != nil && old.Kind != p.Kind {
		return fmt.Errorf("kind %q, stored as %q: %w", p.Kind, old.Kind, ErrInvalid)
	}
	unique := p.unique()
	next := &document{
		Kind: p.Kind, Created: p.Time.UnixNano(), Updated: p.Time.UnixNano(), Unique: unique, Body: p.Body,
	}
	expect := p.Expect
	live := old != nil && !old.Deleted
	switch {
	case live != (p.Expect > 0):
		return &Stale{Entity: p.ID, Have: liveVersion(live, version)}
	case live:
		next.Created = old.Created
	default:
		expect = version // of the deletion, or 0
	}
	doc.Version, doc.CreatedAt = expect+1, unixNano(next.Created)
	c := documentChange(p.ID, p.Shard, expect, EventDocumentSaved, next)
	c.Time = p.Time
	c.Set = []Row{{Key: documentKey(p.Kind, p.ID)}}
	rows, err := documentRows(p.Kind, p.ID, p.Body)
	if err != nil {
		return err
	}
	var before []Row
	if live {
		if before, err = documentRows(p.Kind, p.ID, old.Body); err != nil {
			return err
		}
	}
	diff(&c, before, rows)
	for _, u := range p.Unique {
		c.Claim = append(c.Claim, Claim{Key: []byte(u), Value: []byte(p.ID)})
	}
	c.Claim = append(c.Claim, p.Claims...)
	doc.Unique = unique
	if live {
		c.Release = dropped(old.Unique, unique)
	}
	db.reword(&c, p.ID, old, next, p.Words)
	return db.commitDocument(ctx, c)
}

// unique are the keys of everything that the document claims.
func (p *Put) unique() []string {
	if len(p.Claims) == 0 {
		return p.Unique
	}
	out := slices.Clone(p.Unique)
	for i := range p.Claims {
		out = append(out, string(p.Claims[i].Key))
	}
	return out
}

func liveVersion(live bool, version uint64) uint64 {
	if live {
		return version
	}
	return 0
}

func documentChange(id string, shard Shard, expect uint64, typ uint16, d *document) Change {
	data := d.encode()
	return Change{
		Shard: shard, Entity: id, Expect: expect, Events: []Event{{Type: typ, Data: data}}, State: data,
	}
}

func (db *DB) commitDocument(ctx context.Context, c Change) error {
	if err := checkEntity(c.Entity); err != nil {
		return err
	}
	if c.Shard >= Shards {
		return fmt.Errorf("shard %d: %w", c.Shard, ErrInvalid)
	}
	if err := c.checkClaims(); err != nil {
		return err
	}
	return db.commit(ctx, c)
}

// dropped are the strings of was that are not in is.
func dropped(was, is []string) (out [][]byte) {
	for _, u := range was {
		if !slices.Contains(is, u) {
			out = append(out, []byte(u))
		}
	}
	return out
}

// DeleteDocument deletes the document if its version is expect, and releases its
// unique strings. It refuses with *Stale or ErrNotFound.
func (db *DB) DeleteDocument(ctx context.Context, kind, id string, expect uint64, now time.Time) error {
	if err := db.deleteDocument(ctx, kind, id, expect, now); err != nil {
		return fmt.Errorf("delete document %s: %w", id, err)
	}
	return nil
}

func (db *DB) deleteDocument(ctx context.Context, kind, id string, expect uint64, now time.Time) error {
	old, version, err := db.document(id)
	if err != nil {
		return err
	}
	if old == nil || old.Deleted || old.Kind != kind {
		return ErrNotFound
	}
	if version != expect {
		return &Stale{Entity: id, Have: version}
	}
	_, shard, err := db.Count(id)
	if err != nil {
		return err
	}
	gone := &document{Kind: kind, Deleted: true, Created: old.Created, Updated: now.UnixNano()}
	c := documentChange(id, shard, expect, EventDocumentDeleted, gone)
	c.Time = now
	c.Delete = [][]byte{documentKey(kind, id)}
	rows, err := documentRows(kind, id, old.Body)
	if err != nil {
		return err
	}
	diff(&c, rows, nil)
	c.Release = dropped(old.Unique, nil)
	db.reword(&c, id, old, gone, nil)
	if kind == kindAttachment {
		c.Claim = []Claim{{Key: attachmentKey(dispatch.AttachmentID(id))}} // nobody takes it into a message from now on
	}
	return db.commitDocument(ctx, c)
}

// document returns nil for an id that was never written.
func (db *DB) document(id string) (*document, uint64, error) {
	if err := checkEntity(id); err != nil {
		return nil, 0, err
	}
	data, version, err := db.State(id)
	if errors.Is(err, ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	doc, err := decodeDocument(data)
	return doc, version, err
}

// Document returns a document, or ErrNotFound.
func (db *DB) Document(kind, id string) (Document, error) {
	d, version, err := db.document(id)
	if err == nil && (d == nil || d.Deleted || d.Kind != kind) {
		err = ErrNotFound
	}
	if err != nil {
		return Document{}, fmt.Errorf("read document %s: %w", id, err)
	}
	return Document{
		Kind: kind, ID: id, Version: version, Body: d.Body, Unique: d.Unique,
		CreatedAt: unixNano(d.Created), UpdatedAt: unixNano(d.Updated),
	}, nil
}

// DocumentAt returns a document as it was in an earlier version, or ErrNotFound.
func (db *DB) DocumentAt(kind, id string, version uint64) (Document, error) {
	d, err := db.documentAt(kind, id, version)
	if err != nil {
		return Document{}, fmt.Errorf("read document %s at %d: %w", id, version, err)
	}
	return Document{
		Kind: kind, ID: id, Version: version, Body: d.Body, Unique: d.Unique,
		CreatedAt: unixNano(d.Created), UpdatedAt: unixNano(d.Updated),
	}, nil
}

func (db *DB) documentAt(kind, id string, version uint64) (*document, error) {
	if version == 0 {
		return nil, ErrNotFound
	}
	events, err := db.Events(id, version-1, 1)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 || events[0].Type != EventDocumentSaved {
		return nil, ErrNotFound
	}
	d, err := decodeDocument(events[0].Data)
	if err == nil && d.Kind != kind {
		err = ErrNotFound
	}
	return d, err
}

// Documents returns the documents of a kind with ids above afterID, in order of
// their ids, at most limit and MaxDocuments of them.
// Fewer than asked for are all that follow, also where some are deleted meanwhile.
func (db *DB) Documents(kind, afterID string, limit int) ([]Document, error) {
	if limit = min(limit, MaxDocuments); limit <= 0 {
		return nil, nil
	}
	var out []Document
	for {
		want := limit - len(out)
		ids, err := db.documentIDs(kind, afterID, want)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = make([]Document, 0, len(ids))
		}
		for _, id := range ids {
			afterID = id
			doc, err := db.Document(kind, id)
			if errors.Is(err, ErrNotFound) {
				continue // deleted meanwhile
			}
			if err != nil {
				return nil, err
			}
			out = append(out, doc)
		}
		if len(ids) < want || len(out) == limit {
			return out, nil
		}
	}
}

func (db *DB) documentIDs(kind, afterID string, limit int) (ids []string, err error) {
	prefix := documentKey(kind, "")
	r := Range{Prefix: prefix, Limit: limit}
	if afterID != "" {
		r.From = append(documentKey(kind, afterID), 0)
	}
	err = db.Scan(r, func(key, _ []byte) error {
		ids = append(ids, string(key[len(prefix):]))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	return ids, nil
}

func documentKey(kind, id string) []byte {
	return append(append(append([]byte{reserved, 'd'}, kind...), 0), id...)
}
