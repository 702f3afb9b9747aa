package actors

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"pronto/dispatch"
)

// TestASetOfSessionsKeepsTheirOrder compares it with a plain list.
func TestASetOfSessionsKeepsTheirOrder(t *testing.T) {
	ids := rapid.SampledFrom([]dispatch.SessionID{"a", "b", "c", "d", "e"})
	rapid.Check(t, func(t *rapid.T) {
		var s sessionSet
		var list []dispatch.SessionID
		without := func(id dispatch.SessionID) []dispatch.SessionID {
			return slices.DeleteFunc(list, func(o dispatch.SessionID) bool { return o == id })
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				id := ids.Draw(t, "id")
				if s.add(id); !slices.Contains(list, id) {
					list = append(list, id)
				}
			},
			"drop": func(t *rapid.T) {
				id := ids.Draw(t, "id")
				s.drop(id)
				list = without(id)
			},
			"replace": func(t *rapid.T) {
				id, next := ids.Draw(t, "id"), ids.Draw(t, "next")
				s.replace(id, next)
				switch i := slices.Index(list, id); {
				case i >= 0 && !slices.Contains(list, next):
					list[i] = next
				case id != next:
					if list = without(id); !slices.Contains(list, next) {
						list = append(list, next)
					}
				case i < 0:
					list = append(list, next)
				}
			},
			"": func(t *rapid.T) {
				if !slices.Equal(s.order, list) || len(s.in) != len(list) {
					t.Fatalf("%v of %v, want %v", s.order, s.in, list)
				}
				for _, id := range list {
					if !s.has(id) {
						t.Fatalf("no %s", id)
					}
				}
			},
		})
	})
}
