package cputime

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// Used is the time that all threads of this process have run so far, in user and system mode; 0 with an error.
func Used() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// OrZero is Used where nothing depends on it; 0 where the system does not tell.
func OrZero() time.Duration {
	used, _ := Used()
	return used
}

var cores = runtime.GOMAXPROCS(0)

// Cores is how many cores Go found for this process when it began: the machine's, its affinity's, its control group's limit,
// or what GOMAXPROCS says.
func Cores() int { return cores }

// Spare lets one thread more run Go than there are cores; GOMAXPROCS wins. A thread that syncs a file keeps its right to run Go
// until the runtime's monitor takes it away, which it does after 20 µs to 10 ms: the log is synced without pause under load, and
// on two cores that was one of two.
func Spare() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(cores + 1)
	}
}

// Halve lets Go run on half of the cores, at least one; GOMAXPROCS wins. It is for a process beside another one that has most of
// the work: fewer threads sleep and wake for each other.
func Halve() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(1, cores/2))
	}
}
