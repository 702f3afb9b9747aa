package storage

import (
	"bytes"
	"errors"
	"hash/maphash"
	"math/bits"
	"sync"
)

const stripeCount = 256

// stripes are the locks under which claims are checked and committed. A group locks
// all its stripes in ascending order, so groups cannot deadlock.
type stripes struct {
	locks [stripeCount]sync.Mutex
}

type stripeSet [stripeCount / 64]uint64

var stripeSeed = maphash.MakeSeed()

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
}

func (s *stripeSet) each(fn func(i int)) {
	for w, word := range s {
		for ; word != 0; word &= word - 1 {
			fn(w*64 + bits.TrailingZeros64(word))
		}
	}
}

func (l *stripes) lock(set *stripeSet)   { set.each(func(i int) { l.locks[i].Lock() }) }
func (l *stripes) unlock(set *stripeSet) { set.each(func(i int) { l.locks[i].Unlock() }) }

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
	key  []byte
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
	if planted("claims_off") {
		return nil
	}
	for _, key := range c.Release {
		h, err := g.look(key)
		if err != nil {
			return err
		}
		if !h.free && h.shard != c.Shard {
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
		if !h.free && !bytes.Equal(h.value, cl.Value) {
			return taken(cl.Key, h)
		}
	}
	return nil
}

func taken(key []byte, h holding) error {
	return &Taken{Key: bytes.Clone(key), Value: bytes.Clone(h.value)}
}

// apply takes what check allowed and appends to held those claims that are new: one
// that is held already stays as it is, with the shard that has it.
func (g *groupClaims) apply(c *Change, held []Claim) ([]Claim, error) {
	for _, key := range c.Release {
		g.over[string(key)] = holding{free: true}
	}
	for _, cl := range c.Claim {
		h, err := g.look(cl.Key)
		if err != nil {
			return held, err
		}
		if h.free {
			g.over[string(cl.Key)] = holding{value: cl.Value, shard: c.Shard}
			held = append(held, cl)
		}
	}
	return held, nil
}
