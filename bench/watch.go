package bench

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Watch is what it costs a server that supervisors look.
type Watch struct {
	Environment Environment `json:"environment"`
	StartedAt   time.Time   `json:"started_at"`
	Live        []LiveRun   `json:"live"` // the same load with ever more who look
	Fans        []Fan       `json:"fan_out"`
}

// LiveRun is a load of dispatch cycles while supervisors see queues and agents live.
type LiveRun struct {
	Supervisors int     `json:"supervisors"`
	Deliveries  float64 `json:"deliveries_per_second"` // events of the live view
	Result      *Result `json:"result"`
}

// Changes are durable changes a second.
func (r LiveRun) Changes() float64 { return r.Result.Changes * r.Result.CyclesPerSec }

// Cores is the processor time of the server in a second.
func (r LiveRun) Cores() float64 { return r.Result.ServerCPU * r.Result.CyclesPerSec / 1e6 }

// Fan is one conversation that many users watch, each in one session.
type Fan struct {
	Users     int     `json:"users"`
	PerSecond float64 `json:"deliveries_per_second"`
	CPU       float64 `json:"server_cpu_us_per_delivery"`
}

// Text writes two tables.
func (r *Watch) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nlive board (live.subscribe), dispatch cycles meanwhile\n%-12s %10s %13s %14s %12s %22s\n",
		r.Environment, "supervisors", "changes/s", "deliveries/s", "server cores", "µs more each", "arrival → offer p50, p99")
	for i, l := range r.Live {
		each := "-"
		if i > 0 && l.Deliveries > 0 {
			each = fmt.Sprintf("%.1f", 1e6*(l.Cores()-r.Live[0].Cores())/l.Deliveries)
		}
		offer := l.Result.latency(arrivalToOffer)
		fmt.Fprintf(&b, "%-12d %10.0f %13.0f %14.3f %12s %14.2f, %.2f ms\n", l.Supervisors, l.Changes(), l.Deliveries, l.Cores(), each, offer.P50, offer.P99)
	}
	fmt.Fprintf(&b, "\none conversation watched, a message stored for each event\n%-12s %13s %14s\n", "users", "deliveries/s", "server µs each")
	for _, f := range r.Fans {
		fmt.Fprintf(&b, "%-12d %13.0f %14.2f\n", f.Users, f.PerSecond, f.CPU)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Write writes all of it as JSON.
func (r *Watch) Write(w io.Writer) error { return writeJSON(w, r) }
