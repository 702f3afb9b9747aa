package bench

import (
	"fmt"
	"io"
	"strings"
)

// load says in a few words how customers come.
func (c Curve) String() string {
	switch c.Kind {
	case Closed:
		return fmt.Sprintf("closed-loop, %d in flight", c.InFlight)
	case Replay:
		return fmt.Sprintf("open-loop, replay of %s at %g times its speed, times %g", c.File, c.Speed, c.Scale)
	case Bursty:
		return fmt.Sprintf("open-loop, %g arrivals/s in bursts of %s at %g times the average, %s apart", c.Rate, c.Burst, c.Factor, c.Calm)
	default:
		return fmt.Sprintf("open-loop, %g arrivals/s (Poisson)", c.Rate)
	}
}

// Text writes the result for people.
func (r *Result) Text(w io.Writer) error {
	var b strings.Builder
	s := r.Scenario
	fmt.Fprintf(&b, "%s: %s, %d agents, %d queues, %s, %s, %s after %s of warm-up, seed %d\n", s.Name, s.Cycle, s.Agents, s.Queues, s.Arrivals, s.Customers, s.Duration, s.WarmUp, s.Seed)
	fmt.Fprintf(&b, "%s; %s\n", r.Durability, r.Environment)
	fmt.Fprintf(&b, "%.1f cycles/s of %.1f arrivals/s (%d cycles of %.1f frames, %d refusals, %d unfinished)\n",
		r.CyclesPerSec, r.ArrivalsPerSec, r.Cycles, r.Frames, r.Refusals, r.Unfinished)
	if r.ServerCPU > 0 {
		fmt.Fprintf(&b, "server: %.0f µs CPU, %.0f bytes written (%.0f of log), %.2f fsyncs for %.1f changes a cycle; %.1f MiB resident",
			r.ServerCPU, r.Written, r.LogBytes, r.Syncs, r.Changes, float64(r.RSS)/(1<<20))
		if r.IdlePerAgent > 0 {
			fmt.Fprintf(&b, ", %.1f KiB per idle connected agent", float64(r.IdlePerAgent)/1024)
		}
		b.WriteByte('\n')
	}
	if r.GeneratorCPU > 0 {
		fmt.Fprintf(&b, "generator: %.0f µs CPU a cycle, %.2f cores\n", r.GeneratorCPU, r.GeneratorCores)
	}
	fmt.Fprintf(&b, "%-30s %9s %9s %9s %9s %9s %9s\n", "milliseconds", "count", "p50", "p90", "p99", "p99.9", "max")
	for _, l := range r.Latencies {
		if l.Count > 0 {
			fmt.Fprintf(&b, "%-30s %9d %9.2f %9.2f %9.2f %9.2f %9.2f\n", l.Title, l.Count, l.P50, l.P90, l.P99, l.P999, l.Max)
		}
	}
	fmt.Fprintf(&b, "checked against the ledger: %d conversations, the messages of %d, %d wrong\n", r.Check.Conversations, r.Check.Messages, r.Check.Wrong)
	if r.Check.Shown > 0 {
		fmt.Fprintf(&b, "shown to customers, every message once and in order: %d conversations\n", r.Check.Shown)
	}
	for _, example := range r.Check.Examples {
		fmt.Fprintf(&b, "  %s\n", example)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	for _, v := range r.Verdicts {
		fmt.Fprintln(&b, v)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Parts writes a line for each run of a report whose first run is at saturation.
func Parts(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-12s %11s %11s %11s   %-37s\n", "load", "arrivals/s", "cycles/s", "CPU µs", "arrival → offer, ms: p50, p99, p99.9")
	for _, x := range r.Runs {
		l := x.latency(arrivalToOffer)
		fmt.Fprintf(&b, "%-12s %11.1f %11.1f %11.0f   %.2f, %.2f, %.2f\n", x.Scenario.Name, x.ArrivalsPerSec, x.CyclesPerSec, x.ServerCPU, l.P50, l.P99, l.P999)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
