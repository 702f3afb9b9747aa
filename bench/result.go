package bench

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// histogram is an HdrHistogram of microseconds, 1 µs to 2 min, three significant digits.
type histogram struct {
	mu sync.Mutex
	h  *hdrhistogram.Histogram
}

// measures are what a run counts.
type measures struct {
	offer, accept, outAck, inAck, firstAck, shown, whole histogram

	measuring atomic.Bool
	done      atomic.Int64
	refusals  atomic.Int64
	idleRSS   int64
}

func (m *measures) all() []*histogram {
	return []*histogram{&m.offer, &m.accept, &m.outAck, &m.inAck, &m.firstAck, &m.shown, &m.whole}
}

func (m *measures) init() {
	for _, h := range m.all() {
		h.h = hdrhistogram.New(1, (2 * time.Minute).Microseconds(), 3)
	}
}

func (m *measures) record(h *histogram, measured bool, d time.Duration) {
	if !measured {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.h.RecordValue(min(max(1, d.Microseconds()), (2 * time.Minute).Microseconds())) // within bounds: never fails
}

// Latency is one histogram in milliseconds.
type Latency struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p999_ms"`
	Max   float64 `json:"max_ms"`
}

func (h *histogram) latency() Latency {
	h.mu.Lock()
	defer h.mu.Unlock()
	ms := func(q float64) float64 { return float64(h.h.ValueAtQuantile(q)) / 1000 }
	return Latency{Count: h.h.TotalCount(), P50: ms(50), P99: ms(99), P999: ms(99.9), Max: float64(h.h.Max()) / 1000}
}

// Result is what a run found. Latencies of what customers do count from the intended time.
type Result struct {
	Scenario   Scenario `json:"scenario"`
	Durability string   `json:"durability"`
	CPUs       int      `json:"cpus"`
	GoVersion  string   `json:"go"`

	Cycles       int64   `json:"cycles"`
	CyclesPerSec float64 `json:"cycles_per_second"`
	Refusals     int64   `json:"refusals"`
	Checked      int     `json:"checked"` // conversations that were compared with the ledger

	ServerCPU     float64 `json:"server_cpu_us_per_cycle,omitempty"`
	Written       float64 `json:"written_bytes_per_cycle,omitempty"`
	RSS           int64   `json:"server_rss_bytes,omitempty"`
	IdlePerAgent  int64   `json:"idle_bytes_per_agent,omitempty"`
	ArrivalOffer  Latency `json:"arrival_to_offer"`
	Accept        Latency `json:"accept_to_reply"`
	MessageOut    Latency `json:"message_out_to_reply"`
	MessageIn     Latency `json:"message_in_to_answer"`
	FirstIn       Latency `json:"first_message_to_answer"`
	MessageShown  Latency `json:"message_in_to_shown"`
	WholeCycle    Latency `json:"arrival_to_closed"`
	MeasuredSince string  `json:"measured_since"`
}

func (r *run) result(before, after Counters) *Result {
	m := &r.m
	out := &Result{
		Scenario: r.s, Durability: "fsync before every answer", CPUs: runtime.NumCPU(), GoVersion: runtime.Version(), Cycles: m.done.Load(),
		CyclesPerSec: float64(m.done.Load()) / r.s.Duration.Seconds(), Refusals: m.refusals.Load(), RSS: after.RSS,
		ArrivalOffer: m.offer.latency(), Accept: m.accept.latency(), MessageOut: m.outAck.latency(), MessageIn: m.inAck.latency(),
		FirstIn: m.firstAck.latency(), MessageShown: m.shown.latency(), WholeCycle: m.whole.latency(), MeasuredSince: r.began.UTC().Format(time.RFC3339),
	}
	if out.Cycles > 0 {
		out.ServerCPU = float64((after.CPU - before.CPU).Microseconds()) / float64(out.Cycles)
		out.Written = float64(after.Written-before.Written) / float64(out.Cycles)
	}
	out.IdlePerAgent = m.idleRSS / int64(r.s.Agents)
	return out
}

// Text writes the result for people.
func (r *Result) Text(w io.Writer) error {
	load := fmt.Sprintf("%.0f arrivals/s, open-loop", r.Scenario.Rate)
	if r.Scenario.Rate <= 0 {
		load = fmt.Sprintf("closed-loop, %d in flight", r.Scenario.InFlight)
	}
	_, err := fmt.Fprintf(w, "%d agents, %s, %d messages each way, %s, %s, %d cpus, %s\n"+
		"%.1f cycles/s (%d cycles, %d refusals, %d checked against the ledger)\n", r.Scenario.Agents, load, r.Scenario.Messages, r.Scenario.Duration,
		r.Durability, r.CPUs, r.GoVersion, r.CyclesPerSec, r.Cycles, r.Refusals, r.Checked)
	if err != nil {
		return err
	}
	if r.ServerCPU > 0 {
		_, err := fmt.Fprintf(w, "server: %.0f µs CPU/cycle, %.0f bytes written/cycle, %.1f MiB resident, %.1f KiB per idle connected agent\n",
			r.ServerCPU, r.Written, float64(r.RSS)/(1<<20), float64(r.IdlePerAgent)/1024)
		if err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(w, "%-26s %9s %9s %9s %9s %9s\n", "milliseconds", "count", "p50", "p99", "p99.9", "max"); err != nil {
		return err
	}
	for _, row := range []struct {
		name string
		l    Latency
	}{
		{"arrival → offer", r.ArrivalOffer},
		{"accept → reply", r.Accept},
		{"message out → reply", r.MessageOut},
		{"message in → answer", r.MessageIn},
		{"message in → shown", r.MessageShown},
		{"first message → answer", r.FirstIn},
		{"arrival → closed", r.WholeCycle},
	} {
		_, err := fmt.Fprintf(w, "%-26s %9d %9.2f %9.2f %9.2f %9.2f\n", row.name, row.l.Count, row.l.P50, row.l.P99, row.l.P999, row.l.Max)
		if err != nil {
			return err
		}
	}
	return nil
}
