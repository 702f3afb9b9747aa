package app

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/internal/access"
	"pronto/protocol"
	"pronto/transport"
)

// screen is a connection that answers pings and notes how it was closed.
type screen struct {
	seat
	edge *edge
	as   access.Principal
	code int
}

func (s *screen) Snapshot(uint64, string, actors.View) {}
func (s *screen) Close(code int, _ string)             { s.code = code }
func (s *screen) Ping(n uint64)                        { peer{s.peer, s.edge, s.as.Credential}.Pong(n, 0) }

// root signs in as the only administrator, whom it makes.
func (b *inBubble) root() access.Principal {
	b.t.Helper()
	a := &protocol.Agent{ID: newID("agt", 0), Name: "Root", Login: "root", Role: "admin"}
	protocol.SetDefaults(a)
	b.put(transport.KindAgent, a.ID, a)
	if err := b.app.accounts.SetPassword(b.t.Context(), dispatch.AgentID(a.ID), password); err != nil {
		b.t.Fatal(err)
	}
	return b.again()
}

func (b *inBubble) again() access.Principal {
	b.t.Helper()
	_, _, p, err := b.app.accounts.Login(b.t.Context(), "root", password, netip.Addr{})
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func TestAnOpenDeskIsNotSignedOutForDoingNothingButEndsWithItsSession(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		e := &edge{system: b.app.system, catalog: b.app.catalog, accounts: b.app.accounts}
		s := &screen{edge: e, as: b.root()}
		idle := b.again() // signed in, and no desk
		var err error
		if s.peer, _, err = b.app.system.OpenSession(dispatch.SessionID(newID("ses", 0)), s.as.AgentID(), s.as.Credential.String(), s); err != nil {
			t.Fatal(err)
		}
		s.peer.Start(nil)
		passInBubble(access.SessionIdle + time.Minute)
		if _, err := b.app.accounts.Check(t.Context(), s.as.Credential); err != nil {
			t.Errorf("with a desk open for half an hour: %v", err)
		}
		if _, err := b.app.accounts.Check(t.Context(), idle.Credential); !errors.Is(err, access.ErrUnauthorized) {
			t.Errorf("without one: %v", err)
		}
		passInBubble(access.SessionLifetime - access.SessionIdle - 2*time.Minute)
		if s.code != 0 {
			t.Errorf("closed with %d before the end of its session", s.code)
		}
		passInBubble(2 * time.Minute)
		if s.code != 4010 {
			t.Errorf("closed with %d after it", s.code)
		}
	})
}

// TestACredentialThatEndsWhileItsDeskConnectsOpensNone: between the look at the ticket and the session is a handshake.
func TestACredentialThatEndsWhileItsDeskConnectsOpensNone(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		e := &edge{system: b.app.system, catalog: b.app.catalog, accounts: b.app.accounts}
		p := b.root()
		if err := b.app.accounts.Logout(context.Background(), p); err != nil {
			t.Fatal(err)
		}
		_, _, err := e.Open(edgePrincipal(p), nil)
		var refused *transport.Refusal
		if !errors.As(err, &refused) || refused.Code != protocol.CodeUnauthorized {
			t.Errorf("opened: %v", err)
		}
	})
}
