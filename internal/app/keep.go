package app

import (
	"math"
	"runtime/debug"
)

// What a conversation is is stored, and who waits has a ticket in its queue: being in memory saves a conversation no more
// than the time to load it. So a flood must not fill the memory with conversations until their Idle is over.
const (
	// keptPer is how much of the memory's limit there is for each quiet conversation that is kept. It costs 4 KiB, and some
	// cost more: so all of them together stay below an eighth.
	keptPer = 64 << 10
	// keptFreely is how many are kept without a limit.
	keptFreely = 1 << 15
)

// kept is how many quiet conversations stay in memory.
func (c *Config) kept() int {
	if c.Keep > 0 {
		return c.Keep
	}
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return keptFreely
	}
	return int(max(1, limit/keptPer))
}
