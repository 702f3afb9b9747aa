package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"pronto/bench"
)

// live shows how a run stands: on a terminal a bar that is drawn anew, elsewhere a line a second.
type live struct {
	out      io.Writer
	terminal bool

	mu    sync.Mutex
	drawn bool    // the cursor stands on a line that is to be drawn anew
	done  []int64 // of the last seconds, for the curve
	notes int
}

const (
	barWidth   = 24
	curveWidth = 24
	mostNotes  = 20 // of what went wrong: more are counted, not shown
	redraw     = "\r\x1b[K"
)

func newLive(out io.Writer) *live { return &live{out: out, terminal: isTerminal(out)} }

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

func (l *live) show(p bench.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case p.Note != "":
		if l.notes++; l.notes <= mostNotes {
			l.line(p.Note)
		}
	case p.Total == 0:
		l.line(p.Phase)
		l.done = nil
	default:
		l.done = append(l.done, p.Second.Done)
		l.moving(l.state(p))
	}
}

// state is one moment of the load in one line.
func (l *live) state(p bench.Progress) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-9s %4.0f/%.0f s", p.Phase, p.Elapsed.Seconds(), p.Total.Seconds())
	if l.terminal {
		full := min(barWidth, int(barWidth*p.Elapsed/max(p.Total, time.Nanosecond)))
		fmt.Fprintf(&b, " [%s%s]", strings.Repeat("█", full), strings.Repeat("·", barWidth-full))
	}
	s := p.Second
	if p.Phase == "measuring" {
		fmt.Fprintf(&b, "  %d in  %d done  p50 %.1f  p99 %.1f ms", s.Arrived, s.Done, s.P50, s.P99)
	}
	fmt.Fprintf(&b, "  %d open  %d refusals", s.Open, p.Refusals)
	if s.CPU > 0 {
		fmt.Fprintf(&b, "  %.2f cores", s.CPU)
	}
	if l.terminal {
		fmt.Fprintf(&b, "  %s", curve(l.done))
	}
	return b.String()
}

// curve draws the last values as a line of blocks.
func curve(values []int64) string {
	values = values[max(0, len(values)-curveWidth):]
	var most int64 = 1
	for _, v := range values {
		most = max(most, v)
	}
	blocks := []rune("▁▂▃▄▅▆▇█")
	out := make([]rune, len(values))
	for i, v := range values {
		out[i] = blocks[int(v*int64(len(blocks)-1)/most)]
	}
	return string(out)
}

// line writes a line that stays.
func (l *live) line(text string) {
	if l.drawn {
		fmt.Fprint(l.out, redraw)
		l.drawn = false
	}
	fmt.Fprintln(l.out, text)
}

// moving writes a line that the next one replaces.
func (l *live) moving(text string) {
	if !l.terminal {
		fmt.Fprintln(l.out, text)
		return
	}
	fmt.Fprint(l.out, redraw+text)
	l.drawn = true
}

// end leaves the terminal at the beginning of a line.
func (l *live) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drawn {
		fmt.Fprintln(l.out)
		l.drawn = false
	}
	if l.notes > mostNotes {
		fmt.Fprintf(l.out, "%d more lines like those were not shown\n", l.notes-mostNotes)
	}
}
