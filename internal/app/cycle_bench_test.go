package app

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/internal/cputime"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// benchAgent works one conversation after the other.
type benchAgent struct {
	*seat
	b  *testing.B
	in *inbound
	ch dispatch.ChannelID
}

func (a *benchAgent) command(to dispatch.Address, m dispatch.Message) {
	if err := a.do(to, m); err != nil {
		a.b.Errorf("%T: %v", m, err)
	}
}

var benchContacts atomic.Uint64

func inboundFrom(contact uint64, n int) protocol.InboundMessage {
	return protocol.InboundMessage{
		ExternalID: fmt.Sprintf("e-%d-%d", contact, n), Text: "Preciso da segunda via do boleto deste mês, por favor.",
		Contact: protocol.InboundContact{Name: "Marina", Identities: []protocol.Identity{{Kind: "external", Value: fmt.Sprint("c", contact)}}},
	}
}

// first opens a conversation with a new contact.
func (a *benchAgent) first(ctx context.Context) {
	if _, err := a.in.Deliver(ctx, transport.Principal{}, a.ch, inboundFrom(benchContacts.Add(1), 0)); err != nil {
		a.b.Error(err)
	}
}

// work takes an offered conversation through the rest of a cycle: accepted, four more messages each way, closed with its
// script; every step durable before the next.
func (a *benchAgent) work(ctx context.Context, o dispatch.Offer) {
	a.command(a.agent.Address(), dispatch.AcceptOffer{Offer: o.ID})
	by := dispatch.Actor{Agent: a.agent}
	contact := protocol.InboundMessage{Text: "Segue o número do contrato.", Contact: protocol.InboundContact{
		Identities: []protocol.Identity{{Kind: "external", Value: o.Contact.Route}},
	}}
	for i := range 4 {
		contact.ExternalID = fmt.Sprint(o.Conversation, i)
		if _, err := a.in.Deliver(ctx, transport.Principal{}, a.ch, contact); err != nil {
			a.b.Error(err)
		}
		a.command(o.Conversation.Address(), dispatch.SendMessage{
			ID: dispatch.MessageID(newID("msg", 0)), Author: dispatch.Author{Kind: dispatch.AuthorAgent, ID: string(a.agent), Name: "Ana"}, By: by, Text: "Claro, um momento enquanto consulto.",
		})
	}
	a.command(o.Conversation.Address(), dispatch.CloseConversation{By: by, Script: &dispatch.ScriptAnswer{Reason: "rsn_1", Resolved: true}})
}

// run works cycles until all are done: each conversation that ends lets the next customer write.
func (a *benchAgent) run(ctx context.Context, start, done *atomic.Int64, over chan struct{}) {
	if start.Add(-1) >= 0 {
		a.first(ctx)
	}
	for {
		select {
		case o := <-a.offers:
			a.work(ctx, o)
			if done.Add(-1) == 0 {
				close(over)
			}
			if start.Add(-1) >= 0 {
				a.first(ctx)
			}
		case <-over:
			return
		}
	}
}

func openBench(b *testing.B, agents int) (*App, *inbound, []*benchAgent) {
	b.Helper()
	app, err := Open(Config{Data: b.TempDir(), DrainTime: 10 * time.Second, Idle: 10 * time.Second, MinFreeBytes: 1, MinFreePercent: 1}, zerolog.New(io.Discard))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := app.Close(); err != nil {
			b.Error(err)
		}
	})
	ctx := context.Background()
	put := func(kind, id string, v any) {
		if err := app.putDocument(ctx, kind, id, v, nil); err != nil {
			b.Fatal(err)
		}
	}
	put(transport.KindScript, "scr_1", &protocol.Script{Name: "s", Reasons: []protocol.Reason{{ID: "rsn_1", Label: "x"}}})
	q := protocol.Queue{Name: "q", ScriptID: "scr_1", ScriptRequired: true}
	protocol.SetDefaults(&q)
	queue := newID("que", 0)
	put(transport.KindQueue, queue, &q)
	put(transport.KindChannel, "chn_1", &protocol.Channel{Name: "c", Kind: "generic", QueueID: queue})
	in := &inbound{
		catalog: app.catalog, contacts: &contacts{db: app.db, system: app.system, now: app.system.Now}, system: app.system,
		protocols: &protocols{last: app.db.LastProtocol}, db: app.db,
	}
	list := make([]*benchAgent, agents)
	for i := range list {
		id := dispatch.AgentID(newID("agt", 0))
		put(transport.KindAgent, string(id), &protocol.Agent{Name: fmt.Sprint("a", i), Login: fmt.Sprint("a", i), Role: "agent", QueueIDs: []string{queue}, Capacity: 1})
		t, err := app.sit(id)
		if err != nil {
			b.Fatal(err)
		}
		list[i] = &benchAgent{seat: t, b: b, in: in, ch: "chn_1"}
	}
	return app, in, list
}

// BenchmarkCycle measures full dispatch cycles through actors and storage in one process, with fsync.
func BenchmarkCycle(b *testing.B) {
	cputime.Spare() // this and the others as the command does
	cputime.TuneCollector()
	if err := cputime.HugePages(MemoryBudget()); err != nil {
		b.Log(err)
	}
	for _, agents := range []int{16, 64, 256} {
		b.Run(fmt.Sprintf("agents=%d", agents), func(b *testing.B) {
			app, _, list := openBench(b, agents)
			stats := app.db.Stats()
			hops, messages := hopsOf(app)
			var start, done atomic.Int64
			start.Store(int64(b.N))
			done.Store(int64(b.N))
			over := make(chan struct{})
			before := cpuTime(b)
			b.ResetTimer()
			var wg sync.WaitGroup
			for _, a := range list {
				wg.Go(func() { a.run(context.Background(), &start, &done, over) })
			}
			wg.Wait()
			cpu, now := cpuTime(b)-before, app.db.Stats()
			changes := now.Changes - stats.Changes
			b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/cycle")
			b.ReportMetric(float64(changes)/float64(now.Groups-stats.Groups), "changes/group")
			b.ReportMetric(float64(changes)/float64(b.N), "changes/cycle")
			nowHops, nowMessages := hopsOf(app)
			b.ReportMetric(float64(nowHops-hops)/float64(b.N), "hops/cycle")
			b.ReportMetric(float64(nowMessages-messages)/float64(b.N), "messages/cycle")
			b.ReportMetric(float64(now.WALBytes-stats.WALBytes)/float64(b.N), "walB/cycle")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "cycles/s")
			rate := float64(changes) / b.Elapsed().Seconds()
			b.StopTimer()
			raw, rawCPU := rawCommits(b, agents, int64(changes))
			b.ReportMetric(raw, "raw-changes/s")
			b.ReportMetric(100*rate/raw, "%-of-raw")
			b.ReportMetric(cpu.Seconds()/rawCPU.Seconds(), "cpu-x-raw")
		})
	}
}

// hopsOf counts how often something came to an actor, and how many messages that were.
func hopsOf(app *App) (hops, messages uint64) {
	for _, k := range app.system.Metrics().Kinds {
		hops += k.Letters
		messages += k.Messages
	}
	return hops, messages
}

// rawCommits makes as many changes durable as the cycles did, by as many goroutines and right after them, with nothing
// above storage: what this machine could do at that moment. Its changes are those of storage's BenchmarkCommit: one event
// of 400 bytes, a state and an index row each, over all shards.
func rawCommits(b *testing.B, goroutines int, changes int64) (perSecond float64, cpu time.Duration) {
	b.Helper()
	db, err := storage.Open(storage.Options{Dir: b.TempDir(), MinFreeBytes: 1, MinFreePercent: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	}()
	var left atomic.Int64
	left.Store(changes)
	var wg sync.WaitGroup
	start, before := time.Now(), cpuTime(b)
	for g := range goroutines {
		wg.Go(func() {
			entity := fmt.Sprintf("cnv_%026d", g)
			data, state := make([]byte, 400), make([]byte, 200)
			for i := uint64(0); left.Add(-1) >= 0; i++ {
				err := db.Commit(context.Background(), storage.Change{
					Shard: storage.Shard(g % storage.Shards), Time: start, Entity: entity, Expect: i,
					Events: []storage.Event{{Type: 16, Data: data}}, State: state,
					Set: []storage.Row{{Key: []byte("open/" + entity), Value: data[:16]}},
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(changes) / time.Since(start).Seconds(), cpuTime(b) - before
}

// cpuTime is what this process has used so far: unlike cycles/s it hardly depends on what else the machine does.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	used, err := cputime.Used()
	if err != nil {
		b.Fatal(err)
	}
	return used
}
