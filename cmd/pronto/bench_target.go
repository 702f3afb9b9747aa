package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pronto/bench"
	"pronto/protocol"
)

// permitted is a server of somebody else that was started so that it may be loaded.
func permitted(ctx context.Context, f serverFlags, benchToken string) (bench.Target, bench.Environment, error) {
	base := strings.TrimRight(f.Server, "/")
	permit, err := askPermit(ctx, base, benchToken)
	if err != nil {
		return bench.Target{}, bench.Environment{}, err
	}
	if f.Token == "" {
		return bench.Target{}, bench.Environment{}, errors.New("--server needs a token: set PRONTO_TOKEN")
	}
	e, err := bench.Observe(permit.Version, commit, "")
	t := bench.Target{URL: base, Token: f.Token, Probe: func() (bench.Counters, error) { return scrape(ctx, base) }}
	if _, e := t.Probe(); e != nil {
		t.Probe = nil // its metrics are kept from here: the run has no figures of the server
	}
	return t, e, err
}

// askPermit asks the server whether it may be loaded. Without its word nothing is sent.
func askPermit(ctx context.Context, base, token string) (protocol.BenchPermit, error) {
	var permit protocol.BenchPermit
	if token == "" {
		return permit, errors.New("--server needs the bench token that the server was started with: set PRONTO_BENCH_TOKEN")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/bench", nil)
	if err != nil {
		return permit, fmt.Errorf("ask for permission: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return permit, fmt.Errorf("ask for permission: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return permit, fmt.Errorf("%s does not permit a load (%d): start it with serve --bench-token, and give the same here", base, res.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&permit); err != nil {
		return permit, fmt.Errorf("ask for permission: %w", err)
	}
	return permit, nil
}

// scrape reads the counters of a server's /metrics.
func scrape(ctx context.Context, base string) (bench.Counters, error) {
	var c bench.Counters
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/metrics", nil)
	if err != nil {
		return c, fmt.Errorf("read counters: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return c, fmt.Errorf("read counters: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return c, fmt.Errorf("read counters: status %d", res.StatusCode)
	}
	return parseMetrics(res.Body)
}

// parseMetrics reads the few figures that a run uses of Prometheus' text format.
func parseMetrics(in io.Reader) (bench.Counters, error) {
	var c bench.Counters
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		name, text, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			continue // a comment, or a line with a time
		}
		switch name {
		case "process_cpu_seconds_total":
			c.CPU = time.Duration(v * float64(time.Second))
		case "process_resident_memory_bytes":
			c.RSS = int64(v)
		case "pronto_storage_log_bytes_total":
			c.LogBytes = int64(v)
		case "pronto_storage_log_syncs_total":
			c.Syncs = int64(v)
		case "pronto_storage_changes_total":
			c.Changes = int64(v)
		}
	}
	return c, lines.Err()
}
