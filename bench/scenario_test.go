package bench

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAScenarioOverridesTheDefaultFieldByField(t *testing.T) {
	s, err := decodeScenario([]byte(`
agents: 7
cycle: W1
arrivals: {kind: bursty, rate: 12.5, factor: 2, burst: 1s}
customers: {channel: web}
mix: {miss: 0}
warm_up: 1500ms
seed: 42
thresholds:
  - {metric: arrival_to_offer.p99_ms, max: 15}
`), "", "mine")
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultScenario()
	if s.Name != "mine" || s.Agents != 7 || s.Queues != want.Queues || s.Cycle != W1 || s.WarmUp != 1500*time.Millisecond || s.Seed != 42 {
		t.Errorf("%+v", s)
	}
	if a := s.Arrivals; a.Kind != Bursty || a.Rate != 12.5 || a.Factor != 2 || a.Burst != time.Second || a.Calm != want.Arrivals.Calm {
		t.Errorf("%+v", a)
	}
	if s.Customers != (Customers{Channel: Web, Sockets: want.Customers.Sockets}) || want.Customers.Channel != Generic {
		t.Errorf("%+v", s.Customers)
	}
	if s.Mix.Miss != 0 || s.Mix.Decline != want.Mix.Decline {
		t.Errorf("%+v", s.Mix)
	}
	if len(s.Thresholds) != 1 || *s.Thresholds[0].Max != 15 || s.Thresholds[0].Min != nil {
		t.Errorf("%+v", s.Thresholds)
	}
}

func TestAnEmptyScenarioIsTheDefault(t *testing.T) {
	for _, text := range []string{"", "# nothing but this\n", "---\n"} {
		s, err := decodeScenario([]byte(text), "", "default")
		if err != nil || s.Agents != DefaultScenario().Agents {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
}

func TestAWrongScenarioIsRefusedWithTheFieldsName(t *testing.T) {
	for text, want := range map[string]string{
		"agnts: 5":                               `unknown field "agnts"`,
		"mix: {declines: 0.1}":                   `unknown field "declines"`,
		"agents: many":                           "agents: many",
		"agents: 0":                              "agents: 0 is not from 1",
		"queues: -1":                             "queues: -1",
		"capacity: 1000":                         "capacity: 1000",
		"cycle: W3":                              `cycle: "W3"`,
		"duration: 0s":                           "duration: 0s",
		"duration: soon":                         `duration: "soon" is no duration`,
		"duration: 5":                            `duration: "5" is no duration`,
		"arrivals: {calm: x}":                    `arrivals.calm: "x"`,
		"warm_up: -1s":                           "warm_up: -1s",
		"offer_time: 1ms":                        "offer_time: 1ms",
		"arrivals: {kind: steady}":               `arrivals.kind: "steady"`,
		"arrivals: {rate: 0}":                    "arrivals.rate: 0",
		"arrivals: {rate: .nan}":                 "arrivals.rate: NaN",
		"arrivals: {kind: closed, in_flight: 0}": "arrivals.in_flight: 0",
		"arrivals: {kind: bursty, factor: 6}":    "arrivals.factor: 6 is not from 1 to 5",
		"arrivals: {kind: replay}":               "arrivals.file: replay needs one",
		"arrivals: {kind: replay, file: no.csv}": "arrivals.file: ",
		"mix: {decline: 1.5}":                    "mix.decline: 1.5",
		"mix: {decline: 0.9, miss: 0.1}":         "mix.decline: with mix.miss it is 1",
		"thresholds: [{metric: speed, max: 1}]":  `thresholds[0].metric: "speed"`,
		"thresholds: [{metric: refusals}]":       "thresholds[0]: it needs max or min",
		"check_messages: -1":                     "check_messages: -1",
		"customers: web":                         "customers",
		"customers: {pages: 5}":                  `unknown field "pages"`,
		"customers: {channel: web_chat}":         `customers.channel: "web_chat" is not generic or web`,
		"customers: {channel: web, sockets: 0}":  "customers.sockets: 0 is not from 1 to 10000",
		"customers: {channel: web, sockets: 3}":  "customers.sockets: 3 are fewer than the 4 queues",
		"{arrivals: {kind: closed, in_flight: 9}, customers: {channel: web, sockets: 8}}": "customers.sockets: 8 are fewer than the 9 conversations of arrivals.in_flight",
	} {
		if _, err := decodeScenario([]byte(text), t.TempDir(), "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, wanted %q", text, err, want)
		}
	}
}

func TestEveryScenarioOfTheProjectCanBeRun(t *testing.T) {
	files, err := filepath.Glob("scenarios/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		s, err := ReadScenario(file)
		if err != nil {
			t.Error(err)
		}
		if want := strings.TrimSuffix(filepath.Base(file), ".yaml"); s.Name != want {
			t.Errorf("%s is named %q", file, s.Name)
		}
	}
	if _, err := ReadScenario(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestAConversationsChoicesAreThoseOfItsSeedAndNumber(t *testing.T) {
	s := DefaultScenario()
	s.Mix = Mix{Decline: 0.10, Miss: 0.02, Transfer: 0.05}
	queues := []string{"a", "b", "c"}
	const n = 20_000
	counts := map[string]float64{}
	for i := range int64(n) {
		c, again := newCycle(s, "x", i, queues), newCycle(s, "x", i, queues)
		first := c.answerOffer(s.Mix)
		if c.queue != again.queue || c.transfer != again.transfer || first != again.answerOffer(s.Mix) {
			t.Fatalf("conversation %d draws otherwise the second time", i)
		}
		counts[c.queue]++
		counts[map[choice]string{accept: "accept", decline: "decline", miss: "miss"}[first]]++
		if c.transfer {
			counts["transfer"]++
		}
	}
	near(t, "queue a", counts["a"]/n, 1.0/3, 0.05)
	near(t, "declines", counts["decline"]/n, 0.10, 0.08)
	near(t, "misses", counts["miss"]/n, 0.02, 0.15)
	near(t, "transfers", counts["transfer"]/n, 0.05, 0.10)
	s.Cycle = W1
	for i := range int64(n) {
		if newCycle(s, "x", i, queues).transfer {
			t.Fatal("a transfer in W1, which has no message to transfer at")
		}
	}
}
