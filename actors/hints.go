package actors

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"pronto/dispatch"
)

// hints remember to which conversation a contact's last message on a channel went. A hint that is out of date costs a
// look-up: the conversation answers that it is closed. Nothing else depends on a hint; who is whom changes with the era,
// and hints of earlier ones are gone.
type hints struct {
	era    atomic.Uint64
	shards [hintShards]hintShard
}

type arrivalKey struct {
	channel dispatch.ChannelID
	contact dispatch.ContactID
}

// hintShard has two generations: when the young one is full it becomes the old one, and the old one is forgotten.
type hintShard struct {
	mu         sync.Mutex
	era        uint64
	young, old map[arrivalKey]dispatch.ConversationID
}

const (
	hintShards   = 16
	hintsPerHalf = 4096
)

var hintSeed = maphash.MakeSeed()

func (h *hints) shard(k arrivalKey) *hintShard {
	return &h.shards[maphash.String(hintSeed, string(k.contact))%hintShards]
}

// get is the hint of a place; young says that it need not be put again.
func (h *hints) get(k arrivalKey) (id dispatch.ConversationID, young, ok bool) {
	s := h.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.era != h.era.Load() {
		return "", false, false
	}
	if id, ok := s.young[k]; ok {
		return id, true, true
	}
	id, ok = s.old[k]
	return id, false, ok
}

// put keeps what was found in an era, unless another one began meanwhile.
func (h *hints) put(k arrivalKey, id dispatch.ConversationID, era uint64) {
	s := h.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if era != h.era.Load() {
		return
	}
	if s.era != era {
		s.era, s.young, s.old = era, nil, nil
	}
	if s.young == nil || len(s.young) >= hintsPerHalf {
		s.old, s.young = s.young, make(map[arrivalKey]dispatch.ConversationID)
	}
	s.young[k] = id
}
