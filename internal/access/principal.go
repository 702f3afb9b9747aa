package access

import (
	"slices"
	"strings"
	"time"

	"pronto/dispatch"
)

// Role is what a principal is; the wire value of `role`.
type Role string

// The roles. A supervisor may do what an agent may, an administrator what a supervisor may.
const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleAdmin      Role = "admin"
	RoleIntegrator Role = "integrator" // the holder of an API token: its scopes decide, its role alone opens nothing
	RoleVisitor    Role = "visitor"    // a customer in the widget: sees its own conversation only
)

// PrincipalID is the id of whoever acts: an agent's, an API token's ("tok_…"), or a contact's.
type PrincipalID string

// Principal is whoever acts. It is a value made at one moment; a long-lived holder asks Accounts.Check again.
type Principal struct {
	ID        PrincipalID
	Name      string
	Role      Role
	Scopes    []Scope            // integrators only
	Queues    []dispatch.QueueID // member of (agents), responsible for (supervisors); not to be modified
	AllQueues bool               // responsible for every queue, present and future
	ExpiresAt time.Time          // when the credential ends whatever happens; zero for never
	// Credential names what proved the principal, without being usable as proof. Zero for principals that were not signed
	// in, such as background jobs and visitors.
	Credential Credential
}

// AgentID returns the principal as an agent; empty for integrators and visitors.
func (p Principal) AgentID() dispatch.AgentID {
	switch p.Role {
	case RoleAgent, RoleSupervisor, RoleAdmin:
		return dispatch.AgentID(p.ID)
	case RoleIntegrator, RoleVisitor:
		return ""
	default:
		return ""
	}
}

// Scope is one permission of an API token.
type Scope string

// The scopes. Channel scopes carry the channel: ChannelScope.
const (
	ScopeConversationsRead  Scope = "conversations:read"
	ScopeConversationsWrite Scope = "conversations:write"
	ScopeContactsRead       Scope = "contacts:read"
	ScopeContactsWrite      Scope = "contacts:write"
	ScopeAttachments        Scope = "attachments"
	ScopeLive               Scope = "live:read"
	ScopeReports            Scope = "reports:read"
	ScopeConfigRead         Scope = "config:read"
	ScopeConfigWrite        Scope = "config:write"
	ScopeAllChannels        Scope = "channel:*"
	ScopeAdmin              Scope = "admin" // everything an administrator may, except what needs a person's own session

	anyScope Scope = "*" // in the table: whatever the token's scopes are; never given to a token
)

const channelScope = "channel:" // what a channel's own scope begins with

var plainScopes = []Scope{
	ScopeConversationsRead, ScopeConversationsWrite, ScopeContactsRead, ScopeContactsWrite,
	ScopeAttachments, ScopeLive, ScopeReports, ScopeConfigRead, ScopeConfigWrite, ScopeAllChannels, ScopeAdmin,
}

// ChannelScope lets a token put messages into one channel.
func ChannelScope(id dispatch.ChannelID) Scope { return Scope(channelScope + string(id)) }

const maxScopeBytes = 80

// ParseScope checks that s is a scope of this version, or returns ErrBadScope.
func ParseScope(s string) (Scope, error) {
	if slices.Contains(plainScopes, Scope(s)) {
		return Scope(s), nil
	}
	id, ok := strings.CutPrefix(s, channelScope+"chn_")
	if !ok || id == "" || len(s) > maxScopeBytes || strings.ContainsFunc(id, isNotIDLetter) {
		return "", ErrBadScope
	}
	return Scope(s), nil
}

func isNotIDLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' }

func (p Principal) hasScope(s Scope) bool {
	return s == anyScope && len(p.Scopes) > 0 || s != "" && slices.Contains(p.Scopes, s) || slices.Contains(p.Scopes, ScopeAdmin)
}

func (p Principal) inQueue(queues ...dispatch.QueueID) bool {
	for _, q := range queues {
		if q != "" && (p.AllQueues || slices.Contains(p.Queues, q)) {
			return true
		}
	}
	return false
}

// Object is what an action is about, as far as the gate needs to know it. Callers fill in what they know; a missing field
// can only make the answer stricter.
type Object struct {
	// Agent is the agent acted upon: whose status, whose session, who uploaded. Conversations use Owner.
	Agent dispatch.AgentID
	// Owner is the owner of a conversation, the last one when it is closed.
	Owner dispatch.AgentID
	// OfferedTo is the addressee of an offer, whether or not the offer still stands.
	OfferedTo dispatch.AgentID
	// Queues are the conversation's queue and, in a transfer, the target's; or an agent's memberships.
	Queues []dispatch.QueueID
	// Channel is the channel that a message comes in through.
	Channel dispatch.ChannelID
	// Contact is whose conversation it is; it matters for visitors.
	Contact dispatch.ContactID
	// Former: the principal has owned the conversation before.
	Former bool
	// History: the principal owns another, open conversation of the same contact, and so may read this one.
	History bool
}
