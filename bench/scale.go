package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Scale is what a server costs and how long it takes with ever more open conversations.
type Scale struct {
	Environment Environment `json:"environment"`
	StartedAt   time.Time   `json:"started_at"`
	Queues      int         `json:"queues"`
	Steps       []ScaleStep `json:"steps"`
}

// ScaleStep is one number of open conversations.
type ScaleStep struct {
	Open     int     `json:"open"`
	Active   int     `json:"active"` // with agents, the others wait
	FillRate float64 `json:"filled_per_second"`
	Stored   float64 `json:"stored_bytes_per_conversation"` // of the data folder after an orderly stop, the part of an empty one left out
	Logs     int64   `json:"log_bytes"`                     // of it the log of changes, which does not grow with the conversations
	Checked  bool    `json:"checked"`                       // the doctor looked through the folder and found nothing

	Start Start `json:"start"` // after an orderly stop
	// Freed is from an agent's close command, on its way, to the offer of the next conversation; it serves all queues.
	Freed      Latency `json:"freed"`
	Touched    int     `json:"touched"` // conversations that then had a message each
	TouchRate  float64 `json:"touched_per_second"`
	RSSTouched int64   `json:"touched_rss_bytes"`
	Killed     Start   `json:"killed"` // after kill -9
	RSSFirst   int64   `json:"first_offer_rss_bytes"`
}

// Start is one start of the server.
type Start struct {
	Ready float64 `json:"ready_s"`        // from the start of the process
	Offer float64 `json:"first_offer_ms"` // from an agent's word that it is ready, once the server is
	RSS   int64   `json:"rss_bytes"`      // when the server was ready
}

// Goals for numbers of open conversations, on two cores: a start, and memory with the largest.
type goal struct {
	open  int
	ready float64 // s
	rss   int64
}

var goals = []goal{{open: 100_000, ready: 5}, {open: 1_000_000, ready: 30, rss: 1_500_000_000}}

// Missed lists the goals that the steps did not reach.
func (s *Scale) Missed() (out []string) {
	miss := func(open int, what string, got, most float64, unit string) {
		if got > most {
			out = append(out, fmt.Sprintf("%d open: %s %.3g %s, at most %.3g", open, what, got, unit, most))
		}
	}
	for _, x := range s.Steps {
		for _, g := range goals {
			if x.Open != g.open {
				continue
			}
			miss(x.Open, "ready after a stop", x.Start.Ready, g.ready, "s")
			miss(x.Open, "ready after a kill", x.Killed.Ready, g.ready, "s")
			if g.rss > 0 {
				miss(x.Open, "resident", float64(max(x.RSSFirst, x.RSSTouched))/1e9, float64(g.rss)/1e9, "GB")
			}
		}
		miss(x.Open, "agent freed → next offer p99", x.Freed.P99, freedGoal, "ms")
	}
	return out
}

const freedGoal = 20 // ms, p99

const mebi = 1 << 20

// Text writes a column for each step.
func (s *Scale) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d queues, one agent who serves all of them; durable before each answer\n\n", s.Environment, s.Queues)
	row := func(name string, of func(ScaleStep) string) {
		fmt.Fprintf(&b, "%-46s", name)
		for _, x := range s.Steps {
			fmt.Fprintf(&b, " %18s", of(x))
		}
		b.WriteByte('\n')
	}
	two := func(a, z float64) string { return fmt.Sprintf("%.3g, %.3g", a, z) }
	row("open (with agents)", func(x ScaleStep) string { return fmt.Sprintf("%d (%d)", x.Open, x.Active) })
	row("stored, bytes a conversation", func(x ScaleStep) string { return fmt.Sprintf("%.0f", x.Stored) })
	row("  of it the log of changes", func(x ScaleStep) string { return fmt.Sprintf("%.0f", float64(x.Logs)/float64(x.Open)) })
	row("start: ready, s", func(x ScaleStep) string { return fmt.Sprintf("%.3g", x.Start.Ready) })
	row("  first offer to an agent, ms", func(x ScaleStep) string { return fmt.Sprintf("%.4g", x.Start.Offer) })
	row("resident when ready, after the offer, MiB", func(x ScaleStep) string {
		return fmt.Sprintf("%d, %d", x.Start.RSS/mebi, x.RSSFirst/mebi)
	})
	row("agent freed → next offer, ms: p50, p99", func(x ScaleStep) string { return two(x.Freed.P50, x.Freed.P99) })
	row("a message each to, conversations", func(x ScaleStep) string { return fmt.Sprint(x.Touched) })
	row("  a second", func(x ScaleStep) string { return fmt.Sprintf("%.0f", x.TouchRate) })
	row("  resident, MiB", func(x ScaleStep) string { return fmt.Sprint(x.RSSTouched / mebi) })
	row("kill -9: ready again, s", func(x ScaleStep) string { return fmt.Sprintf("%.3g", x.Killed.Ready) })
	row("  first offer, ms", func(x ScaleStep) string { return fmt.Sprintf("%.4g", x.Killed.Offer) })
	row("doctor", func(x ScaleStep) string { return map[bool]string{true: "nothing found", false: "not asked"}[x.Checked] })
	fmt.Fprintf(&b, "\ngoals: ready in 5 s with 100000 and 30 s with 1000000 open, which are in 1.5 GB; agent freed → next offer p99 %d ms\n", freedGoal)
	for _, m := range s.Missed() {
		fmt.Fprintf(&b, "MISSED: %s\n", m)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Write writes all of it as JSON.
func (s *Scale) Write(w io.Writer) error { return writeJSON(w, s) }

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
