package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// Crowd is supervisors of a fleet's organisation, each a user with one session.
type Crowd struct {
	f        *Fleet
	clients  []*client.Client
	channel  string // whose conversations are watched; its queue has no agents
	live     atomic.Int64
	messages atomic.Int64
	sent     atomic.Int64
}

// Gather hires and connects supervisors. Each costs the server two password hashes.
func (f *Fleet) Gather(ctx context.Context, n int) (*Crowd, error) {
	c := &Crowd{f: f, clients: make([]*client.Client, n)}
	var q protocol.Queue
	if err := post(ctx, f.rest, "/queues", map[string]any{"name": "bench watched " + f.org.name}, &q); err != nil {
		return nil, fmt.Errorf("create queue: %w", err)
	}
	var err error
	if c.channel, err = openChannel(ctx, f.rest, "watched "+f.org.name, q.ID, nil); err != nil {
		return nil, err
	}
	f.phase("hiring %d supervisors", n)
	people, err := hire(ctx, f.rest, crew{
		login: "bench-sup-" + f.org.name, n: n, role: "supervisor", capacity: 1, queues: append([]string{q.ID}, f.org.queues...),
	})
	if err != nil {
		return nil, err
	}
	f.phase("signing them in")
	if err := signIn(ctx, f.rest, people); err != nil {
		return nil, fmt.Errorf("sign supervisors in: %w", err)
	}
	err = inParallel(n, func(i int) (err error) {
		c.clients[i], err = client.Dial(ctx, client.Options{URL: f.t.URL, Token: people[i].token, HTTP: f.http, OnEvent: c.event})
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect supervisors: %w", err), c.Leave())
	}
	return c, nil
}

func (c *Crowd) event(e client.Event) {
	switch {
	case e.Name == protocol.EventConversationMessage:
		c.messages.Add(1)
	case strings.HasPrefix(e.Name, "live."), strings.HasPrefix(e.Name, "alert."):
		c.live.Add(1)
	}
}

// Look has the first n see queues and agents live.
func (c *Crowd) Look(ctx context.Context, n int) error {
	return inParallel(n, func(i int) error { return c.clients[i].Do(ctx, "live.subscribe", protocol.LiveSubscribe{}, nil) })
}

// LookAway ends that.
func (c *Crowd) LookAway(ctx context.Context, n int) error {
	return inParallel(n, func(i int) error { return c.clients[i].Do(ctx, "live.unsubscribe", nil, nil) })
}

// Live is how many events of the live view were read so far.
func (c *Crowd) Live() int64 { return c.live.Load() }

// Watch has the first n watch one conversation, whose customer then writes for a time, as fast as all of them are told.
func (c *Crowd) Watch(ctx context.Context, n int, each time.Duration) (perSecond float64, cpu time.Duration, err error) {
	contact := fmt.Sprint("watched-", c.sent.Add(1))
	write := func(ctx context.Context) (protocol.InboundAnswer, error) {
		return c.f.rest.Inbound(ctx, c.channel, protocol.InboundMessage{
			ExternalID: fmt.Sprint(contact, "-", c.sent.Add(1)), Text: "Preciso da segunda via do boleto deste mês, por favor.",
			Contact: protocol.InboundContact{Name: "Cliente de carga", Identities: []protocol.Identity{{Kind: "external", Value: contact}}},
		})
	}
	first, err := write(ctx)
	if err != nil {
		return 0, 0, err
	}
	it := protocol.ConversationID{ConversationID: first.ConversationID}
	if err := inParallel(n, func(i int) error { return c.clients[i].Do(ctx, "conversation.watch", it, nil) }); err != nil {
		return 0, 0, fmt.Errorf("watch: %w", err)
	}
	perSecond, cpu, err = Spread{Sockets: n, Delivered: &c.messages, CPU: c.f.t.CPU, Publish: func(ctx context.Context) error {
		_, err := write(ctx)
		return err
	}}.Run(ctx, each)
	return perSecond, cpu, errors.Join(err, inParallel(n, func(i int) error { return c.clients[i].Do(ctx, "conversation.unwatch", it, nil) }))
}

// Leave ends their sessions.
func (c *Crowd) Leave() error {
	var errs []error
	for _, one := range c.clients {
		if one != nil {
			errs = append(errs, one.Close())
		}
	}
	return errors.Join(errs...)
}
