package access

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pronto/dispatch"
)

// Session is one sign-in of a person, for showing.
type Session struct {
	Credential Credential
	IP         string
	CreatedAt  time.Time
	SeenAt     time.Time // up to SeenInterval old
	ExpiresAt  time.Time
}

func (a *Accounts) openSession(ctx context.Context, person Person, phc, password string, ip netip.Addr) (Secret, time.Time, Principal, error) {
	secret, err := newToken(a.random, prefixSession, string(person.ID))
	if err != nil {
		return "", time.Time{}, Principal{}, fmt.Errorf("make session token: %w", err)
	}
	credential, ok := parseToken(secret.Reveal())
	if !ok {
		return "", time.Time{}, Principal{}, fmt.Errorf("make session token: id of the person cannot be part of one")
	}
	rehashed := ""
	if a.hasher.outdated(phc) {
		if rehashed, err = a.hasher.hash(ctx, password); err != nil {
			return "", time.Time{}, Principal{}, fmt.Errorf("renew password hash: %w", err)
		}
	}
	now := a.now().UTC()
	expires := now.Add(SessionLifetime)
	session := sessionBody{Hash: credential.hash[:], CreatedAt: now, SeenAt: now, ExpiresAt: expires}
	if ip.IsValid() {
		session.IP = ip.Unmap().String()
	}
	changed := false
	err = a.updateCredentials(ctx, person.ID, func(b *credentialBody) bool {
		if changed = b.Password != phc; changed {
			return false // changed while we looked: the old password opens nothing
		}
		if rehashed != "" {
			b.Password = rehashed
		}
		b.Sessions = append(b.Sessions, session)
		return true
	})
	switch {
	case err != nil:
		return "", time.Time{}, Principal{}, err
	case changed:
		return "", time.Time{}, Principal{}, ErrBadCredentials
	}
	return secret, expires, person.principal(credential, expires), nil
}

// Logout ends the session behind p. Ending an ended one is no error; API tokens do not end this way: ErrNotFound.
func (a *Accounts) Logout(ctx context.Context, p Principal) error {
	return a.RevokeSession(ctx, p.Credential)
}

// RevokeSession ends one session.
func (a *Accounts) RevokeSession(ctx context.Context, c Credential) error {
	if c.prefix != prefixSession {
		return ErrNotFound
	}
	err := a.updateCredentials(ctx, dispatch.AgentID(c.account), func(b *credentialBody) bool {
		i := b.find(c.hash)
		if i < 0 {
			return false
		}
		b.Sessions = slices.Delete(b.Sessions, i, i+1)
		return true
	})
	if err != nil {
		return err
	}
	a.revoked(c)
	return nil
}

// EndSessions ends the sessions of a person that which selects, in one write.
func (a *Accounts) EndSessions(ctx context.Context, id dispatch.AgentID, which func(Credential) bool) error {
	var ended []Credential
	err := a.updateCredentials(ctx, id, func(b *credentialBody) bool {
		ended = nil // of a try whose write came too late
		a.dropEnded(id, b)
		b.Sessions = slices.DeleteFunc(b.Sessions, func(s sessionBody) bool {
			c := s.credential(id)
			gone := which(c)
			if gone {
				ended = append(ended, c)
			}
			return gone
		})
		return len(ended) > 0
	})
	if err != nil {
		return err
	}
	for _, c := range ended {
		a.revoked(c)
	}
	return nil
}

// revoked makes a credential that is gone from the store useless here.
func (a *Accounts) revoked(c Credential) {
	a.cache.invalidate(c)
	a.onRevoke(Revocation{Credential: c})
}

// Sessions lists a person's open sessions, newest first.
func (a *Accounts) Sessions(ctx context.Context, id dispatch.AgentID) ([]Session, error) {
	body, _, err := a.credentials(ctx, id)
	if err != nil {
		return nil, err
	}
	a.dropEnded(id, &body)
	out := make([]Session, 0, len(body.Sessions))
	for _, s := range slices.Backward(body.Sessions) {
		out = append(out, Session{Credential: s.credential(id), IP: s.IP, CreatedAt: s.CreatedAt, SeenAt: s.SeenAt, ExpiresAt: s.ExpiresAt})
	}
	return out, nil
}

// ByToken returns who is behind a session or API token, as they are now, or ErrUnauthorized. It counts as use.
func (a *Accounts) ByToken(ctx context.Context, token string) (Principal, error) {
	c, ok := parseToken(token)
	if !ok {
		return Principal{}, ErrUnauthorized
	}
	return a.resolve(ctx, c)
}

// Check returns who is behind a credential now, or ErrUnauthorized when it has ended. It counts as use: who
// holds a connection open calls it now and then.
func (a *Accounts) Check(ctx context.Context, c Credential) (Principal, error) {
	return a.resolve(ctx, c)
}

func (a *Accounts) resolve(ctx context.Context, c Credential) (Principal, error) {
	now := a.now()
	g, live, generation := a.cache.use(now, c)
	if g == nil {
		var saved time.Time
		var err error
		if g, saved, err = a.load(ctx, c); err != nil {
			return Principal{}, err
		}
		live = a.cache.add(now, g, saved, generation)
	}
	if !live {
		return Principal{}, ErrUnauthorized
	}
	if g.token != nil {
		return g.token.principal(g.credential), nil
	}
	person, err := a.people.PersonByID(ctx, g.agent)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && person.Disabled:
		return Principal{}, ErrUnauthorized
	case err != nil:
		return Principal{}, fmt.Errorf("find person: %w", err)
	}
	return person.principal(c, g.expires), nil
}

// load reads a credential from the store; saved is its last use as written down.
func (a *Accounts) load(ctx context.Context, c Credential) (g *grant, saved time.Time, err error) {
	switch c.prefix {
	case prefixAPI:
		return a.loadToken(ctx, c)
	case prefixSession:
		body, _, err := a.credentials(ctx, dispatch.AgentID(c.account))
		if err != nil {
			return nil, time.Time{}, err
		}
		i := body.find(c.hash)
		if i < 0 {
			return nil, time.Time{}, ErrUnauthorized
		}
		s := body.Sessions[i]
		g := &grant{credential: c, agent: dispatch.AgentID(c.account), expires: s.ExpiresAt, idle: SessionIdle}
		return g, s.SeenAt, nil
	default:
		return nil, time.Time{}, ErrUnauthorized
	}
}

// Flush writes down when credentials were last used. Call it about every SeenInterval and at shutdown; what a crash loses
// makes sessions seem idle for that much longer.
func (a *Accounts) Flush(ctx context.Context) error {
	sessions := map[dispatch.AgentID][]lastUse{}
	var problems []error
	for _, u := range a.cache.toSave(SeenInterval) {
		if u.credential.prefix == prefixSession {
			id := dispatch.AgentID(u.credential.account)
			sessions[id] = append(sessions[id], u)
			continue
		}
		err := a.updateToken(ctx, apiTokenID(u.credential.hash), func(b *tokenBody) { b.SeenAt = u.at.UTC() })
		if err != nil && !errors.Is(err, ErrNotFound) {
			problems = append(problems, err)
		}
	}
	for id, uses := range sessions {
		err := a.updateCredentials(ctx, id, func(b *credentialBody) bool { return b.seen(uses) })
		if err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

func (b *credentialBody) seen(uses []lastUse) (changed bool) {
	for _, u := range uses {
		if i := b.find(u.credential.hash); i >= 0 && u.at.After(b.Sessions[i].SeenAt) {
			b.Sessions[i].SeenAt = u.at.UTC()
			changed = true
		}
	}
	return changed
}

func (b *credentialBody) find(hash digest) int {
	return slices.IndexFunc(b.Sessions, func(s sessionBody) bool { return bytes.Equal(s.Hash, hash[:]) })
}

// dropEnded removes a person's sessions that are over, and beyond MaxSessions those unused for longest, which it returns: they
// were still valid. What counts is when they were really used, which may not be written down yet; idle ones stay a little
// longer than they are accepted.
func (a *Accounts) dropEnded(id dispatch.AgentID, b *credentialBody) (displaced []sessionBody) {
	now := a.now()
	for i := range b.Sessions {
		s := &b.Sessions[i]
		if at := a.cache.lastSeen(s.credential(id)); at.After(s.SeenAt) {
			s.SeenAt = at.UTC()
		}
	}
	b.Sessions = slices.DeleteFunc(b.Sessions, func(s sessionBody) bool {
		return len(s.Hash) != len(digest{}) || !now.Before(s.ExpiresAt) || now.Sub(s.SeenAt) >= SessionIdle+2*SeenInterval
	})
	if over := len(b.Sessions) - MaxSessions; over > 0 {
		byUse := slices.Clone(b.Sessions)
		slices.SortStableFunc(byUse, func(x, y sessionBody) int { return x.SeenAt.Compare(y.SeenAt) })
		displaced = byUse[:over]
		b.Sessions = slices.DeleteFunc(b.Sessions, func(s sessionBody) bool {
			return slices.ContainsFunc(displaced, func(d sessionBody) bool { return bytes.Equal(d.Hash, s.Hash) })
		})
	}
	return displaced
}

func (s sessionBody) credential(id dispatch.AgentID) Credential {
	return Credential{prefix: prefixSession, account: string(id), hash: digest(s.Hash)}
}

func (p Person) principal(c Credential, expires time.Time) Principal {
	return Principal{
		ID: PrincipalID(p.ID), Name: p.Name, Role: p.Role, Queues: p.Queues, AllQueues: p.AllQueues,
		ExpiresAt: expires, Credential: c,
	}
}
