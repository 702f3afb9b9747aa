package cputime

import (
	"fmt"
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
