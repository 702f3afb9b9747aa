package act

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// chained is a kind whose actor "a" does what a message says, and whose others write down what they get.
func chained(do map[string]func(*Context)) (k Kind, heard func() []any) {
	var mu sync.Mutex
	var list []any
	k = of(nil)
	k.Chain = true
	k.New = func(id string) Actor {
		return fn(func(c *Context, e Envelope) {
			if id == "a" {
				name, _ := e.Msg.(string)
				do[name](c)
				return
			}
			if e.Msg == "panic" {
				panic("as it was told")
			}
			mu.Lock()
			defer mu.Unlock()
			list = append(list, e.Msg)
		})
	}
	return k, func() []any {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(list)
	}
}

func same(t *testing.T, got []any, want ...any) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("heard %v, want %v", got, want)
	}
}

func TestWhatOneReceiveSendsToOneActorComesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, heard := chained(map[string]func(*Context){"tell": func(c *Context) {
			for i := range 3 {
				_ = c.Send(at("b"), i)
				_ = c.Send(at("quiet"), i)
			}
		}})
		s := start(t, k)
		send(t, s, "b", "first") // it is there, and so is the other one: who is made for a message gets it at once
		send(t, s, "quiet", "first")
		synctest.Wait()
		before := s.Metrics().Kinds["k"]
		send(t, s, "a", "tell")
		synctest.Wait()
		after := s.Metrics().Kinds["k"]
		if n := after.Messages - before.Messages; n != 7 {
			t.Errorf("%d messages, want 7", n)
		}
		if n := after.Letters - before.Letters; n != 3 {
			t.Errorf("%d letters, want those to a, b and quiet", n)
		}
		if after.Waiting != 0 {
			t.Errorf("%d messages wait", after.Waiting)
		}
		halt(t, s)
		if n := len(heard()); n != 8 {
			t.Errorf("%d messages were heard, want 8", n)
		}
	})
}

func TestWhatIsSentOtherwiseComesAfterAFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *System
		k, heard := chained(map[string]func(*Context){"tell": func(c *Context) {
			_ = c.Send(at("b"), 1)
			c.Flush()
			_ = s.Send(Envelope{To: at("b"), Msg: 2})
			_ = c.Send(at("b"), 3)
		}})
		s = start(t, k)
		send(t, s, "b", 0)
		send(t, s, "a", "tell")
		synctest.Wait()
		halt(t, s)
		same(t, heard(), 0, 1, 2, 3)
	})
}

func TestAPanicLosesOneMessageOfALetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, heard := chained(map[string]func(*Context){
			"tell": func(c *Context) {
				_ = c.Send(at("b"), 1)
				_ = c.Send(at("b"), "panic")
				_ = c.Send(at("b"), 2)
			},
			"fail": func(c *Context) {
				_ = c.Send(at("b"), 3)
				panic("after it has sent")
			},
			"": func(*Context) {},
		})
		s := start(t, k)
		send(t, s, "b", 0)
		send(t, s, "a", "tell")
		send(t, s, "a", "fail")
		halt(t, s)
		same(t, slices.DeleteFunc(heard(), func(m any) bool { _, is := m.(Restarted); return is }), 0, 1, 2, 3)
	})
}

func TestEachMessageOfALetterCountsForTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken int
		var refused error
		k, heard := chained(map[string]func(*Context){"tell": func(c *Context) {
			for refused == nil {
				if refused = c.Send(at("b"), 1); refused == nil {
					taken++
				}
			}
		}})
		s := start(t, k)
		send(t, s, "b", 0)
		synctest.Wait()
		send(t, s, "a", "tell")
		halt(t, s)
		if taken != testLimit || !errors.Is(refused, ErrOverloaded) {
			t.Errorf("%d messages were taken, want %d; then %v", taken, testLimit, refused)
		}
		if n := len(heard()); n != testLimit+1 {
			t.Errorf("%d messages were heard, want %d", n, testLimit+1)
		}
	})
}
