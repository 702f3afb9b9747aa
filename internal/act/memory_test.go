//go:build !race

package act

import (
	"runtime"
	"strconv"
	"testing"
	"time"
)

// maxIdleBytes is what one idle actor may cost with its directory entry and its hollywood process, without the
// actor's own state. At this price a hundred thousand idle actors fit in 150 MB.
const maxIdleBytes = 1536

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestTrap5IdleActorIsCheap is not built with -race, which multiplies every allocation.
func TestTrap5IdleActorIsCheap(t *testing.T) {
	before := heap()
	idleActors(t, before)
	// The runtime keeps the descriptors of ended goroutines, some hundred bytes for each that ran at the same time.
	if rest := int64(heap()) - int64(before); rest > 16<<20 {
		t.Errorf("%d bytes stay after Stop", rest)
	}
}

// idleActors makes a hundred thousand actors, measures them, and leaves nothing that refers to their system.
func idleActors(t *testing.T, before uint64) {
	t.Helper()
	const actors = 100_000
	goroutines := runtime.NumGoroutine()
	s := start(t, of(echo))
	for i := range actors {
		send(t, s, "cnv_01jd0000000000000000"+strconv.Itoa(1000000+i), 1)
	}
	for !s.quiet() {
		runtime.Gosched()
	}
	each := int64(heap()-before) / actors
	t.Logf("%d bytes for each of %d idle actors", each, actors)
	if each > maxIdleBytes {
		t.Errorf("an idle actor costs %d bytes, allowed are %d", each, maxIdleBytes)
	}
	for deadline := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(deadline) { // workers that are not needed rest for a moment
			t.Fatalf("%d goroutines for idle actors, want none", runtime.NumGoroutine()-goroutines)
		}
	}
	halt(t, s)
}
