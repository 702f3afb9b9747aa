package app

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// client is a desk that knows only what its snapshot and its events told, whatever happens to its connection.
type client struct {
	o             *office
	token         string
	d             *desk
	conversations map[string]object
	offers        map[string]object
	status        any
	sent          int
	snapshots     int
}

func (o *office) client(token string) *client {
	c := &client{o: o, token: token}
	c.d = o.dial(token)
	c.d.send(object{"type": "start"})
	c.take(c.d.frame("snapshot"))
	return c
}

// catchUp takes what has arrived.
func (c *client) catchUp() {
	for {
		select {
		case f, ok := <-c.d.frames:
			if !ok {
				c.o.t.Fatal("the server ended the connection")
			}
			c.d.follow(f)
			c.take(f)
		default:
			return
		}
	}
}

func (c *client) take(f object) {
	data, _ := f["data"].(object)
	switch f["type"] {
	case "snapshot":
		if c.snapshots++; f["reason"] != "start" {
			c.o.t.Logf("snapshot: %v at %v, session %v before %v, seq %v", f["reason"], f["seq"], c.d.hello["session"], c.d.before["session"], c.d.seq)
		}
		c.conversations, c.offers = map[string]object{}, map[string]object{}
		for _, h := range data["conversations"].([]any) {
			c.conversations[h.(object)["id"].(string)] = h.(object)
		}
		for _, o := range data["offers"].([]any) {
			c.offers[o.(object)["id"].(string)] = o.(object)
		}
		c.status = data["agent"].(object)["status"]
	case "reply":
		if e, refused := f["error"].(object); refused && (e["code"] == "internal" || e["code"] == "taken") {
			c.o.t.Errorf("a command was answered %v", e)
		}
	case "event":
		c.event(f["name"].(string), data)
	}
}

func (c *client) event(name string, data object) {
	switch name {
	case "offer.created":
		c.offers[data["id"].(string)] = data
	case "offer.ended":
		delete(c.offers, data["offer_id"].(string))
	case "conversation.assigned", "conversation.updated":
		c.conversations[data["id"].(string)] = data
		for id, offer := range c.offers {
			if offer["conversation_id"] == data["id"] && data["owner_agent_id"] == c.me() {
				delete(c.offers, id) // accepted here
			}
		}
	case "conversation.message":
		if h := c.conversations[data["conversation_id"].(string)]; h != nil {
			h["last_seq"], h["unread"] = data["message"].(object)["seq"], data["unread"]
		}
	case "conversation.read":
		if h := c.conversations[data["conversation_id"].(string)]; h != nil {
			h["read_seq"], h["unread"] = data["read_seq"], data["unread"]
		}
	case "conversation.removed":
		delete(c.conversations, data["conversation_id"].(string))
	case "status.changed":
		c.status = data["status"]
	}
}

func (c *client) me() string {
	if c.token == c.o.ana {
		return c.o.anaID
	}
	return c.o.biaID
}

func (c *client) send(name string, data object) {
	c.sent++
	c.d.send(object{"type": "command", "id": fmt.Sprintf("%s-%d", c.me(), c.sent), "name": name, "data": data})
}

// lose breaks the connection at any place among the frames, and comes back.
func (c *client) lose() {
	_ = c.d.ws.CloseNow()
	for f := range c.d.frames {
		c.d.follow(f)
		c.take(f)
	}
	c.d = c.o.reconnect(c.token, c.d)
}

// act does one of the things that people do.
func (c *client) act(r *rand.Rand, other *client) {
	any := func(m map[string]object) object {
		keys := sortedKeys(m)
		if len(keys) == 0 {
			return nil
		}
		return m[keys[r.IntN(len(keys))]]
	}
	if offer := any(c.offers); offer != nil && r.IntN(3) > 0 {
		name := "offer.accept"
		if r.IntN(4) == 0 {
			name = "offer.decline"
		}
		c.send(name, object{"offer_id": offer["id"]})
		return
	}
	h := any(c.conversations)
	if h == nil || r.IntN(12) == 0 {
		c.send("status.set", object{"status": []string{"ready", "ready", "not_ready"}[r.IntN(3)]})
		return
	}
	id := object{"conversation_id": h["id"]}
	switch r.IntN(8) {
	case 0, 1:
		c.send("message.send", object{"conversation_id": h["id"], "text": "resposta"})
	case 2:
		c.send("message.read", object{"conversation_id": h["id"], "seq": h["last_seq"]})
	case 3:
		c.send([]string{"conversation.hold", "conversation.unhold"}[r.IntN(2)], id)
	case 4:
		c.send("transfer.start", object{"conversation_id": h["id"], "to": object{"agent_id": other.me()}})
	case 5:
		c.send("transfer.start", object{"conversation_id": h["id"], "to": object{"queue_id": c.o.queue}})
	case 6:
		c.send("conversation.close", object{"conversation_id": h["id"], "script": object{"reason_id": c.o.reason, "resolved": true}})
	case 7:
		c.send("transfer.cancel", id)
	}
}

func sortedKeys(m map[string]object) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// told is the client's view in the form in which views are compared.
func (c *client) told() string {
	out := fmt.Sprint(c.status)
	for _, id := range sortedKeys(c.offers) {
		out += "\noffer " + id
	}
	for _, id := range sortedKeys(c.conversations) {
		h := c.conversations[id]
		out += fmt.Sprintf("\n%s %v seq %v read %v unread %v hold %v owner %v transfer %v", id, h["state"], h["last_seq"], h["read_seq"], h["unread"],
			h["on_hold"], h["owner_agent_id"], h["transfer"] != nil)
	}
	return out
}

func TestAClientsViewEqualsTheServersWhateverHappensToItsConnection(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	o := newOffice(t, t.TempDir())
	o.patch("/agents/"+o.anaID, object{"capacity": 5})
	clients := []*client{o.client(o.ana), o.client(o.bia)}
	for n := range 500 {
		c := clients[r.IntN(2)]
		c.catchUp()
		switch k := r.IntN(20); {
		case k < 7:
			o.inbound(o.channel, fmt.Sprint("v", n), phoneOf(r.IntN(8)), "oi")
		case k < 19:
			c.act(r, clients[0])
			if c == clients[0] {
				c.act(r, clients[1])
			}
		default:
			c.lose()
		}
	}
	for _, c := range clients {
		c.send("status.set", object{"status": "not_ready"}) // no more offers: the world comes to rest
	}
	for _, c := range clients {
		var want string
		o.until("both views to be one: seed "+fmt.Sprint(seed), func() bool {
			fresh := o.client(c.token)
			defer fresh.d.drop()
			want = fresh.told()
			c.catchUp()
			return c.told() == want
		})
		if c.snapshots != 1 {
			t.Errorf("%d snapshots: a resume failed", c.snapshots)
		}
	}
}
