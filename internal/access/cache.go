package access

import (
	"container/list"
	"sync"
	"time"

	"pronto/dispatch"
)

// grant is what a valid credential gives; immutable once made.
type grant struct {
	credential Credential
	agent      dispatch.AgentID // sessions
	token      *Token           // API tokens
	expires    time.Time        // absolute; zero for never
	idle       time.Duration    // unused for so long: over; zero for never
}

// cache keeps the grants in use, so that checking a credential touches neither disk nor argon2. It also keeps when each was
// last seen, until that is written down.
type cache struct {
	max int

	mu         sync.Mutex
	entries    map[Credential]*list.Element // of *cached
	recent     *list.List                   // most recently used in front
	unsaved    map[Credential]time.Time     // evicted before their last use was written down
	generation uint64                       // grows with every invalidation
}

type cached struct {
	grant *grant
	seen  time.Time
	saved time.Time // the last use that is written down
}

func newCache(limit int) *cache {
	return &cache{max: limit, entries: map[Credential]*list.Element{}, recent: list.New(), unsaved: map[Credential]time.Time{}}
}

// use returns the grant of c and marks it used at now, unless it is not there or over. When it is not there, the returned
// generation belongs into the add that follows the look-up.
func (k *cache) use(now time.Time, c Credential) (g *grant, live bool, generation uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := k.entries[c]
	if e == nil {
		return nil, false, k.generation
	}
	v := e.Value.(*cached)
	if v.grant.over(now, v.seen) {
		return v.grant, false, k.generation
	}
	if now.After(v.seen) {
		v.seen = now
	}
	k.recent.MoveToFront(e)
	return v.grant, true, k.generation
}

// add puts in what was read from the store and reports whether it is valid at now. Anything invalidated since the look-up
// began (generation) makes it refuse to keep the grant: it may have been read before it was revoked.
func (k *cache) add(now time.Time, g *grant, saved time.Time, generation uint64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	seen := saved
	if u, ok := k.unsaved[g.credential]; ok && u.After(seen) {
		seen = u
	}
	if g.over(now, seen) {
		return false
	}
	if generation != k.generation || k.entries[g.credential] != nil {
		return true
	}
	if len(k.entries) >= k.max {
		k.evict()
	}
	delete(k.unsaved, g.credential)
	k.entries[g.credential] = k.recent.PushFront(&cached{grant: g, seen: now, saved: saved})
	return true
}

func (k *cache) evict() {
	e := k.recent.Back()
	v := e.Value.(*cached)
	if v.seen.After(v.saved) && len(k.unsaved) < k.max {
		k.unsaved[v.grant.credential] = v.seen
	}
	k.recent.Remove(e)
	delete(k.entries, v.grant.credential)
}

// invalidate forgets one credential.
func (k *cache) invalidate(c Credential) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.generation++
	k.remove(c)
}

// invalidateAgent forgets every session of an agent.
func (k *cache) invalidateAgent(id dispatch.AgentID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.generation++
	for c := range k.entries {
		if c.account == string(id) {
			k.remove(c)
		}
	}
}

func (k *cache) remove(c Credential) {
	delete(k.unsaved, c)
	if e := k.entries[c]; e != nil {
		k.recent.Remove(e)
		delete(k.entries, c)
	}
}

// use of a credential at a time.
type lastUse struct {
	credential Credential
	at         time.Time
}

// toSave returns the uses that are newer than what is written down by at least interval, and takes them for saved.
func (k *cache) toSave(interval time.Duration) []lastUse {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []lastUse
	for c, at := range k.unsaved {
		out = append(out, lastUse{c, at})
	}
	clear(k.unsaved)
	for e := k.recent.Front(); e != nil; e = e.Next() {
		v := e.Value.(*cached)
		if v.seen.Sub(v.saved) >= interval {
			out = append(out, lastUse{v.grant.credential, v.seen})
			v.saved = v.seen
		}
	}
	return out
}

// lastSeen is when c was last used, as far as it is known here; zero for what is not.
func (k *cache) lastSeen(c Credential) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e := k.entries[c]; e != nil {
		return e.Value.(*cached).seen
	}
	return k.unsaved[c]
}

// over reports whether the grant has ended at now, when it was last used at seen.
func (g *grant) over(now, seen time.Time) bool {
	return !g.expires.IsZero() && !now.Before(g.expires) || g.idle > 0 && now.Sub(seen) >= g.idle
}
