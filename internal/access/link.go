package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"pronto/dispatch"
)

// How long a link works with which a person sets their password: an invitation, for who has none yet, reaches people who are
// not at work; one for who forgot theirs is asked for and used at once.
const (
	InvitationLifetime = 72 * time.Hour
	ResetLifetime      = 30 * time.Minute
)

// IssueLink returns the secret of a link with which the person sets their password once, in place of any earlier one. The
// password of now works until then. It returns ErrNotFound, or ErrDisabled.
func (a *Accounts) IssueLink(ctx context.Context, id dispatch.AgentID) (Secret, time.Time, error) {
	person, err := a.people.PersonByID(ctx, id)
	switch {
	case err != nil:
		return "", time.Time{}, fmt.Errorf("find person: %w", err)
	case person.Disabled:
		return "", time.Time{}, ErrDisabled
	}
	secret, err := newToken(a.random, prefixLink, string(id))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("make link: %w", err)
	}
	c, ok := parseToken(secret.Reveal())
	if !ok {
		return "", time.Time{}, errors.New("make link: id of the person cannot be part of one")
	}
	var expires time.Time
	err = a.updateCredentials(ctx, id, func(b *credentialBody) bool {
		life := InvitationLifetime
		if b.Password != "" {
			life = ResetLifetime
		}
		expires = a.now().UTC().Add(life)
		b.Link = linkBody{Hash: c.hash[:], ExpiresAt: expires}
		return true
	})
	return secret, expires, err
}

// CheckLink says whose link it is and until when it works, without using it up. It returns ErrNotFound for one that is
// wrong, over, used, replaced, or of somebody who may not sign in; these are not told apart. Failures count against the
// account's links and the address, as those of sign-in do: *BackoffError.
func (a *Accounts) CheckLink(ctx context.Context, secret string, ip netip.Addr) (Person, time.Time, error) {
	c, _ := parseToken(secret)
	name := "link:" + c.account // no login: those have failures of their own
	if err := a.backoff.check(a.now(), name, ip); err != nil {
		return Person{}, time.Time{}, err
	}
	person, expires, err := a.linked(ctx, c)
	if errors.Is(err, ErrNotFound) {
		a.backoff.failed(a.now(), name, ip)
	}
	return person, expires, err
}

func (a *Accounts) linked(ctx context.Context, c Credential) (Person, time.Time, error) {
	if c.prefix != prefixLink {
		return Person{}, time.Time{}, ErrNotFound
	}
	person, err := a.people.PersonByID(ctx, c.Agent())
	if err != nil {
		return Person{}, time.Time{}, fmt.Errorf("find person: %w", err)
	}
	body, _, err := a.credentials(ctx, person.ID)
	if err != nil {
		return Person{}, time.Time{}, err
	}
	if person.Disabled || !body.Link.opens(c, a.now()) {
		return Person{}, time.Time{}, ErrNotFound
	}
	return person, body.Link.ExpiresAt, nil
}

// RedeemLink sets the password of whom the link is for, uses it up and ends their sessions. Of any number of concurrent calls
// one wins. It returns what CheckLink does, and ErrWeakPassword, which leaves the link as it is.
func (a *Accounts) RedeemLink(ctx context.Context, secret, password string, ip netip.Addr) (dispatch.AgentID, error) {
	person, _, err := a.CheckLink(ctx, secret, ip)
	if err != nil {
		return "", err
	}
	if err := checkPassword(password); err != nil {
		return "", err
	}
	phc, err := a.hasher.hash(ctx, password)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	c, _ := parseToken(secret)
	won := false
	err = a.endSessions(ctx, person.ID, func(b *credentialBody) bool {
		if won = b.Link.opens(c, a.now()); won {
			b.setPassword(phc, a.now())
		}
		return won
	})
	switch {
	case err != nil:
		return "", err
	case !won:
		return "", ErrNotFound
	}
	return person.ID, nil
}

// LinkOwner is whom a link claims to be for, whether it works or not; empty for what is no link. For the audit.
func LinkOwner(secret string) dispatch.AgentID {
	if c, _ := parseToken(secret); c.prefix == prefixLink {
		return c.Agent()
	}
	return ""
}

func (l linkBody) opens(c Credential, now time.Time) bool {
	return len(l.Hash) == len(c.hash) && subtle.ConstantTimeCompare(l.Hash, c.hash[:]) == 1 && now.Before(l.ExpiresAt)
}

func (b *credentialBody) setPassword(phc string, now time.Time) {
	b.Password, b.ChangedAt = phc, now.UTC()
}
