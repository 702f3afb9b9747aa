//go:build failpoints

package failpoint

import (
	"strings"
	"testing"
	"time"
)

func TestTheVariableIsReadOrRefusedWithItsForm(t *testing.T) {
	for text, want := range map[string]struct {
		name  string
		n     int64
		later bool
	}{"commit:1": {"commit", 1, false}, "commit:12:later": {"commit", 12, true}} {
		if name, n, later, err := parse(text); err != nil || name != want.name || n != want.n || later != want.later {
			t.Errorf("%s: %s %d %t %v", text, name, n, later, err)
		}
	}
	for _, text := range []string{"commit", ":1", "commit:", "commit:x", "commit:0", "commit:-1", "commit:1:now", "commit:1:later:", "a:b:later"} {
		if _, _, _, err := parse(text); err == nil || !strings.Contains(err.Error(), "NAME:N") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTheClockIsReadOrRefusedWithItsForm(t *testing.T) {
	for text, want := range map[string][2]time.Duration{"": {}, "2s:-500ms": {2 * time.Second, -500 * time.Millisecond}, "0s:1h": {0, time.Hour}} {
		if a, b, err := parseClock(text); err != nil || a != want[0] || b != want[1] {
			t.Errorf("%q: %v %v %v", text, a, b, err)
		}
	}
	for _, text := range []string{"2s", "2s:", ":2s", "2:3", "x:1s", "1s:2s:3s"} {
		if _, _, err := parseClock(text); err == nil || !strings.Contains(err.Error(), "D1:D2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestDelaysAreReadOrRefusedWithTheirForm(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "40ms": 40 * time.Millisecond, "1s": time.Second} {
		if d, err := parseDelays(text); err != nil || d != want {
			t.Errorf("%q: %v %v", text, d, err)
		}
	}
	for _, text := range []string{"40", "0s", "-1ms", "2s", "ms"} {
		if _, err := parseDelays(text); err == nil || !strings.Contains(err.Error(), "such as 40ms") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
