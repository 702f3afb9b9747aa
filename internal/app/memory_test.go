package app

import (
	"runtime/debug"
	"testing"
	"testing/fstest"
)

// TestTheStoreTakesAnEighthOfTheMemory, within what it needs at least and what pays at most.
func TestTheStoreTakesAnEighthOfTheMemory(t *testing.T) {
	for _, x := range []struct {
		budget   uint64
		cache    int64
		memtable uint64
	}{
		{0, 384 << 20, 64 << 20}, {64 << 30, 384 << 20, 64 << 20}, {3 << 30, 384 << 20, 64 << 20},
		{1536 << 20, 192 << 20, 32 << 20}, {256 << 20, 64 << 20, (64 << 20) / 6},
	} {
		cache, memtable := storeMemory(x.budget)
		if cache != x.cache || memtable != x.memtable {
			t.Errorf("of %d MiB: %d and %d", x.budget>>20, cache, memtable)
		}
	}
}

// TestTheLeastLimitOfMemoryCounts: of the machine, of control groups of both versions and those they are in, and of Go.
func TestTheLeastLimitOfMemoryCounts(t *testing.T) {
	machine := "MemFree: 7 kB\nMemTotal:        4194304 kB\n"
	for name, x := range map[string]struct {
		files fstest.MapFS
		want  uint64
	}{
		"nothing":   {fstest.MapFS{}, 0},
		"machine":   {fstest.MapFS{"proc/meminfo": {Data: []byte(machine)}}, 4 << 30},
		"no limit":  {fstest.MapFS{"proc/meminfo": {Data: []byte(machine)}, "proc/self/cgroup": {Data: []byte("0::/a\n")}, "sys/fs/cgroup/a/memory.max": {Data: []byte("max\n")}}, 4 << 30},
		"group":     {fstest.MapFS{"proc/meminfo": {Data: []byte(machine)}, "proc/self/cgroup": {Data: []byte("0::/a/b\n")}, "sys/fs/cgroup/a/b/memory.max": {Data: []byte("2147483648\n")}}, 2 << 30},
		"above":     {fstest.MapFS{"proc/self/cgroup": {Data: []byte("0::/a/b\n")}, "sys/fs/cgroup/a/b/memory.max": {Data: []byte("max\n")}, "sys/fs/cgroup/a/memory.max": {Data: []byte("1073741824\n")}}, 1 << 30},
		"container": {fstest.MapFS{"proc/self/cgroup": {Data: []byte("0::/far/away\n")}, "sys/fs/cgroup/memory.max": {Data: []byte("536870912\n")}}, 512 << 20},
		"version 1": {fstest.MapFS{"proc/meminfo": {Data: []byte(machine)}, "proc/self/cgroup": {Data: []byte("5:cpu,cpuacct:/\n4:hugetlb,memory:/x\n0::/\n")}, "sys/fs/cgroup/memory/x/memory.limit_in_bytes": {Data: []byte("805306368\n")}, "sys/fs/cgroup/memory/memory.limit_in_bytes": {Data: []byte("9223372036854771712\n")}}, 768 << 20},
	} {
		if got := memoryBudget(x.files); got != x.want {
			t.Errorf("%s: %d MiB", name, got>>20)
		}
	}
	old := debug.SetMemoryLimit(300 << 20)
	defer debug.SetMemoryLimit(old)
	if got := memoryBudget(fstest.MapFS{"proc/meminfo": {Data: []byte(machine)}}); got != 300<<20 {
		t.Errorf("with Go's limit: %d MiB", got>>20)
	}
}
