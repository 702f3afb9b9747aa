package dispatch

import "encoding/binary"

// goneSlot remembers the version at which a conversation left, so that late messages do not bring it back.
type goneSlot struct {
	conversation ConversationID
	version      uint64
}

const keptGoneSlots = 256

// goneSlots are those that left last, in no order. Each word of a conversation looks for its own among all of them, so the
// ends of the ids, which are chance, lie together: reading the ids themselves would fetch each from elsewhere in memory.
type goneSlots struct {
	all    []goneSlot
	ends   []uint64
	oldest int // when all are kept
}

func (g *goneSlots) of(id ConversationID) *goneSlot {
	end := endOf(id)
	for i, e := range g.ends {
		if e == end && g.all[i].conversation == id {
			return &g.all[i]
		}
	}
	return nil
}

// add takes a conversation that is not there in the place of the one that is there for longest.
func (g *goneSlots) add(id ConversationID, version uint64) {
	s, end := goneSlot{id, version}, endOf(id)
	if len(g.all) < keptGoneSlots {
		g.all, g.ends = append(g.all, s), append(g.ends, end)
		return
	}
	g.all[g.oldest], g.ends[g.oldest] = s, end
	g.oldest = (g.oldest + 1) % keptGoneSlots
}

// endOf is the last eight bytes of an id, or all of a shorter one.
func endOf(id ConversationID) uint64 {
	var b [8]byte
	copy(b[:], id[max(0, len(id)-len(b)):])
	return binary.LittleEndian.Uint64(b[:])
}
