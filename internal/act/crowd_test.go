package act

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// together are n ids of one part of the directory.
func together(s *System, n int) (ids []string) {
	for i := 0; len(ids) < n; i++ {
		if id := fmt.Sprint("a", i); s.shard(id) == s.shard("a0") {
			ids = append(ids, id)
		}
	}
	return ids
}

// present are those of ids that are in memory.
func present(s *System, ids []string) (in []string) {
	for _, id := range ids {
		sh := s.shard(id)
		sh.mu.RLock()
		if sh.cells[(*s.kinds.Load())["k"].index][id] != nil {
			in = append(in, id)
		}
		sh.mu.RUnlock()
	}
	return in
}

// keep makes a kind of which each part of the directory keeps n.
func keep(k Kind, n int) Kind {
	k.Idle, k.Keep = time.Hour, n*shardCount
	return k
}

func TestThoseQuietForLongestLeaveWhenThereAreMoreThanAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, keep(of(echo), 8))
		ids := together(s, 40)
		for _, id := range ids {
			send(t, s, id, 1)
			send(t, s, ids[2], 1)
			synctest.Wait()
			if in := present(s, ids); len(in) > 9 || !slices.Contains(in, ids[2]) || !slices.Contains(in, id) {
				t.Fatalf("after %s there are %v, want it and %s and no more than are kept", id, in, ids[2])
			}
		}
		if in := present(s, ids); !slices.Equal(in[1:], ids[len(ids)-len(in)+1:]) || len(in) < 7 {
			t.Errorf("%v stay, want the last ones", in)
		}
		m := s.Metrics().Kinds["k"]
		if got := ask(t, s, ids[0], 7); got != 7 || m.Refusals != 0 {
			t.Errorf("answer %v of one who comes back; %d refusals", got, m.Refusals)
		}
		halt(t, s)
		if m := s.Metrics().Kinds["k"]; m.Alive != 0 || m.Waiting != 0 {
			t.Errorf("after stop: %+v", m)
		}
	})
}

func TestWhoIsAtWorkOrRefusesStaysHoweverManyThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, may := make(chan struct{}), false
		k := keep(of(nil), 1)
		k.New = func(id string) Actor {
			return reluctant{fn: func(_ *Context, e Envelope) {
				if e.Msg == "work" {
					<-gate
				}
			}, may: func() bool { return may }}
		}
		s := start(t, k)
		ids := together(s, 20)
		for i, id := range ids {
			msg := "rest"
			if i%2 == 0 {
				msg = "work"
			}
			send(t, s, id, msg)
			synctest.Wait()
		}
		if in := present(s, ids); len(in) != len(ids) {
			t.Fatalf("%v stay of %v", in, ids)
		}
		close(gate)
		may = true
		for i := range 40 {
			send(t, s, together(s, 60)[20+i], "rest")
			synctest.Wait()
		}
		if in := present(s, together(s, 60)); len(in) > 2 {
			t.Errorf("%v are still there", in)
		}
		halt(t, s)
	})
}
