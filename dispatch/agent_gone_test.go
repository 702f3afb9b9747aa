package dispatch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestGoneSlotsAreTheLastOnes compares them with a list, over ids of which many have the same end and some are shorter than
// one.
func TestGoneSlotsAreTheLastOnes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var g goneSlots
	var model []goneSlot
	for i := range 5000 {
		id := ConversationID(fmt.Sprintf("cnv_%d_%08d", r.IntN(20), r.IntN(40)))
		if r.IntN(8) == 0 {
			id = ConversationID(fmt.Sprint("c", r.IntN(9)))
		}
		at := slices.IndexFunc(model, func(s goneSlot) bool { return s.conversation == id })
		have := g.of(id)
		if (have != nil) != (at >= 0) || have != nil && *have != model[at] {
			t.Fatalf("%d: of %s: %v, want %v", i, id, have, model)
		}
		if have != nil {
			have.version++
			model[at].version++
			continue
		}
		g.add(id, uint64(i))
		model = append(model, goneSlot{id, uint64(i)})
		if len(model) > keptGoneSlots {
			model = model[1:]
		}
	}
}
