package app

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
)

// recentContacts remembers which contact a sender was last found to be, so that a message from somebody known costs no
// look-up. A sender that shows anything new has another signature, but for the name: that of a contact who has one stays as
// it is. A change of any contact by a person forgets all.
type recentContacts struct {
	era    atomic.Uint64
	shards [contactShards]recentShard
}

type recentShard struct {
	mu    sync.Mutex
	era   uint64
	young map[string]origin // two generations bound the size: a full young one becomes old
	old   map[string]origin
}

const (
	contactShards  = 16
	contactsPerMap = 4096
)

var contactSeed = maphash.MakeSeed()

// signature is everything a sender shows but the name.
func (k *known) signature() string {
	var b strings.Builder
	b.WriteString(k.route)
	for _, id := range k.identities {
		b.WriteByte(0)
		b.WriteString(id.Kind)
		b.WriteByte(1)
		b.WriteString(id.Value)
	}
	for _, id := range k.documents {
		b.WriteByte(2)
		b.WriteString(id.Kind)
		b.WriteByte(1)
		b.WriteString(id.Value)
	}
	return b.String()
}

func (r *recentContacts) shard(signature string) *recentShard {
	return &r.shards[maphash.String(contactSeed, signature)%contactShards]
}

// get is what was found for a signature, unless the sender has a name to give to a contact without one.
func (r *recentContacts) get(signature, name string) (origin, bool) {
	s := r.shard(signature)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.era != r.era.Load() {
		return origin{}, false
	}
	c, ok := s.young[signature]
	if !ok {
		c, ok = s.old[signature]
	}
	return c, ok && (c.contact.Name != "" || name == "")
}

// put remembers what was found in an era; a later era knows better.
func (r *recentContacts) put(signature string, c origin, era uint64) {
	s := r.shard(signature)
	s.mu.Lock()
	defer s.mu.Unlock()
	if era != r.era.Load() {
		return
	}
	if s.era != era || s.young == nil {
		s.era, s.young, s.old = era, map[string]origin{}, nil
	}
	if len(s.young) >= contactsPerMap {
		s.old, s.young = s.young, map[string]origin{}
	}
	s.young[signature] = c
}

func (r *recentContacts) forgetAll() { r.era.Add(1) }
