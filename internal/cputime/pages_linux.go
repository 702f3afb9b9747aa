package cputime

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
)

// Of a heap of small objects, which lie everywhere, the processor looks up a page for almost each; with pages of 2 MiB instead
// of 4 KiB a conversation took 3 to 7 % less CPU time (docs/adr/0030). Most distributions give them to who asks.
const (
	mostPages = 512 << 20 // bytes: the heap of a busy server, a million who wait included
	pageParts = 8         // no more than such a part of what the process may use
)

// HugePages asks for huge pages for what the heap will be, once, at the start; budget is how many bytes the process may use, 0:
// it is unknown. Nothing is in memory before it is used, and what the heap takes beyond that has usual pages.
func HugePages(budget uint64) error {
	size := uint64(mostPages)
	if budget > 0 {
		size = min(size, budget/pageParts)
	}
	if strict, _ := os.ReadFile("/proc/sys/vm/overcommit_memory"); strings.TrimSpace(string(strict)) == "2" {
		return errors.New("ask for huge pages: vm.overcommit_memory is 2, where what is mapped counts as used")
	}
	if err := syscall.Madvise(make([]byte, size), syscall.MADV_HUGEPAGE); err != nil {
		return fmt.Errorf("ask for huge pages: %w", err)
	}
	debug.FreeOSMemory() // the heap grows into where this was
	return nil
}
