//go:build failpoints

package failpoint

import (
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"time"
)

const delayVariable = "PRONTO_DELAYS"

// longest is no longer than tests wait for an answer.
const longest = time.Second

// delays is below what a delay stays; 0: there are none.
var delays = mustDelays()

func mustDelays() time.Duration {
	d, err := parseDelays(os.Getenv(delayVariable))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2) // tests that are not delayed would pass
	}
	return d
}

// parseDelays reads a duration from above 0 to 1s; nothing is 0.
func parseDelays(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > longest {
		return 0, fmt.Errorf("%s=%q is not a duration above 0 and up to %v, such as 40ms", delayVariable, text, longest)
	}
	return d, nil
}

// delay blocks the thread: the clock of a test's bubble would not wait for a goroutine that sleeps by it.
func delay() {
	if delays == 0 || rand.IntN(4) != 0 {
		return
	}
	t := syscall.NsecToTimespec(rand.Int64N(int64(delays)))
	_ = syscall.Nanosleep(&t, nil) // an interrupted one is a shorter one
}
