package access

import (
	"context"
	"errors"
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
