//go:build failpoints

package failpoint

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var (
	place string
	left  atomic.Int64
	armed atomic.Bool
)

func init() {
	text := os.Getenv("PRONTO_FAILPOINT")
	if text == "" {
		return
	}
	parts := strings.Split(text, ":")
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		panic("PRONTO_FAILPOINT: " + text)
	}
	place = parts[0]
	left.Store(n)
	if len(parts) == 2 {
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

// Here is a place at which tests may end the process.
func Here(name string) {
	if name != place || !armed.Load() || left.Add(-1) != 0 {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
