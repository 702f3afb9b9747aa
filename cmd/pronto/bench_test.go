package main

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/bench"
)

// small is a load of 3 seconds.
var small = []string{"bench", "--agents", "8", "--queues", "2", "--rate", "20", "--duration", "3s", "--warm-up", "500ms"}

func TestBenchMeasuresAServerOfItsOwnAndChecksItsLedger(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, page := filepath.Join(dir, "result.json"), filepath.Join(dir, "result.html")
	code, out := command(t, "", append(small, "--json", file, "--html", page, "--hgrm", dir)...)
	if code != 0 || !strings.Contains(out, "checked against the ledger") || !strings.Contains(out, "measuring") {
		t.Fatalf("%d: %s", code, out)
	}
	report, err := bench.ReadReport(file)
	if err != nil {
		t.Fatal(err)
	}
	r := report.Runs[0]
	if r.Cycles == 0 || r.Check.Conversations < int(r.Cycles) || r.Check.Messages != r.Check.Conversations || r.Check.Wrong != 0 || r.Refusals != 0 {
		t.Errorf("%+v", r)
	}
	for _, l := range r.Latencies {
		if l.Count == 0 || l.P50 <= 0 || l.Max < l.P99 {
			t.Errorf("%+v", l)
		}
	}
	if own := r.GeneratorCPU * float64(r.Cycles) / 1e6 / r.Scenario.Duration.Seconds(); own <= 0 || own > float64(r.Environment.Cores) || math.Abs(own-r.GeneratorCores) > 0.01 {
		t.Errorf("the generator took %g µs a cycle and %g cores", r.GeneratorCPU, r.GeneratorCores)
	}
	for _, s := range r.Seconds {
		if s.Own <= 0 || s.CPU <= 0 {
			t.Errorf("%+v", s)
		}
	}
	if r.ServerCPU <= 0 || r.LogBytes <= 0 || r.Syncs <= 0 || r.Changes < 12 || r.Environment.SyncRate <= 0 || len(r.Seconds) < 2 {
		t.Errorf("%+v", r)
	}
	if text, err := os.ReadFile(page); err != nil || !bytes.Contains(text, []byte("<polyline")) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "default-1-arrival_to_offer.hgrm")); err != nil {
		t.Error(err)
	}
	if code, out := command(t, "", append(small, "--json", file, "--append", "--seed", "2")...); code != 0 {
		t.Fatalf("%d: %s", code, out)
	}
	if code, out := command(t, "", "bench", "compare", file, file); code != 0 || !strings.Contains(out, "A: 2 runs, B: 2 runs") || !strings.Contains(out, "arrival_to_offer.p99_ms") {
		t.Errorf("%d: %s", code, out)
	}
}

// Customers are on web pages, fewer than customers come at times.
func TestBenchHasCustomersOnWebPagesWhoAreShownEverything(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "result.json")
	code, out := command(t, "", append(small, "--customers", "web", "--sockets", "6", "--json", file)...)
	if code != 0 || !strings.Contains(out, "customers on 6 websockets of web chat") {
		t.Fatalf("%d: %s", code, out)
	}
	report, err := bench.ReadReport(file)
	if err != nil {
		t.Fatal(err)
	}
	r := report.Runs[0]
	if r.Cycles == 0 || r.Check.Conversations < int(r.Cycles) || r.Check.Shown != r.Check.Conversations || r.Check.Messages != r.Check.Conversations || r.Check.Wrong != 0 {
		t.Errorf("%+v", r.Check)
	}
	for _, l := range r.Latencies {
		if l.Count == 0 || l.P50 <= 0 || l.Max < l.P99 {
			t.Errorf("%+v", l)
		}
	}
	if r.Frames < 40 || r.Refusals != 0 { // 11 commands, their replies, and 18 messages shown at the least
		t.Errorf("%g frames a cycle, %d refusals", r.Frames, r.Refusals)
	}
	if code, out := command(t, "", append(small, "--customers", "web", "--sockets", "1")...); code != exitFailed || !strings.Contains(out, "customers.sockets: 1 are fewer than the 2 queues") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestBenchFailsAboveItsThreshold(t *testing.T) {
	t.Parallel()
	code, out := command(t, "", "bench", "--agents", "2", "--queues", "1", "--rate", "10", "--duration", "1s", "--warm-up", "100ms", "--plain", "--max-p99-ms", "0.001")
	if code != exitMissed || !strings.Contains(out, "threshold missed: arrival_to_offer.p99_ms") {
		t.Errorf("%d: %s", code, out)
	}
}

// readReport reads what --json wrote.
func readReport[R any](t *testing.T, file string) (r R) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil {
		t.Fatalf("%v %s", err, raw)
	}
	return r
}

func TestBenchScaleMeasuresStartsOverAFilledFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "scale.json")
	code, out := command(t, "", "bench", "scale", "--open", "60", "--queues", "2", "--freed", "5", "--touch", "9", "--json", file)
	if code != 0 || !strings.Contains(out, "kill -9: ready again") {
		t.Fatalf("%d: %s", code, out)
	}
	s := readReport[bench.Scale](t, file)
	if len(s.Steps) != 1 {
		t.Fatalf("%+v", s)
	}
	x := s.Steps[0]
	if x.Active != 6 || x.Stored <= 0 || !x.Checked || x.Start.Ready <= 0 || x.Start.Offer <= 0 || x.Freed.Count != 5 ||
		x.Touched != 9 || x.RSSTouched <= 0 || x.Killed.Ready <= 0 || x.Killed.Offer <= 0 {
		t.Errorf("%+v", x)
	}
	if code, out := command(t, "", "bench", "scale", "--open", "80,40"); code != exitFailed || !strings.Contains(out, "growing") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestBenchWatchTellsWhatLookingCosts(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "watch.json")
	code, out := command(t, "", "bench", "watch", "--supervisors", "2", "--users", "1,3", "--agents", "4", "--rate", "20", "--each", "1s", "--json", file)
	if code != 0 || !strings.Contains(out, "one conversation watched") {
		t.Fatalf("%d: %s", code, out)
	}
	r := readReport[bench.Watch](t, file)
	if len(r.Live) != 2 || len(r.Fans) != 2 {
		t.Fatalf("%+v", r)
	}
	if alone, seen := r.Live[0], r.Live[1]; alone.Deliveries != 0 || seen.Deliveries <= 0 || seen.Changes() <= 0 || seen.Cores() <= 0 {
		t.Errorf("%+v %+v", alone, seen)
	}
	for i, f := range r.Fans {
		if f.Users != []int{1, 3}[i] || f.PerSecond <= 0 || f.CPU <= 0 {
			t.Errorf("%+v", f)
		}
	}
}

func TestBenchLatencyLoadsPartsOfSaturation(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "latency.json")
	code, out := command(t, "", "bench", "latency", "--agents", "4", "--in-flight", "4", "--each", "1s", "--parts", "20,40", "--json", file)
	if code != 0 || !strings.Contains(out, "saturation") {
		t.Fatalf("%d: %s", code, out)
	}
	report, err := bench.ReadReport(file)
	if err != nil || len(report.Runs) != 3 {
		t.Fatalf("%v %v", report, err)
	}
	saturated := report.Runs[0]
	for i, r := range report.Runs[1:] {
		if want := saturated.CyclesPerSec * []float64{20, 40}[i] / 100; want == 0 || r.Scenario.Arrivals.Rate != want || r.Scenario.Arrivals.Kind != bench.Poisson {
			t.Errorf("%+v, not %g", r.Scenario.Arrivals, want)
		}
	}
	if code, out := command(t, "", "bench", "latency", "--parts", "120"); code != exitFailed || !strings.Contains(out, "parts: 120") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestBenchRefusesAWrongScenarioBeforeItStartsAnything(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "s.yaml")
	if err := os.WriteFile(file, []byte("agents: 5\nmixx: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := command(t, "", "bench", "--scenario", file); code != exitFailed || !strings.Contains(out, `unknown field "mixx"`) {
		t.Errorf("%d: %s", code, out)
	}
	if code, out := command(t, "", "bench", "--agents", "0"); code != exitFailed || !strings.Contains(out, "agents: 0") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestAServerIsLoadedOnlyWithItsBenchToken(t *testing.T) {
	t.Parallel()
	const token = "a-token-for-this-test"
	s, err := startChild(t.Context(), binary, "--bench-token", token)
	if err != nil {
		t.Fatal(err)
	}
	defer s.remove()
	on := func(url string, args ...string) (int, string) {
		return command(t, "", append(append(small, "--server", url, "--token", s.token), args...)...)
	}
	if code, out := on(s.url); code != exitFailed || !strings.Contains(out, "PRONTO_BENCH_TOKEN") {
		t.Errorf("%d: %s", code, out)
	}
	if code, out := on(s.url, "--bench-token", token+"x"); code != exitFailed || !strings.Contains(out, "does not permit a load (403)") {
		t.Errorf("%d: %s", code, out)
	}
	if code, out := on(s.url, "--bench-token", token); code != 0 || !strings.Contains(out, " 0 wrong") || !strings.Contains(out, "fsyncs for") {
		t.Errorf("%d: %s", code, out)
	}
	plain, err := startChild(t.Context(), binary)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.remove()
	if code, out := on(plain.url, "--bench-token", token); code != exitFailed || !strings.Contains(out, "does not permit a load (404)") {
		t.Errorf("%d: %s", code, out)
	}
}

// A proxy before the server doubles one message behind the generator's back: fast, acknowledged, and wrong.
func TestBenchFailsWhenTheServerHasSomethingElseThanItAcknowledged(t *testing.T) {
	t.Parallel()
	const token = "a-token-for-this-test"
	s, err := startChild(t.Context(), binary, "--bench-token", token)
	if err != nil {
		t.Fatal(err)
	}
	defer s.remove()
	to, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	planted := make(chan struct{}, 1)
	planted <- struct{}{}
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/messages") && r.Method == http.MethodPost {
			select {
			case <-planted:
				double(t, s.url, r)
			default:
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	defer liar.Close()
	scenario := filepath.Join(t.TempDir(), "s.yaml")
	load := "agents: 4\nqueues: 1\narrivals: {rate: 5}\nduration: 2s\nwarm_up: 100ms\ndrain: 10s\n" // the doubled one never ends
	if err := os.WriteFile(scenario, []byte(load), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := command(t, "", "bench", "--scenario", scenario, "--plain", "--server", liar.URL, "--token", s.token, "--bench-token", token)
	if code != exitFailed || !strings.Contains(out, "the server's answers are wrong") {
		t.Errorf("%d: %s", code, out)
	}
}

// double sends the request once more by itself, under another external id, and leaves r as it was.
func double(t *testing.T, base string, r *http.Request) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		t.Error(err)
	}
	r.Body = http.NoBody
	again := strings.Replace(body.String(), `"external_id":"`, `"external_id":"again-`, 1)
	req, err := http.NewRequestWithContext(r.Context(), r.Method, base+r.URL.Path, strings.NewReader(again))
	if err != nil {
		t.Error(err)
		return
	}
	req.Header = r.Header.Clone()
	c := http.Client{Timeout: time.Minute}
	res, err := c.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusCreated {
		t.Errorf("status %d", res.StatusCode)
	}
	r.Body = &readCloser{bytes.NewReader(body.Bytes())}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func TestProgressIsALineASecondUnlessOnATerminal(t *testing.T) {
	t.Parallel()
	p := bench.Progress{Phase: "measuring", Elapsed: 2 * time.Second, Total: 4 * time.Second, Second: bench.Second{Done: 5, Open: 3, P50: 1.5, P99: 2.5, CPU: 0.25}, Refusals: 1}
	var out bytes.Buffer
	l := newLive(&out)
	l.show(bench.Progress{Phase: "connecting them"})
	l.show(p)
	l.end()
	if want := "connecting them\nmeasuring    2/4 s  0 in  5 done  p50 1.5  p99 2.5 ms  3 open  1 refusals  0.25 cores\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
	out.Reset()
	l = &live{out: &out, terminal: true}
	l.show(p)
	l.show(p)
	l.show(bench.Progress{Note: "customer: refused"})
	l.end()
	text := out.String()
	if strings.Count(text, redraw) != 3 || !strings.Contains(text, "[████████████············]") || !strings.HasSuffix(text, redraw+"customer: refused\n") {
		t.Errorf("%q", text)
	}
	out.Reset()
	for range mostNotes + 5 {
		l.show(bench.Progress{Note: "x"})
	}
	l.end()
	if !strings.Contains(out.String(), "6 more lines") {
		t.Errorf("%q", out.String())
	}
}

func TestCountersAreReadFromMetrics(t *testing.T) {
	t.Parallel()
	c, err := parseMetrics(strings.NewReader("# HELP x y\nprocess_cpu_seconds_total 1.5\nprocess_resident_memory_bytes 2.5e+07\npronto_storage_log_syncs_total 12\npronto_storage_changes_total 34\npronto_storage_log_bytes_total 5.6e+02\npronto_offers_total{queue=\"a b\"} 7\n"))
	if err != nil || c.CPU != 1500*time.Millisecond || c.RSS != 25_000_000 || c.Syncs != 12 || c.Changes != 34 || c.LogBytes != 560 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestBenchQuickPrintsSharesAndLinesForBenchstat(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "quick.json")
	code, out := command(t, "", "bench", "quick", "--rounds", "1", "--each", "1s", "--agents", "4", "--json", file)
	if code != 0 || !strings.Contains(out, "\nBenchmarkQuick/W1-") || !strings.Contains(out, "\nBenchmarkQuick/W2-") || !strings.Contains(out, "%-of-raw-commits") {
		t.Fatalf("%d: %s", code, out)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var q bench.Quick
	if err := json.Unmarshal(raw, &q); err != nil {
		t.Fatal(err)
	}
	for _, m := range q.Medians {
		if m.Median <= 0 {
			t.Errorf("%+v", m)
		}
	}
	for _, r := range q.Rounds {
		if r.Result.Check.Wrong != 0 || r.Result.Check.Conversations == 0 || r.Result.Frames < 6 { // seven, but for those beyond the edges of a second
			t.Errorf("%+v", r.Result)
		}
	}
}

func TestAServerRefusesABenchTokenThatCouldBeGuessed(t *testing.T) {
	t.Parallel()
	code, out := command(t, "", "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--bench-token", "short")
	if code != exitFailed || !strings.Contains(out, "bench-token: 5 characters, at least 16 are needed") || strings.Contains(out, "short") {
		t.Errorf("%d: %s", code, out)
	}
}
