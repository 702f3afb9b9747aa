package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// ledger is what the server has acknowledged, written down outside of it.
type ledger struct {
	mu      sync.Mutex
	inbound map[string]receipt // by external id
	sent    map[string]receipt // by text, which is unique
	owner   map[string]string  // conversation → agent who accepted
	closed  map[string]bool
	asked   map[string]bool       // to be closed, answered or not
	doubt   map[string]unanswered // by agent: the command whose answer did not come
}

type receipt struct {
	conversation, message, text string
	seq                         float64
	created                     bool
}

// unanswered is a command that was on its way when the server was killed: carried out or not, but never twice.
type unanswered struct {
	id           string
	conversation string
	text         string
}

func newLedger() *ledger {
	return &ledger{inbound: map[string]receipt{}, sent: map[string]receipt{}, owner: map[string]string{}, closed: map[string]bool{}, asked: map[string]bool{}, doubt: map[string]unanswered{}}
}

func (l *ledger) note(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fn()
}

// trial is a server that is killed again and again under load.
type trial struct {
	*process
	dir     string
	ledger  *ledger
	channel string
	tokens  []string          // of readers: more than one because requests are limited by credential
	agents  map[string]string // id → token
	holder  string            // an agent who never answers an offer
	held    object            // the offer it has
	holding *websocket.Conn   // who is away for long loses its offer
	env     []string          // of the next start
	clock   [2]time.Duration  // by which the server's is ahead, at its start and after its step
	stepped int               // 1: it has made its step
	rounds  int
	working []*agent // now, or last
}

func newTrial(t *testing.T, env ...string) *trial {
	dir := newFolder(t)
	r := &trial{process: serveIn(t, environment(env...), dir), dir: dir, ledger: newLedger(), agents: map[string]string{}}
	admin := r.login("root")
	create := func(path string, body object) string { return r.must(201, "POST", path, admin, body)["id"].(string) }
	queue := create("/queues", object{"name": "Geral", "offer_time_ms": 600_000, "reopen_window_ms": 0, "max_misses": 0})
	held := create("/queues", object{"name": "Parada", "offer_time_ms": 20_000, "max_misses": 0, "reoffer_pause_max_ms": 2000})
	r.channel = create("/channels", object{"name": "API", "kind": "generic", "queue_id": queue})
	for _, name := range []string{"ana", "bia"} {
		id := create("/agents", object{"name": name, "login": name, "password": password, "role": "agent", "queue_ids": []string{queue}, "capacity": 10})
		r.agents[id] = r.login(name)
	}
	r.holder = create("/agents", object{"name": "caio", "login": "caio", "password": password, "role": "agent", "queue_ids": []string{held}})
	for i := range 12 {
		token := r.must(201, "POST", "/api-tokens", admin, object{"name": fmt.Sprint("leitor ", i), "scopes": []string{"conversations:read", "channel:*"}})
		r.tokens = append(r.tokens, token["secret"].(string))
	}
	holding := r.login("caio")
	ws, _ := r.dial(holding)
	write(t, ws, "hold", "status.set", object{"status": "ready"})
	r.must(201, "POST", "/channels/"+r.channel+"/messages", admin, inboundOf("held", "+5511900000000", "parado", object{"queue": held}))
	r.held = waitFor(t, ws, func(f object) bool { return f["name"] == "offer.created" })["data"].(object)
	r.agents[r.holder] = holding
	r.hold(ws)
	t.Cleanup(func() { r.holding.CloseNow() })
	return r
}

func inboundOf(external, phone, text string, more object) object {
	out := object{"external_id": external, "text": text, "contact": object{"name": "Cliente", "identities": []object{{"kind": "phone", "value": phone}}}}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func write(t *testing.T, ws *websocket.Conn, id, name string, data object) {
	t.Helper()
	if err := writeCommand(t.Context(), ws, id, name, data); err != nil {
		t.Fatal(err)
	}
}

func writeCommand(ctx context.Context, ws *websocket.Conn, id, name string, data object) error {
	raw, err := json.Marshal(object{"type": "command", "id": id, "name": name, "data": data})
	if err != nil {
		return err
	}
	return ws.Write(ctx, websocket.MessageText, raw)
}

func waitFor(t *testing.T, ws *websocket.Conn, fits func(object) bool) object {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		f, err := readFrame(ctx, ws)
		if err != nil {
			t.Fatal(err)
		}
		if fits(f) {
			return f
		}
	}
}

// customers write until the server is gone.
func (r *trial) customers(worker int, stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		external := fmt.Sprintf("r%d-w%d-%d", r.rounds, worker, n)
		phone := fmt.Sprintf("+55119%08d", worker*1000+n%7)
		status, out, err := r.call("POST", "/channels/"+r.channel+"/messages", r.tokens[worker], inboundOf(external, phone, external, nil))
		if err != nil {
			return
		}
		if status != 201 {
			r.t.Errorf("inbound: %d %v", status, out)
			return
		}
		r.ledger.note(func() {
			r.ledger.inbound[external] = receipt{
				conversation: out["conversation_id"].(string), message: out["message_id"].(string), text: external,
				created: out["created_conversation"].(bool),
			}
		})
	}
}

// load runs customers and agents until end has killed the server in the middle, or has let the agents hang up, and waits until
// all have noticed.
func (r *trial) load(end func()) {
	stop := make(chan struct{})
	var group sync.WaitGroup
	r.working = nil
	for id := range r.agents {
		if id == r.holder {
			continue
		}
		a := r.agent(id)
		r.working = append(r.working, a)
		group.Go(func() {
			defer a.ws.CloseNow() // the server is gone
			a.work()
		})
	}
	for w := range 4 {
		group.Go(func() { r.customers(w, stop) })
	}
	end()
	close(stop)
	group.Wait()
}

// restart checks the folder while nobody uses it, and starts the server again.
func (r *trial) restart() {
	r.t.Helper()
	if code, out := command(r.t, "", "doctor", "--data", r.dir); code != 0 || !strings.HasSuffix(out, "ok\n") {
		r.t.Fatalf("round %d: doctor: %d %s", r.rounds, code, out)
	}
	r.process = serveIn(r.t, environment(r.env...), r.dir)
	r.rounds++
}

// settle repeats the commands in doubt under their ids, and checks the offer that nobody answers.
func (r *trial) settle() {
	r.t.Helper()
	r.stillHeld()
	for id, d := range r.ledger.doubt {
		ws, _ := r.dial(r.agents[id])
		write(r.t, ws, d.id, "message.send", object{"conversation_id": d.conversation, "text": d.text})
		reply := waitFor(r.t, ws, func(f object) bool { return f["type"] == "reply" && f["id"] == d.id })
		if reply["ok"] == true {
			m := reply["data"].(object)["message"].(object)
			r.ledger.sent[d.text] = receipt{conversation: d.conversation, message: m["id"].(string), text: d.text, seq: m["seq"].(float64)}
		} else if code := reply["error"].(object)["code"]; code != "conversation_closed" && code != "not_owner" {
			r.t.Errorf("round %d: repeated command: %v", r.rounds, reply)
		}
		ws.CloseNow() // the session goes on without it
	}
	clear(r.ledger.doubt)
}

// hold keeps the connection of the agent who has an offer, and answers the server's pings.
func (r *trial) hold(ws *websocket.Conn) {
	r.holding = ws
	go func() {
		for {
			if _, _, err := ws.Read(context.Background()); err != nil {
				return // the server is gone
			}
		}
	}()
}

// stillHeld demands that the offer which nobody answers is the same, or the next one where its time was over.
func (r *trial) stillHeld() {
	r.t.Helper()
	r.holding.CloseNow()
	ws, view := r.dial(r.agents[r.holder])
	offers := view["offers"].([]any)
	end, err := time.Parse(time.RFC3339, r.held["expires_at"].(string))
	if err != nil {
		r.t.Fatal(err)
	}
	var has object
	switch over := !r.now().Before(end); {
	case len(offers) > 0:
		has = offers[0].(object)
	case over:
		has = waitFor(r.t, ws, func(f object) bool { return f["name"] == "offer.created" })["data"].(object)
	}
	if has == nil {
		r.t.Fatalf("round %d: the open offer %v at %v is gone", r.rounds, r.held["id"], r.held["expires_at"])
	}
	if same := has["id"] == r.held["id"] && has["expires_at"] == r.held["expires_at"]; len(offers) > 1 || !same && r.now().Before(end) || has["conversation_id"] != r.held["conversation_id"] {
		r.t.Errorf("round %d: the open offer %v at %v became %v", r.rounds, r.held["id"], r.held["expires_at"], has)
	}
	r.held = has
	r.hold(ws)
}

// now is the server's time.
func (r *trial) now() time.Time { return time.Now().Add(r.clock[r.stepped]) }

// compare reads conversations of the ledger, at most so many, and demands what was acknowledged. Agents are away meanwhile,
// and must not be for long.
func (r *trial) compare(most int) {
	wanted := map[string]map[string]receipt{} // conversation → message id
	add := func(c receipt) {
		if wanted[c.conversation] == nil {
			wanted[c.conversation] = map[string]receipt{}
		}
		wanted[c.conversation][c.message] = c
	}
	for _, c := range r.ledger.inbound {
		add(c)
	}
	for _, c := range r.ledger.sent {
		add(c)
	}
	next := 0
	for conversation, receipts := range wanted {
		if next++; next > most {
			return
		}
		r.compareOne(r.tokens[next%len(r.tokens)], conversation, receipts)
	}
}

func (r *trial) compareOne(token, conversation string, receipts map[string]receipt) {
	r.t.Helper()
	head := r.read(token, "/conversations/"+conversation)
	if r.ledger.closed[conversation] && head["state"] != "closed" {
		r.t.Errorf("round %d: %s was closed and is %v", r.rounds, conversation, head["state"])
	}
	if owner := r.ledger.owner[conversation]; owner != "" && head["state"] != "closed" && head["owner_agent_id"] != owner {
		r.t.Errorf("round %d: %s was accepted by %s and has %v", r.rounds, conversation, owner, head["owner_agent_id"])
	}
	seq, texts := 0.0, map[string]bool{}
	for {
		page := r.read(token, fmt.Sprintf("/conversations/%s/messages?limit=500&after_seq=%v", conversation, seq))
		for _, v := range page["items"].([]any) {
			m := v.(object)
			if m["seq"] != seq+1 || texts[m["text"].(string)] {
				r.t.Errorf("round %d: %s: message %v after %v: %v", r.rounds, conversation, m["seq"], seq, m["text"])
			}
			seq = m["seq"].(float64)
			texts[m["text"].(string)] = true
			if want, ok := receipts[m["id"].(string)]; ok && (want.text != m["text"] || want.seq != 0 && want.seq != seq) {
				r.t.Errorf("round %d: acknowledged %+v, stored %v", r.rounds, want, m)
			}
			delete(receipts, m["id"].(string))
		}
		if page["next_cursor"] == nil || page["next_cursor"] == "" {
			break
		}
	}
	if head["last_seq"] != seq {
		r.t.Errorf("round %d: %s says %v messages and has %v", r.rounds, conversation, head["last_seq"], seq)
	}
	for _, lost := range receipts {
		r.t.Errorf("round %d: acknowledged and lost: %+v", r.rounds, lost)
	}
}

// read is a GET that waits when there were too many.
func (r *trial) read(token, path string) object {
	r.t.Helper()
	var out object
	r.until(path, func() bool {
		status, got, err := r.call("GET", path, token, nil)
		if err != nil || status != 200 && status != 429 {
			r.t.Fatalf("round %d: %s: %d %v %v", r.rounds, path, status, got, err)
		}
		out = got
		return status == 200
	})
	return out
}

// repeatInbound sends some of what was taken again: the same answer, and nothing new.
func (r *trial) repeatInbound(most int) {
	r.t.Helper()
	for external, was := range r.ledger.inbound {
		if most--; most < 0 {
			return
		}
		status, out, err := r.call("POST", "/channels/"+r.channel+"/messages", r.tokens[0], inboundOf(external, "+5511988887777", external, nil))
		if err != nil || status != 200 || out["message_id"] != was.message || out["conversation_id"] != was.conversation || out["created_conversation"] != was.created {
			r.t.Errorf("round %d: %s again: %d %v %v, was %+v", r.rounds, external, status, out, err, was)
		}
	}
}

// Every third round the server also stands still for a while: deadlines and heartbeats pass, and its clients wait.
func TestNothingAcknowledgedIsLostWhenTheServerIsKilledAgainAndAgain(t *testing.T) {
	inFolders(t, kills(t, 20), func(rounds int) tallied {
		r := newTrial(t)
		for n := range rounds {
			r.load(func() {
				<-time.After(20*time.Millisecond + rand.N(300*time.Millisecond))
				if n%3 == 0 {
					r.pause(rand.N(700 * time.Millisecond))
					<-time.After(rand.N(100 * time.Millisecond))
				}
				r.kill()
			})
			r.restart()
			r.settle()
			r.repeatInbound(20)
			if r.rounds%5 == 0 {
				r.compare(300)
			}
		}
		return r.end(rounds)
	})
}

// killsOfAFolder bounds what is looked through after each kill, which is all that the folder has.
const killsOfAFolder = 50

// tallied is what was acknowledged.
type tallied struct{ inbound, sent, accepted, closed int }

// inFolders makes so many kills, in as many folders as they need, one after the other.
func inFolders(t *testing.T, all int, in func(rounds int) tallied) {
	t.Helper()
	var sum tallied
	done := 0
	for done < all && !t.Failed() {
		rounds := min(all-done, killsOfAFolder)
		one := in(rounds)
		done += rounds
		sum = tallied{sum.inbound + one.inbound, sum.sent + one.sent, sum.accepted + one.accepted, sum.closed + one.closed}
	}
	t.Logf("%d kills; %d inbound, %d sent, %d accepted, %d closed", done, sum.inbound, sum.sent, sum.accepted, sum.closed)
}

func (r *trial) hangUp() {
	for _, a := range r.working {
		a.ws.CloseNow()
	}
}

// nothingLeaks demands that agents have no slot in use but for what they own, by the word of the conversations, and are
// offered, and that what is offered is offered to somebody. Deadlines, as all rows, are compared with the records by the
// doctor, after each kill.
func (r *trial) nothingLeaks() {
	r.t.Helper()
	what := ""
	defer func() {
		if r.t.Failed() {
			r.t.Log(what)
		}
	}()
	r.until("slots and offers to be somebody's", func() bool {
		offered := 0
		for id, token := range r.agents {
			ws, view := r.dial(token)
			ws.CloseNow()
			offers, owned, of := len(view["offers"].([]any)), r.count("state=active&agent_id="+id), view["agent"].(object)
			if used := float64(offers + owned); of["load"] != used || of["hard_load"] != used {
				what = fmt.Sprintf("%s has %d offers, owns %d and uses %v and %v slots", id, offers, owned, of["load"], of["hard_load"])
				return false
			}
			offered += offers
		}
		all := r.count("state=offered")
		what = fmt.Sprintf("%d conversations are offered, and agents have %d offers", all, offered)
		return all == offered
	})
}

func (r *trial) count(which string) int {
	r.t.Helper()
	return len(r.read(r.tokens[0], "/conversations?limit=500&"+which)["items"].([]any))
}

// end lets customers and agents work once more without a kill, compares, and demands that there was load.
func (r *trial) end(rounds int) tallied {
	r.t.Helper()
	r.load(func() {
		<-time.After(500 * time.Millisecond)
		r.hangUp()
	})
	r.settle()
	r.compare(math.MaxInt)
	r.nothingLeaks()
	l := r.ledger
	got := tallied{len(l.inbound), len(l.sent), len(l.owner), len(l.closed)}
	if got.inbound < rounds || got.sent < rounds || got.accepted == 0 || got.closed == 0 {
		r.t.Errorf("there was no load: %+v", got)
	}
	if code := r.stop(); code != 0 {
		r.t.Errorf("stop: %d %s", code, r.stderr)
	}
	return got
}
