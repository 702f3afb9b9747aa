package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pronto/bench"
)

func TestBenchMeasuresAServerOfItsOwnAndChecksItsLedger(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "result.json")
	code, out := command(t, "", "bench", "--agents", "8", "--queues", "2", "--rate", "20", "--duration", "3s", "--warm-up", "500ms", "--json", file)
	if code != 0 || !strings.Contains(out, "checked against the ledger") {
		t.Fatalf("%d: %s", code, out)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r bench.Result
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	if r.Cycles == 0 || r.Checked == 0 || r.ArrivalOffer.Count == 0 || r.ArrivalOffer.P50 <= 0 || r.Refusals != 0 {
		t.Errorf("%+v", r)
	}
}

func TestBenchFailsAboveItsThreshold(t *testing.T) {
	t.Parallel()
	code, out := command(t, "", "bench", "--agents", "2", "--queues", "1", "--rate", "10", "--duration", "1s", "--warm-up", "100ms", "--plain", "--max-p99-ms", "0.001")
	if code != 1 || !strings.Contains(out, "is above 0.00 ms") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestBenchTimesARestart(t *testing.T) {
	t.Parallel()
	code, out := command(t, "", "bench", "--restart", "50")
	if code != 0 || !strings.Contains(out, "50 open conversations: ready") {
		t.Errorf("%d: %s", code, out)
	}
}
