package storage

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/internal/cputime"
	"pronto/internal/words"
	"pronto/storage/searchtest"
)

// benchStore is a store on disk of a million messages, built once: in PRONTO_SEARCH_BENCH if that is set, which a later run
// uses again.
func benchStore(b *testing.B) (*DB, *searchtest.Vocabulary) {
	b.Helper()
	dir := os.Getenv("PRONTO_SEARCH_BENCH")
	if dir == "" {
		dir = b.TempDir()
	}
	v := searchtest.New(60_000)
	_, err := os.Stat(filepath.Join(dir, "whole"))
	db, openErr := Open(Options{Dir: filepath.Join(dir, "store"), MinFreeBytes: 1, MinFreePercent: 1})
	if openErr != nil {
		b.Fatal(openErr)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	if err == nil {
		rows, err := db.e.p.EstimateDiskUsage([]byte{spaceIndex, rowWord}, []byte{spaceIndex, rowWord + 1})
		b.Logf("the rows of words take %d MB of %d (%v)", rows>>20, db.e.p.Metrics().DiskSpaceUsage()>>20, err)
		return db, v
	}
	start := time.Now()
	err = v.Fill(testStart, func(s *dispatch.ConversationSnapshot, records []dispatch.Record, begun time.Time) error {
		return db.SaveConversation(context.Background(), SaveConversation{Now: begun, State: s, Records: records, Rows: &Rows{}})
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("built in %v, %d MB", time.Since(start), db.e.p.Metrics().DiskSpaceUsage()>>20)
	if err := os.WriteFile(filepath.Join(dir, "whole"), nil, 0o600); err != nil {
		b.Fatal(err)
	}
	return db, v
}

// BenchmarkSearch1M measures the first page of 20 of a million messages on disk.
func BenchmarkSearch1M(b *testing.B) {
	db, v := benchStore(b)
	r := rand.New(rand.NewPCG(3, 4))
	near := func(n, spread int) string { return v.Near(r, n, spread) }
	for _, c := range []struct {
		name string
		q    func() string
		mine map[dispatch.ConversationID]bool
	}{
		{"common", func() string { return `"` + near(0, 20) + `"` }, nil},
		{"rare", func() string { return `"` + near(20_000, 30_000) + `"` }, nil},
		{"absent", func() string { return "inexistente" }, nil},
		{"two_common", func() string { return near(0, 20) + ` "` + near(20, 20) + `"` }, nil},
		{"common_and_rare", func() string { return near(0, 20) + ` "` + near(5_000, 5_000) + `"` }, nil},
		{"two_medium", func() string { return near(200, 500) + ` "` + near(200, 500) + `"` }, nil},
		{"phrase_common", func() string { return `"` + near(0, 30) + " " + near(0, 30) + `"` }, nil},
		{"phrase_seldom", func() string { return `"` + near(5, 50) + " " + near(300, 300) + `"` }, nil},
		{"prefix_4", func() string { return beginning(near(100, 5_000), 4) }, nil},
		{"prefix_6_and_common", func() string { return near(0, 20) + " " + beginning(near(100, 5_000), 6) }, nil},
		{"of_1_agent_in_500", func() string { return `"` + near(0, 20) + `"` }, ownedBy(b, db, "agt_7")},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			hits, spent, over, cpu := 0, Work(0), 0, cpuTime(b)
			for range b.N {
				q, err := words.Parse(c.q())
				if err != nil {
					b.Fatal(err)
				}
				start := time.Now()
				n, left := benchPage(b, db, q, c.mine)
				took = append(took, time.Since(start))
				hits, spent = hits+n, spent+benchWork-left
				if left <= 0 {
					over++
				}
			}
			b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(b.N), "cpu-µs/page")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(hits)/float64(b.N), "hits/page")
			b.ReportMetric(float64(spent)/float64(b.N), "work/page")
			b.ReportMetric(100*float64(over)/float64(b.N), "%-unfinished")
		})
	}
}

// cpuTime is what this process has used so far: unlike the time of a page it hardly depends on what else the machine does.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	used, err := cputime.Used()
	if err != nil {
		b.Fatal(err)
	}
	return used
}

// BenchmarkWordRows measures what a message costs by its words: the rows alone, of texts as people write them.
func BenchmarkWordRows(b *testing.B) {
	v := searchtest.New(60_000)
	r := rand.New(rand.NewPCG(5, 6))
	texts := make([]string, 1024)
	for i := range texts {
		texts[i] = v.Text(r)
	}
	place := TextPlace{At: testStart, Conversation: dispatch.ConversationID(dispatch.FormatID("cnv", testStart, 7, 9)), Ordinal: 3, Kind: TextOfAgent}
	var x wordRows
	var a arena
	var rows []Row
	count, size, cpu := 0, 0, cpuTime(b)
	b.ReportAllocs()
	for i := range b.N {
		rows = x.append(rows[:0], &a, place, texts[i%len(texts)])
		for _, row := range rows {
			count, size = count+1, size+len(row.Key)+len(row.Value)+2 // the space and the shard are two more
		}
		a.reset()
	}
	b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(count)/float64(b.N), "rows/op")
	b.ReportMetric(float64(size)/float64(b.N), "rowB/op")
}

const benchWork = 150_000

func beginning(word string, n int) string {
	runes := []rune(word)
	return string(runes[:min(n, len(runes))])
}

func ownedBy(b *testing.B, db *DB, agent dispatch.AgentID) map[dispatch.ConversationID]bool {
	b.Helper()
	owned := map[dispatch.ConversationID]bool{}
	if err := db.Conversations(Listing{Owned: agent}, func(id dispatch.ConversationID) error { owned[id] = true; return nil }); err != nil {
		b.Fatal(err)
	}
	return owned
}

// benchPage does what the server does for a page: narrow, load the conversation, read the text and look for the words.
func benchPage(b *testing.B, db *DB, q words.Query, mine map[dispatch.ConversationID]bool) (hits int, left Work) {
	left = benchWork
	var m words.Matcher
	heads := map[dispatch.ConversationID]bool{}
	_, err := db.SearchTexts(&TextSearch{Query: q, Among: mine}, &left, func(p TextPlace) error {
		if !heads[p.Conversation] {
			left.Spend(WorkOfHead)
			heads[p.Conversation] = true
			if _, _, err := db.LoadConversation(p.Conversation); err != nil {
				return err
			}
		}
		left.Spend(WorkOfText)
		t, err := db.TextAt(p, nil)
		if err != nil {
			return err
		}
		if spans, ok := m.Match(&q, t.Text); ok {
			_ = words.Cut(t.Text, spans, 200)
			hits++
		}
		if hits == 20 {
			return ErrStop
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return hits, left
}
