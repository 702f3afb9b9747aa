package bench

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"pronto/protocol"
)

// cycle is one conversation, from its customer's first message to its close, as the generator knows it: what it is going
// to do, drawn beforehand, and what the server acknowledged.
type cycle struct {
	contact  string
	queue    string
	intended time.Time
	measured bool

	mu       sync.Mutex
	chance   *rand.Rand
	transfer bool   // it goes to another queue once
	moved    bool   // it went
	to       string // the other queue

	id       string    // conversation, once known
	said     []string  // ids of acknowledged messages by their place; "" where the answer is not there yet
	written  int       // customer's messages that were sent, the first included
	answered int       // agent's messages that were acknowledged
	turn     int       // customer's messages that the agent was shown
	owner    string    // agent of the last acknowledged acceptance
	closed   bool      // acknowledged
	due      time.Time // of the customer's message that is being written
	accepted time.Time // when the last acceptance was sent

	// On a web page:
	page     *visitor  // nil: over HTTP
	shown    []string  // ids of messages that the page was shown, both sides', by their place
	heard    int       // agent's messages among them
	spoke    time.Time // when the agent's last one was sent
	goodbye  bool      // the page was told that the conversation is closed
	taken    int       // customer's messages that were acknowledged
	finished bool
}

// newCycle draws a conversation's choices from the seed and its number alone.
func newCycle(s Scenario, name string, number int64, queues []string) *cycle {
	chance := rand.New(rand.NewPCG(s.Seed, 1<<32+uint64(number)))
	c := &cycle{contact: fmt.Sprintf("%s-%d", name, number), chance: chance}
	c.queue = queues[chance.IntN(len(queues))]
	c.transfer = chance.Float64() < s.Mix.Transfer && s.Cycle != W1
	c.to = queues[chance.IntN(len(queues))]
	return c
}

// choice is what the agent does with an offer.
type choice int

const (
	accept choice = iota
	decline
	miss
)

func (c *cycle) answerOffer(m Mix) choice {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch p := c.chance.Float64(); {
	case p < m.Miss:
		return miss
	case p < m.Miss+m.Decline:
		return decline
	default:
		return accept
	}
}

// acknowledge notes the message at a place of the conversation, from 0. Customer and agent write in turns: even places
// are the customer's.
func (c *cycle) acknowledge(place int, message string) {
	for len(c.said) <= place {
		c.said = append(c.said, "")
	}
	c.said[place] = message
}

// see notes the message that the page was shown at a place; false: it was shown before. One that comes out of turn leaves
// the places before it empty.
func (c *cycle) see(m message) bool {
	place := int(m.seq - 1)
	if place < 0 || place < len(c.shown) && c.shown[place] == m.id {
		return false
	}
	if place < len(c.shown) || place >= maxPlaces { // there is another one, or nothing of the kind: it is one too many
		c.shown = append(c.shown, fmt.Sprintf("%s as %d", m.id, m.seq))
		return true
	}
	for len(c.shown) <= place {
		c.shown = append(c.shown, "")
	}
	c.shown[place] = m.id
	return true
}

const maxPlaces = 1000 // beyond what any conversation of a load has

// ends is true once: when the close is acknowledged, and on a page told, with no answer to the customer left to come.
func (c *cycle) ends() bool {
	if c.finished || !c.closed || c.page != nil && (!c.goodbye || c.taken < c.written) {
		return false
	}
	c.finished = true
	return true
}

// Check is what the comparison of the server's answers with the ledger found.
type Check struct {
	Conversations int `json:"conversations"` // compared: once there, state, owner, number of messages
	Messages      int `json:"messages"`      // of them, with every message: author, order, seq without gaps
	// Shown are those on web pages, which must have been shown every message once, in order.
	Shown    int      `json:"shown,omitempty"`
	Wrong    int      `json:"wrong"`
	Examples []string `json:"examples,omitempty"` // of what is wrong, at most maxExamples
}

const maxExamples = 20

func (k *Check) wrong(format string, args ...any) {
	k.Wrong++
	if len(k.Examples) < maxExamples {
		k.Examples = append(k.Examples, fmt.Sprintf(format, args...))
	}
}

// heads compares all conversations of the run with what the API lists. Each is there once, and nothing else is.
func (k *Check) heads(cycles []*cycle, listed []protocol.ConversationHead) {
	byID := map[string][]protocol.ConversationHead{}
	for _, h := range listed {
		byID[h.ID] = append(byID[h.ID], h)
	}
	for _, c := range cycles {
		k.Conversations++
		c.mu.Lock()
		k.head(c, byID[c.id])
		delete(byID, c.id)
		c.mu.Unlock()
	}
	for _, id := range sortedKeys(byID) {
		k.wrong("%s of contact %s is listed, and no acknowledged message opened it", id, byID[id][0].Contact.Identity)
	}
}

func (k *Check) head(c *cycle, listed []protocol.ConversationHead) {
	if len(listed) != 1 {
		k.wrong("contact %s: its conversation %q is listed %d times", c.contact, c.id, len(listed))
		return
	}
	h := listed[0]
	want, state := int64(c.written+c.answered), "closed"
	switch {
	case h.Contact.Identity != c.contact:
		k.wrong("%s: contact %s, acknowledged to %s", c.id, h.Contact.Identity, c.contact)
	case c.closed && h.State != state:
		k.wrong("%s: %s, acknowledged as closed", c.id, h.State)
	case c.closed && h.LastSeq != want, h.LastSeq < want:
		k.wrong("%s: %d messages, acknowledged were %d", c.id, h.LastSeq, want)
	}
}

// owners compares who had the conversations last, by the lists of each agent's own. Those that are still open may have
// moved on since the last acknowledgement.
func (k *Check) owners(cycles []*cycle, listed map[string][]protocol.ConversationHead) {
	owner := map[string][]string{} // by conversation
	for _, agent := range sortedKeys(listed) {
		for _, h := range listed[agent] {
			owner[h.ID] = append(owner[h.ID], agent)
		}
	}
	for _, c := range cycles {
		c.mu.Lock()
		if has := owner[c.id]; c.closed && !slices.Equal(has, []string{c.owner}) {
			k.wrong("%s: among the conversations of %q, accepted by %q", c.id, has, c.owner)
		}
		c.mu.Unlock()
	}
}

// messages compares one conversation's messages with those that were acknowledged: all of them, nothing else, in order.
func (k *Check) messages(c *cycle, listed []protocol.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k.Messages++
	if len(listed) != len(c.said) {
		k.wrong("%s: %d messages are listed, acknowledged were %d", c.id, len(listed), len(c.said))
		return
	}
	for i, m := range listed {
		author := "contact"
		if i%2 == 1 {
			author = "agent"
		}
		switch {
		case m.Seq != int64(i+1):
			k.wrong("%s: message %d has seq %d", c.id, i+1, m.Seq)
		case m.ID != c.said[i]:
			k.wrong("%s: message %d is %s, acknowledged was %q", c.id, i+1, m.ID, c.said[i])
		case m.Author.Kind != author:
			k.wrong("%s: message %d is of %s, written by %s", c.id, i+1, m.Author.Kind, author)
		default:
			continue
		}
		return
	}
}

// pages compares what the customers' pages were shown with what was acknowledged: every message of both sides, nothing
// else, each at its place.
func (k *Check) pages(cycles []*cycle) {
	for _, c := range cycles {
		c.mu.Lock()
		if c.page != nil && c.closed {
			k.Shown++
			if !slices.Equal(c.shown, c.said) {
				k.wrong("%s: its customer was shown %q, acknowledged were %q", c.id, c.shown, c.said)
			}
		}
		c.mu.Unlock()
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}
