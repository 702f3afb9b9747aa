package act

// crowd is the cells of one kind in one shard, those that had no letter for longest first. The shard's lock guards it. It
// is the clock of page caches: nothing moves when a letter comes, a cell is only marked; who is first and marked goes to
// the end unmarked.
type crowd struct {
	first, last *cell
	n           int
}

const (
	// crowdLooks bounds what one activation looks at, under the lock of its shard.
	crowdLooks = 8
	// crowdProbes is how many it asks to retire: more than the one that it brings, so that a crowd shrinks.
	crowdProbes = 2
)

func (cr *crowd) add(c *cell) {
	c.before, c.after = cr.last, nil
	if cr.last == nil {
		cr.first = c
	} else {
		cr.last.after = c
	}
	cr.last = c
	cr.n++
}

func (cr *crowd) drop(c *cell) {
	if c.before == nil {
		cr.first = c.after
	} else {
		c.before.after = c.after
	}
	if c.after == nil {
		cr.last = c.before
	} else {
		c.after.before = c.before
	}
	c.before, c.after = nil, nil
	cr.n--
}

// thin asks those who were quiet for longest to retire while there are more than share.
func (cr *crowd) thin(sh *shard, share int) {
	probes := min(crowdProbes, cr.n-share)
	for looks := 0; looks < crowdLooks && probes > 0; looks++ {
		c := cr.first
		cr.drop(c)
		cr.add(c)
		if c.stirred.Swap(false) || !c.pending.CompareAndSwap(0, internalOne) {
			continue
		}
		sh.counts[c.kind.index].admitted.Add(1)
		c.push(&letter{kind: letterProbe}, nil)
		probes--
	}
}

// share is how many cells of the kind a shard keeps; 0: any number.
func (k *Kind) share() int { return (k.Keep + shardCount - 1) / shardCount }
