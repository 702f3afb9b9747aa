package cputime

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// A server makes much short-lived garbage. With a small live heap it would spend a quarter of its CPU on collecting if the
// heap could only double, so there is room for some seconds' garbage; the same room is enough for a large one, that of a
// million who wait, where a part of what is live would be gigabytes. With 400 percent as the most a conversation took 6 % more
// CPU time and the process 47 MiB less; with 1 600, no less and 200 MiB more (docs/adr/0030).
const (
	gcMost  = 800       // percent of what is live
	gcLeast = 50        // below it collecting costs more than memory
	gcRoom  = 256 << 20 // bytes of garbage between two collections
)

// TuneCollector makes room for garbage by what is live, again after each collection. GOGC wins, and GOMEMLIMIT counts as ever.
func TuneCollector() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(gcMost)
	tuneAgain(gcMost)
}

// tuneAgain leaves an object behind that the next collection finds dead.
func tuneAgain(percent int) {
	type mark struct{ _ [64]byte }
	runtime.AddCleanup(new(mark), func(percent int) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		now := gcPercent(live[0].Value.Uint64())
		if now != percent {
			debug.SetGCPercent(now)
		}
		tuneAgain(now)
	}, percent)
}

// gcPercent is by how much a heap with so many live bytes may grow, in steps: each change stops everything for a moment.
func gcPercent(live uint64) int {
	percent := gcRoom * 100 / max(live, 1)
	return int(min(gcMost, max(gcLeast, percent/gcLeast*gcLeast)))
}
