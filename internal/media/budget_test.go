package media

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
)

func TestWhoComesFirstIsServedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(10)
		first, err := b.take(t.Context(), 6)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		var mu sync.Mutex
		ask := func(name string, n int64) {
			go func() {
				done, err := b.take(t.Context(), n)
				if err == nil {
					mu.Lock()
					order = append(order, name)
					mu.Unlock()
					done()
				}
			}()
			synctest.Wait()
		}
		ask("large", 8)
		ask("small", 1) // would fit, but waits its turn: large ones would starve
		if len(order) != 0 {
			t.Errorf("served %v", order)
		}
		first()
		first() // once only
		synctest.Wait()
		if len(order) != 2 || b.left != 10 {
			t.Errorf("served %v, %d left", order, b.left)
		}
	})
}

func TestWhoGivesUpLeavesTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(10)
		first, err := b.take(t.Context(), 6)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone, served := false, false
		go func() {
			_, err := b.take(ctx, 8)
			gone = err != nil
		}()
		synctest.Wait()
		go func() {
			done, err := b.take(t.Context(), 4)
			served = err == nil
			done()
		}()
		synctest.Wait()
		if served {
			t.Error("passed who came first")
		}
		cancel()
		synctest.Wait()
		if !gone || !served {
			t.Errorf("gone %t, served %t", gone, served)
		}
		first()
		if b.left != 10 {
			t.Errorf("%d left", b.left)
		}
	})
}
