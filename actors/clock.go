package actors

import (
	"sync"
	"time"
)

// clock shows the wall clock, except that it never goes back: after a step back of the machine's clock it goes on at the
// pace of the monotonic clock until the wall has caught up, so that deadlines still come.
type clock struct {
	read func() time.Time

	mu    sync.Mutex
	last  time.Time // as read, with its monotonic part
	shown time.Time // as given out
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	read := c.read()
	wall := read.Round(0)
	if !c.last.IsZero() {
		if steady := c.shown.Add(max(0, read.Sub(c.last))); wall.Before(steady) {
			wall = steady
		}
	}
	c.last, c.shown = read, wall
	return wall.UTC().Truncate(time.Millisecond)
}
