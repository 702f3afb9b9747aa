package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// sampleResult is a run with a thousand latencies of 1 to 1 000 ms.
func sampleResult(t *testing.T) *Result {
	t.Helper()
	m := newMeasures()
	for i := range 1000 {
		m.offer.record(time.Duration(i+1) * time.Millisecond)
	}
	max := 500.0
	r := &Result{
		Scenario: DefaultScenario(), StartedAt: time.Unix(1_700_000_000, 0).UTC(), CyclesPerSec: 99.5, Cycles: 1990, ServerCPU: 1000, Syncs: 1.5, GeneratorCPU: 1234, GeneratorCores: 0.25,
		Seconds: []Second{{At: 1, Arrived: 90, Done: 80, Open: 10, P50: 5, P99: 20}, {At: 2, Arrived: 100, Done: 110, P50: 6, P99: 30, CPU: 0.5}},
		Check:   Check{Conversations: 10, Messages: 10},
	}
	r.Scenario.Name = `<script>alert("x")</script>`
	r.Scenario.Thresholds = []Threshold{{Metric: "arrival_to_offer.p99_ms", Max: &max}, {Metric: cyclesPerSecond, Min: &max}, {Metric: "refusals", Max: &max}}
	for _, h := range m.all() {
		l, err := h.latency()
		if err != nil {
			t.Fatal(err)
		}
		r.Latencies = append(r.Latencies, l)
	}
	r.judge()
	return r
}

func TestThePageIsSelfContained(t *testing.T) {
	var page bytes.Buffer
	if err := (&Report{Runs: []*Result{sampleResult(t), sampleResult(t)}}).HTML(&page); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	if bad := regexp.MustCompile(`(?i)<(script|link|img|iframe|object|embed|base|form)|\bsrc=|\bhref=|url\(|@import|https?:|//[a-z]`).FindString(text); bad != "" {
		t.Errorf("the page has %q", bad)
	}
	if !strings.Contains(text, "default-src 'none'") || !strings.Contains(text, "&lt;script&gt;") || strings.Count(text, "<polyline") < 8 {
		t.Errorf("policy, escaped name or plots are missing:\n%s", text)
	}
	for _, want := range []string{"99.5", "1990", "generator CPU per cycle, µs</td><td>1234", "generator kept busy</td><td>0.25", "by the generator", "arrival → offer at the agent", "arrival_to_offer.p99_ms 990"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

func TestTheTextSaysWhatTheGeneratorTook(t *testing.T) {
	r := sampleResult(t)
	var out bytes.Buffer
	if err := r.Text(&out); err != nil {
		t.Fatal(err)
	}
	if want := "\ngenerator: 1234 µs CPU a cycle, 0.25 cores\n"; !strings.Contains(out.String(), want) {
		t.Errorf("the text has no %q:\n%s", want, out.String())
	}
	if !knownMetric("generator_cpu_us_per_cycle") {
		t.Error("the generator's CPU is no metric")
	}
}

func TestPlotsAreWellFormedAndStayInside(t *testing.T) {
	for _, p := range []plot{
		{}, {LogY: true}, {Lines: []line{{"one", []point{{3, 0}}}}}, {LogY: true, Lines: []line{{"zero", []point{{0, 0}, {1, 0}}}}},
		{Title: `a "b" <c>`, Lines: []line{{"x & y", []point{{0, 1}, {5, 17}, {9, 3}}}}},
		{LogY: true, Lines: []line{{"wide", []point{{0, 0.002}, {1, 99_000}}}}, Ticks: []tick{{0, "0"}, {1, "1"}}},
	} {
		svg := string(p.SVG())
		dec := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, svg)
			}
		}
		if bad := regexp.MustCompile(`NaN|Inf|"-|[ ,]-\d`).FindString(svg); bad != "" {
			t.Errorf("%q in %s", bad, svg)
		}
		f := p.frame()
		for _, l := range p.Lines {
			for _, v := range l.Points {
				if x, y := f.x(v.X), f.y(v.Y); x < leftEdge || x > plotWidth-rightEdge || y < topEdge-0.01 || y > plotHeight-bottomEdge+0.01 {
					t.Errorf("%v is drawn at %g, %g", v, x, y)
				}
			}
		}
	}
}

func TestThresholdsAreMetOrMissedByWhatWasMeasured(t *testing.T) {
	r := sampleResult(t)
	if len(r.Verdicts) != 3 || len(r.Missed()) != 2 {
		t.Fatalf("%+v", r.Verdicts)
	}
	if v := r.Missed()[0]; v.Metric != "arrival_to_offer.p99_ms" || v.Value < 989 || v.Value > 991 || v.String() != "arrival_to_offer.p99_ms 990.2, at most 500: missed" {
		t.Errorf("%s (%g)", v, v.Value)
	}
	if v := r.Missed()[1]; v.String() != "cycles_per_second 99.5, at least 500: missed" {
		t.Error(v)
	}
	one := 1.0
	r.Scenario.Thresholds = []Threshold{{Metric: "accept_to_reply.p50_ms", Max: &one}}
	if r.judge(); len(r.Missed()) != 1 {
		t.Error("a metric that was not measured meets its threshold")
	}
}

func TestAReportIsReadAsItWasWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.json")
	var raw bytes.Buffer
	if err := (&Report{Runs: []*Result{sampleResult(t)}}).Write(&raw); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := ReadReport(file)
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.Runs[0].latency(arrivalToOffer).histogram()
	if err != nil || h.TotalCount() != 1000 {
		t.Fatalf("%v", err)
	}
	near(t, "median after decoding", float64(h.ValueAtQuantile(50)), 500_000, 0.002)
	var hgrm bytes.Buffer
	if err := r.Runs[0].latency(arrivalToOffer).HGRM(&hgrm); err != nil || !strings.Contains(hgrm.String(), "1/(1-Percentile)") || !strings.Contains(hgrm.String(), "Total count    =         1000") {
		t.Errorf("%v: %s", err, hgrm.String())
	}
	for _, text := range []string{"", "{}", `{"format":2,"runs":[{}]}`, `{"format":1,"runs":[]}`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadReport(file); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestTheMountOfAFolderIsTheLongestThatHoldsIt(t *testing.T) {
	const mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/deep xfs rw 0 0\nx /tmp/de btrfs rw 0 0\n"
	for dir, want := range map[string]string{"/": "ext4", "/var/x": "ext4", "/tmp": "tmpfs", "/tmp/other": "tmpfs", "/tmp/deep/er": "xfs"} {
		if got := mountType(mounts, dir); got != want {
			t.Errorf("%s: %q, wanted %q", dir, got, want)
		}
	}
}

func TestTheMachineIsDescribed(t *testing.T) {
	e, err := Observe("1.2", "abc", t.TempDir())
	if err != nil || e.Cores < 1 || e.SyncRate <= 0 || e.Version != "1.2" || e.Commit != "abc" || e.Remote {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := Observe("1.2", "", ""); err != nil || !e.Remote || e.SyncRate != 0 {
		t.Errorf("%+v, %v", e, err)
	}
}
