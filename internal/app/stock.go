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
	stockWriters   = 1024 // messages that come in at once: their changes share syncs
	stockCapacity  = 10   // conversations of an agent, the most that the configuration takes
	stockOfferTime = 2 * time.Minute
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
	more := max(f.Active-s.Active, 0) // taken before the rest comes, so that those who came first are taken
	if err := s.open(ctx, a, f, min(f.Open, s.Open+more)); err != nil {
		return fmt.Errorf("open conversations: %w", err)
	}
	if err := s.take(ctx, a, more); err != nil {
		return fmt.Errorf("assign conversations: %w", err)
	}
	s.Active += more
	if err := s.open(ctx, a, f, f.Open); err != nil {
		return fmt.Errorf("open conversations: %w", err)
	}
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
		q.OfferTimeMS = stockOfferTime.Milliseconds()
		s.Queues = append(s.Queues, newID("que", dispatch.Partition(i*dispatch.Partitions/queues)))
		put = append(put, a.putDocument(ctx, transport.KindQueue, s.Queues[i], &q, nil))
	}
	s.Channel = newID("chn", 0)
	put = append(put, a.putDocument(ctx, transport.KindChannel, s.Channel, &protocol.Channel{Name: "Carga", Kind: "generic", QueueID: s.Queues[0]}, nil))
	return errors.Join(put...)
}

// open lets customers write until so many conversations were made. Nobody is refused: the way in is that of the server, but
// for the line in which new conversations wait under load.
func (s *Stock) open(ctx context.Context, a *App, f Filling, to int) error {
	in := &inbound{catalog: a.catalog, contacts: a.in.contacts, system: a.system, protocols: a.in.protocols, files: a.files, db: a.db}
	var next, done atomic.Int64
	next.Store(int64(s.Open))
	errs := make([]error, stockWriters)
	var wg sync.WaitGroup
	for w := range stockWriters {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < to && errs[w] == nil; i = int(next.Add(1)) - 1 {
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
	s.Open = max(s.Open, to)
	return errors.Join(errs...)
}

// take has new agents accept what is offered to them until they have n more.
func (s *Stock) take(ctx context.Context, a *App, n int) error {
	var (
		wg   sync.WaitGroup
		errs = make([]error, n)
	)
	for left := n; left > 0; left -= stockCapacity {
		most := min(left, stockCapacity)
		t, err := s.hire(ctx, a, most)
		if err != nil {
			return err
		}
		wg.Go(func() { errs[left-1] = t.fillUp(ctx, most) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *Stock) hire(ctx context.Context, a *App, capacity int) (*seat, error) {
	agent, err := a.CreateAgent(ctx, protocol.Agent{
		Name: fmt.Sprint("Agente ", s.holders), Login: fmt.Sprint("carga-", s.holders), Role: "agent",
		QueueIDs: s.Queues, Capacity: capacity, HardCapacity: stockCapacity,
	})
	if err != nil {
		return nil, err
	}
	s.holders++
	return a.sit(dispatch.AgentID(agent.ID))
}

// fillUp takes n conversations.
func (t *seat) fillUp(ctx context.Context, n int) error {
	for range n {
		select {
		case o := <-t.offers:
			if err := t.accept(o); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
