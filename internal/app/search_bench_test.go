package app

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/storage"
	"pronto/storage/searchtest"
)

// benchServer serves a store of a million messages, built once: in PRONTO_SEARCH_BENCH if that is set, where the benchmark of
// package storage may have left one.
func benchServer(b *testing.B) (get func(path string) string) {
	b.Helper()
	dir := os.Getenv("PRONTO_SEARCH_BENCH")
	if dir == "" {
		dir = b.TempDir()
	}
	app, err := Open(Config{Data: filepath.Join(dir, "store"), DrainTime: time.Second, Idle: time.Minute, MinFreeBytes: 1, MinFreePercent: 1}, zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	fillOnce(b, app, filepath.Join(dir, "whole"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- app.Serve(ctx, l) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	if !app.HasAdministrator() {
		if err := app.CreateAdministrator(b.Context(), "Raiz", "root", password); err != nil {
			b.Fatal(err)
		}
	}
	token, _, _, err := app.accounts.Login(b.Context(), "root", password, netip.Addr{})
	if err != nil {
		b.Fatal(err)
	}
	return func(path string) string {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+l.Addr().String()+"/api/v1"+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			b.Fatal(err)
		}
		if res.StatusCode == http.StatusTooManyRequests {
			return ""
		}
		if res.StatusCode != http.StatusOK {
			b.Fatalf("%s: %d %s", path, res.StatusCode, body)
		}
		return string(body)
	}
}

func fillOnce(b *testing.B, app *App, whole string) {
	b.Helper()
	if _, err := os.Stat(whole); err == nil {
		return
	}
	err := searchtest.New(60_000).Fill(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), func(s *dispatch.ConversationSnapshot, records []dispatch.Record, begun time.Time) error {
		return app.db.SaveConversation(context.Background(), storage.SaveConversation{Now: begun, State: s, Records: records, Rows: &storage.Rows{}})
	})
	if err == nil {
		err = os.WriteFile(whole, nil, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSearchHTTP1M measures the first page of 20 over HTTP, as an administrator, with filters that few and that many
// conversations pass.
func BenchmarkSearchHTTP1M(b *testing.B) {
	get := benchServer(b)
	v, r := searchtest.New(60_000), rand.New(rand.NewPCG(3, 4))
	common := func() string { return v.Near(r, 0, 20) }
	medium := func() string { return v.Near(r, 200, 500) }
	month := func() string {
		from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(20))
		return "&from=" + from.Format(time.RFC3339) + "&to=" + from.AddDate(0, 0, 3).Format(time.RFC3339)
	}
	for _, c := range []struct {
		name   string
		word   func() string
		filter func() string
	}{
		{"any", common, func() string { return "" }},
		{"channel_80_of_100", common, func() string { return "&channel_id=chn_0" }},
		{"channel_5_of_100", common, func() string { return "&channel_id=chn_2" }},
		{"channel_1_of_1000", common, func() string { return "&channel_id=chn_3" }},
		{"channel_1_of_1000_medium", medium, func() string { return "&channel_id=chn_3" }},
		{"queue_5_of_100", common, func() string { return fmt.Sprint("&queue_id=que_", r.IntN(20)) }},
		{"tag_30_of_100", common, func() string { return "&tag=retorno" }},
		{"tag_1_of_100", common, func() string { return "&tag=vip" }},
		{"tag_1_of_5000", common, func() string { return "&tag=raro" }},
		{"two_tags", common, func() string { return "&tag=retorno,vip" }},
		{"agent_1_of_500", common, func() string { return fmt.Sprint("&agent_id=agt_", r.IntN(500)) }},
		{"contact", common, func() string { return fmt.Sprint("&contact_id=con_", r.IntN(30_000)) }},
		{"3_days", common, month},
		{"3_days_channel_5_of_100", medium, func() string { return "&channel_id=chn_2" + month() }},
		{"open", common, func() string { return "&state=queued,active" }},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			hits, more, cpu := 0, 0, cpuTime(b)
			for range b.N {
				path := "/search?limit=20&q=" + url.QueryEscape(`"`+c.word()+`"`) + c.filter()
				start := time.Now()
				page := get(path)
				for ; page == ""; page = get(path) { // above the rate of one credential
					<-time.After(100 * time.Millisecond)
					start = time.Now()
				}
				took = append(took, time.Since(start))
				n := strings.Count(page, `"conversation_id"`)
				hits += n
				if n < 20 && strings.Contains(page, `"next_cursor"`) {
					more++
				}
			}
			b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(b.N), "cpu-µs/page")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(hits)/float64(b.N), "hits/page")
			b.ReportMetric(100*float64(more)/float64(b.N), "%-unfinished")
		})
	}
}
