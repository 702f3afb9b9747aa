package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"pronto/internal/proof"
)

// race is a server whose clients quarrel about the same conversations and write down what they were told.
type race struct {
	*process
	dir     string
	record  *proof.Recorder
	channel string
	queue   string
	admin   string
	tokens  []string          // of readers
	agents  map[string]string // id → token
	boss    string            // the id of the supervisor

	mu            sync.Mutex
	open          map[string][]shown // by addressee: offers that may be open
	all           []shown
	owned         map[string][]string // by agent
	conversations []string
	lost          []asked // commands and messages in flight when the server was killed
	clients       int
}

// shown is an offer that somebody saw.
type shown struct{ offer, conversation string }

// asked is a request that may be repeated under its id.
type asked struct {
	client int
	call   int64
	agent  string // "" = an inbound message
	id     string
	name   string
	data   object
	wish   proof.Wish
}

func newRace(t *testing.T) *race {
	dir := newFolder(t)
	r := &race{
		process: serve(t, dir), dir: dir, record: proof.NewRecorder(),
		agents: map[string]string{}, open: map[string][]shown{}, owned: map[string][]string{},
	}
	r.admin = r.login("root")
	create := func(path string, body object) string { return r.must(201, "POST", path, r.admin, body)["id"].(string) }
	r.queue = create("/queues", object{
		"name": "Geral", "offer_time_ms": 600_000, "transfer_time_ms": 600_000, "reoffer_pause_ms": 0, "reoffer_pause_max_ms": 100, "max_misses": 0,
	})
	r.channel = create("/channels", object{"name": "API", "kind": "generic", "queue_id": r.queue})
	for _, name := range []string{"ana", "bia", "caio"} {
		id := create("/agents", object{
			"name": name, "login": name, "password": password, "role": "agent", "queue_ids": []string{r.queue}, "capacity": 10, "hard_capacity": 50,
		})
		r.agents[id] = r.login(name)
	}
	r.boss = create("/agents", object{"name": "chefe", "login": "chefe", "password": password, "role": "supervisor", "queue_ids": []string{}, "capacity": 10, "hard_capacity": 50})
	r.agents[r.boss] = r.login("chefe")
	for i := range 8 {
		token := r.must(201, "POST", "/api-tokens", r.admin, object{"name": fmt.Sprint("leitor ", i), "scopes": []string{"conversations:read", "channel:*"}})
		r.tokens = append(r.tokens, token["secret"].(string))
	}
	return r
}

// racer is one connection. Each agent has two, which do not know of each other's commands.
type racer struct {
	r      *race
	id     string
	client int
	ws     *websocket.Conn
	frames chan object
	rng    *rand.Rand
	count  int
}

func (r *race) racer(id string) *racer {
	r.t.Helper()
	ws, view := r.dial(r.agents[id])
	r.mu.Lock()
	r.clients++
	a := &racer{r: r, id: id, client: r.clients, ws: ws, frames: make(chan object, 1024), rng: rand.New(rand.NewPCG(uint64(r.clients), 7))}
	r.open[id], r.owned[id] = nil, nil
	for _, c := range view["conversations"].([]any) {
		r.owned[id] = append(r.owned[id], c.(object)["id"].(string))
	}
	r.mu.Unlock()
	for _, o := range view["offers"].([]any) {
		a.saw(o.(object))
	}
	return a
}

func (a *racer) saw(o object) {
	s := shown{o["id"].(string), o["conversation_id"].(string)}
	a.r.record.Saw(a.client, proof.Wish{Kind: proof.Offered, Conversation: s.conversation, Agent: a.id, Offer: s.offer, Transfer: o["kind"] == "transfer"})
	a.r.mu.Lock()
	defer a.r.mu.Unlock()
	a.r.open[a.id] = append(a.r.open[a.id], s)
	a.r.all = append(a.r.all, s)
}

// read passes replies on and takes note of offers, until the connection ends.
func (a *racer) read() {
	defer close(a.frames)
	for {
		f, err := readFrame(a.r.t.Context(), a.ws)
		if err != nil {
			return
		}
		switch {
		case f["name"] == "offer.created":
			a.saw(f["data"].(object))
		case f["name"] == "offer.ended" && (f["data"].(object)["cause"] == "agent_lost" || f["data"].(object)["cause"] == "expired"):
			a.r.t.Errorf("the test's own conditions are broken: %v", f)
		case f["type"] == "reply":
			a.frames <- f
		}
	}
}

// do sends a command and writes down what it was told; false when the server is gone.
func (a *racer) do(name string, data object, w proof.Wish) bool {
	a.count++
	q := asked{client: a.client, agent: a.id, id: fmt.Sprintf("%s-%d-%d", a.id, a.client, a.count), name: name, data: data, wish: w}
	q.call = a.r.record.Call()
	if writeCommand(a.r.t.Context(), a.ws, q.id, name, data) == nil {
		for f := range a.frames {
			if f["id"] == q.id {
				return a.told(q, f)
			}
		}
	}
	a.r.forget(q)
	return false
}

func (a *racer) told(q asked, f object) bool {
	answer := answerOf(f)
	a.r.record.Returned(q.client, q.call, q.wish, answer)
	if answer.Code == "" && (q.wish.Kind == proof.Accept || q.wish.Kind == proof.TakeOver) {
		a.r.mu.Lock()
		a.r.owned[a.id] = append(a.r.owned[a.id], q.wish.Conversation)
		a.r.mu.Unlock()
	}
	if answer.Code == "rate_limited" {
		<-time.After(100 * time.Millisecond)
	}
	return true
}

// forget keeps what may be repeated after the restart.
func (r *race) forget(q asked) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, q)
}

func answerOf(f object) (a proof.Answer) {
	if e, refused := f["error"].(object); refused {
		a.Code = e["code"].(string)
		return a
	}
	data, _ := f["data"].(object)
	if id, ok := data["transfer_id"].(string); ok {
		a.Offer = id
	}
	if head, ok := data["conversation"].(object); ok {
		a.State, a.Version = head["state"].(string), uint64(head["version"].(float64))
		a.Owner, _ = head["owner_agent_id"].(string)
	}
	return a
}

// any draws one of the newest of a list that others write to.
func (a *racer) any(of func() []string) string {
	a.r.mu.Lock()
	defer a.r.mu.Unlock()
	list := of()
	if len(list) == 0 {
		return ""
	}
	newest := list[max(0, len(list)-8):]
	return newest[a.rng.IntN(len(newest))]
}

// offer draws an offer: one of the agent's own, mostly the newest, or now and then anybody's that ever was.
func (a *racer) offer() (s shown) {
	a.r.mu.Lock()
	defer a.r.mu.Unlock()
	list := a.r.open[a.id]
	if a.rng.IntN(12) == 0 {
		list = a.r.all[max(0, len(a.r.all)-10):]
	}
	if len(list) == 0 {
		return s
	}
	n := len(list) - 1 - a.rng.IntN(min(len(list), 3))
	s = list[n]
	if a.rng.IntN(3) > 0 && len(a.r.open[a.id]) > n { // else the other connection may answer it as well
		a.r.open[a.id] = slices.DeleteFunc(slices.Clone(a.r.open[a.id]), func(o shown) bool { return o == s })
	}
	return s
}

func (a *racer) colleague() string {
	others := slices.Sorted(maps.Keys(a.r.agents))
	others = slices.DeleteFunc(others, func(id string) bool { return id == a.id || id == a.r.boss })
	return others[a.rng.IntN(len(others))]
}

// step does one thing; false when the server is gone.
func (a *racer) step() bool {
	<-time.After(time.Duration(1+a.rng.IntN(12)) * time.Millisecond) // below the limit of commands a second
	switch n := a.rng.IntN(100); {
	case n < 60:
		return a.answer()
	case n < 75:
		return a.finish("conversation.close", nil, proof.Close, "")
	case n < 85:
		return a.finish("transfer.start", object{"queue_id": a.r.queue}, proof.TransferQueue, "")
	case n < 95:
		to := a.colleague()
		return a.finish("transfer.start", object{"agent_id": to}, proof.TransferAgent, to)
	default: // what is perhaps not its own
		c := a.any(func() []string { return a.r.conversations })
		return c == "" || a.do("conversation.close", object{"conversation_id": c}, proof.Wish{Kind: proof.Close, Conversation: c, Agent: a.id})
	}
}

func (a *racer) answer() bool {
	s := a.offer()
	if s.offer == "" {
		return true
	}
	w := proof.Wish{Kind: proof.Accept, Conversation: s.conversation, Agent: a.id, Offer: s.offer}
	if a.rng.IntN(4) == 0 {
		w.Kind = proof.Decline
		return a.do("offer.decline", object{"offer_id": s.offer}, w)
	}
	return a.do("offer.accept", object{"offer_id": s.offer}, w)
}

func (a *racer) finish(name string, to object, kind proof.Kind, target string) bool {
	c := a.any(func() []string { return a.r.owned[a.id] })
	if c == "" {
		return true
	}
	data := object{"conversation_id": c}
	if to != nil {
		data["to"] = to
	}
	return a.do(name, data, proof.Wish{Kind: kind, Conversation: c, Agent: a.id, To: target, Supervisor: a.id == a.r.boss})
}

// command is the supervisor's step.
func (a *racer) command() bool {
	<-time.After(time.Duration(10+a.rng.IntN(30)) * time.Millisecond)
	c := a.any(func() []string { return a.r.conversations })
	if c == "" {
		return true
	}
	w := proof.Wish{Conversation: c, Agent: a.id}
	switch n := a.rng.IntN(100); {
	case n < 20:
		w.Kind = proof.TakeOver
		return a.do("conversation.takeover", object{"conversation_id": c}, w)
	case n < 40:
		w.Kind = proof.Requeue
		return a.do("conversation.requeue", object{"conversation_id": c}, w)
	case n < 50:
		return a.finish("conversation.close", nil, proof.Close, "")
	case n < 55:
		return a.finish("transfer.start", object{"queue_id": a.r.queue}, proof.TransferQueue, "")
	}
	to := a.colleague()
	return a.do("conversation.assign", object{"conversation_id": c, "agent_id": to}, proof.Wish{Kind: proof.Assign, Conversation: c, Agent: a.id, To: to})
}

// write opens conversations until the server is gone.
func (r *race) write(worker int, stop <-chan struct{}, round int) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-time.After(25 * time.Millisecond):
		}
		external := fmt.Sprintf("%d-%d-%d", round, worker, n)
		phone := fmt.Sprintf("+55119%02d%02d%04d", round%100, worker, n)
		q := asked{client: worker, call: r.record.Call(), data: inboundOf(external, phone, external, nil)}
		if !r.send(q) {
			r.forget(q)
			return
		}
	}
}

func (r *race) send(q asked) bool {
	status, out, err := r.call("POST", "/channels/"+r.channel+"/messages", r.tokens[q.client], q.data)
	if err != nil {
		return false
	}
	if status != 201 && status != 200 {
		r.t.Errorf("inbound: %d %v", status, out)
		return true
	}
	c := out["conversation_id"].(string)
	r.record.Returned(q.client, q.call, proof.Wish{Kind: proof.Open, Conversation: c}, proof.Answer{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conversations = append(r.conversations, c)
	return true
}

// look reads heads until the server is gone.
func (r *race) look(worker int, stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-time.After(12 * time.Millisecond):
		}
		r.mu.Lock()
		c := ""
		if len(r.conversations) > 0 {
			newest := r.conversations[max(0, len(r.conversations)-8):]
			c = newest[n%len(newest)]
		}
		r.mu.Unlock()
		if c != "" && !r.head(worker, c) {
			return
		}
	}
}

func (r *race) head(worker int, c string) bool {
	call := r.record.Call()
	status, out, err := r.call("GET", "/conversations/"+c, r.tokens[worker], nil)
	switch {
	case err != nil:
		return false
	case status == 429:
		<-time.After(100 * time.Millisecond)
		return true
	case status != 200:
		r.t.Errorf("%s: %d %v", c, status, out)
		return true
	}
	a := answerOf(object{"data": object{"conversation": out}})
	if transfer, ok := out["transfer"].(object); ok {
		a.Offer = transfer["id"].(string)
	}
	r.record.Returned(worker, call, proof.Wish{Kind: proof.Read, Conversation: c}, a)
	return true
}

// load lets everybody at it, kills the server in the middle, and waits until all have noticed.
func (r *race) load(round int, after time.Duration) {
	stop := make(chan struct{})
	var group sync.WaitGroup
	var racers []*racer
	for _, id := range slices.Sorted(maps.Keys(r.agents)) {
		racers = append(racers, r.racer(id))
		if id != r.boss {
			racers = append(racers, r.racer(id))
		}
	}
	for _, a := range racers {
		group.Go(a.read)
		group.Go(func() {
			defer a.ws.CloseNow() // the server is gone
			step := a.step
			if a.id == r.boss {
				step = a.command
			} else if writeCommand(r.t.Context(), a.ws, fmt.Sprint("ready-", a.client), "status.set", object{"status": "ready"}) != nil {
				return
			}
			for step() {
			}
		})
	}
	for w := range 2 {
		group.Go(func() { r.write(w, stop, round) })
		group.Go(func() { r.look(w+2, stop) })
	}
	<-time.After(after)
	r.kill()
	close(stop)
	group.Wait()
}

// settle repeats what was in flight: messages always, because their conversation is not known yet, of commands every
// other. The rest stays unknown until the end.
func (r *race) settle() {
	r.t.Helper()
	for n, q := range r.lost {
		switch {
		case q.agent == "":
			if !r.send(q) {
				r.t.Fatal("the server is gone")
			}
		case n%2 == 0:
			r.record.Lost(q.client, q.call, q.wish)
		default:
			ws, _ := r.dial(r.agents[q.agent])
			write(r.t, ws, q.id, q.name, q.data)
			reply := waitFor(r.t, ws, func(f object) bool { return f["type"] == "reply" && f["id"] == q.id })
			r.record.Returned(q.client, q.call, q.wish, answerOf(reply))
			ws.CloseNow() // the session goes on without it
		}
	}
	r.lost = nil
}

// TestConcurrentCommandsHaveAnOrderOverKills lets clients quarrel, kills the server, and looks for the order. On a busy machine
// little happens in a round: there are up to four times as many until all that it is about has happened.
func TestConcurrentCommandsHaveAnOrderOverKills(t *testing.T) {
	rounds, round := kills(t, 6), 0
	r := newRace(t)
	for ; round < rounds || round < 4*rounds && len(missing(r.record.History())) > 0; round++ {
		r.load(round, 300*time.Millisecond+rand.N(500*time.Millisecond))
		r.process = serve(t, r.dir)
		r.settle()
	}
	for i, c := range r.conversations {
		for !r.head(i%len(r.tokens), c) {
			t.Fatal("the server is gone")
		}
	}
	history := r.record.History()
	count(t, history, round)
	bad := proof.Check(history, time.Minute)
	for _, u := range bad[:min(len(bad), 3)] {
		t.Errorf("no order: %v", u)
	}
	if len(bad) == 0 {
		doctor(t, history)
	}
	if code := r.stop(); code != 0 {
		t.Errorf("stop: %d %s", code, r.stderr)
	}
}
