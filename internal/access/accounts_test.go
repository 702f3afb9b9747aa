package access

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pronto/dispatch"
)

// fakeStore is a Store in memory that counts what it is asked.
type fakeStore struct {
	mu     sync.Mutex
	docs   map[string]Document
	reads  int
	writes int
	onRead func() // called without the lock, after a read took its copy
}

func (s *fakeStore) GetDocument(_ context.Context, kind, id string) (Document, error) {
	s.mu.Lock()
	s.reads++
	d, ok := s.docs[kind+"/"+id]
	onRead := s.onRead
	s.mu.Unlock()
	if onRead != nil {
		onRead()
	}
	if !ok {
		return Document{}, ErrNotFound
	}
	return d, nil
}

func (s *fakeStore) PutDocument(_ context.Context, d Document) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.docs[d.Kind+"/"+d.ID].Version != d.Version {
		return ErrStale
	}
	s.writes++
	d.Version++
	s.docs[d.Kind+"/"+d.ID] = d
	return nil
}

func (s *fakeStore) DeleteDocument(_ context.Context, kind, id string, version uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.docs[kind+"/"+id].Version != version {
		return ErrStale
	}
	delete(s.docs, kind+"/"+id)
	return nil
}

func (s *fakeStore) ListDocuments(_ context.Context, kind, after string, limit int) ([]Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Document
	for _, d := range s.docs {
		if d.Kind == kind && d.ID > after {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(x, y Document) int { return strings.Compare(x.ID, y.ID) })
	return out[:min(limit, len(out))], nil
}

func (s *fakeStore) counts() (reads, writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads, s.writes
}

// world is an Accounts with its surroundings under the test's control.
type world struct {
	*Accounts
	store   *fakeStore
	clock   atomic.Int64
	hashes  atomic.Int32
	mu      sync.Mutex
	people  map[dispatch.AgentID]Person
	revoked []Revocation
}

const password = "correct horse"

var (
	cheap = HashParams{MemoryKiB: 8, Passes: 1, Lanes: 1}
	home  = netip.MustParseAddr("203.0.113.7")
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{store: &fakeStore{docs: map[string]Document{}}, people: map[dispatch.AgentID]Person{
		"agt_ana":   {ID: "agt_ana", Name: "Ana", Role: RoleAgent, Queues: []dispatch.QueueID{"que_a"}},
		"agt_bruno": {ID: "agt_bruno", Name: "Bruno", Role: RoleAgent, Disabled: true},
		"agt_nopwd": {ID: "agt_nopwd", Name: "Nina", Role: RoleAgent},
	}}
	w.restart(t)
	for _, id := range []dispatch.AgentID{"agt_ana", "agt_bruno"} {
		if err := w.SetPassword(t.Context(), id, password); err != nil {
			t.Fatal(err)
		}
	}
	w.revoked = nil
	w.hashes.Store(0)
	return w
}

// restart replaces the service, as a new process on the same store would.
func (w *world) restart(t *testing.T) {
	t.Helper()
	if w.clock.Load() == 0 {
		w.clock.Store(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).UnixNano())
	}
	w.Accounts = New(Options{Store: w.store, People: w, Now: w.time, Hash: cheap, OnRevoke: func(r Revocation) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.revoked = append(w.revoked, r)
	}})
	derive := w.hasher.derive
	w.hasher.derive = func(password, salt []byte, p HashParams) []byte {
		w.hashes.Add(1)
		return derive(password, salt, p)
	}
}

func (w *world) time() time.Time         { return time.Unix(0, w.clock.Load()) }
func (w *world) advance(d time.Duration) { w.clock.Add(int64(d)) }
func (w *world) PersonByLogin(ctx context.Context, login string) (Person, error) {
	return w.PersonByID(ctx, dispatch.AgentID("agt_"+login))
}

func (w *world) PersonByID(_ context.Context, id dispatch.AgentID) (Person, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.people[id]
	if !ok {
		return Person{}, ErrNotFound
	}
	return p, nil
}

func (w *world) change(id dispatch.AgentID, f func(*Person)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.people[id]
	f(&p)
	w.people[id] = p
}

func (w *world) signIn(t *testing.T) (string, Principal) {
	t.Helper()
	token, expires, p, err := w.Login(t.Context(), "ana", password, home)
	if err != nil {
		t.Fatal(err)
	}
	if !expires.Equal(w.time().Add(SessionLifetime)) || p.ID != "agt_ana" || p.Role != RoleAgent || !p.ExpiresAt.Equal(expires) {
		t.Fatalf("signed in as %+v until %s", p, expires)
	}
	return token.Reveal(), p
}

func (w *world) accepts(t *testing.T, token string) bool {
	t.Helper()
	p, err := w.ByToken(t.Context(), token)
	if err != nil && !errors.Is(err, ErrUnauthorized) {
		t.Fatal(err)
	}
	return err == nil && p.ID != ""
}

func TestASessionWorksUntilLogout(t *testing.T) {
	w := newWorld(t)
	token, p := w.signIn(t)
	other, _ := w.signIn(t)
	if !w.accepts(t, token) {
		t.Fatal("a fresh session does not work")
	}
	if err := w.Logout(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if w.accepts(t, token) || !w.accepts(t, other) {
		t.Error("logout must end its own session and no other")
	}
	if len(w.revoked) != 1 || !w.revoked[0].Covers(p) {
		t.Errorf("told of %v", w.revoked)
	}
	if err := w.Logout(t.Context(), p); err != nil {
		t.Errorf("a second logout: %v", err)
	}
}

func TestASessionEndsWhenIdleOrOld(t *testing.T) {
	w := newWorld(t)
	idle, _ := w.signIn(t)
	w.advance(SessionIdle - time.Second)
	if !w.accepts(t, idle) {
		t.Fatal("idle too early")
	}
	w.advance(SessionIdle - time.Second)
	if !w.accepts(t, idle) {
		t.Fatal("use did not count")
	}
	w.advance(SessionIdle)
	if w.accepts(t, idle) || w.accepts(t, idle) {
		t.Error("an idle session works")
	}
	busy, _ := w.signIn(t)
	for range int(SessionLifetime/(20*time.Minute)) - 1 {
		w.advance(20 * time.Minute)
		if !w.accepts(t, busy) {
			t.Fatal("a busy session ended early")
		}
	}
	w.advance(20 * time.Minute)
	if w.accepts(t, busy) {
		t.Error("a session outlived its absolute end")
	}
}

func TestASessionSurvivesARestart(t *testing.T) {
	w := newWorld(t)
	token, p := w.signIn(t)
	w.advance(25 * time.Minute)
	if !w.accepts(t, token) {
		t.Fatal("does not work")
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.restart(t)
	w.advance(25 * time.Minute)
	if !w.accepts(t, token) {
		t.Error("the last use was not written down")
	}
	if _, err := w.Check(t.Context(), p.Credential); err != nil {
		t.Error(err)
	}
}

func TestCheckingASessionAgainTouchesNeitherDiskNorHash(t *testing.T) {
	w := newWorld(t)
	token, _ := w.signIn(t)
	if !w.accepts(t, token) {
		t.Fatal("does not work")
	}
	reads, writes := w.store.counts()
	hashes := w.hashes.Load()
	for range 1000 {
		w.advance(time.Second)
		if !w.accepts(t, token) {
			t.Fatal("does not work")
		}
	}
	if r, wr := w.store.counts(); r != reads || wr != writes || w.hashes.Load() != hashes {
		t.Errorf("%d reads, %d writes, %d hashes", r-reads, wr-writes, w.hashes.Load()-hashes)
	}
	for range 3 {
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, wr := w.store.counts(); wr != writes+1 {
		t.Errorf("a thousand uses were written down %d times", wr-writes)
	}
}

func TestEverySignInThatFailsCostsOneHash(t *testing.T) {
	for _, c := range []struct{ login, password string }{
		{"ana", "wrong horse"}, {"nobody", password}, {"bruno", password}, {"nopwd", password}, {"nopwd", ""},
		{"ana", strings.Repeat("x", MaxPasswordBytes+1)}, {strings.Repeat("a", 300), password}, {"", ""},
	} {
		w := newWorld(t)
		_, _, p, err := w.Login(t.Context(), c.login, c.password, home)
		if !errors.Is(err, ErrBadCredentials) || p.ID != "" {
			t.Errorf("%.10q: %v", c.login, err)
		}
		if n := w.hashes.Load(); n != 1 {
			t.Errorf("%.10q cost %d hashes: its timing tells it apart", c.login, n)
		}
	}
	w := newWorld(t)
	w.signIn(t)
	if n := w.hashes.Load(); n != 1 {
		t.Errorf("a good sign-in cost %d hashes", n)
	}
}

func TestADisabledOrDeletedPersonIsOutAtOnce(t *testing.T) {
	w := newWorld(t)
	token, _ := w.signIn(t)
	w.change("agt_ana", func(p *Person) { p.Role = RoleSupervisor; p.Queues = nil })
	if p, err := w.ByToken(t.Context(), token); err != nil || p.Role != RoleSupervisor || p.Queues != nil {
		t.Errorf("a change of role does not apply: %+v %v", p, err)
	}
	w.change("agt_ana", func(p *Person) { p.Disabled = true })
	if w.accepts(t, token) {
		t.Error("a disabled person's session works")
	}
	w.mu.Lock()
	delete(w.people, "agt_ana")
	w.mu.Unlock()
	if w.accepts(t, token) {
		t.Error("a deleted person's session works")
	}
}

func TestANewPasswordEndsEverySession(t *testing.T) {
	w := newWorld(t)
	token, p := w.signIn(t)
	ticket, _, err := w.IssueTicket(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetPassword(t.Context(), "agt_ana", "another horse"); err != nil {
		t.Fatal(err)
	}
	if w.accepts(t, token) {
		t.Error("a session survived")
	}
	if _, err := w.RedeemTicket(t.Context(), ticket.Reveal()); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("a ticket survived: %v", err)
	}
	if len(w.revoked) != 1 || !w.revoked[0].Covers(p) {
		t.Errorf("told of %v", w.revoked)
	}
	if _, _, _, err := w.Login(t.Context(), "ana", password, home); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("the old password: %v", err)
	}
	if _, _, _, err := w.Login(t.Context(), "ana", "another horse", home); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestWeakPasswordsAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, weak := range []string{"", "1234567", "ção-ção", strings.Repeat("x", MaxPasswordBytes+1), "12345678\xff"} {
		if err := w.SetPassword(t.Context(), "agt_ana", weak); !errors.Is(err, ErrWeakPassword) {
			t.Errorf("%.12q: %v", weak, err)
		}
	}
	if err := w.SetPassword(t.Context(), "agt_ana", "çãéíóúâê"); err != nil {
		t.Errorf("eight letters: %v", err)
	}
}

func TestAHashWithOldCostsIsMadeAnew(t *testing.T) {
	w := newWorld(t)
	w.hasher.params.Passes = 2
	w.signIn(t)
	if w.hashes.Load() != 2 {
		t.Errorf("%d hashes, want one to check and one to renew", w.hashes.Load())
	}
	w.signIn(t)
	if w.hashes.Load() != 3 {
		t.Error("renewed again")
	}
}

func TestARevocationDuringALookUpWins(t *testing.T) {
	w := newWorld(t)
	token, p := w.signIn(t)
	w.restart(t)
	var once atomic.Bool
	w.store.onRead = func() {
		if once.Swap(true) {
			return
		}
		// The look-up has read the session; it is revoked before the look-up goes on.
		if err := w.Logout(t.Context(), p); err != nil {
			t.Error(err)
		}
	}
	_ = w.accepts(t, token) // began before the revocation: either answer is right
	if w.accepts(t, token) {
		t.Error("what was read before the revocation was kept")
	}
}

func TestAPersonHasABoundedNumberOfSessions(t *testing.T) {
	w := newWorld(t)
	first, p := w.signIn(t)
	second, _ := w.signIn(t)
	w.advance(2 * time.Minute)
	if !w.accepts(t, first) || !w.accepts(t, second) {
		t.Fatal("do not work")
	}
	w.advance(time.Second)
	_ = w.accepts(t, second)
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range MaxSessions - 1 {
		w.signIn(t)
	}
	if w.accepts(t, first) || !w.accepts(t, second) {
		t.Error("the session unused for longest must go, and no other")
	}
	if len(w.revoked) != 1 || !w.revoked[0].Covers(p) {
		t.Errorf("told of %v", w.revoked)
	}
	sessions, err := w.Sessions(t.Context(), "agt_ana")
	if err != nil || len(sessions) != MaxSessions {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	if err := w.RevokeSession(t.Context(), sessions[0].Credential); err != nil {
		t.Fatal(err)
	}
	if again, _ := w.Sessions(t.Context(), "agt_ana"); len(again) != MaxSessions-1 {
		t.Error("the listed credential does not revoke its session")
	}
}

func TestAPITokensWorkUntilRevokedOrOver(t *testing.T) {
	w := newWorld(t)
	spec := TokenSpec{Name: "crm", Scopes: []Scope{ChannelScope("chn_a")}, ExpiresAt: w.time().Add(time.Hour), CreatedBy: "agt_ana"}
	secret, made, err := w.CreateToken(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.ByToken(t.Context(), secret.Reveal())
	if err != nil || p.Role != RoleIntegrator || p.ID != made.ID || p.AgentID() != "" || !slices.Equal(p.Scopes, spec.Scopes) {
		t.Fatalf("%+v %v", p, err)
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := w.GetToken(t.Context(), made.ID); err != nil || got.SeenAt.IsZero() || got.Name != "crm" {
		t.Errorf("%+v %v", got, err)
	}
	if listed, err := w.ListTokens(t.Context(), "", 10); err != nil || len(listed) != 1 || listed[0].ID != made.ID {
		t.Errorf("%v %v", listed, err)
	}
	w.advance(time.Hour)
	if w.accepts(t, secret.Reveal()) {
		t.Error("works after its expiry")
	}
	forever, made, err := w.CreateToken(t.Context(), TokenSpec{Name: "x", Scopes: []Scope{ScopeAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	w.advance(1000 * time.Hour)
	if !w.accepts(t, forever.Reveal()) {
		t.Error("an API token must not become idle")
	}
	if err := w.RevokeToken(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if w.accepts(t, forever.Reveal()) || len(w.revoked) != 1 {
		t.Error("works after it was revoked, or nobody was told")
	}
	if err := w.RevokeToken(t.Context(), made.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoked again: %v", err)
	}
}

func TestABadTokenSpecIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		spec TokenSpec
		want error
	}{
		{TokenSpec{Name: "x"}, ErrBadScope},
		{TokenSpec{Name: "x", Scopes: []Scope{"root"}}, ErrBadScope},
		{TokenSpec{Name: "x", Scopes: []Scope{anyScope}}, ErrBadScope},
		{TokenSpec{Name: "x", Scopes: []Scope{ScopeAdmin}, ExpiresAt: w.time()}, ErrBadExpiry},
	} {
		if _, _, err := w.CreateToken(t.Context(), c.spec); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.spec, err)
		}
	}
}

func TestATicketOpensOneSocketInTime(t *testing.T) {
	w := newWorld(t)
	_, p := w.signIn(t)
	ticket, expires, err := w.IssueTicket(p)
	if err != nil || !expires.Equal(w.time().Add(TicketLifetime)) {
		t.Fatal(expires, err)
	}
	if w.accepts(t, ticket.Reveal()) {
		t.Error("a ticket works as a token")
	}
	won := atomic.Int32{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := w.RedeemTicket(context.Background(), ticket.Reveal()); err == nil && got.ID == "agt_ana" {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("redeemed %d times", won.Load())
	}
	late, _, err := w.IssueTicket(p)
	if err != nil {
		t.Fatal(err)
	}
	w.advance(TicketLifetime)
	if _, err := w.RedeemTicket(t.Context(), late.Reveal()); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("a late ticket: %v", err)
	}
	if _, _, err := w.IssueTicket(Principal{ID: "agt_ana"}); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("a ticket for nobody's credential: %v", err)
	}
}

func TestOneTimeSecretsAreBounded(t *testing.T) {
	w := newWorld(t)
	for range maxSetupLinks {
		if _, _, err := w.IssueSetup("agt_ana"); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.IssueSetup("agt_ana"); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	w.advance(SetupLifetime)
	if _, _, err := w.IssueSetup("agt_ana"); err != nil {
		t.Errorf("after the others were over: %v", err)
	}
}

func TestASetUpLinkWorksOnce(t *testing.T) {
	w := newWorld(t)
	link, _, err := w.IssueSetup("")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if id, err := w.CheckSetup(link.Reveal()); err != nil || id != "" {
			t.Error(id, err)
		}
	}
	if _, err := w.RedeemSetup(link.Reveal()); err != nil {
		t.Error(err)
	}
	if _, err := w.RedeemSetup(link.Reveal()); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("again: %v", err)
	}
}

func TestSignInsFromManyGoroutinesAreAllKept(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	var tokens sync.Map
	for range 20 {
		wg.Go(func() {
			token, _, _, err := w.Login(context.Background(), "ana", password, home)
			if err != nil {
				t.Error(err)
				return
			}
			tokens.Store(token.Reveal(), true)
			_, _ = w.ByToken(context.Background(), token.Reveal())
			_ = w.Flush(context.Background())
		})
	}
	wg.Wait()
	w.restart(t)
	tokens.Range(func(token, _ any) bool {
		if !w.accepts(t, token.(string)) {
			t.Error("a session was lost")
		}
		return true
	})
}

func TestSecretsDoNotPrint(t *testing.T) {
	w := newWorld(t)
	token, p := w.signIn(t)
	for _, s := range []string{fmt.Sprintf("%v %s %q %#v", Secret(token), Secret(token), Secret(token), Secret(token)), fmt.Sprintf("%v %+v %#v", p.Credential, p, p)} {
		if strings.Contains(s, token) || strings.Contains(s, token[len(token)-20:]) {
			t.Errorf("printed: %s", s)
		}
	}
}
