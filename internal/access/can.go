package access

import "slices"

// relation is how a principal stands to an object; rules combine them as a set.
type relation uint8

const (
	self    relation = 1 << iota // the object is the principal
	own                          // the principal owns the conversation
	offered                      // the offer is addressed to the principal
	team                         // the object is in one of the principal's queues
	former                       // the principal owned the conversation before
	history                      // the conversation is the past of a contact whom the principal is serving
	theirs                       // the conversation is the visiting contact's
	anyone                       // holds always

	never relation = 0
)

// rule is one row of the table: which relations let which role act, and the scope that lets an API token.
type rule struct {
	agent, supervisor, admin, visitor relation
	scope                             Scope
	// channel: the token needs the scope of the object's channel instead.
	channel bool
	// owned: a refusal to somebody who knows of the conversation says "not the owner"; otherwise, like reading, "not found".
	owned bool
}

// Can answers whether p may do a to o: nil, ErrForbidden where the role or the token never may, ErrNotOwner where p knows the
// conversation but does not own it, ErrNotFound where the object is not p's to know of. An action that is not in the table is
// forbidden to all.
func Can(p Principal, a Action, o Object) error {
	r, declared := rules[a]
	if !declared {
		return ErrForbidden
	}
	if p.Role == RoleIntegrator {
		return r.forToken(p, o)
	}
	allowed := r.forRole(p.Role)
	if allowed == never {
		return ErrForbidden
	}
	held := p.standsTo(o)
	switch {
	case allowed&held != 0:
		return nil
	case r.owned && held&(own|team|former|history) != 0, r.owned && p.Role == RoleAdmin:
		return ErrNotOwner
	default:
		return ErrNotFound
	}
}

// Declared reports whether a is in the table. A route or command whose action is not must not be registered.
func Declared(a Action) bool {
	_, ok := rules[a]
	return ok
}

// Actions returns every declared action, sorted.
func Actions() []Action {
	all := make([]Action, 0, len(rules))
	for a := range rules {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}

func (r rule) forRole(role Role) relation {
	switch role {
	case RoleAgent:
		return r.agent
	case RoleSupervisor:
		return r.supervisor
	case RoleAdmin:
		return r.admin
	case RoleVisitor:
		return r.visitor
	case RoleIntegrator:
		return never
	default:
		return never
	}
}

func (r rule) forToken(p Principal, o Object) error {
	switch {
	case !r.channel && r.scope == "":
		return ErrForbidden
	case !r.channel && p.hasScope(r.scope):
		return nil
	case !r.channel:
		return ErrForbidden
	case p.hasScope(ScopeAllChannels), o.Channel != "" && p.hasScope(ChannelScope(o.Channel)):
		return nil
	case slices.ContainsFunc(p.Scopes, isChannelScope):
		return ErrNotFound
	default:
		return ErrForbidden
	}
}

func isChannelScope(s Scope) bool {
	return len(s) > len(channelScope) && s[:len(channelScope)] == channelScope
}

// standsTo collects the relations that hold. An empty id relates to nobody.
func (p Principal) standsTo(o Object) relation {
	held := anyone
	if p.Role == RoleVisitor {
		if o.Contact != "" && string(o.Contact) == string(p.ID) {
			held |= theirs
		}
		return held
	}
	if id := p.AgentID(); id != "" {
		held |= when(o.Agent == id, self) | when(o.Owner == id, own) | when(o.OfferedTo == id, offered)
	}
	return held | when(p.inQueue(o.Queues...), team) | when(o.Former, former) | when(o.History, history)
}

func when(holds bool, r relation) relation {
	if holds {
		return r
	}
	return never
}
