package app

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"pronto/dispatch"
	"pronto/internal/access"
	"pronto/protocol"
	"pronto/transport"
)

// passwordLinks are the links with which people set their own password, as the edge sees them. Each step is in the audit.
type passwordLinks struct{ accounts }

func (s passwordLinks) Issue(ctx context.Context, agent dispatch.AgentID) (string, time.Time, error) {
	secret, expires, err := s.a.IssueLink(ctx, agent)
	if err != nil {
		return "", time.Time{}, accountRefusal(err)
	}
	if err := s.about(ctx, "password.link_made", agent); err != nil { // nobody has seen it, so it cannot be used
		return "", time.Time{}, err
	}
	return secret.Reveal(), expires, nil
}

func (s passwordLinks) Check(ctx context.Context, token string, from netip.Addr) (protocol.PasswordLinkOwner, error) {
	person, expires, err := s.a.CheckLink(ctx, token, from)
	if err != nil {
		return protocol.PasswordLinkOwner{}, s.refused(ctx, token, err)
	}
	return protocol.PasswordLinkOwner{Name: person.Name, Login: s.people.login(person.ID), ExpiresAt: protocol.At(expires)}, nil
}

func (s passwordLinks) Use(ctx context.Context, token, password string, from netip.Addr) error {
	agent, err := s.a.RedeemLink(ctx, token, password, from)
	if err != nil {
		return s.refused(ctx, token, err)
	}
	person, err := s.people.PersonByID(ctx, agent)
	if err != nil {
		return accountRefusal(err)
	}
	by := transport.Principal{ID: string(agent), Name: person.Name, Role: string(person.Role)}
	return s.audit.Record(ctx, by, aboutAgent("password.link_used", agent))
}

// refused records a link that does not work, like a sign-in that fails: waits after failures are left out, and so is what is
// no link at all.
func (s passwordLinks) refused(ctx context.Context, token string, why error) error {
	agent := access.LinkOwner(token)
	if agent == "" || !errors.Is(why, access.ErrNotFound) {
		return accountRefusal(why)
	}
	r := protocol.AuditRecord{Action: "password.link_refused"}
	if _, err := s.people.PersonByID(ctx, agent); err == nil {
		r = aboutAgent(r.Action, agent)
	}
	r.By = protocol.AuditActor{Role: "unknown"}
	if err := s.audit.Record(ctx, transport.Principal{}, r); err != nil {
		s.audit.log.Error().Err(err).Msg("audit of a refused link")
	}
	return accountRefusal(why)
}
