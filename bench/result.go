package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// Report is a file of results: runs of one scenario, of one version, on one machine. Runs of several reports are compared
// by Compare.
type Report struct {
	Format int       `json:"format"` // reportFormat
	Runs   []*Result `json:"runs"`
}

const reportFormat = 1

// Result is what one run found.
type Result struct {
	Scenario    Scenario    `json:"scenario"`
	Environment Environment `json:"environment"`
	StartedAt   time.Time   `json:"started_at"` // of the measured part
	Durability  string      `json:"durability"`

	CyclesPerSec   float64 `json:"cycles_per_second"`
	ArrivalsPerSec float64 `json:"arrivals_per_second"`
	Cycles         int64   `json:"cycles"`     // that ended in the measured part
	Refusals       int64   `json:"refusals"`   // commands and requests that the server refused, warm-up and drain included
	Unfinished     int64   `json:"unfinished"` // conversations that were open at the end of the drain

	Frames float64 `json:"frames_per_cycle"` // on websockets, agents' and customers', both ways
	// Of the generator itself per cycle in the measured part, and as cores: beside the server it takes these from it.
	GeneratorCPU   float64 `json:"generator_cpu_us_per_cycle,omitempty"`
	GeneratorCores float64 `json:"generator_cores,omitempty"`
	// Of the server, per cycle in the measured part; absent where they cannot be read.
	ServerCPU    float64 `json:"server_cpu_us_per_cycle,omitempty"`
	Written      float64 `json:"written_bytes_per_cycle,omitempty"`
	LogBytes     float64 `json:"log_bytes_per_cycle,omitempty"`
	Syncs        float64 `json:"fsyncs_per_cycle,omitempty"`
	Changes      float64 `json:"changes_per_cycle,omitempty"`
	RSS          int64   `json:"server_rss_bytes,omitempty"`
	IdlePerAgent int64   `json:"idle_bytes_per_agent,omitempty"`

	Latencies []Latency `json:"latencies"` // of customers who came in the measured part
	Seconds   []Second  `json:"seconds"`
	Check     Check     `json:"check"`
	Verdicts  []Verdict `json:"thresholds,omitempty"`
	Notes     []string  `json:"notes,omitempty"` // what to know before believing the figures
}

func (l *load) result(before, after moment, check Check) (*Result, error) {
	took := l.s.Duration.Seconds()
	r := &Result{
		Scenario: l.s, StartedAt: l.began.UTC(), Durability: "fsync before every answer", Check: check,
		Cycles: l.m.done.Load(), CyclesPerSec: float64(l.m.done.Load()) / took, ArrivalsPerSec: float64(l.m.arrived.Load()) / took,
		Refusals: l.m.refusals.Load(), RSS: after.RSS, IdlePerAgent: l.f.idle, Seconds: l.seconds,
		GeneratorCores: (after.own - before.own).Seconds() / took,
	}
	if n := float64(r.Cycles); n > 0 {
		r.Frames = float64(after.frames-before.frames) / n
		r.GeneratorCPU = float64((after.own - before.own).Microseconds()) / n
		r.ServerCPU = float64((after.CPU - before.CPU).Microseconds()) / n
		r.Written = float64(after.Written-before.Written) / n
		r.LogBytes = float64(after.LogBytes-before.LogBytes) / n
		r.Syncs = float64(after.Syncs-before.Syncs) / n
		r.Changes = float64(after.Changes-before.Changes) / n
	}
	for _, h := range l.m.all() {
		if h == &l.m.seen && l.visits == nil {
			continue // nobody is shown anything
		}
		latency, err := h.latency()
		if err != nil {
			return nil, err
		}
		r.Latencies = append(r.Latencies, latency)
	}
	return r, nil
}

// ErrWrong is a server that answered otherwise than it had acknowledged, or left conversations open.
var ErrWrong = errors.New("the server's answers are wrong")

func (r *Result) failure() error {
	switch {
	case r.Check.Wrong > 0:
		return fmt.Errorf("%w in %d places, such as %s", ErrWrong, r.Check.Wrong, r.Check.Examples[0])
	case r.Unfinished > 0:
		return fmt.Errorf("%w: %d conversations are still open %s after the last arrival", ErrWrong, r.Unfinished, r.Scenario.Drain)
	}
	return nil
}

// Metric is one figure of a result.
type Metric struct {
	Name   string
	Value  float64
	Higher bool // higher is better
}

// Metrics lists the figures that thresholds and comparisons name, of what was measured.
func (r *Result) Metrics() []Metric {
	out := []Metric{
		{cyclesPerSecond, r.CyclesPerSec, true}, {arrivalsPerSecond, r.ArrivalsPerSec, true},
		{"refusals", float64(r.Refusals), false}, {"frames_per_cycle", r.Frames, false},
	}
	for _, m := range []Metric{
		{"server_cpu_us_per_cycle", r.ServerCPU, false}, {"generator_cpu_us_per_cycle", r.GeneratorCPU, false}, {"written_bytes_per_cycle", r.Written, false}, {"log_bytes_per_cycle", r.LogBytes, false},
		{"fsyncs_per_cycle", r.Syncs, false}, {"changes_per_cycle", r.Changes, false},
		{"server_rss_bytes", float64(r.RSS), false}, {"idle_bytes_per_agent", float64(r.IdlePerAgent), false},
	} {
		if m.Value > 0 {
			out = append(out, m)
		}
	}
	for _, l := range r.Latencies {
		if l.Count == 0 {
			continue
		}
		for _, m := range []Metric{{"p50_ms", l.P50, false}, {"p90_ms", l.P90, false}, {"p99_ms", l.P99, false}, {"p999_ms", l.P999, false}, {"max_ms", l.Max, false}} {
			m.Name = l.Name + "." + m.Name
			out = append(out, m)
		}
	}
	return out
}

// metricNames are all that a run may measure.
func metricNames() []string {
	all := &Result{ServerCPU: 1, GeneratorCPU: 1, Written: 1, LogBytes: 1, Syncs: 1, Changes: 1, RSS: 1, IdlePerAgent: 1}
	for _, h := range newMeasures().all() {
		all.Latencies = append(all.Latencies, Latency{Name: h.name, Count: 1})
	}
	var names []string
	for _, m := range all.Metrics() {
		names = append(names, m.Name)
	}
	return names
}

func knownMetric(name string) bool { return slices.Contains(metricNames(), name) }

// latency finds a latency by its name; the zero value when there is none.
func (r *Result) latency(name string) Latency {
	for _, l := range r.Latencies {
		if l.Name == name {
			return l
		}
	}
	return Latency{Name: name}
}

// ReadReport reads a file that WriteReport made.
func ReadReport(file string) (*Report, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	var r Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("read report %s: %w", file, err)
	}
	if r.Format != reportFormat || len(r.Runs) == 0 {
		return nil, fmt.Errorf("read report %s: format %d with %d runs, wanted is format %d with at least one", file, r.Format, len(r.Runs), reportFormat)
	}
	return &r, nil
}

// Write writes the report as JSON.
func (r *Report) Write(w io.Writer) error {
	r.Format = reportFormat
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
