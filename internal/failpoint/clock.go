//go:build failpoints

package failpoint

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const clockVariable = "PRONTO_CLOCK"

// ahead is by how much the clock is wrong.
var ahead atomic.Int64

func init() {
	text := os.Getenv(clockVariable)
	first, then, err := parseClock(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2) // a test whose clock never steps would pass
	}
	ahead.Store(int64(first))
	if text == "" {
		return
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR2)
	go func() {
		<-c
		ahead.Store(int64(then))
	}()
}

// parseClock reads D1:D2; nothing is a clock that is right.
func parseClock(text string) (first, then time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	a, b, _ := strings.Cut(text, ":")
	if first, err = time.ParseDuration(a); err == nil {
		then, err = time.ParseDuration(b)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%s=%q is not D1:D2, two durations such as 2s:-500ms", clockVariable, text)
	}
	return first, then, nil
}

// Now is the time of day, which tests may set.
func Now() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
