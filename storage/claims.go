package storage

import (
	"bytes"
	"errors"
	"hash/maphash"
	"math/bits"
	"sync"
)

// stripeCount is far above the claims under way at once, so that two keys seldom share a lock.
const stripeCount = 4096

// stripes are the locks under which claims are checked and committed. A shard may take one that it holds already: its
// groups become durable in order. A group takes its stripes in ascending order and keeps them until it is durable, so
// groups cannot deadlock.
type stripes struct {
	mu    sync.Mutex
	freed *sync.Cond
	all   [stripeCount]stripe
}

// stripe is held by groups of one shard.
type stripe struct {
	groups  int
	holder  Shard
	waiting int // shards that want it: its holder then waits for its turn too
}

type stripeSet [stripeCount / 64]uint64

var stripeSeed = maphash.MakeSeed()

func (l *stripes) init() { l.freed = sync.NewCond(&l.mu) }

func (s *stripeSet) add(key []byte) {
	h := maphash.Bytes(stripeSeed, key) % stripeCount
	s[h/64] |= 1 << (h % 64)
}

func (s *stripeSet) addChange(c *Change) {
	for i := range c.Release {
		s.add(c.Release[i])
	}
	for i := range c.Claim {
		s.add(c.Claim[i].Key)
	}
	for i := range c.Vacant {
		s.add(c.Vacant[i])
	}
}

func (s *stripeSet) each(fn func(i int)) {
	for w, word := range s {
		for ; word != 0; word &= word - 1 {
			fn(w*64 + bits.TrailingZeros64(word))
		}
	}
}

func (l *stripes) lock(shard Shard, set *stripeSet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	set.each(func(i int) {
		s := &l.all[i]
		for s.groups > 0 && (s.holder != shard || s.waiting > 0) {
			s.waiting++
			l.freed.Wait()
			s.waiting--
		}
		s.groups, s.holder = s.groups+1, shard
	})
}

func (l *stripes) unlock(set *stripeSet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wanted := false
	set.each(func(i int) {
		s := &l.all[i]
		s.groups--
		wanted = wanted || s.groups == 0 && s.waiting > 0
	})
	if wanted {
		l.freed.Broadcast()
	}
}

// holding is who holds a claim key; free if nobody does.
type holding struct {
	value []byte
	shard Shard
	free  bool
}

// groupClaims is the claims as the changes accepted so far in this group leave them.
type groupClaims struct {
	db   *DB
	over map[string]holding
	// found is what the change that was checked last found at each of its claims.
	found []holding
	key   []byte
}

func (g *groupClaims) look(key []byte) (holding, error) {
	if h, ok := g.over[string(key)]; ok {
		return h, nil
	}
	g.key = appendSpaceKey(g.key[:0], spaceClaim, key)
	v, err := g.db.e.get(g.db.e.p, g.key)
	if errors.Is(err, ErrNotFound) {
		return holding{free: true}, nil
	}
	if err != nil {
		return holding{}, err
	}
	shard, value, err := shardValue(v)
	return holding{value: value, shard: shard}, err
}

// check returns a *Taken if the change cannot have its claims.
func (g *groupClaims) check(c *Change) error {
	g.found = g.found[:0]
	for _, key := range c.Vacant {
		h, err := g.look(key)
		if err != nil {
			return err
		}
		if !h.free && !planted("merged_opens") {
			return taken(key, h)
		}
	}
	for _, key := range c.Release {
		h, err := g.look(key)
		if err != nil {
			return err
		}
		if !h.free && h.shard != c.Shard && !planted("claims_off") {
			return taken(key, h)
		}
	}
	for i, cl := range c.Claim {
		h, err := g.look(cl.Key)
		if err != nil {
			return err
		}
		for _, key := range c.Release {
			h.free = h.free || bytes.Equal(key, cl.Key)
		}
		for _, earlier := range c.Claim[:i] {
			if bytes.Equal(earlier.Key, cl.Key) {
				h = holding{value: earlier.Value, shard: c.Shard}
			}
		}
		if !h.free && !bytes.Equal(h.value, cl.Value) && !planted("claims_off") {
			return taken(cl.Key, h)
		}
		g.found = append(g.found, h)
	}
	return nil
}

func taken(key []byte, h holding) error {
	return &Taken{Key: bytes.Clone(key), Value: bytes.Clone(h.value)}
}

// apply takes what check has just allowed and appends to held those claims that are new:
// one that is held already stays as it is, with the shard that has it.
func (g *groupClaims) apply(c *Change, held []Claim) []Claim {
	for _, key := range c.Release {
		g.over[string(key)] = holding{free: true}
	}
	for i, cl := range c.Claim {
		if g.found[i].free {
			g.over[string(cl.Key)] = holding{value: cl.Value, shard: c.Shard}
			held = append(held, cl)
		}
	}
	return held
}
