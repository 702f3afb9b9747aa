package bench

import (
	"math"
	"strings"
	"testing"
	"time"
)

// within collects the arrivals of a scenario up to a time.
func arrivalsIn(s Scenario, until time.Duration) []time.Duration {
	var out []time.Duration
	a := NewArrivals(s)
	for {
		at, ok := a.Next()
		if !ok || at >= until {
			return out
		}
		out = append(out, at)
	}
}

// dispersion is the variance of the counts in windows over their mean: 1 for a Poisson process.
func dispersion(times []time.Duration, window, until time.Duration) float64 {
	counts := make([]float64, int(until/window))
	for _, at := range times {
		if i := int(at / window); i < len(counts) {
			counts[i]++
		}
	}
	mean, variance := 0.0, 0.0
	for _, c := range counts {
		mean += c / float64(len(counts))
	}
	for _, c := range counts {
		variance += (c - mean) * (c - mean) / float64(len(counts)-1)
	}
	return variance / mean
}

func near(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if math.Abs(got-want) > part*want {
		t.Errorf("%s: %.4g, wanted %.4g within %.0f %%", what, got, want, 100*part)
	}
}

func TestArrivalsComeInOrderAndAreThoseOfTheirSeed(t *testing.T) {
	for _, kind := range []Kind{Poisson, Bursty, Replay} {
		s := DefaultScenario()
		s.Arrivals.Kind, s.Arrivals.Day = kind, []Interval{{0, time.Minute, 300}, {time.Minute, time.Minute, 500}}
		first, again := arrivalsIn(s, 2*time.Minute), arrivalsIn(s, 2*time.Minute)
		s.Seed++
		other := arrivalsIn(s, 2*time.Minute)
		if len(first) == 0 || len(first) != len(again) || first[len(first)-1] != again[len(again)-1] {
			t.Errorf("%s: %d and %d arrivals of one seed", kind, len(first), len(again))
		}
		if other[0] == first[0] {
			t.Errorf("%s: another seed has the same first arrival", kind)
		}
		for i := 1; i < len(first); i++ {
			if first[i] < first[i-1] {
				t.Fatalf("%s: %s after %s", kind, first[i], first[i-1])
			}
		}
	}
}

func TestPoissonArrivalsHaveTheirMeanAndNoBursts(t *testing.T) {
	const span = 1000 * time.Second
	for seed := range uint64(5) {
		s := DefaultScenario()
		s.Seed, s.Arrivals.Rate = seed, 50
		times := arrivalsIn(s, span)
		near(t, "rate", float64(len(times))/span.Seconds(), 50, 0.02)
		near(t, "dispersion", dispersion(times, time.Second, span), 1, 0.15)
	}
}

func TestBurstyArrivalsHaveTheMeanOfTheScenarioAndComeInBursts(t *testing.T) {
	const span = 20_000 * time.Second // 2 000 bursts
	for seed := range uint64(5) {
		s := DefaultScenario()
		s.Seed, s.Arrivals.Kind, s.Arrivals.Rate = seed, Bursty, 20
		times := arrivalsIn(s, span)
		near(t, "rate", float64(len(times))/span.Seconds(), 20, 0.10)
		if d := dispersion(times, time.Second, span); d < 5 {
			t.Errorf("seed %d: dispersion %.2f, wanted well above 1", seed, d)
		}
	}
}

func TestBurstsAtTheUtmostFactorLeaveNothingInBetween(t *testing.T) {
	s := DefaultScenario()
	s.Arrivals.Kind, s.Arrivals.Factor = Bursty, 5 // 2 s of 10
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	near(t, "rate", float64(len(arrivalsIn(s, 10_000*time.Second)))/10_000, s.Arrivals.Rate, 0.15)
}

func TestAReplayHasExactlyTheRecordedArrivalsOfEachInterval(t *testing.T) {
	day, err := ReadDay(strings.NewReader("# a comment\ntime,arrivals\n08:00,30\n08:30,0\n09:00:00,120\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := DefaultScenario()
	s.Arrivals = Curve{Kind: Replay, Day: day, Speed: 60, Scale: 1}
	counts := make([]int, 3)
	for _, at := range arrivalsIn(s, time.Hour) {
		counts[int(at/(30*time.Second))]++ // half an hour at 60 times its speed
	}
	if counts[0] != 30 || counts[1] != 0 || counts[2] != 120 {
		t.Errorf("%v", counts)
	}
	s.Arrivals.Scale = 2.5
	if n := len(arrivalsIn(s, time.Hour)); n != 375 {
		t.Errorf("%d arrivals at 2.5 times 150", n)
	}
	s.Arrivals.Scale = 0.01 // 0.3 and 1.2: on average 1.5
	total := 0
	for seed := range uint64(2000) {
		s.Seed = seed
		total += len(arrivalsIn(s, time.Hour))
	}
	near(t, "scaled mean", float64(total)/2000, 1.5, 0.05)
}

func TestADamagedDayIsRefusedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "header",
		"when,many\n":                          `"when,many"`,
		"time,arrivals\n":                      "two rows",
		"time,arrivals\n08:00,1\n":             "two rows",
		"time,arrivals\n8 am,1\n09:00,1\n":     `line 2: time: "8 am"`,
		"time,arrivals\n08:00,x\n09:00,1\n":    `line 2: arrivals: "x"`,
		"time,arrivals\n08:00,-1\n09:00,1\n":   `line 2: arrivals: "-1"`,
		"time,arrivals\n09:00,1\n08:00,1\n":    "line 3: time: 08:00 is not after",
		"time,arrivals\n09:00,1\n09:30,1,2\n":  "line 3",
		"time,arrivals\n09:00,1\n25:30:00,1\n": `line 3: time: "25:30:00"`,
	} {
		if _, err := ReadDay(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, wanted %q", text, err, want)
		}
	}
}
