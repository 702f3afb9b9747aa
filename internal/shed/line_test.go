package shed

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fill takes places as an arrival until none is left.
func fill(t *testing.T, l *Line) (leave []func()) {
	t.Helper()
	for range l.places.now {
		out, err := l.Enter(t.Context(), Arrivals)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, out)
	}
	return leave
}

// crowd lets one piece of work of each class wait, the first to be refused first, and says in which order they got in and
// out.
func crowd(l *Line, classes []Class) (order func() (in, refused []Class)) {
	var mu sync.Mutex
	var in, refused []Class
	for _, c := range classes {
		go func() {
			leave, err := l.Enter(context.Background(), c)
			mu.Lock()
			if err != nil {
				refused = append(refused, c)
			} else {
				in = append(in, c)
			}
			mu.Unlock()
			if err == nil {
				<-time.After(10 * time.Millisecond)
				leave()
			}
		}()
	}
	return func() ([]Class, []Class) {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(in), slices.Clone(refused)
	}
}

var waiters = []Class{Reports, Live, Visits, SignIns, Webhooks, Arrivals}

func TestTheHighestClassGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Places: 4})
		leave := fill(t, l)
		order := crowd(l, waiters)
		synctest.Wait()
		time.Sleep(50 * time.Millisecond) // no more than a moment
		leave[0]()
		for range waiters {
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		for _, out := range leave[1:] {
			out()
		}
		time.Sleep(time.Second)
		in, refused := order()
		want := slices.Clone(waiters)
		slices.Reverse(want)
		if len(refused) > 0 || in[0] != Arrivals || in[1] != Webhooks || len(in) != len(want) {
			t.Errorf("in %v, refused %v", in, refused)
		}
	})
}

// While new conversations fill every place, everything else is refused in its own time, and nothing gets in.
func TestWhoGetsNoPlaceInTimeIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Places: 4})
		leave := fill(t, l)
		order := crowd(l, waiters)
		for _, c := range waiters {
			if patience[c] > 10*time.Second {
				t.Errorf("%v waits %v", c, patience[c])
			}
		}
		time.Sleep(10 * time.Second)
		if in, refused := order(); len(in) > 0 || len(refused) != len(waiters) {
			t.Errorf("in %v, refused %v", in, refused)
		}
		for _, c := range waiters {
			if begun, refused, waiting := l.Counts(c); refused != 1 || waiting != 0 || c != Arrivals && begun != 0 {
				t.Errorf("%v: %d begun, %d refused, %d wait", c, begun, refused, waiting)
			}
		}
		for _, out := range leave {
			out()
			out() // once is enough
		}
		time.Sleep(calm)
		for range 3 { // the places are all there again
			for _, out := range fill(t, l) {
				out()
			}
		}
	})
}

func TestLowClassesNeverHaveEveryPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Places: 16})
		for _, c := range []Class{Reports, Live, Visits, SignIns, Webhooks} {
			for range l.places.now {
				go func() { _, _ = l.Enter(context.Background(), c) }() // for ever
			}
			synctest.Wait()
		}
		for range l.places.now / 4 {
			if _, err := l.Enter(t.Context(), Arrivals); err != nil {
				t.Fatalf("a new conversation finds no place beside what is refused before it: %v", err)
			}
		}
		time.Sleep(10 * time.Second)
	})
}

func TestWorkIsHeldBackUntilThePressureIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Places: 4})
		leave := fill(t, l)
		go func() { // waits for longer than a moment
			out, err := l.Enter(context.Background(), Arrivals)
			if err != nil {
				t.Error(err)
				return
			}
			out()
		}()
		synctest.Wait()
		if l.Try(Trifles) || !l.Pressed() {
			t.Error("who is typing is shown while others wait")
		}
		time.Sleep(2 * momentary)
		for _, out := range leave {
			out()
		}
		synctest.Wait()
		if !l.Try(Trifles) || l.Pressed() {
			t.Error("nobody waits, and who is typing is not shown")
		}
		began := time.Now()
		out, err := l.Enter(t.Context(), Reports)
		if err != nil {
			t.Fatal(err)
		}
		out()
		if took := time.Since(began); took < calm || took > 2*calm {
			t.Errorf("a report was held back for %v", took)
		}
		if out, err = l.Enter(t.Context(), Arrivals); err != nil {
			t.Fatal(err)
		}
		out()
	})
}

func TestTheLineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Places: 4})
		fill(t, l)
		for range maxWaiting {
			go func() { _, _ = l.Enter(context.Background(), Arrivals) }()
		}
		synctest.Wait()
		began := time.Now()
		if _, err := l.Enter(t.Context(), Arrivals); !errors.Is(err, ErrShed) || time.Since(began) > 0 {
			t.Errorf("one more: %v after %v", err, time.Since(began))
		}
		for range 3 { // those who gave up are forgotten
			time.Sleep(2 * patience[Arrivals])
			for range maxWaiting {
				go func() { _, _ = l.Enter(context.Background(), Arrivals) }()
			}
			synctest.Wait()
			if n := len(l.waiting[Arrivals]); n > maxWaiting {
				t.Errorf("%d are remembered", n)
			}
		}
		time.Sleep(2 * patience[Arrivals])
	})
}

func TestWhoLeavesTheLineTakesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Places: 4})
		leave := fill(t, l)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := l.Enter(ctx, Arrivals)
			done <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		for _, out := range leave {
			out()
		}
		fill(t, l)
		if l.Pressed() {
			t.Error("somebody still waits")
		}
	})
}

// Those who came together and are refused do not ask again together.
func TestWhoCameTogetherIsNotRefusedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Places: 4})
		leave := fill(t, l)
		began := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		for range 1000 {
			go func() {
				if _, err := l.Enter(t.Context(), Webhooks); !errors.Is(err, ErrShed) {
					t.Error(err)
				}
				mu.Lock()
				at = append(at, time.Since(began))
				mu.Unlock()
			}()
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		slices.Sort(at)
		low, high := patience[Webhooks]-patience[Webhooks]/spread, patience[Webhooks]
		if at[0] < low || at[999] > high || at[900]-at[100] < (high-low)/2 {
			t.Errorf("refused after %v, %v … %v, %v", at[0], at[100], at[900], at[999])
		}
		for _, out := range leave {
			out()
		}
	})
}

func TestTheLessMemoryIsLeftTheMoreIsRefused(t *testing.T) {
	for _, want := range []struct {
		part    float64
		refused int // classes
	}{{0.25, 0}, {0.54, 0}, {0.551, 1}, {0.58, 2}, {0.63, 4}, {0.69, 6}, {0.71, 7}, {2, 7}} {
		t.Run(fmt.Sprint(want.part), func(t *testing.T) {
			l := New(Options{Places: 4, Memory: func() float64 { return want.part }})
			for _, c := range Classes() {
				ok := false
				if c == Trifles {
					ok = l.Try(c)
				} else if leave, err := l.Enter(t.Context(), c); err == nil {
					ok = true
					leave()
				}
				if ok != (int(c) >= want.refused) {
					t.Errorf("%v: %v", c, ok)
				}
			}
		})
	}
}

// What is dead is not counted for long, though nothing else makes Go collect.
func TestMemoryThatIsFreeAgainRefusesNothing(t *testing.T) {
	before := debug.SetMemoryLimit(256 << 20)
	defer debug.SetMemoryLimit(before)
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	part := OfLimit()
	much := make([]byte, 200<<20)
	runtime.GC()
	if got := part(); got < memoryFrom {
		t.Fatalf("%d bytes are alive, and %.2f of the limit", len(much), got)
	}
	runtime.KeepAlive(much)
	much = nil
	for end := time.Now().Add(10 * time.Second); part() >= memoryFrom; <-time.After(memoryEvery) {
		if time.Now().After(end) {
			t.Fatalf("still %.2f", part())
		}
	}
}

// A clock that is set back by an hour does not keep for an hour what was found then.
func TestMemoryIsLookedAtAfterTheClockWasSetBack(t *testing.T) {
	part := 2.0
	l := New(Options{Places: 4, Memory: func() float64 { return part }})
	if l.Try(Trifles) {
		t.Fatal("there is no memory, and it is used")
	}
	l.memory.next.Add(int64(time.Hour)) // seen from the clock as it is now
	part = 0.1
	if !l.Try(Trifles) {
		t.Error("there is memory, and it is not looked at")
	}
}
