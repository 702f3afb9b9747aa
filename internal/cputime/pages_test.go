//go:build linux

package cputime

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Not parallel: a whole part of the heap comes and goes.
func TestHugePagesAreAskedForWhatTheHeapWillBe(t *testing.T) {
	const budget = 1 << 30
	_, none := os.Stat("/sys/kernel/mm/transparent_hugepage/enabled")
	if strict, _ := os.ReadFile("/proc/sys/vm/overcommit_memory"); none != nil || strings.TrimSpace(string(strict)) == "2" {
		if HugePages(budget) == nil {
			t.Error("there are none, and no word of it")
		}
		return
	}
	before := advised(t)
	if err := HugePages(budget); err != nil {
		t.Fatal(err)
	}
	if now := advised(t); now < before+budget/pageParts {
		t.Errorf("asked for %d MiB, not %d", (now-before)>>20, budget/pageParts>>20)
	}
}

// advised is how many bytes of this process the kernel was asked to give huge pages: those of mappings with the flag "hg".
func advised(t *testing.T) (bytes int) {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	size := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch fields[0] {
		case "Size:":
			if size, err = strconv.Atoi(fields[1]); err != nil {
				t.Fatal(err)
			}
		case "VmFlags:":
			if strings.Contains(lines.Text(), " hg") {
				bytes += size << 10
			}
		}
	}
	return bytes
}
