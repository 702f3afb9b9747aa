package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// house is a server whose agents have conversations, while others want in.
type house struct {
	*process
	admin   string
	agents  []*resident
	clerk   *clerk
	flood   flood // what all floods have in common
	channel string
}

// resident is an agent with a conversation of its own: what is said in it must go on.
type resident struct {
	c            *client.Client
	token        string
	conversation string
	phone        string
	mu           sync.Mutex
	said         int // acknowledged messages of both sides
}

const (
	residents   = 12
	houseMemory = 512 << 20             // bytes: the limit that Go is given
	mostMemory  = houseMemory + 384<<20 // with the store's cache
)

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := newFolder(t)
	h := &house{process: serveIn(t, environment("GOMEMLIMIT="+strconv.Itoa(houseMemory)), dir)}
	h.admin = h.login("root")
	create := func(path string, body object) string { return h.must(201, "POST", path, h.admin, body)["id"].(string) }
	busy := create("/queues", object{"name": "Casa", "mode": "auto"})
	entry := create("/queues", object{"name": "Entrada", "offer_time_ms": 60_000})
	flooded := create("/queues", object{"name": "Fila"})
	h.channel = create("/channels", object{"name": "Casa", "kind": "generic", "queue_id": busy})
	h.flood = flood{
		Address: strings.TrimPrefix(h.base, "http://"),
		Generic: create("/channels", object{"name": "API", "kind": "generic", "queue_id": flooded}),
		Web:     create("/channels", object{"name": "Loja", "kind": "web", "queue_id": flooded}),
		WhatsApp: create("/channels", object{"name": "WhatsApp", "kind": "whatsapp", "queue_id": flooded, "config": object{
			"phone_number_id": "555", "access_token": "a", "app_secret": floodSecret, "verify_token": "b",
		}}),
	}
	for range 16 {
		h.flood.Tokens = append(h.flood.Tokens, h.login("root"))
	}
	for n := range residents {
		h.agents = append(h.agents, h.settle(n, create("/agents", object{
			"name": fmt.Sprint("r", n), "login": fmt.Sprint("r", n), "password": password, "role": "agent", "queue_ids": []string{busy}, "capacity": 1,
		})))
		h.flood.Typists = append(h.flood.Typists, typist{h.agents[n].token, h.agents[n].conversation})
	}
	h.clerk = h.newClerk(create, entry)
	return h
}

// settle gives an agent its conversation.
func (h *house) settle(n int, _ string) *resident {
	h.t.Helper()
	r := &resident{token: h.login(fmt.Sprint("r", n)), phone: fmt.Sprintf("+551198%07d", n)}
	assigned := make(chan string, 1)
	r.c = h.connect(r.token, func(e client.Event) {
		if e.Name == "conversation.assigned" {
			var head protocol.ConversationHead
			if e.Decode(&head) == nil {
				assigned <- head.ID
			}
		}
	})
	if err := r.c.Do(h.t.Context(), "status.set", object{"status": "ready"}, nil); err != nil {
		h.t.Fatal(err)
	}
	h.must(201, "POST", "/channels/"+h.channel+"/messages", h.admin, inboundOf(fmt.Sprint("settle-", n), r.phone, "oi", nil))
	r.conversation, r.said = <-assigned, 1
	return r
}

func (h *house) connect(token string, event func(client.Event)) *client.Client {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	c, err := client.Dial(ctx, client.Options{URL: h.base, Token: token, OnSnapshot: func(client.Snapshot) {}, OnEvent: event})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	return c
}

// clerk is an agent that takes conversations, hands some on, and closes them: nobody else is in its queue.
type clerk struct {
	c      *client.Client
	queue  string
	offers chan protocol.Offer
}

func (h *house) newClerk(create func(string, object) string, queue string) *clerk {
	h.t.Helper()
	create("/agents", object{"name": "caio", "login": "caio", "password": password, "role": "agent", "queue_ids": []string{queue}, "capacity": 10})
	k := &clerk{queue: queue, offers: make(chan protocol.Offer, 64)}
	k.c = h.connect(h.login("caio"), func(e client.Event) {
		var o protocol.Offer
		if e.Name == "offer.created" && e.Decode(&o) == nil {
			k.offers <- o
		}
	})
	if err := k.c.Do(h.t.Context(), "status.set", object{"status": "ready"}, nil); err != nil {
		h.t.Fatal(err)
	}
	return k
}

// pace is how often each conversation gets a message from each side.
const pace = 200 * time.Millisecond

// serve does the work that is never refused until stop, and says how it went.
func (h *house) serve(stop <-chan struct{}) *service {
	s := &service{took: map[string][]time.Duration{}, failed: map[string]int{}}
	var group sync.WaitGroup
	every := func(offset time.Duration, fn func(n int)) {
		group.Go(func() {
			<-time.After(offset)
			atPace(pace, stop, fn)
		})
	}
	for i, r := range h.agents {
		offset := pace * time.Duration(i) / residents
		every(offset, func(n int) { h.answer(s, r, n) })
		every(offset+pace/2, func(n int) { h.write(s, r, n) })
	}
	group.Go(func() { h.attend(s, stop) })
	group.Wait()
	return s
}

const commandTime = 10 * time.Second

func (h *house) answer(s *service, r *resident, n int) {
	ctx, cancel := context.WithTimeout(h.t.Context(), commandTime)
	defer cancel()
	began := time.Now()
	err := r.c.Do(ctx, "message.send", protocol.MessageSend{ConversationID: r.conversation, Text: fmt.Sprint("resposta ", n)}, nil)
	s.note("message.send", began, err)
	r.count(err)
}

func (r *resident) count(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.said++
	}
}

func (h *house) write(s *service, r *resident, n int) {
	began := time.Now()
	external := fmt.Sprintf("%s-%d-%d", r.conversation, began.UnixNano(), n)
	status, out, err := h.call("POST", "/channels/"+h.channel+"/messages", h.admin, inboundOf(external, r.phone, "pergunta", nil))
	if err == nil && (status != 201 || out["conversation_id"] != r.conversation) {
		err = fmt.Errorf("%d %v", status, out)
	}
	s.note("inbound", began, err)
	r.count(err)
}

// attend accepts offers, asks to hand every fourth conversation on and takes it back, and closes.
func (h *house) attend(s *service, stop <-chan struct{}) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if !h.callIn(stop) {
			return
		}
		select {
		case <-stop:
			return
		case o := <-h.clerk.offers:
			h.attendOne(s, o, n)
		case <-time.After(commandTime):
			s.note("offer", time.Now(), fmt.Errorf("no offer"))
		}
	}
}

// callIn opens the clerk's next conversation. It is a new one, which may be refused: then the customer tries again. false: it
// was time to stop.
func (h *house) callIn(stop <-chan struct{}) bool {
	external := fmt.Sprintf("entry-%d", time.Now().UnixNano())
	body := inboundOf(external, fmt.Sprintf("+55119%08d", time.Now().UnixNano()%100_000_000), "novo", object{"queue": h.clerk.queue})
	for {
		status, out, err := h.call("POST", "/channels/"+h.channel+"/messages", h.admin, body)
		if err == nil && status == 201 {
			return true
		}
		if err != nil || status != 503 {
			h.t.Errorf("call in: %d %v %v", status, out, err)
		}
		select {
		case <-stop:
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (h *house) attendOne(s *service, o protocol.Offer, n int) {
	ctx, cancel := context.WithTimeout(h.t.Context(), commandTime)
	defer cancel()
	do := func(name string, data any) {
		began := time.Now()
		s.note(name, began, h.clerk.c.Do(ctx, name, data, nil))
	}
	if n%5 == 4 {
		do("offer.decline", protocol.OfferDecline{OfferID: o.ID})
		select {
		case o = <-h.clerk.offers: // there is nobody else
		case <-ctx.Done():
			s.note("offer", time.Now(), fmt.Errorf("no offer after a decline"))
			return
		}
	}
	do("offer.accept", protocol.OfferAccept{OfferID: o.ID})
	if n%4 == 3 {
		do("transfer.start", object{"conversation_id": o.ConversationID, "to": object{"queue_id": h.clerk.queue}})
		select {
		case o = <-h.clerk.offers:
		case <-ctx.Done():
			s.note("offer", time.Now(), fmt.Errorf("no offer after a transfer"))
			return
		}
		do("offer.accept", protocol.OfferAccept{OfferID: o.ID})
	}
	do("conversation.close", protocol.ConversationClose{ConversationID: o.ConversationID})
}

// while floods the server and serves meanwhile.
func (h *house) while(name string, rates map[string]float64, times float64, d time.Duration) (*service, map[string]*tally) {
	h.t.Helper()
	f := h.flood
	f.Name, f.Time, f.Early, f.Rates = name, d, early, map[string]float64{}
	for class, rate := range rates {
		f.Rates[class] = rate * times
	}
	stop := make(chan struct{})
	var out map[string]*tally
	go func() {
		defer close(stop)
		out = f.run(h.t)
	}()
	s := h.serve(stop)
	h.t.Logf("%s: %v", name, s)
	for _, class := range slices.Sorted(maps.Keys(out)) {
		v := *out[class]
		v.Acked = nil
		h.t.Logf("%s: %s %+v", name, class, v)
	}
	return s, out
}

// TestWhatIsServedGoesOnUnderTenTimesTheLoad: PRONTO_OVERLOAD is how long the flood lasts. Latencies are compared only then:
// a short flood beside other tests says nothing about them.
func TestWhatIsServedGoesOnUnderTenTimesTheLoad(t *testing.T) {
	long := os.Getenv(overloadVariable)
	d := length(t, overloadVariable, 6*time.Second)
	h := newHouse(t)
	quarter := h.capacity() / 4
	rates := map[string]float64{"arrivals": quarter, "webhooks": quarter / 4, "sign_ins": 1, "visits": 5, "live": 10, "reports": 5, "typing": 30}
	before, _ := h.while("before", rates, 1, d/2)
	flooded, out := h.while("flood", rates, 10, d)
	if out == nil {
		return
	}
	back := h.recovers(rates)
	after, _ := h.while("after", rates, 1, d/2)
	before.check(t, "before")
	flooded.check(t, "flood")
	after.check(t, "after")
	checkOrder(t, out)
	h.kept("flood", out["arrivals"].Acked)
	t.Logf("back after %v; %d MiB at most", back.Round(time.Millisecond), h.peak()>>20)
	if back > 10*time.Second {
		t.Errorf("the server was back after %v", back)
	}
	if peak := h.peak(); peak > mostMemory {
		t.Errorf("%d MiB of memory, %d are allowed", peak>>20, mostMemory>>20)
	}
	if long == "" {
		return
	}
	for _, q := range []float64{.5, .9, .99} {
		if calm, full := max(before.quantile(q), after.quantile(q)), flooded.quantile(q); full > 2*calm {
			t.Errorf("p%v was %v and became %v under load", 100*q, calm, full)
		}
	}
}
