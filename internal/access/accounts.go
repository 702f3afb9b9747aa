package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/netip"
	"strings"
	"sync"
	"time"

	"pronto/dispatch"
)

// Lifetimes and bounds.
const (
	SessionIdle     = 30 * time.Minute
	SessionLifetime = 12 * time.Hour
	TicketLifetime  = 30 * time.Second
	SetupLifetime   = 30 * time.Minute
	// SeenInterval is how coarsely the last use of a credential is written down; Flush is to be called about that often.
	// An open desk uses its own all the time.
	SeenInterval = 5 * time.Minute
	// MaxSessions per person; a further sign-in ends the one that was unused for longest.
	MaxSessions = 100

	maxCached     = 65_536
	maxTickets    = 65_536
	maxSetupLinks = 64
	maxLoginBytes = 254
	accountLocks  = 64
)

// Options are what Accounts needs. Store, People and Now are required.
type Options struct {
	Store  Store
	People People
	Now    func() time.Time
	Random io.Reader  // crypto/rand by default
	Hash   HashParams // DefaultHashParams by default
	// OnRevoke is told what stopped working, so that sockets can be closed. It must not block nor call Accounts.
	OnRevoke func(Revocation)
}

// Revocation is what stopped working: one credential, or all sessions of a person.
type Revocation struct {
	Credential Credential
	Agent      dispatch.AgentID
}

// Covers reports whether p was signed in by what was revoked.
func (r Revocation) Covers(p Principal) bool {
	if r.Agent != "" {
		return p.Credential.account == string(r.Agent)
	}
	return r.Credential != (Credential{}) && r.Credential == p.Credential
}

// Accounts signs people and programs in and out, and says who is behind a credential.
type Accounts struct {
	store    Store
	people   People
	now      func() time.Time
	random   io.Reader
	onRevoke func(Revocation)

	hasher  *hasher
	backoff *backoff
	cache   *cache
	tickets *onetime[Credential]
	setups  *onetime[dispatch.AgentID]
	locks   [accountLocks]sync.Mutex
}

// New returns the service. It keeps nothing open and starts nothing; the caller calls Flush.
func New(o Options) *Accounts {
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.OnRevoke == nil {
		o.OnRevoke = func(Revocation) {}
	}
	return &Accounts{
		store: o.Store, people: o.People, now: o.Now, random: o.Random, onRevoke: o.OnRevoke,
		hasher:  newHasher(o.Hash, o.Random),
		backoff: newBackoff(maxBackoffEntries),
		cache:   newCache(maxCached),
		tickets: newOnetime[Credential](prefixTicket, TicketLifetime, maxTickets, o.Random),
		setups:  newOnetime[dispatch.AgentID](prefixSetup, SetupLifetime, maxSetupLinks, o.Random),
	}
}

// Login checks a password and opens a session. It returns ErrBadCredentials, a *BackoffError, or ErrBusy. An unknown login, a
// disabled account and a wrong password cost the same and answer the same.
func (a *Accounts) Login(ctx context.Context, login, password string, ip netip.Addr) (Secret, time.Time, Principal, error) {
	login = strings.TrimSpace(login)
	if len(login) > maxLoginBytes {
		login = login[:maxLoginBytes] // matches nobody, and counts against one back-off entry
	}
	admit := func() error { return a.backoff.check(a.now(), login, ip) }
	if err := admit(); err != nil {
		return "", time.Time{}, Principal{}, err
	}
	person, phc, err := a.lookUp(ctx, login)
	if err != nil {
		return "", time.Time{}, Principal{}, err
	}
	ok, err := a.hasher.verify(ctx, phc, password, admit)
	if err != nil {
		return "", time.Time{}, Principal{}, fmt.Errorf("check password: %w", err)
	}
	if !ok {
		a.backoff.failed(a.now(), login, ip)
		return "", time.Time{}, Principal{}, ErrBadCredentials
	}
	a.backoff.succeeded(login)
	return a.openSession(ctx, person, phc, password, ip)
}

// lookUp finds the person and the password hash; both are empty when nobody may sign in with that login.
func (a *Accounts) lookUp(ctx context.Context, login string) (Person, string, error) {
	person, err := a.people.PersonByLogin(ctx, login)
	switch {
	case errors.Is(err, ErrNotFound):
		return Person{}, "", nil
	case err != nil:
		return Person{}, "", fmt.Errorf("find person: %w", err)
	case person.Disabled:
		return Person{}, "", nil
	}
	body, _, err := a.credentials(ctx, person.ID)
	return person, body.Password, err
}

// SetPassword gives a person a new password and ends all their sessions. It returns ErrWeakPassword.
func (a *Accounts) SetPassword(ctx context.Context, id dispatch.AgentID, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	phc, err := a.hasher.hash(ctx, password)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	return a.endSessions(ctx, id, func(b *credentialBody) bool { b.setPassword(phc, a.now()); return true })
}

// CheckPassword applies the password policy without setting anything.
func CheckPassword(password string) error { return checkPassword(password) }

// RevokeAll ends all sessions of a person, and voids the link: when they are disabled or deleted, or ask for it.
func (a *Accounts) RevokeAll(ctx context.Context, id dispatch.AgentID) error {
	return a.endSessions(ctx, id, func(*credentialBody) bool { return true })
}

// Forget deletes a person's credentials.
func (a *Accounts) Forget(ctx context.Context, id dispatch.AgentID) error {
	return a.endSessions(ctx, id, func(b *credentialBody) bool { *b = credentialBody{}; return true })
}

// endSessions changes a person's credentials and voids all that was given out before; change returns false to leave all as it is.
func (a *Accounts) endSessions(ctx context.Context, id dispatch.AgentID, change func(*credentialBody) bool) error {
	changed := false
	err := a.updateCredentials(ctx, id, func(b *credentialBody) bool {
		if changed = change(b); changed {
			b.Sessions, b.Link = nil, linkBody{}
		}
		return changed
	})
	if err != nil || !changed {
		return err
	}
	a.cache.invalidateAgent(id)
	a.onRevoke(Revocation{Agent: id})
	return nil
}

// IssueTicket returns a secret that opens one websocket as p within TicketLifetime.
func (a *Accounts) IssueTicket(p Principal) (Secret, time.Time, error) {
	if p.Credential == (Credential{}) {
		return "", time.Time{}, ErrUnauthorized
	}
	return a.tickets.issue(a.now(), p.Credential)
}

// RedeemTicket uses a ticket up and returns who asked for it, as they are now. It returns ErrUnauthorized for a ticket that is
// unknown, used or over, and when the session behind it has ended.
func (a *Accounts) RedeemTicket(ctx context.Context, ticket string) (Principal, error) {
	c, ok := a.tickets.redeem(a.now(), ticket)
	if !ok {
		return Principal{}, ErrUnauthorized
	}
	return a.resolve(ctx, c)
}

// IssueSetup returns the secret of a set-up link: whoever holds it may set the password of id, or, where id is empty, create
// the first administrator.
func (a *Accounts) IssueSetup(id dispatch.AgentID) (Secret, time.Time, error) {
	return a.setups.issue(a.now(), id)
}

// CheckSetup reports whether a set-up link still works, and for whom, without using it up.
func (a *Accounts) CheckSetup(secret string) (dispatch.AgentID, error) {
	id, ok := a.setups.peek(a.now(), secret)
	if !ok {
		return "", ErrUnauthorized
	}
	return id, nil
}

// RedeemSetup uses a set-up link up.
func (a *Accounts) RedeemSetup(secret string) (dispatch.AgentID, error) {
	id, ok := a.setups.redeem(a.now(), secret)
	if !ok {
		return "", ErrUnauthorized
	}
	return id, nil
}

func (a *Accounts) lockOf(id string) *sync.Mutex {
	h := fnv.New32a()
	_, _ = io.WriteString(h, id)
	return &a.locks[h.Sum32()%accountLocks]
}
