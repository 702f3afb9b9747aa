package bench

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestQuickGivesSharesOfTheRawLimitsAndTheirMedians(t *testing.T) {
	q := &Quick{Environment: Environment{OS: "linux/amd64", Cores: 2, CPU: "x"}}
	for _, rate := range []float64{100, 300, 200} {
		s := DefaultScenario()
		r := &Result{Scenario: s, CyclesPerSec: rate, Cycles: 10, Changes: 13, Frames: 23, ServerCPU: 1000}
		q.Rounds = append(q.Rounds, Round{Raw{Commits: 13_000, CommitCPU: 10 * time.Microsecond, Frames: 23_000, FrameCPU: 10 * time.Microsecond}, r})
	}
	q.Summarise()
	want := map[string][3]float64{
		"cycles/s":         {200, 100, 300},
		"%-of-raw-commits": {20, 10, 30}, // 200 × 13 of 13 000
		"%-of-raw-frames":  {20, 10, 30}, // 200 × 23 of 23 000
		"cpu-x-raw":        {1000.0 / 360, 1000.0 / 360, 1000.0 / 360},
	}
	found := 0
	for _, m := range q.Medians {
		if w, ok := want[m.Name]; ok {
			found++
			if m.Level != W2 || !close3(m.Median, w[0]) || !close3(m.Least, w[1]) || !close3(m.Most, w[2]) {
				t.Errorf("%+v, wanted %v", m, w)
			}
		}
	}
	if found != len(want) {
		t.Errorf("%+v", q.Medians)
	}
	var out bytes.Buffer
	if err := q.Text(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\nBenchmarkQuick/W2-2 10 10000000 ns/op 100 cycles/s 10 %-of-raw-commits") || strings.Count(out.String(), "BenchmarkQuick/") != 3 {
		t.Error(out.String())
	}
}

func TestTheMedianIsTheMiddle(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.of); got != c.want {
			t.Errorf("%v: %g", c.of, got)
		}
	}
}
