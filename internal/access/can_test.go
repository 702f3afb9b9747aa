package access_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"pronto/dispatch"
	"pronto/internal/access"
)

var staff = []access.Role{access.RoleAgent, access.RoleSupervisor, access.RoleAdmin}

// stances are the ways to stand to an object, each alone.
var stances = []access.Object{
	{Agent: "agt_b", Owner: "agt_b", OfferedTo: "agt_b", Queues: []dispatch.QueueID{"que_b"}},
	{Agent: "agt_a"},
	{Owner: "agt_a"},
	{OfferedTo: "agt_a"},
	{Queues: []dispatch.QueueID{"que_b", "que_a"}},
	{Former: true},
	{History: true},
}

func member(role access.Role) access.Principal {
	return access.Principal{ID: "agt_a", Role: role, Queues: []dispatch.QueueID{"que_a"}}
}

func letter(t *testing.T, err error) string {
	t.Helper()
	switch {
	case err == nil:
		return "+"
	case errors.Is(err, access.ErrNotOwner):
		return "O"
	case errors.Is(err, access.ErrNotFound):
		return "0"
	case errors.Is(err, access.ErrForbidden):
		return "X"
	default:
		t.Fatalf("the gate answered %v", err)
		return ""
	}
}

func TestThePolicyIsTheGoldenTable(t *testing.T) {
	datadriven.RunTest(t, "testdata/policy.txt", func(t *testing.T, _ *datadriven.TestData) string {
		var b strings.Builder
		for _, action := range access.Actions() {
			fmt.Fprintf(&b, "%-26s", action)
			for _, role := range staff {
				fmt.Fprintf(&b, " %s ", role)
				for _, o := range stances {
					b.WriteString(letter(t, access.Can(member(role), action, o)))
				}
			}
			visitor := access.Principal{ID: "con_a", Role: access.RoleVisitor}
			fmt.Fprintf(&b, " visitor %s%s", letter(t, access.Can(visitor, action, access.Object{Contact: "con_b"})),
				letter(t, access.Can(visitor, action, access.Object{Contact: "con_a"})))
			fmt.Fprintf(&b, " %s\n", scopesOf(action))
		}
		return b.String()
	})
}

func scopesOf(action access.Action) string {
	var open []string
	for _, s := range []access.Scope{
		access.ScopeConversationsRead, access.ScopeConversationsWrite, access.ScopeContactsRead,
		access.ScopeContactsWrite, access.ScopeAttachments, access.ScopeLive, access.ScopeReports, access.ScopeConfigRead,
		access.ScopeConfigWrite, access.ScopeAllChannels, access.ScopeAdmin,
	} {
		p := access.Principal{ID: "tok_a", Role: access.RoleIntegrator, Scopes: []access.Scope{s}}
		if access.Can(p, action, access.Object{}) == nil {
			open = append(open, string(s))
		}
	}
	return strings.Join(open, ",")
}

func TestAnUndeclaredActionIsForbiddenToAll(t *testing.T) {
	for _, p := range []access.Principal{member(access.RoleAdmin), {ID: "tok_a", Role: access.RoleIntegrator, Scopes: []access.Scope{access.ScopeAdmin}}} {
		if err := access.Can(p, "server.melt", access.Object{}); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s got %v", p.Role, err)
		}
	}
	if access.Declared("server.melt") || !access.Declared(access.SendMessage) {
		t.Error("Declared does not follow the table")
	}
}

func TestAnEmptyPrincipalMayNothing(t *testing.T) {
	for _, p := range []access.Principal{{}, {Role: "root"}, {Role: access.RoleIntegrator}, {Role: access.RoleVisitor}} {
		for _, action := range access.Actions() {
			for _, o := range append(stances, access.Object{}, access.Object{Queues: []dispatch.QueueID{""}}) {
				if access.Can(p, action, o) == nil {
					t.Errorf("%+v may %s", p, action)
				}
			}
		}
	}
}

func TestAStaffMemberWithoutAnIDOwnsNothing(t *testing.T) {
	p := access.Principal{Role: access.RoleAgent}
	if err := access.Can(p, access.SendMessage, access.Object{}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("an empty owner matched an empty principal: %v", err)
	}
}

func TestAChannelTokenReachesItsChannelOnly(t *testing.T) {
	token := access.Principal{ID: "tok_a", Role: access.RoleIntegrator, Scopes: []access.Scope{access.ChannelScope("chn_a")}}
	reader := access.Principal{ID: "tok_b", Role: access.RoleIntegrator, Scopes: []access.Scope{access.ScopeConversationsRead}}
	for _, c := range []struct {
		p       access.Principal
		channel dispatch.ChannelID
		want    error
	}{
		{token, "chn_a", nil},
		{token, "chn_b", access.ErrNotFound},
		{token, "", access.ErrNotFound},
		{reader, "chn_a", access.ErrForbidden},
		{member(access.RoleAgent), "chn_a", access.ErrForbidden},
		{member(access.RoleAdmin), "chn_a", nil},
	} {
		if err := access.Can(c.p, access.PutInboundMessage, access.Object{Channel: c.channel}); !errors.Is(err, c.want) {
			t.Errorf("%s into %q: %v, want %v", c.p.ID, c.channel, err, c.want)
		}
	}
}

func TestASupervisorOfAllQueuesReachesEveryQueuedThing(t *testing.T) {
	p := access.Principal{ID: "agt_s", Role: access.RoleSupervisor, AllQueues: true}
	if err := access.Can(p, access.TakeOver, access.Object{Queues: []dispatch.QueueID{"que_z"}}); err != nil {
		t.Error(err)
	}
	if err := access.Can(p, access.TakeOver, access.Object{}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("an object without a queue: %v", err)
	}
}

func TestScopesAreAClosedList(t *testing.T) {
	for s, want := range map[string]bool{
		"admin": true, "channel:*": true, "conversations:read": true, "channel:chn_0abc": true,
		"": false, "root": false, "channel:": false, "channel:chn_": false, "channel:que_1": false, "channel:chn_A": false,
		"channel:chn_a,admin": false, "channel:chn_" + strings.Repeat("a", 80): false,
	} {
		if _, err := access.ParseScope(s); (err == nil) != want {
			t.Errorf("%q: %v", s, err)
		}
	}
}
