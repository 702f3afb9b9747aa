package contact_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"pronto/internal/contact"
	"pronto/protocol"
)

func ids(values ...string) (out []protocol.Identity) {
	for _, v := range values {
		out = append(out, protocol.Identity{Kind: "phone", Value: v})
	}
	return out
}

func TestAContactIsCompletedByThoseThatWereMergedInTheirOrder(t *testing.T) {
	day := func(n int) protocol.Time { return protocol.At(time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC)) }
	n := contact.Node{
		ID: "a", Details: contact.Details{Identities: ids("1"), Fields: map[string]any{"plan": "ouro", "age": nil}, CreatedAt: day(3)},
		Merged: []contact.Node{
			{ID: "c", At: day(9).Time, Details: contact.Details{Name: "Clara", Fields: map[string]any{"note": "c"}, CreatedAt: day(2)}},
			{ID: "b", At: day(8).Time, Details: contact.Details{Identities: ids("2", "1"), Fields: map[string]any{"note": nil, "plan": "prata", "age": 3.0}},
				Merged: []contact.Node{{ID: "d", Details: contact.Details{Name: "Dora", Fields: map[string]any{"note": "d", "vip": true}}}}},
		},
	}
	n.Order()
	want := contact.Details{
		Name: "Dora", Identities: ids("1", "2"), Fields: map[string]any{"plan": "ouro", "note": "c", "vip": true}, CreatedAt: day(2),
	}
	if diff := cmp.Diff(want, n.Whole(), cmpopts.EquateEmpty()); diff != "" {
		t.Error("whole (-want +got):", diff)
	}
	order := ""
	n.All(func(m *contact.Node) { order += m.ID })
	if order != "abdc" || n.Size() != 4 {
		t.Errorf("order %s", order)
	}
}

// TestAChangeWritesOnlyWhatIsItsOwn: whatever a patch names, what is shown afterwards is what the patch says, nothing of
// the merged ones is copied, and without them there is no value that nobody wrote.
func TestAChangeWritesOnlyWhatIsItsOwn(t *testing.T) {
	values := map[string][]any{"note": {"a", "b"}, "age": {1.0, 2.5}, "plan": {"ouro", "prata"}, "secret": {"x", "y"}}
	keys := []string{"note", "age", "plan", "secret"}
	rapid.Check(t, func(t *rapid.T) {
		some := func(label string) map[string]any {
			fields := map[string]any{}
			for _, key := range keys {
				if rapid.Bool().Draw(t, label+key) {
					fields[key] = rapid.SampledFrom(values[key]).Draw(t, label)
				}
			}
			return fields
		}
		n := contact.Node{Details: contact.Details{Fields: some("own")}, Merged: []contact.Node{{Details: contact.Details{Name: "Rita", Fields: some("other")}}}}
		before, patch := n.Whole(), some("patch")
		for _, key := range keys {
			if rapid.IntRange(0, 3).Draw(t, "null"+key) == 0 {
				patch[key] = nil
			}
		}
		w := shown(rules(), &before)
		body, err := json.Marshal(map[string]any{"fields": patch, "name": w.Name})
		if err != nil {
			t.Fatal(err)
		}
		c, err := rules().Patch(&n.Details, n.Rest(), w, body)
		if err != nil {
			t.Fatal(err)
		}
		if c.After.Name != "" {
			t.Fatalf("the name was copied: %q", c.After.Name)
		}
		after := contact.Node{Details: c.After, Merged: n.Merged}
		whole, alone := after.Whole(), (&contact.Node{Details: c.After}).Whole()
		for _, key := range keys {
			want, named := patch[key]
			if !named {
				want = before.Fields[key]
			}
			if whole.Fields[key] != want {
				t.Fatalf("%s is shown as %v, not %v", key, whole.Fields[key], want)
			}
			_, own := n.Fields[key]
			if value, has := alone.Fields[key]; has && !own && (!named || patch[key] == before.Fields[key]) {
				t.Fatalf("%s: %v was copied", key, value)
			}
		}
	})
}

func TestListsKeepApartWhatIsWhose(t *testing.T) {
	for _, c := range []struct{ list, own, rest, want string }{
		{"1 2 3", "1", "2 3", "[1]"}, {"2 4 3 1", "1", "2 3", "[4 1]"}, {"2 3", "1", "2 3", "[]"}, {"1 2", "1 2", "2", "[1 2]"},
		{"1 2", "1", "2 3", "merged"}, {"", "", "1", "merged"}, {"", "1 2", "2", "[]"},
	} {
		split := func(s string) []protocol.Identity {
			var out []protocol.Identity
			for _, r := range s {
				if r != ' ' {
					out = append(out, ids(string(r))...)
				}
			}
			return out
		}
		list, err := contact.Own("/identities", split(c.list), split(c.own), split(c.rest))
		got := []string{}
		for _, id := range list {
			got = append(got, id.Value)
		}
		text := fmt.Sprint(got)
		var refused *contact.Refused
		if errors.As(err, &refused) {
			text = refused.Fields[0].Code
		}
		if text != c.want {
			t.Errorf("%+v: %s", c, text)
		}
	}
}
