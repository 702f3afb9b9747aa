package bench

import (
	"math"
	"strings"
	"testing"
)

func reportOf(rates ...float64) *Report {
	r := &Report{}
	for _, v := range rates {
		r.Runs = append(r.Runs, &Result{Scenario: DefaultScenario(), CyclesPerSec: v, Latencies: []Latency{{Name: arrivalToOffer, Count: 1, P99: 1000 / v}}})
	}
	return r
}

func ratioOf(t *testing.T, a, b *Report, metric string) Ratio {
	t.Helper()
	c, err := Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Ratios {
		if r.Metric == metric {
			return r
		}
	}
	t.Fatalf("no %s in %+v", metric, c.Ratios)
	return Ratio{}
}

func close3(a, b float64) bool { return math.Abs(a-b) < 0.001*math.Abs(b) }

func TestCompareGivesTheRatioOfGeometricMeansWithItsInterval(t *testing.T) {
	// ln of A: mean ln 100, of B: ln 200; sample variances 2·ln(1.1)²/2 each, so ±t(4)·√(2·ln(1.1)²/3) = ±2.776·0.07782.
	r := ratioOf(t, reportOf(100/1.1, 100, 110), reportOf(200/1.1, 200, 220), cyclesPerSecond)
	if !close3(r.A, 100) || !close3(r.B, 200) || !close3(r.Ratio, 2) {
		t.Errorf("%+v", r)
	}
	wide := math.Exp(2.776 * math.Log(1.1) * math.Sqrt(2.0/3))
	if !close3(*r.Low, 2/wide) || !close3(*r.High, 2*wide) {
		t.Errorf("%g to %g, wanted %g to %g", *r.Low, *r.High, 2/wide, 2*wide)
	}
	if r.verdict() != "better" {
		t.Error(r.verdict())
	}
	if p99 := ratioOf(t, reportOf(100/1.1, 100, 110), reportOf(200/1.1, 200, 220), "arrival_to_offer.p99_ms"); !close3(p99.Ratio, 0.5) || p99.verdict() != "better" {
		t.Errorf("%+v %s", p99, p99.verdict())
	}
}

func TestCompareIsUnsureWhereChanceCouldHaveDoneIt(t *testing.T) {
	r := ratioOf(t, reportOf(90, 100, 115), reportOf(95, 104, 118), cyclesPerSecond)
	if r.certain() || r.verdict() != "no difference seen" || r.WorseBy(0.01) {
		t.Errorf("%+v %s", r, r.verdict())
	}
	one := ratioOf(t, reportOf(100), reportOf(200, 210), cyclesPerSecond)
	if one.Low != nil || one.verdict() != "?" || one.WorseBy(0) {
		t.Errorf("%+v", one)
	}
	same := ratioOf(t, reportOf(100, 100), reportOf(100, 100), cyclesPerSecond)
	if *same.Low != 1 || *same.High != 1 || same.certain() {
		t.Errorf("%+v", same)
	}
}

func TestWorseByAsksThatTheWholeIntervalIsBeyondTheBound(t *testing.T) {
	a, b := reportOf(100, 101, 99), reportOf(80, 81, 79) // 20 % fewer, latency 25 % more
	for _, metric := range []string{cyclesPerSecond, "arrival_to_offer.p99_ms"} {
		r := ratioOf(t, a, b, metric)
		if !r.WorseBy(0.10) || r.WorseBy(0.25) || r.verdict() != "worse" {
			t.Errorf("%s: %s", metric, r.Interval())
		}
		if back := ratioOf(t, b, a, metric); back.WorseBy(0) {
			t.Errorf("%s the other way: %s", metric, back.Interval())
		}
	}
}

func TestCompareRefusesOtherLoadsAndSaysWhatElseDiffers(t *testing.T) {
	a, b := reportOf(1, 2), reportOf(1, 2)
	b.Runs[1].Scenario.Agents++
	if _, err := Compare(a, b); err == nil || !strings.Contains(err.Error(), "different loads") {
		t.Errorf("%v", err)
	}
	b = reportOf(1)
	b.Runs[0].Scenario.Seed = 99
	a.Runs[0].Environment = Environment{Cores: 2, SyncRate: 1000}
	b.Runs[0].Environment = Environment{Cores: 4, SyncRate: 5000}
	c, err := Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(c.Notes, "; "); !strings.Contains(all, "machines differ") || !strings.Contains(all, "1000 and 5000") || !strings.Contains(all, "one run") {
		t.Error(all)
	}
}

func TestTheQuantilesOfStudentsTAreRoundedToFewerDegrees(t *testing.T) {
	for freedom, want := range map[float64]float64{0.5: 12.706, 1: 12.706, 1.9: 12.706, 4: 2.776, 10.2: 2.228, 30: 2.042, 1e6: 2.042} {
		if got := student(freedom); got != want {
			t.Errorf("%g degrees: %g, wanted %g", freedom, got, want)
		}
	}
}
