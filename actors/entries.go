package actors

import "sync"

// entries keep what an actor must not lose by passivation or a crash, beside the actors: each key has one actor, and only
// that actor makes, changes and drops its own entry.
type entries[K comparable, V any] struct {
	mu sync.Mutex
	of map[K]*V
}

// get returns the entry of a key; nil: there is none.
func (e *entries[K, V]) get(key K) *V {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.of[key]
}

// put keeps an entry and returns it.
func (e *entries[K, V]) put(key K, entry *V) *V {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == nil {
		e.of = map[K]*V{}
	}
	e.of[key] = entry
	return entry
}

func (e *entries[K, V]) drop(key K) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.of, key)
}

// count is the number of entries.
func (e *entries[K, V]) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.of)
}
