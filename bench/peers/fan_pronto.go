package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"pronto/bench"
	"pronto/client"
	"pronto/protocol"
)

// prontoFan has supervisors watch one conversation: each message of its contact is stored, and then shown to all.
type prontoFan struct {
	*prontoServer
	rest     *client.REST
	channel  string
	contact  string
	watchers []*client.Client
	runs     int
	sent     atomic.Int64
}

func (f *prontoFan) connect(ctx context.Context, sockets int, delivered func()) error {
	if f.rest == nil {
		f.rest = client.NewREST(f.url, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: bench.Publishers}})
		f.rest.SetToken(f.token)
		if err := f.open(ctx); err != nil {
			return err
		}
	}
	f.runs++
	f.contact = fmt.Sprint("fan-", f.runs)
	answer, err := f.write(ctx)
	if err != nil {
		return err
	}
	http := &http.Client{}
	errs := make([]error, sockets)
	f.watchers = make([]*client.Client, sockets)
	var wg sync.WaitGroup
	for lane := range dialLanes {
		wg.Go(func() {
			for i := lane; i < sockets; i += dialLanes {
				f.watchers[i], errs[i] = f.watch(ctx, http, answer.ConversationID, delivered)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

const dialLanes = 8 // connections that are opened at once

func (f *prontoFan) open(ctx context.Context) error {
	post := func(path string, body, out any) error {
		return f.rest.Do(ctx, client.Request{Method: http.MethodPost, Path: path, Body: body}, out)
	}
	var q protocol.Queue
	if err := post("/queues", map[string]any{"name": "fan"}, &q); err != nil {
		return err
	}
	var ch protocol.Channel
	if err := post("/channels", map[string]any{"name": "fan", "kind": "generic", "queue_id": q.ID}, &ch); err != nil {
		return err
	}
	f.channel = ch.ID
	return nil
}

func (f *prontoFan) watch(ctx context.Context, http *http.Client, conversation string, delivered func()) (*client.Client, error) {
	c, err := client.Dial(ctx, client.Options{URL: f.url, Token: f.token, HTTP: http, OnEvent: func(e client.Event) {
		if e.Name == protocol.EventConversationMessage {
			delivered()
		}
	}})
	if err != nil {
		return nil, err
	}
	return c, c.Do(ctx, "conversation.watch", protocol.ConversationID{ConversationID: conversation}, nil)
}

func (f *prontoFan) write(ctx context.Context) (protocol.InboundAnswer, error) {
	return f.rest.Inbound(ctx, f.channel, protocol.InboundMessage{
		ExternalID: fmt.Sprint("fan-", f.sent.Add(1)), Text: inText,
		Contact: protocol.InboundContact{Name: "Marina", Identities: []protocol.Identity{{Kind: "external", Value: f.contact}}},
	})
}

func (f *prontoFan) name() string { return "Pronto, a watched conversation" }

func (f *prontoFan) publish(ctx context.Context) error {
	_, err := f.write(ctx)
	return err
}

func (f *prontoFan) disconnect() {
	for _, c := range f.watchers {
		if c != nil {
			_ = c.Close()
		}
	}
	f.watchers = nil
}
