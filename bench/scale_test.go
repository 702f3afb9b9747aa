package bench

import (
	"bytes"
	"strings"
	"testing"
)

func TestScaleNamesEachGoalThatWasMissed(t *testing.T) {
	t.Parallel()
	s := &Scale{Steps: []ScaleStep{
		{Open: 10_000, Start: Start{Ready: 60}, Killed: Start{Ready: 60}, RSSFirst: 9e9, Freed: Latency{P99: 20}}, // no goal but the last, which is met
		{Open: 100_000, Start: Start{Ready: 5}, Killed: Start{Ready: 5.1}, RSSTouched: 9e9, Freed: Latency{P99: 20.5}},
		{Open: 1_000_000, Start: Start{Ready: 31}, Killed: Start{Ready: 30}, RSSFirst: 1_400_000_000, RSSTouched: 1_600_000_000},
	}}
	want := []string{
		"100000 open: ready after a kill 5.1 s, at most 5",
		"100000 open: agent freed → next offer p99 20.5 ms, at most 20",
		"1000000 open: ready after a stop 31 s, at most 30",
		"1000000 open: resident 1.6 GB, at most 1.5",
	}
	if got := s.Missed(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", got)
	}
	var out bytes.Buffer
	if err := s.Text(&out); err != nil || strings.Count(out.String(), "MISSED: ") != len(want) || !strings.Contains(out.String(), "not asked") {
		t.Errorf("%v %s", err, out.String())
	}
}

func TestWhatALookCostsIsTheDifferenceToNobodyLooking(t *testing.T) {
	t.Parallel()
	run := func(supervisors int, deliveries, cpu float64) LiveRun {
		return LiveRun{Supervisors: supervisors, Deliveries: deliveries, Result: &Result{CyclesPerSec: 40, Changes: 5, ServerCPU: cpu}}
	}
	w := &Watch{Live: []LiveRun{run(0, 0, 2500), run(100, 800, 2900)}} // 0.1 and 0.116 cores
	var out bytes.Buffer
	if err := w.Text(&out); err != nil || !strings.Contains(out.String(), " 0.116         20.0 ") {
		t.Errorf("%v %s", err, out.String())
	}
}

func TestPartsShowEachLoadWithItsOffers(t *testing.T) {
	t.Parallel()
	run := func(name string, rate, p99 float64) *Result {
		return &Result{Scenario: Scenario{Name: name}, ArrivalsPerSec: rate, CyclesPerSec: rate - 1, ServerCPU: 2500, Latencies: []Latency{{Name: arrivalToOffer, P50: 1.5, P99: p99, P999: 90}}}
	}
	var out bytes.Buffer
	if err := Parts(&out, &Report{Runs: []*Result{run("saturation", 480, 60), run("50 %", 240, 12.25)}}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 3 || !strings.Contains(lines[2], "240.0       239.0        2500   1.50, 12.25, 90.00") {
		t.Errorf("%s", out.String())
	}
}
