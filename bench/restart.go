package bench

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"pronto/client"
	"pronto/protocol"
)

const restartName = "restart"

// Open creates n waiting conversations, each of its own contact, for restart measurements.
func Open(ctx context.Context, t Target, n int) error {
	s := DefaultScenario()
	s.Agents, s.Queues = 1, 1
	f := &Fleet{s: s, t: t, http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConns: maxIdleConns, MaxIdleConnsPerHost: maxIdleConns}}}
	f.rest = client.NewREST(t.URL, f.http)
	f.rest.SetToken(t.Token)
	var err error
	if f.org, err = build(ctx, f.rest, s, restartName); err != nil {
		return err
	}
	channel, err := f.org.openChannel(ctx, f.rest, restartName)
	if err != nil {
		return err
	}
	var done atomic.Int64
	return parallelN(n, customers, func(i int) error {
		contact := fmt.Sprintf("%s-%d", restartName, i)
		err := post(ctx, f.rest, "/channels/"+channel+"/messages", protocol.InboundMessage{
			ExternalID: contact, Text: "Bom dia, preciso de ajuda com o meu pedido.",
			Contact: protocol.InboundContact{Name: "Cliente de carga", Identities: []protocol.Identity{{Kind: "external", Value: contact}}},
		}, nil)
		if k := done.Add(1); k%10_000 == 0 {
			f.phase("%d conversations", k)
		}
		return err
	})
}

// FirstOffer signs the agent of Open in and measures from ready to the first offer.
func FirstOffer(ctx context.Context, t Target) (time.Duration, error) {
	offered := make(chan time.Time, 16)
	c, err := client.Dial(ctx, client.Options{URL: t.URL, Login: "bench-" + restartName + "-0", Password: agentPassword, OnEvent: func(e client.Event) {
		if e.Name == protocol.EventOfferCreated {
			select {
			case offered <- time.Now():
			default:
			}
		}
	}})
	if err != nil {
		return 0, fmt.Errorf("connect agent: %w", err)
	}
	defer func() { _ = c.Close() }()
	began := time.Now()
	if err := c.Do(ctx, "status.set", protocol.StatusSet{Status: "ready"}, nil); err != nil {
		return 0, err
	}
	select {
	case at := <-offered:
		return at.Sub(began), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(time.Minute):
		return 0, fmt.Errorf("no offer within a minute")
	}
}
