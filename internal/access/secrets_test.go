package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

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
