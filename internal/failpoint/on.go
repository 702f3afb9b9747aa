//go:build failpoints

package failpoint

import (
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

var (
	place string
	left  atomic.Int64
	armed atomic.Bool
)

func init() {
	text := os.Getenv(variable)
	if text == "" {
		return
	}
	name, n, later, err := parse(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2) // a test whose place is never reached would pass
	}
	place = name
	left.Store(n)
	if !later {
		armed.Store(true)
		return
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	go func() {
		<-c
		armed.Store(true)
	}()
}

// Here is a place at which tests may end the process or hold it up.
func Here(name string) {
	delay()
	if name != place || !armed.Load() || left.Add(-1) != 0 {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
