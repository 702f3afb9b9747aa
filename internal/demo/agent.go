package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"pronto/client"
	"pronto/protocol"
)

// agent is one simulated agent: a websocket like any desk's, and the habits of a person.
type agent struct {
	*loop
	person
	ctx      context.Context //nolint:containedctx // of the whole demo
	url      string
	http     *http.Client
	seed     uint64
	luck     chance
	org      *organisation
	narrator *narrator
	log      zerolog.Logger

	client *client.Client
	chats  map[string]*chat
	taken  int // conversations so far; names their luck
	closes int // until the next pause
	pause  protocol.PauseReason
}

// Shares of what agents do with an offer.
const (
	misses          = 0.04
	declines        = 0.10
	declineTransfer = 0.15
)

const resyncAfter = 3 * time.Second // of the demo's time, before going on with what a new snapshot holds

// play signs in and works until the demo ends.
func (a *agent) play() error {
	c, err := client.Dial(a.ctx, client.Options{URL: a.url, Login: a.login, Password: a.password, HTTP: a.http, OnSnapshot: a.snapshot, OnEvent: a.event})
	if err != nil {
		return fmt.Errorf("sign in %s: %w", a.login, err)
	}
	a.client = c
	defer func() { _ = c.Close() }()
	a.closes = 4 + a.luck.IntN(5)
	a.after(a.luck.between(0.5, 2.5), a.ready)
	a.run(a.ctx)
	return nil
}

// do sends a command; false when it was not carried out. That somebody was faster is part of the game.
func (a *agent) do(name string, data, out any) bool {
	err := a.client.Do(a.ctx, name, data, out)
	var refused *client.CommandError
	if err != nil && a.ctx.Err() == nil && !(errors.As(err, &refused) && late[refused.Code]) {
		a.log.Warn().Err(err).Str("agent", a.login).Msg("simulated agent is refused")
	}
	return err == nil
}

// late are refusals of what another did first.
var late = map[protocol.Code]bool{
	protocol.CodeOfferExpired: true, protocol.CodeOfferWithdrawn: true, protocol.CodeOfferTaken: true, protocol.CodeNotReady: true,
	protocol.CodeNotOwner: true, protocol.CodeConversationClosed: true, protocol.CodeTargetUnavailable: true, protocol.CodeTransferPending: true,
}

// snapshot goes on with what is open: nothing at first, anything after the session was lost.
func (a *agent) snapshot(s client.Snapshot) {
	var d protocol.SnapshotData
	if err := s.Decode(&d); err != nil {
		a.log.Warn().Err(err).Msg("snapshot")
		return
	}
	a.post(func() {
		for _, o := range d.Offers {
			a.consider(o)
		}
		for _, h := range d.Conversations {
			a.after(resyncAfter, func() { a.assigned(h) })
		}
	})
}

// event decodes on the client's goroutine and acts on the agent's own.
func (a *agent) event(e client.Event) {
	switch e.Name {
	case protocol.EventOfferCreated:
		handOn(a, e, a.consider)
	case protocol.EventConversationAssigned:
		handOn(a, e, a.assigned)
	case protocol.EventConversationMessage:
		handOn(a, e, a.hear)
	case protocol.EventConversationRemoved:
		handOn(a, e, func(d protocol.ConversationRemoved) { delete(a.chats, d.ConversationID) })
	case protocol.EventTransferEnded:
		handOn(a, e, a.transferred)
	case protocol.EventStatusChanged:
		handOn(a, e, a.status)
	}
}

func handOn[T any](a *agent, e client.Event, act func(T)) {
	var v T
	if err := e.Decode(&v); err != nil {
		a.log.Warn().Err(err).Msg("event")
		return
	}
	a.post(func() { act(v) })
}

func (a *agent) ready() { a.do("status.set", protocol.StatusSet{Status: "ready"}, nil) }

// consider answers an offer, or lets it run out.
func (a *agent) consider(o protocol.Offer) {
	no := declines
	if o.Kind == "transfer" {
		no = declineTransfer
	}
	switch roll := a.luck.Float64(); {
	case roll < misses:
	case roll < misses+no:
		a.after(a.luck.between(1, 4), func() {
			a.do("offer.decline", protocol.OfferDecline{OfferID: o.ID, Reason: pick(a.luck, refusals)}, nil)
		})
	default:
		a.after(a.luck.between(1.5, 5), func() { a.do("offer.accept", protocol.OfferAccept{OfferID: o.ID}, nil) })
	}
}

// status tells of pauses and ends them after a while, whoever began them.
func (a *agent) status(s protocol.StatusChanged) {
	if s.Status == "ready" && s.AfterCurrent {
		a.narrator.tell(s.At.Time, "", a.name+" takes a break after the current conversations")
		return
	}
	if s.Status == "ready" {
		a.narrator.tell(s.At.Time, "", a.name+" is ready")
		return
	}
	why := map[string]string{"no_answer": "missed too many offers", "disconnected": "was gone", "signed_in": ""}[s.ReasonID]
	if s.ReasonID == a.pause.ID && a.pause.ID != "" {
		why = fmt.Sprintf("%s, %d min planned", a.pause.Name, a.pause.PlannedMinutes)
	}
	if s.By.ID != "" && s.By.Name != "" && s.By.Name != a.name {
		why = "set by " + s.By.Name
	}
	if why != "" {
		why = " (" + why + ")"
	}
	a.narrator.tell(s.At.Time, "", a.name+" is not ready"+why)
	a.after(a.luck.between(15, 40), a.ready)
}

// tire counts a conversation that is about to be closed towards the next pause, which begins when the last one is done:
// said before the slot is free, it takes back no offer.
func (a *agent) tire() {
	if a.closes--; a.closes > 0 {
		return
	}
	a.closes = 5 + a.luck.IntN(6)
	a.pause = pick(a.luck, a.org.pauses)
	a.do("status.set", protocol.StatusSet{Status: "not_ready", ReasonID: a.pause.ID, AfterCurrent: true}, nil)
}
