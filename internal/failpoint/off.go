//go:build !failpoints

package failpoint

import "time"

// Here is a place at which tests may end the process or hold it up.
func Here(string) {}

// Now is the time of day, which tests may set.
func Now() time.Time { return time.Now() }
