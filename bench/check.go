package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"pronto/client"
	"pronto/protocol"
)

// check reads back what the server has of this load, and compares it with the ledger: every conversation in the list of
// the load's channel and in those of its agents, and the messages of all of them or of as many as the scenario asks for,
// drawn by its seed. Messages are read with the credential of whoever had the conversation last.
func (l *load) check(ctx context.Context) (Check, error) {
	l.f.phase("comparing with the ledger")
	var k Check
	l.mu.Lock()
	cycles := slices.Clone(l.all)
	l.mu.Unlock()
	k.pages(cycles)
	listed, err := l.list(ctx, url.Values{})
	if err != nil {
		return k, err
	}
	k.heads(cycles, listed)
	owned, err := l.owned(ctx)
	if err != nil {
		return k, err
	}
	k.owners(cycles, owned)
	return k, l.checkMessages(ctx, &k, cycles)
}

const pageSize = 200

// list reads the whole lists of conversations of the load's channels.
func (l *load) list(ctx context.Context, query url.Values) ([]protocol.ConversationHead, error) {
	query.Set("limit", fmt.Sprint(pageSize))
	var all []protocol.ConversationHead
	for _, channel := range l.channels {
		query.Set("channel_id", channel)
		query.Del("cursor")
		heads, err := l.listOne(ctx, query)
		if err != nil {
			return nil, err
		}
		all = append(all, heads...)
	}
	return all, nil
}

func (l *load) listOne(ctx context.Context, query url.Values) ([]protocol.ConversationHead, error) {
	var all []protocol.ConversationHead
	for {
		var page protocol.Page[protocol.ConversationHead]
		q := client.Request{Method: http.MethodGet, Path: "/conversations?" + query.Encode()}
		if err := patiently(ctx, l.f.rest, q, &page); err != nil {
			return nil, fmt.Errorf("list conversations: %w", err)
		}
		all = append(all, page.Items...)
		if page.NextCursor == "" {
			return all, nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

// owned lists the load's conversations by the agent who has or had them last.
func (l *load) owned(ctx context.Context) (map[string][]protocol.ConversationHead, error) {
	lists := make([][]protocol.ConversationHead, len(l.f.agents))
	err := inParallel(len(lists), func(i int) (err error) {
		lists[i], err = l.list(ctx, url.Values{"agent_id": {l.f.agents[i].id}})
		return err
	})
	out := make(map[string][]protocol.ConversationHead, len(lists))
	for i, list := range lists {
		out[l.f.agents[i].id] = list
	}
	return out, err
}

func (l *load) checkMessages(ctx context.Context, k *Check, cycles []*cycle) error {
	chance := rand.New(rand.NewPCG(l.s.Seed, uint64(len(cycles))))
	chance.Shuffle(len(cycles), func(i, j int) { cycles[i], cycles[j] = cycles[j], cycles[i] })
	if most := l.s.CheckMessages; most > 0 && most < len(cycles) {
		cycles = cycles[:most]
	}
	readers := map[string]*client.REST{}
	for _, a := range l.f.agents {
		readers[a.id] = a.c.REST()
	}
	var mu sync.Mutex
	return inParallel(len(cycles), func(i int) error {
		c := cycles[i]
		c.mu.Lock()
		id, owner, closed := c.id, c.owner, c.closed
		c.mu.Unlock()
		reader := readers[owner]
		if !closed || reader == nil { // counted as unfinished; what is written now cannot be told from what was lost
			return nil
		}
		var page protocol.Page[protocol.Message]
		q := client.Request{Method: http.MethodGet, Path: "/conversations/" + url.PathEscape(id) + "/messages?limit=100"}
		if err := patiently(ctx, reader, q, &page); err != nil {
			return fmt.Errorf("read messages of %s: %w", id, err)
		}
		mu.Lock()
		defer mu.Unlock()
		k.messages(c, page.Items)
		return nil
	})
}
