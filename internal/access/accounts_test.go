package access

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

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
	for range 2 { // a refusal is no use of it
		if w.accepts(t, idle) {
			t.Error("an idle session works")
		}
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
		{"ana", "wrong horse"},
		{"nobody", password},
		{"bruno", password},
		{"nopwd", password},
		{"nopwd", ""},
		{"ana", strings.Repeat("x", MaxPasswordBytes+1)},
		{strings.Repeat("a", 300), password},
		{"", ""},
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

func TestASessionInUseIsNotDisplacedByOnesThatNobodyUses(t *testing.T) {
	w := newWorld(t)
	used, _ := w.signIn(t)
	for range MaxSessions + 5 {
		w.advance(time.Second)
		if !w.accepts(t, used) {
			t.Fatal("ended, while it was used every second") // nothing was flushed
		}
		w.signIn(t)
	}
	sessions, err := w.Sessions(t.Context(), "agt_ana")
	if err != nil || len(sessions) != MaxSessions {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	for i, s := range sessions[1:] {
		if s.CreatedAt.After(sessions[i].CreatedAt) {
			t.Fatalf("session %d is newer than the one before it", i+1)
		}
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
