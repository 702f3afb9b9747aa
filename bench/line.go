package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// Line is a server with a long line of waiting customers, whose organisation was made by somebody else.
type Line struct {
	Target  Target
	Queues  []string // ids
	Channel string   // generic, of the customers
	Reason  string   // with which conversations are closed
}

const takerLogin = "bench-taker"

// LineMessage is the first message of customer i of a line; a later one differs in its external id.
func LineMessage(i int) protocol.InboundMessage {
	contact := fmt.Sprint("line-", i)
	return protocol.InboundMessage{
		ExternalID: contact, Text: "Bom dia, preciso de ajuda com o meu pedido.",
		Contact: protocol.InboundContact{Name: "Cliente de carga", Identities: []protocol.Identity{{Kind: "external", Value: contact}}},
	}
}

func (l Line) rest() (*client.REST, *http.Client) {
	h := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConns: maxIdleConns, MaxIdleConnsPerHost: maxIdleConns}}
	r := client.NewREST(l.Target.URL, h)
	r.SetToken(l.Target.Token)
	return r, h
}

// HireTaker makes the one agent of Taker, who serves all queues, one conversation at a time. Once for a data folder.
func (l Line) HireTaker(ctx context.Context) error {
	r, h := l.rest()
	defer h.CloseIdleConnections()
	_, err := hire(ctx, r, crew{login: takerLogin, n: 1, role: "agent", capacity: 1, queues: l.Queues})
	return err
}

// Touch has n customers of the first total, evenly spread, write once more. Round tells the messages of several calls apart.
func (l Line) Touch(ctx context.Context, total, n, round int) error {
	r, h := l.rest()
	defer h.CloseIdleConnections()
	return parallelN(n, customers, func(k int) error {
		m := LineMessage(total - 1 - int(int64(k)*int64(total)/int64(n)))
		m.ExternalID += fmt.Sprint("-", round)
		return post(ctx, r, "/channels/"+l.Channel+"/messages", m, nil)
	})
}

// Taker is an agent who works through the line.
type Taker struct {
	c        *client.Client
	reason   string
	offers   chan offered
	assigned chan struct{}
	current  string // conversation; "": none
}

type offered struct {
	protocol.Offer
	at time.Time
}

const offerPatience = 2 * time.Minute // until the first offer after a start

// errNoOffer: nobody was offered to an agent who was free.
var errNoOffer = errors.New("no offer came")

// FirstOffer signs the taker in and says how long it took from its word that it is ready to its first offer.
func (l Line) FirstOffer(ctx context.Context) (*Taker, time.Duration, error) {
	t := &Taker{reason: l.Reason, offers: make(chan offered, 16), assigned: make(chan struct{}, 16)}
	var err error
	t.c, err = client.Dial(ctx, client.Options{URL: l.Target.URL, Login: takerLogin + "-0", Password: agentPassword, OnEvent: t.event})
	if err != nil {
		return nil, 0, fmt.Errorf("connect agent: %w", err)
	}
	began := time.Now()
	if err := t.c.Do(ctx, "status.set", protocol.StatusSet{Status: "ready"}, nil); err != nil {
		return nil, 0, errors.Join(err, t.c.Close())
	}
	at, err := t.accept(ctx)
	if err != nil {
		return nil, 0, errors.Join(err, t.c.Close())
	}
	return t, at.Sub(began), nil
}

func (t *Taker) event(e client.Event) {
	switch e.Name {
	case protocol.EventOfferCreated:
		o := offered{at: time.Now()}
		if e.Decode(&o.Offer) == nil {
			t.offers <- o
		}
	case protocol.EventConversationAssigned:
		t.assigned <- struct{}{}
	}
}

// accept waits for an offer, takes it, and says when it came.
func (t *Taker) accept(ctx context.Context) (time.Time, error) {
	var o offered
	select {
	case o = <-t.offers:
	case <-time.After(offerPatience):
		return o.at, errNoOffer
	case <-ctx.Done():
		return o.at, ctx.Err()
	}
	if err := t.c.Do(ctx, "offer.accept", protocol.OfferAccept{OfferID: o.ID}, nil); err != nil {
		return o.at, err
	}
	t.current = o.ConversationID
	select {
	case <-t.assigned:
		return o.at, nil
	case <-ctx.Done():
		return o.at, ctx.Err()
	}
}

// takerPace keeps the two commands of a turn below what a session may send.
const takerPace = 2 * time.Second / protocol.CommandsPerSecond

// Next closes n conversations and takes the next each time: from sending the close to the next offer.
func (t *Taker) Next(ctx context.Context, n int) (Latency, error) {
	h := &histogram{name: "freed_to_offer", title: "agent freed → next offer", all: newHDR(), second: newHDR()}
	pace := time.NewTicker(takerPace)
	defer pace.Stop()
	for range n {
		<-pace.C
		began := time.Now()
		if err := t.close(ctx); err != nil {
			return Latency{}, err
		}
		at, err := t.accept(ctx)
		if err != nil {
			return Latency{}, err
		}
		h.record(at.Sub(began))
	}
	return h.latency()
}

func (t *Taker) close(ctx context.Context) error {
	resolved := true
	return t.c.Do(ctx, "conversation.close", protocol.ConversationClose{
		ConversationID: t.current, Script: &protocol.ScriptAnswer{ReasonID: t.reason, Resolved: &resolved},
	}, nil)
}

// Leave closes what the taker has and ends its session.
func (t *Taker) Leave(ctx context.Context) error {
	err := t.c.Do(ctx, "status.set", protocol.StatusSet{Status: "not_ready"}, nil)
	if err == nil {
		err = t.close(ctx)
	}
	return errors.Join(err, t.c.Close())
}
