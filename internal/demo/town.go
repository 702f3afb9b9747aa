package demo

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"pronto/client"
	"pronto/protocol"
)

// town is all customers, and the watch over every conversation: what customers learn of agents, and what is narrated, is read
// from the records that the API gives.
type town struct {
	*loop
	ctx      context.Context //nolint:containedctx // of the whole demo
	seed     uint64
	luck     chance
	org      *organisation
	rest     *client.REST // with the integration's token
	base     string       // address of the server, and what pages use to reach it
	browser  *http.Client
	provider *provider
	narrator *narrator
	log      zerolog.Logger

	talks     map[string]*talk
	customers map[string]*customer // by the digits of the number
	pages     map[string]*customer // by the conversation, those who come by the company's pages
	looking   map[*customer]bool   // whose page is open
	resting   []*customer
	active    int
	count     int
}

const (
	maxActive   = 18                     // customers at a time: a little more than the simulated agents have slots
	burst       = 0.12                   // share of arrivals that bring two more
	watchEvery  = 250 * time.Millisecond // of the clock, whatever the speed: bounds what watching costs
	openStates  = "queued,offered,active,wrapup"
	watchedPage = 200
)

// start starts the watch and the stream of customers; run plays them.
func (t *town) start() {
	t.every(t.ctx, watchEvery, t.watch)
	t.after(t.luck.between(0.5, 1), t.arrivals)
}

func (t *town) arrivals() {
	n := 1
	if t.luck.hits(burst) {
		n = 3
	}
	for range n {
		t.arrive()
	}
	t.after(t.luck.between(3, 7.5), t.arrivals)
}

// trouble logs what is not part of the game.
func (t *town) trouble(err error, doing string) {
	if err != nil && t.ctx.Err() == nil {
		t.log.Warn().Err(err).Msg(doing)
	}
}

// watch reads what is new in every open conversation, and in those that were open before.
func (t *town) watch() {
	if _, err := t.provider.fake.Push(t.ctx); err != nil {
		t.trouble(err, "push webhooks")
	}
	var page protocol.Page[protocol.ConversationHead]
	path := fmt.Sprintf("/conversations?limit=%d&state=%s", watchedPage, url.QueryEscape(openStates))
	if err := t.rest.Do(t.ctx, client.Request{Method: http.MethodGet, Path: path}, &page); err != nil {
		t.trouble(err, "list conversations")
		return
	}
	open := map[string]int64{}
	for _, head := range page.Items {
		open[head.ID] = head.Version
		t.follow(head.ID)
	}
	var news []told
	for id, k := range t.talks {
		if version := open[id]; k.open && (version == 0 || version != k.version) {
			news = append(news, t.read(k)...)
			k.version, k.open = version, version != 0
		}
	}
	slices.SortStableFunc(news, func(a, b told) int {
		return cmp.Or(a.record.At.Compare(b.record.At.Time), cmp.Compare(a.talk.id, b.talk.id), cmp.Compare(a.record.Seq, b.record.Seq))
	})
	for _, n := range news {
		line := n.talk.take(t.org, n.record)
		t.narrator.tell(n.record.At.Time, n.talk.number, line)
		t.learn(n)
	}
}

// told is one record of a talk.
type told struct {
	talk   *talk
	record record
}

// follow makes sure that a conversation is watched.
func (t *town) follow(id string) {
	if t.talks[id] == nil {
		t.talks[id] = &talk{id: id}
	}
	t.talks[id].open = true
}

// read returns the records after those that were read.
func (t *town) read(k *talk) []told {
	var out []told
	for {
		var page protocol.Page[record]
		path := fmt.Sprintf("/conversations/%s/events?limit=%d&after_seq=%d", k.id, watchedPage, k.seen)
		if err := t.rest.Do(t.ctx, client.Request{Method: http.MethodGet, Path: path}, &page); err != nil {
			t.trouble(err, "read records")
			return out
		}
		for _, r := range page.Items {
			out = append(out, told{k, r})
			k.seen = r.Seq
		}
		if page.NextCursor == "" {
			return out
		}
	}
}

// learn gives a record to the customer it concerns.
func (t *town) learn(n told) {
	c := t.customers[n.talk.digits]
	if c == nil {
		c = t.pages[n.talk.id]
	}
	if c == nil {
		return // somebody tries the channel by hand
	}
	c.talk = n.talk.id
	switch n.record.Name {
	case "offer_accepted", "conversation_assigned":
		c.state = talking
	case "conversation_requeued":
		c.state = waiting
	case "message_appended":
		if m := read[protocol.MessageReply](n.record).Message; m.Author.Kind == "agent" {
			t.hear(c, m.Text)
		}
	case "conversation_ended":
		t.depart(c)
	}
}
