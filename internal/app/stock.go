package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

// Stock is an organisation whose conversations are made without a network, for measurements with very many of them. What
// makes them is the server itself: the way in of the generic channel and agents' sessions, so that the folder is as if they
// had come over HTTP and websockets. Its agents have no passwords. Fields are for reading; the zero value is a new one.
type Stock struct {
	Queues  []string // ids
	Channel string
	Reason  string // with which its conversations may be closed
	Open    int    // conversations made so far
	Active  int    // of them, those that agents took
	holders int
}

const (
	stockWriters  = 256 // messages that come in at once: their changes share syncs
	stockCapacity = 10  // conversations of an agent, the most that the configuration takes
)

// Filling is what a stock is to become.
type Filling struct {
	Queues  int // of a new stock
	Open    int
	Active  int
	Message func(i int) protocol.InboundMessage // the first of conversation i, each of another contact; queue is chosen here
	Opened  func(n int)                         // told now and then; may be nil
}

// Fill opens conversations in a data folder that no server has open until there are as many as wanted, and has agents take
// some.
func (s *Stock) Fill(ctx context.Context, cfg Config, log zerolog.Logger, f Filling) (err error) {
	cfg.Idle, cfg.DrainTime = time.Second, time.Minute
	a, err := Open(cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if s.Channel == "" {
		if err := s.found(ctx, a, f.Queues); err != nil {
			return fmt.Errorf("make organisation: %w", err)
		}
	}
	if err := s.open(ctx, a, f); err != nil {
		return fmt.Errorf("open conversations: %w", err)
	}
	if err := s.take(ctx, a, f.Active-s.Active); err != nil {
		return fmt.Errorf("assign conversations: %w", err)
	}
	s.Active = max(s.Active, f.Active)
	return nil
}

// found makes script, queues and channel.
func (s *Stock) found(ctx context.Context, a *App, queues int) error {
	script := newID("scr", 0)
	s.Reason = newID("rsn", 0)
	put := []error{a.putDocument(ctx, transport.KindScript, script, &protocol.Script{Name: "Carga", Reasons: []protocol.Reason{{ID: s.Reason, Label: "Carga"}}}, nil)}
	for i := range queues {
		q := protocol.Queue{Name: fmt.Sprint("Carga ", i), ScriptID: script, ScriptRequired: true}
		protocol.SetDefaults(&q)
		s.Queues = append(s.Queues, newID("que", dispatch.Partition(i*dispatch.Partitions/queues)))
		put = append(put, a.putDocument(ctx, transport.KindQueue, s.Queues[i], &q, nil))
	}
	s.Channel = newID("chn", 0)
	put = append(put, a.putDocument(ctx, transport.KindChannel, s.Channel, &protocol.Channel{Name: "Carga", Kind: "generic", QueueID: s.Queues[0]}, nil))
	return errors.Join(put...)
}

// open lets customers write until so many conversations were made. Nobody is refused: the way in is that of the server, but
// for the line in which new conversations wait under load.
func (s *Stock) open(ctx context.Context, a *App, f Filling) error {
	in := &inbound{catalog: a.catalog, contacts: a.in.contacts, system: a.system, protocols: a.in.protocols, files: a.files, db: a.db}
	var next, done atomic.Int64
	next.Store(int64(s.Open))
	errs := make([]error, stockWriters)
	var wg sync.WaitGroup
	for w := range stockWriters {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < f.Open && errs[w] == nil; i = int(next.Add(1)) - 1 {
				m := f.Message(i)
				m.Queue = s.Queues[i%len(s.Queues)]
				_, errs[w] = in.Deliver(ctx, transport.Principal{}, dispatch.ChannelID(s.Channel), m)
				if n := done.Add(1); f.Opened != nil && n%10_000 == 0 {
					f.Opened(s.Open + int(n))
				}
			}
		})
	}
	wg.Wait()
	s.Open = max(s.Open, f.Open)
	return errors.Join(errs...)
}

// take has new agents accept what is offered to them until they have n more.
func (s *Stock) take(ctx context.Context, a *App, n int) error {
	seats := make([]*seat, 0, max(n, 0)/stockCapacity+1)
	for left := n; left > 0; left -= stockCapacity {
		agent, err := a.CreateAgent(ctx, protocol.Agent{
			Name: fmt.Sprint("Agente ", s.holders), Login: fmt.Sprint("carga-", s.holders), Role: "agent",
			QueueIDs: s.Queues, Capacity: min(left, stockCapacity), HardCapacity: stockCapacity,
		})
		if err != nil {
			return err
		}
		s.holders++
		t, err := a.sit(dispatch.AgentID(agent.ID))
		if err != nil {
			return err
		}
		seats = append(seats, t)
	}
	errs := make([]error, len(seats))
	var wg sync.WaitGroup
	for i, t := range seats {
		wg.Go(func() {
			for range min(stockCapacity, n-i*stockCapacity) {
				select {
				case o := <-t.offers:
					errs[i] = errors.Join(errs[i], t.accept(o))
				case <-ctx.Done():
					errs[i] = ctx.Err()
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
