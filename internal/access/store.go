package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pronto/dispatch"
)

// The kinds of documents that this package keeps. Nobody else writes them.
const (
	KindCredential = "credential" // id: the agent's; password hash and sessions
	KindAPIToken   = "api_token"  // id: "tok_…"
)

// Document is what a Store keeps: a body under a kind and an id, with a version that grows by one at each write.
type Document struct {
	Kind      string
	ID        string
	Version   uint64
	Body      []byte
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Store keeps documents. A write is durable when it returns.
type Store interface {
	// GetDocument returns ErrNotFound for what is not there.
	GetDocument(ctx context.Context, kind, id string) (Document, error)
	// PutDocument writes d.Body if the stored version is d.Version (0: not there yet), or returns ErrStale.
	PutDocument(ctx context.Context, d Document) error
	// DeleteDocument deletes if the stored version is version, or returns ErrStale; ErrNotFound for what is not there.
	DeleteDocument(ctx context.Context, kind, id string, version uint64) error
	// ListDocuments returns up to limit documents of a kind with ids above after, by id.
	ListDocuments(ctx context.Context, kind, after string, limit int) ([]Document, error)
}

// Person is an agent, supervisor or administrator as the configuration has them now.
type Person struct {
	ID        dispatch.AgentID
	Name      string
	Role      Role
	Queues    []dispatch.QueueID
	AllQueues bool
	Disabled  bool // signs in no more; existing sessions stop working at once
}

// People finds persons. PersonByID is asked for every request and answers from memory, so that a change of role or queues
// applies at once. Both return ErrNotFound for whom there is not.
type People interface {
	PersonByID(ctx context.Context, id dispatch.AgentID) (Person, error)
	PersonByLogin(ctx context.Context, login string) (Person, error)
}

// credentialBody is the document of one person's credentials.
type credentialBody struct {
	Password  string        `json:"password,omitempty"` // PHC string; empty: cannot sign in with a password
	ChangedAt time.Time     `json:"changed_at,omitzero"`
	Sessions  []sessionBody `json:"sessions,omitempty"`
	Link      linkBody      `json:"link,omitzero"` // with which the person sets the password; at most one
}

type linkBody struct {
	Hash      []byte    `json:"hash"`
	ExpiresAt time.Time `json:"expires_at"`
}

type sessionBody struct {
	Hash      []byte    `json:"hash"`
	IP        string    `json:"ip,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

type tokenBody struct {
	Hash      []byte      `json:"hash"`
	Name      string      `json:"name"`
	Scopes    []Scope     `json:"scopes"`
	CreatedBy PrincipalID `json:"created_by,omitempty"`
	CreatedAt time.Time   `json:"created_at"`
	ExpiresAt time.Time   `json:"expires_at,omitzero"`
	SeenAt    time.Time   `json:"seen_at,omitzero"`
}

// staleRetries bounds how often an update starts over because the document changed meanwhile. Within one process a lock per
// account keeps that from happening.
const staleRetries = 5

// credentials reads a person's document; none is an empty one.
func (a *Accounts) credentials(ctx context.Context, id dispatch.AgentID) (credentialBody, uint64, error) {
	var body credentialBody
	version, err := a.read(ctx, KindCredential, string(id), &body)
	if errors.Is(err, ErrNotFound) {
		return credentialBody{}, 0, nil
	}
	return body, version, err
}

func (a *Accounts) read(ctx context.Context, kind, id string, body any) (version uint64, err error) {
	d, err := a.store.GetDocument(ctx, kind, id)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", kind, err)
	}
	if err := json.Unmarshal(d.Body, body); err != nil {
		return 0, fmt.Errorf("decode %s %s: %w", kind, id, err)
	}
	return d.Version, nil
}

func (a *Accounts) write(ctx context.Context, kind, id string, version uint64, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", kind, id, err)
	}
	if err := a.store.PutDocument(ctx, Document{Kind: kind, ID: id, Version: version, Body: raw}); err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	return nil
}

// updateCredentials changes a person's document; change returns false when there is nothing to write. Ended sessions leave
// the document on the way.
func (a *Accounts) updateCredentials(ctx context.Context, id dispatch.AgentID, change func(*credentialBody) bool) error {
	lock := a.lockOf(string(id))
	lock.Lock()
	defer lock.Unlock()
	for range staleRetries {
		body, version, err := a.credentials(ctx, id)
		if err != nil {
			return err
		}
		if !change(&body) {
			return nil
		}
		displaced := a.dropEnded(id, &body)
		err = a.write(ctx, KindCredential, string(id), version, body)
		if errors.Is(err, ErrStale) {
			continue
		}
		if err != nil {
			return err
		}
		for _, s := range displaced {
			a.revoked(s.credential(id))
		}
		return nil
	}
	return fmt.Errorf("update credentials: %w", ErrStale)
}

// updateToken changes an API token's document, if it is still there.
func (a *Accounts) updateToken(ctx context.Context, id string, change func(*tokenBody)) error {
	lock := a.lockOf(id)
	lock.Lock()
	defer lock.Unlock()
	var body tokenBody
	version, err := a.read(ctx, KindAPIToken, id, &body)
	if err != nil {
		return err
	}
	change(&body)
	return a.write(ctx, KindAPIToken, id, version, body)
}
