package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
)

// narrator writes one line per event. It may be used from anywhere.
type narrator struct {
	mu  sync.Mutex
	out io.Writer // nil tells nothing
}

// tell writes a line about a conversation, or about a person when number is empty.
func (n *narrator) tell(at time.Time, number, text string) {
	if n.out == nil || text == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	_, _ = fmt.Fprintf(n.out, "%s  %-5s %s\n", at.Local().Format("15:04:05"), number, text) // nobody reads it: the show goes on
}

const maxQuote = 90

// quote shortens what somebody wrote to one line without control characters, for terminals obey those.
func quote(text string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(clean); len(runes) > maxQuote {
		clean = string(runes[:maxQuote-1]) + "…"
	}
	return "“" + clean + "”"
}

// span is a duration as people say it.
func span(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	if d = d.Round(time.Second); d < time.Minute {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
}
