package access

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Token is an API token as it can be shown: all but its secret.
type Token struct {
	ID        PrincipalID
	Name      string
	Scopes    []Scope
	CreatedBy PrincipalID
	CreatedAt time.Time
	ExpiresAt time.Time // zero for never
	SeenAt    time.Time // up to SeenInterval old; zero for never
}

// TokenSpec is what a new API token is made from.
type TokenSpec struct {
	Name      string
	Scopes    []Scope
	ExpiresAt time.Time // zero for never
	CreatedBy PrincipalID
}

// CreateToken makes an API token. Its secret is in the answer and nowhere else. It returns ErrBadScope for no scope or an
// unknown one, ErrBadExpiry for an expiry that has passed.
func (a *Accounts) CreateToken(ctx context.Context, spec TokenSpec) (Secret, Token, error) {
	now := a.now().UTC()
	if len(spec.Scopes) == 0 {
		return "", Token{}, ErrBadScope
	}
	for _, s := range spec.Scopes {
		if _, err := ParseScope(string(s)); err != nil {
			return "", Token{}, err
		}
	}
	if !spec.ExpiresAt.IsZero() && !spec.ExpiresAt.After(now) {
		return "", Token{}, ErrBadExpiry
	}
	secret, err := newToken(a.random, prefixAPI, "")
	if err != nil {
		return "", Token{}, fmt.Errorf("make api token: %w", err)
	}
	c, _ := parseToken(secret.Reveal())
	body := tokenBody{
		Hash: c.hash[:], Name: spec.Name, Scopes: slices.Clone(spec.Scopes), CreatedBy: spec.CreatedBy,
		CreatedAt: now, ExpiresAt: spec.ExpiresAt,
	}
	id := apiTokenID(c.hash)
	if err := a.write(ctx, KindAPIToken, id, 0, body); err != nil {
		return "", Token{}, err
	}
	return secret, body.token(id), nil
}

// RevokeToken makes an API token useless. It returns ErrNotFound for an unknown one.
func (a *Accounts) RevokeToken(ctx context.Context, id PrincipalID) error {
	lock := a.lockOf(string(id))
	lock.Lock()
	defer lock.Unlock()
	var body tokenBody
	version, err := a.read(ctx, KindAPIToken, string(id), &body)
	if err != nil {
		return err
	}
	if len(body.Hash) != len(digest{}) {
		return fmt.Errorf("decode %s %s: hash has a wrong length", KindAPIToken, id)
	}
	if err := a.store.DeleteDocument(ctx, KindAPIToken, string(id), version); err != nil {
		return fmt.Errorf("delete %s: %w", KindAPIToken, err)
	}
	a.revoked(Credential{prefix: prefixAPI, hash: digest(body.Hash)})
	return nil
}

// GetToken returns one API token, or ErrNotFound.
func (a *Accounts) GetToken(ctx context.Context, id PrincipalID) (Token, error) {
	var body tokenBody
	if _, err := a.read(ctx, KindAPIToken, string(id), &body); err != nil {
		return Token{}, err
	}
	return body.token(string(id)), nil
}

// ListTokens returns up to limit API tokens with ids above after.
func (a *Accounts) ListTokens(ctx context.Context, after PrincipalID, limit int) ([]Token, error) {
	documents, err := a.store.ListDocuments(ctx, KindAPIToken, string(after), limit)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", KindAPIToken, err)
	}
	out := make([]Token, 0, len(documents))
	for _, d := range documents {
		var body tokenBody
		if err := json.Unmarshal(d.Body, &body); err != nil {
			return nil, fmt.Errorf("decode %s %s: %w", KindAPIToken, d.ID, err)
		}
		out = append(out, body.token(d.ID))
	}
	return out, nil
}

func (a *Accounts) loadToken(ctx context.Context, c Credential) (*grant, time.Time, error) {
	id := apiTokenID(c.hash)
	var body tokenBody
	_, err := a.read(ctx, KindAPIToken, id, &body)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, time.Time{}, ErrUnauthorized
	case err != nil:
		return nil, time.Time{}, err
	case !bytes.Equal(body.Hash, c.hash[:]):
		return nil, time.Time{}, ErrUnauthorized
	}
	t := body.token(id)
	return &grant{credential: c, token: &t, expires: body.ExpiresAt}, body.SeenAt, nil
}

func (b tokenBody) token(id string) Token {
	return Token{
		ID: PrincipalID(id), Name: b.Name, Scopes: b.Scopes, CreatedBy: b.CreatedBy, CreatedAt: b.CreatedAt,
		ExpiresAt: b.ExpiresAt, SeenAt: b.SeenAt,
	}
}

func (t Token) principal(c Credential) Principal {
	return Principal{ID: t.ID, Name: t.Name, Role: RoleIntegrator, Scopes: t.Scopes, ExpiresAt: t.ExpiresAt, Credential: c}
}
