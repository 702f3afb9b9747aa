package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// service is how well the work that is never refused went.
type service struct {
	mu     sync.Mutex
	took   map[string][]time.Duration
	failed map[string]int
	why    []string
}

func (s *service) note(what string, began time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.took[what] = append(s.took[what], time.Since(began))
		return
	}
	s.failed[what]++
	s.why = append(s.why, fmt.Sprintf("%s: %v", what, err))
}

// quantile is of all that went well.
func (s *service) quantile(q float64) time.Duration {
	var all []time.Duration
	for _, took := range s.took {
		all = append(all, took...)
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[int(q*float64(len(all)-1))]
}

func (s *service) String() string {
	n := 0
	for _, took := range s.took {
		n += len(took)
	}
	return fmt.Sprintf("%d done, %d failed, p50 %v p90 %v p99 %v", n, len(s.why), s.quantile(.5).Round(10*time.Microsecond), s.quantile(.9).Round(10*time.Microsecond), s.quantile(.99).Round(10*time.Microsecond))
}

// check demands that what never is refused went well, all of it.
func (s *service) check(t *testing.T, name string) {
	t.Helper()
	if len(s.why) > 0 {
		t.Errorf("%s: %d operations of conversations that are served failed: %v, such as %s", name, len(s.why), s.failed, s.why[0])
	}
	for _, what := range []string{"message.send", "inbound", "offer.accept", "conversation.close"} {
		if len(s.took[what]) == 0 {
			t.Errorf("%s: no %s", name, what)
		}
	}
}

// early is how long a flood takes to fill the line, at most: until then all classes are served.
const early = 1500 * time.Millisecond

// checkOrder demands that a class was not served better than one that is refused after it, by more than chance: the standard
// error of a share of n is at most 1/(2√n).
func checkOrder(t *testing.T, out map[string]*tally) {
	t.Helper()
	order := []string{"reports", "live", "visits", "sign_ins", "webhooks", "arrivals"}
	share := func(class string) float64 { return float64(out[class].Taken) / float64(max(1, out[class].Asked)) }
	for i, class := range order {
		if len(out[class].Other) > 0 {
			t.Errorf("%s: %v", class, out[class].Other)
		}
		if i > 0 && share(order[i-1]) > share(class)+0.05+1/math.Sqrt(float64(max(1, out[order[i-1]].Asked))) {
			t.Errorf("%s were served at %.2f, and %s, which are refused later, at %.2f", order[i-1], share(order[i-1]), class, share(class))
		}
	}
	if share("arrivals") >= 1 {
		t.Error("nothing was refused: there was no overload")
	}
}

// kept demands that new conversations that were acknowledged are there: the same message again gets its first answer.
func (h *house) kept(name string, acked []int) {
	h.t.Helper()
	f := flood{Name: name}
	step := max(1, len(acked)/500)
	for i := 0; i < len(acked); i += step {
		external, phone := f.arrival(acked[i])
		status, out, err := h.call("POST", "/channels/"+h.flood.Generic+"/messages", h.admin, inboundOf(external, phone, "bom dia", nil))
		if err != nil || status != 200 || out["created_conversation"] != true {
			h.t.Fatalf("%s was acknowledged; again: %d %v %v", external, status, out, err)
		}
	}
	for _, r := range h.agents {
		head := h.must(200, "GET", "/conversations/"+r.conversation, h.admin, nil)
		if head["state"] != "active" || head["last_seq"] != float64(r.said) {
			h.t.Errorf("%d messages were acknowledged, and the conversation has %v and is %v", r.said, head["last_seq"], head["state"])
		}
	}
}

// capacity is how many new conversations a second this machine takes now, with whatever else it has to do. Connecting takes
// a part of the time.
func (h *house) capacity() float64 {
	h.t.Helper()
	const seconds = 5
	f := h.flood
	f.Name, f.Time, f.Rates = "capacity", seconds*time.Second, map[string]float64{"arrivals": 8000}
	out := f.run(h.t)
	if out == nil || out["arrivals"].Taken == 0 {
		h.t.Fatalf("nothing was taken: %v", out)
	}
	rate := float64(out["arrivals"].Taken) / seconds
	h.t.Logf("%.0f new conversations a second", rate)
	return rate
}

// recovers is how long it takes until a second's load of the ordinary kind is served whole again.
func (h *house) recovers(rates map[string]float64) time.Duration {
	h.t.Helper()
	began := time.Now()
	for n := 0; ; n++ {
		at := time.Since(began)
		f := h.flood
		f.Name, f.Time, f.Rates = fmt.Sprint("again", n), time.Second, rates
		refused := 0
		for _, v := range f.run(h.t) {
			refused += v.Refused
		}
		if refused == 0 || at > time.Minute {
			return at
		}
	}
}

// peak is the most memory that the server has had, in bytes.
func (h *house) peak() int {
	h.t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	if err != nil {
		h.t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			kb, err := strconv.Atoi(f[1])
			if err != nil {
				h.t.Fatal(err)
			}
			return kb << 10
		}
	}
	h.t.Fatal("no VmHWM")
	return 0
}
