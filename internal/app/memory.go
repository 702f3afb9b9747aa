package app

import (
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// What the store keeps in memory, by what the process may use: an eighth, and no more than pays.
const (
	leastCache = 64 << 20
	mostCache  = 384 << 20
	cacheParts = 6 // memtables are taken out of the cache, up to four of them
)

// storeMemory sizes the store's cache and its memtables for a budget in bytes; 0: it is unknown.
func storeMemory(budget uint64) (cache int64, memtable uint64) {
	part := uint64(mostCache)
	if budget > 0 {
		part = min(max(budget/8, leastCache), mostCache)
	}
	return int64(part), part / cacheParts
}

// MemoryBudget is how many bytes this process may use: the least of GOMEMLIMIT, the limits of its control groups and what the
// machine has. 0: nothing is known.
func MemoryBudget() uint64 { return memoryBudget(os.DirFS("/")) }

// memoryBudget is MemoryBudget where root is the root of the file system.
func memoryBudget(root fs.FS) uint64 {
	budget := uint64(math.MaxUint64)
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		budget = uint64(limit)
	}
	budget = min(budget, machineMemory(root))
	groups, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(f) < 3:
		case f[1] == "": // version 2
			budget = min(budget, groupLimit(root, "sys/fs/cgroup", f[2], "memory.max"))
		case strings.Contains(","+f[1]+",", ",memory,"):
			budget = min(budget, groupLimit(root, "sys/fs/cgroup/memory", f[2], "memory.limit_in_bytes"))
		}
	}
	if budget == math.MaxUint64 {
		return 0
	}
	return budget
}

// groupLimit is the least limit of a group and those it is in. In a container the group may be the root of what is seen.
func groupLimit(root fs.FS, mount, group, file string) uint64 {
	least := uint64(math.MaxUint64)
	for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
		text, _ := fs.ReadFile(root, path.Join(mount, dir, file))
		if n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil { // "max" is none
			least = min(least, n)
		}
		if dir == "/" {
			return least
		}
	}
}

// machineMemory is "MemTotal: 1234 kB".
func machineMemory(root fs.FS) uint64 {
	text, _ := fs.ReadFile(root, "proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" {
			if n, err := strconv.ParseUint(f[1], 10, 64); err == nil {
				return n << 10
			}
		}
	}
	return math.MaxUint64
}
