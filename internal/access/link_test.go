package access

import (
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"pronto/dispatch"
)

func (w *world) link(t *testing.T, id dispatch.AgentID) string {
	t.Helper()
	secret, _, err := w.IssueLink(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal()
}

// opens tells whether a link works, from an address that never failed.
func (w *world) opens(t *testing.T, link string) bool {
	t.Helper()
	_, _, err := w.CheckLink(t.Context(), link, netip.Addr{})
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func TestALinkSetsThePasswordOnce(t *testing.T) {
	w := newWorld(t)
	session, _ := w.signIn(t)
	link := w.link(t, "agt_ana")
	for _, d := range w.store.docs {
		if strings.Contains(string(d.Body), link) {
			t.Error("the link itself is stored")
		}
	}
	w.restart(t)
	if !w.accepts(t, session) {
		t.Error("a link that is only made must change nothing")
	}
	if p, expires, err := w.CheckLink(t.Context(), link, home); err != nil || p.ID != "agt_ana" || expires.Sub(w.time()) != ResetLifetime {
		t.Errorf("%v %v %v", p, expires, err)
	}
	if _, err := w.RedeemLink(t.Context(), link, "short", home); !errors.Is(err, ErrWeakPassword) {
		t.Errorf("a weak password: %v", err)
	}
	if id, err := w.RedeemLink(t.Context(), link, "a new password", home); err != nil || id != "agt_ana" {
		t.Fatalf("%s %v", id, err)
	}
	if w.accepts(t, session) {
		t.Error("sessions from before must end")
	}
	if _, _, _, err := w.Login(t.Context(), "ana", password, home); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("the old password: %v", err)
	}
	if _, _, _, err := w.Login(t.Context(), "ana", "a new password", home); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if _, err := w.RedeemLink(t.Context(), link, "another password", home); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second use: %v", err)
	}
}

func TestALinkHasATime(t *testing.T) {
	for id, life := range map[dispatch.AgentID]time.Duration{"agt_nopwd": InvitationLifetime, "agt_ana": ResetLifetime} {
		w := newWorld(t)
		link := w.link(t, id)
		if w.advance(life - 1); !w.opens(t, link) {
			t.Errorf("%s: over too early", id)
		}
		if w.advance(1); w.opens(t, link) {
			t.Errorf("%s: works for too long", id)
		}
		if _, err := w.RedeemLink(t.Context(), link, "a new password", home); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestALinkEndsWithANewOneAPasswordADisabledAccountAndARemovedOne(t *testing.T) {
	for name, end := range map[string]func(w *world) error{
		"a new one":  func(w *world) error { w.link(t, "agt_ana"); return nil },
		"a password": func(w *world) error { return w.SetPassword(t.Context(), "agt_ana", "a new password") },
		"revoked":    func(w *world) error { return w.RevokeAll(t.Context(), "agt_ana") },
		"forgotten":  func(w *world) error { return w.Forget(t.Context(), "agt_ana") },
		"disabled":   func(w *world) error { p := w.people["agt_ana"]; p.Disabled = true; w.people["agt_ana"] = p; return nil },
		"removed":    func(w *world) error { delete(w.people, "agt_ana"); return nil },
	} {
		w := newWorld(t)
		link := w.link(t, "agt_ana")
		if err := end(w); err != nil {
			t.Fatal(err)
		}
		if w.opens(t, link) {
			t.Errorf("%s: the link still works", name)
		}
	}
}

func TestWhoMayNotSignInGetsNoLink(t *testing.T) {
	w := newWorld(t)
	if _, _, err := w.IssueLink(t.Context(), "agt_bruno"); !errors.Is(err, ErrDisabled) {
		t.Errorf("disabled: %v", err)
	}
	if _, _, err := w.IssueLink(t.Context(), "agt_nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestOfTwoUsesOfALinkAtOnceOneWins(t *testing.T) {
	w := newWorld(t)
	link := w.link(t, "agt_nopwd")
	passwords := []string{"password one", "password two", "password three", "password four"}
	errs := make([]error, len(passwords))
	var all sync.WaitGroup
	for i, p := range passwords {
		all.Go(func() { _, errs[i] = w.RedeemLink(t.Context(), link, p, home) })
	}
	all.Wait()
	won := 0
	for i, err := range errs {
		_, _, _, signIn := w.Login(t.Context(), "nopwd", passwords[i], netip.Addr{})
		if (err == nil) != (signIn == nil) || err != nil && !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v, then %v", passwords[i], err, signIn)
		}
		if err == nil {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

func TestWrongLinksLookAlikeAndSlowDown(t *testing.T) {
	w := newWorld(t)
	good := w.link(t, "agt_ana")
	used := w.link(t, "agt_nopwd")
	if _, err := w.RedeemLink(t.Context(), used, "a new password", home); err != nil {
		t.Fatal(err)
	}
	session, _ := w.signIn(t)
	nobodys, err := newToken(w.random, prefixLink, "agt_nobody")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"", "x", used, session, nobodys.Reveal(), good + "x", strings.Replace(good, "agt_ana", "agt_nopwd", 1)} {
		if _, _, err := w.CheckLink(t.Context(), link, netip.Addr{}); err == nil || !errors.Is(err, ErrNotFound) {
			t.Errorf("%.12s: %v", link, err)
		}
	}
	var wait *BackoffError
	tries := 0
	for ; tries < 100 && !errors.As(err, &wait); tries++ {
		_, _, err = w.CheckLink(t.Context(), used, home)
	}
	if !errors.As(err, &wait) || tries > 2*accountPolicy.free {
		t.Fatalf("after %d tries: %v", tries, err)
	}
	if _, err := w.RedeemLink(t.Context(), used, "a new password", home); !errors.As(err, &wait) {
		t.Errorf("use while it is held back: %v", err)
	}
	if !w.opens(t, good) {
		t.Error("another person's link is held back, too")
	}
	if _, _, _, err := w.Login(t.Context(), "nopwd", "a new password", home); err != nil {
		t.Errorf("sign-in is held back, too: %v", err)
	}
	if _, err := w.ByToken(t.Context(), good); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("a link as a credential: %v", err)
	}
}
