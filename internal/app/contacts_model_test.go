package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/internal/contact"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// persons is a small world of people who write from their phones and are merged and taken apart, beside a naive model of
// who is whom and what is open.
type persons struct {
	t        *testing.T
	app      *App
	people   *contacts
	in       *inbound
	channels []*protocol.Channel
	rng      *rand.Rand
	sent     int

	of     map[int]string             // contact of a phone
	parent map[string]string          // of those that are merged
	was    map[string]contact.Details // before the merge
}

func newPersons(t *testing.T, app *App, seed uint64, channels ...*protocol.Channel) *persons {
	p := &persons{
		t: t, app: app, channels: channels, rng: rand.New(rand.NewPCG(seed, 1)),
		of: map[int]string{}, parent: map[string]string{}, was: map[string]contact.Details{},
	}
	p.people = &contacts{db: app.db, system: app.system, catalog: app.catalog, audit: app.audit, now: app.system.Now}
	p.in = &inbound{catalog: app.catalog, contacts: p.people, system: app.system, protocols: &protocols{last: app.db.LastProtocol}, db: app.db}
	return p
}

func (p *persons) deliver(ctx context.Context, phone int, ch *protocol.Channel, external string) (transport.Delivered, error) {
	from, err := normalize(protocol.InboundContact{Identities: []protocol.Identity{{Kind: "phone", Value: phoneOf(phone)}}})
	if err != nil {
		return transport.Delivered{}, err
	}
	return p.in.deliver(ctx, arrival{channel: ch, from: from, first: dispatch.InboundChat{External: dispatch.ExternalID(external), Text: external}})
}

func (p *persons) root(id string) string {
	for p.parent[id] != "" {
		id = p.parent[id]
	}
	return id
}

// talk is a conversation as storage has it.
func (p *persons) talks(ch *protocol.Channel, among func(contact string) bool) (open, all []dispatch.ConversationSnapshot) {
	p.t.Helper()
	err := p.app.db.Conversations(storage.Listing{}, func(id dispatch.ConversationID) error {
		s, _, err := p.app.db.LoadConversation(id)
		if string(s.Channel) == ch.ID && among(string(s.Contact.ID)) {
			all = append(all, s)
			if s.State != dispatch.ConversationClosed {
				open = append(open, s)
			}
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return open, all
}

// write is a message, and what the model says about where it goes.
func (p *persons) write(phone int, ch *protocol.Channel) {
	p.t.Helper()
	holder := p.of[phone]
	root := p.root(holder)
	open, all := p.talks(ch, func(c string) bool { return holder != "" && p.root(c) == root })
	at := func(id string) int {
		return slices.IndexFunc(open, func(s dispatch.ConversationSnapshot) bool { return string(s.Contact.ID) == id })
	}
	p.sent++
	d, err := p.deliver(p.t.Context(), phone, ch, fmt.Sprint("seq", p.sent))
	if err != nil {
		p.t.Fatalf("message %d of phone %d: %v", p.sent, phone, err)
	}
	s, _, err := p.app.db.LoadConversation(d.Conversation)
	if err != nil {
		p.t.Fatal(err)
	}
	if holder == "" {
		p.of[phone] = string(s.Contact.ID)
		root = p.of[phone]
	}
	isOne := func(list []dispatch.ConversationSnapshot) bool {
		return slices.ContainsFunc(list, func(o dispatch.ConversationSnapshot) bool { return o.ID == d.Conversation })
	}
	switch own, stands := at(holder), at(root); {
	case own >= 0 && d.Conversation != open[own].ID:
		p.t.Fatalf("phone %d: its own open conversation does not go on", phone)
	case own < 0 && stands >= 0 && d.Conversation != open[stands].ID:
		p.t.Fatalf("phone %d: the open conversation of who stands for it was passed over", phone)
	case len(open) > 0 && (d.Created || !isOne(open)):
		p.t.Fatalf("phone %d: a second conversation of one contact opens on a channel", phone)
	case len(open) > 0:
	case string(s.Contact.ID) != root:
		p.t.Fatalf("phone %d: a conversation of %s, not of %s, opens", phone, s.Contact.ID, root)
	case len(all) > 0 && d.Created && s.Previous != all[0].ID:
		p.t.Fatalf("phone %d: the new conversation follows %q, not %s", phone, s.Previous, all[0].ID)
	case !d.Created && d.Conversation != all[0].ID:
		p.t.Fatalf("phone %d: an older conversation opens again", phone)
	}
}

// merge does what the model allows.
func (p *persons) merge(into, other string) {
	p.t.Helper()
	before := p.details(other)
	_, err := p.people.Merge(p.t.Context(), transport.Principal{ID: "agt_x", Role: "agent"}, dispatch.ContactID(into), dispatch.ContactID(other))
	if may := p.parent[into] == "" && p.parent[other] == "" && into != other; may != (err == nil) {
		p.t.Fatalf("merge %s into %s: %v", other, into, err)
	}
	if err == nil {
		p.parent[other], p.was[other] = into, before
	}
}

func (p *persons) unmerge(id string) {
	p.t.Helper()
	_, err := p.people.Unmerge(p.t.Context(), transport.Principal{ID: "agt_x", Role: "agent"}, dispatch.ContactID(id))
	if may := p.parent[id] != ""; may != (err == nil) {
		p.t.Fatalf("unmerge %s: %v", id, err)
	}
	if err == nil {
		delete(p.parent, id)
		if now := p.details(id); !same(now, p.was[id]) {
			p.t.Fatalf("%s comes back as %+v, was %+v", id, now, p.was[id])
		}
	}
}

func (p *persons) details(id string) contact.Details {
	p.t.Helper()
	doc, err := p.app.db.Document(kindContact, id)
	if err != nil {
		p.t.Fatal(err)
	}
	d, _, err := decodeDetails(doc)
	if err != nil {
		p.t.Fatal(err)
	}
	d.By = ""
	return d
}

func (p *persons) contacts() []string {
	ids := map[string]bool{}
	for _, id := range p.of {
		ids[id] = true
	}
	out := make([]string, 0, len(ids))
	for id := range ids {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// check compares what is shown of every contact with the model.
func (p *persons) check() {
	p.t.Helper()
	roots := 0
	for _, id := range p.contacts() {
		w, err := p.people.Get(p.t.Context(), dispatch.ContactID(id))
		if err != nil || w.ID != p.root(id) {
			p.t.Fatalf("%s leads to %s, %v", id, w.ID, err)
		}
		phones := 0
		for phone, c := range p.of {
			if p.root(c) != w.ID {
				continue
			}
			phones++
			if !slices.Contains(w.Identities, protocol.Identity{Kind: "phone", Value: phoneOf(phone)}) {
				p.t.Fatalf("phone %d is not shown with %s", phone, w.ID)
			}
		}
		if len(w.Identities) != phones {
			p.t.Fatalf("%s has %v", w.ID, w.Identities)
		}
		if p.parent[id] == "" {
			roots++
		}
	}
	page, _, err := p.people.Find(p.t.Context(), "", "", 100)
	if err != nil || len(page) != roots {
		p.t.Fatalf("%d of %d contacts are listed, %v", len(page), roots, err)
	}
	found, _, err := p.people.Find(p.t.Context(), "119", "", 100)
	if err != nil || len(found) != roots { // all phones begin so: each contact is found once
		p.t.Fatalf("%d of %d contacts are found, %v", len(found), roots, err)
	}
	for phone, id := range p.of {
		found, _, err := p.people.Find(p.t.Context(), phoneOf(phone), "", 100)
		if err != nil || len(found) != 1 || found[0].ID != p.root(id) {
			p.t.Fatalf("phone %d finds %v, %v", phone, found, err)
		}
	}
}

func (p *persons) end(id dispatch.ConversationID) error {
	_, err := p.app.system.Ask(context.Background(), dispatch.Envelope{To: id.Address(), Message: dispatch.LeaveConversation{}})
	return err
}

const phones = 6

// TestMergesAreWhatANaiveModelSays, one step after the other.
func TestMergesAreWhatANaiveModelSays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		bubble(t, func(b *inBubble) {
			p := newPersons(b.t, b.app, seed, b.channel, b.channelOf("generic"))
			for range 150 {
				ids := p.contacts()
				switch n := p.rng.IntN(10); {
				case n < 5 || len(ids) < 2:
					p.write(p.rng.IntN(phones), p.channels[p.rng.IntN(2)])
				case n < 7:
					p.merge(ids[p.rng.IntN(len(ids))], ids[p.rng.IntN(len(ids))])
				case n < 8:
					p.unmerge(ids[p.rng.IntN(len(ids))])
				default:
					open, _ := p.talks(p.channels[p.rng.IntN(2)], func(string) bool { return true })
					if len(open) > 0 {
						if err := p.end(open[p.rng.IntN(len(open))].ID); err != nil {
							b.t.Fatal(err)
						}
					}
				}
				p.check()
			}
			b.reopen()
			again := newPersons(b.t, b.app, seed, p.channels...)
			again.of, again.parent, again.was, again.sent = p.of, p.parent, p.was, p.sent
			again.check()
			for _, id := range again.contacts() {
				if again.parent[id] != "" {
					again.unmerge(id)
				}
			}
			again.check()
		})
	}
}

func (b *inBubble) reopen() {
	b.t.Helper()
	if err := b.app.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.open()
}

// span is for how long a contact was surely merged.
type span struct {
	id       string
	from, to time.Time
}

// TestMergesUnderABurstOfMessagesLoseNothing: everything at once, then what is durable is looked at.
func TestMergesUnderABurstOfMessagesLoseNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/channels", object{"name": "Outro", "kind": "generic", "queue_id": o.queue})
	now := o.app.catalog.now.Load().channels
	p := newPersons(t, o.app, 7, now[dispatch.ChannelID(o.channel)], now[dispatch.ChannelID(other)])
	for phone := range phones {
		p.write(phone, p.channels[0])
	}
	ids := p.contacts()
	var mu sync.Mutex
	acked := map[string]transport.Delivered{}
	var writers, others sync.WaitGroup
	done := make(chan struct{})
	for w := range phones {
		writers.Go(func() {
			for i := range 60 {
				external := fmt.Sprintf("w%d-%d", w, i)
				d, err := p.deliver(context.Background(), w, p.channels[i%2], external)
				if err != nil {
					t.Errorf("%s: %v", external, err)
					continue
				}
				mu.Lock()
				acked[external] = d
				mu.Unlock()
			}
		})
	}
	var merged []span
	others.Go(func() { merged = mergeUntil(p, ids, done) })
	others.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			mu.Lock()
			for _, d := range acked {
				mu.Unlock()
				_ = p.end(d.Conversation) // it may be closed already
				mu.Lock()
				break
			}
			mu.Unlock()
		}
	})
	writers.Wait()
	close(done)
	others.Wait()
	if len(merged) < 10 {
		t.Errorf("only %d merges", len(merged))
	}
	for external, d := range acked {
		if n := p.copies(d, external); n != 1 {
			t.Errorf("%s is %d times in its conversation", external, n)
		}
	}
	for _, ch := range p.channels {
		open, all := p.talks(ch, func(string) bool { return true })
		seen := map[dispatch.ContactID]bool{}
		for _, s := range open {
			if seen[s.Contact.ID] {
				t.Errorf("two open conversations of %s", s.Contact.ID)
			}
			seen[s.Contact.ID] = true
		}
		for _, s := range all {
			for _, m := range merged {
				if string(s.Contact.ID) == m.id && s.OpenedAt.After(m.from) && s.OpenedAt.Before(m.to) {
					t.Errorf("%s was opened for %s while that was merged", s.ID, m.id)
				}
			}
		}
	}
	p.check()
	for range 3 {
		for phone := range phones {
			p.write(phone, p.channels[0])
		}
	}
}

// mergeUntil merges and takes apart, at random, and keeps the model.
func mergeUntil(p *persons, ids []string, done chan struct{}) (merged []span) {
	since := map[string]time.Time{}
	by := transport.Principal{ID: "agt_x", Role: "agent"}
	for {
		select {
		case <-done:
			for id, from := range since {
				merged = append(merged, span{id, from, time.Now()})
			}
			return merged
		default:
		}
		a, b := ids[p.rng.IntN(len(ids))], ids[p.rng.IntN(len(ids))]
		if p.parent[b] == "" {
			_, err := p.people.Merge(context.Background(), by, dispatch.ContactID(a), dispatch.ContactID(b))
			var refused *transport.Refusal
			switch {
			case err == nil:
				p.parent[b], since[b] = a, time.Now()
			case !errors.As(err, &refused):
				p.t.Errorf("merge: %v", err)
			}
			continue
		}
		merged = append(merged, span{b, since[b], time.Now()})
		delete(since, b)
		if _, err := p.people.Unmerge(context.Background(), by, dispatch.ContactID(b)); err != nil {
			p.t.Errorf("unmerge: %v", err)
		}
		delete(p.parent, b)
	}
}

// copies counts a message in its conversation.
func (p *persons) copies(d transport.Delivered, text string) (n int) {
	p.t.Helper()
	list, err := p.app.db.Messages(d.Conversation, 0, 10_000)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, m := range list {
		if m.Text == text {
			n++
		}
	}
	return n
}
