package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

// Raw is what the machine did at best in one round of a quick run; see package raw.
type Raw struct {
	Commits    float64       `json:"commits_per_second"`
	CommitCPU  time.Duration `json:"commit_cpu_ns"`
	Frames     float64       `json:"frames_per_second"`
	FrameCPU   time.Duration `json:"frame_cpu_ns"`
	Goroutines int           `json:"goroutines"` // that committed
	Sockets    int           `json:"sockets"`    // that were written to
}

// Round is one load beside the raw limits measured right before and after it.
type Round struct {
	Raw    Raw     `json:"raw"`
	Result *Result `json:"result"`
}

// Quick is a run whose figures are ratios to what the machine did at that moment.
type Quick struct {
	Environment Environment `json:"environment"`
	Rounds      []Round     `json:"rounds"`
	Medians     []Median    `json:"medians"`
}

// Median is one figure of all rounds of a level, with the least and the largest.
type Median struct {
	Level  Level   `json:"level"`
	Name   string  `json:"name"`
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

// figure is one number of a round with its unit in Go's benchmark format.
type figure struct {
	Unit  string
	Value float64
}

// figures are the round's; the shares are of what the raw limits would allow: 100 % is a cycle that costs no more than its
// commits, or its frames, alone.
func (r Round) figures() []figure {
	x := r.Result
	commits := x.CyclesPerSec * x.Changes
	return []figure{
		{"cycles/s", x.CyclesPerSec},
		{"%-of-raw-commits", 100 * commits / r.Raw.Commits},
		{"%-of-raw-frames", 100 * x.CyclesPerSec * x.Frames / r.Raw.Frames},
		{"cpu-x-raw", x.ServerCPU / (x.Changes*micros(r.Raw.CommitCPU) + x.Frames*micros(r.Raw.FrameCPU))},
		{"server-cpu-µs/cycle", x.ServerCPU},
		{"log-B/cycle", x.LogBytes},
		{"fsyncs/cycle", x.Syncs},
		{"offer-p50-ms", x.latency(arrivalToOffer).P50},
		{"offer-p99-ms", x.latency(arrivalToOffer).P99},
		{"raw-commits/s", r.Raw.Commits},
		{"raw-frames/s", r.Raw.Frames},
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// Summarise fills Medians.
func (q *Quick) Summarise() {
	q.Medians = nil
	for _, level := range []Level{W1, W2} {
		values := map[string][]float64{}
		var names []string
		for _, round := range q.Rounds {
			if round.Result.Scenario.Cycle != level {
				continue
			}
			for _, f := range round.figures() {
				if !slices.Contains(names, f.Unit) {
					names = append(names, f.Unit)
				}
				if !math.IsNaN(f.Value) && !math.IsInf(f.Value, 0) {
					values[f.Unit] = append(values[f.Unit], f.Value)
				}
			}
		}
		for _, name := range names {
			if v := values[name]; len(v) > 0 {
				q.Medians = append(q.Medians, Median{level, name, median(v), slices.Min(v), slices.Max(v)})
			}
		}
	}
}

// median is the middle value, or the mean of the two in the middle.
func median(v []float64) float64 {
	v = slices.SortedFunc(slices.Values(v), cmp.Compare)
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// Text writes the medians for people, then each round as a line of Go's benchmark format, for benchstat.
func (q *Quick) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %d rounds\n\n%-6s %-22s %12s %12s %12s\n", q.Environment, len(q.Rounds)/2, "level", "figure", "median", "least", "most")
	for _, m := range q.Medians {
		fmt.Fprintf(&b, "%-6s %-22s %12.5g %12.5g %12.5g\n", m.Level, m.Name, m.Median, m.Least, m.Most)
	}
	os, arch, _ := strings.Cut(q.Environment.OS, "/")
	fmt.Fprintf(&b, "\ngoos: %s\ngoarch: %s\npkg: pronto/bench\ncpu: %s\n", os, arch, q.Environment.CPU)
	for _, r := range q.Rounds {
		perOp := 0.0
		if r.Result.CyclesPerSec > 0 {
			perOp = 1e9 / r.Result.CyclesPerSec
		}
		fmt.Fprintf(&b, "BenchmarkQuick/%s-%d %d %.0f ns/op", r.Result.Scenario.Cycle, q.Environment.Cores, r.Result.Cycles, perOp)
		for _, f := range r.figures() {
			fmt.Fprintf(&b, " %.5g %s", f.Value, f.Unit)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Write writes all of it as JSON.
func (q *Quick) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(q); err != nil {
		return fmt.Errorf("write quick report: %w", err)
	}
	return nil
}
