package demo

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"pronto/client"
	"pronto/protocol"
	"pronto/transport/whatsapp/fake"
)

type customerState string

const (
	waiting customerState = "waiting" // wrote, and nobody has answered
	talking customerState = "talking" // an agent has it
	absent  customerState = "absent"  // before, between and after conversations
)

// customer is one simulated customer, played by the town's loop.
type customer struct {
	luck        chance
	name, phone string
	channel     string // id
	story       story
	turns       []turn
	state       customerState
	talk        string // id of the conversation, once it is known
	next        int    // index of the next turn
	written     int    // messages so far; makes external ids
	visit       int    // stories so far
	heard       int    // counts what agents wrote: only the newest is answered
	token       string // of a visitor of the company's pages
	page        page   // open while the visitor talks
}

// Shares and seconds of what customers do.
const (
	byWhatsApp = 0.3
	byPage     = 0.2
	comesBack  = 0.25
	impatient  = 0.15
	asksAgain  = 0.35
	regulars   = 0.15 // share of arrivals who have been here before
	maxVisits  = 3
)

// arrive brings a customer with a story, unless the town is full.
func (t *town) arrive() {
	if t.active >= maxActive {
		return
	}
	if len(t.resting) > 0 && t.luck.hits(regulars) {
		c := t.resting[0]
		t.resting = t.resting[1:]
		t.begin(c, c.story.queue) // a new matter goes on in the conversation of the last one
		return
	}
	c := t.newCustomer()
	t.customers[digitsOf(c.phone)] = c
	queue := pick(c.luck, stories).queue
	switch c.channel { // where the channel leads
	case t.org.chat:
		queue = keySupport
	case t.org.page:
		queue = keySales
	}
	t.begin(c, queue)
}

func (t *town) newCustomer() *customer {
	t.count++
	luck := newChance(t.seed, fmt.Sprintf("customer %d", t.count))
	c := &customer{luck: luck, state: absent, name: pick(luck, firstNames) + " " + pick(luck, lastNames)}
	c.phone = fmt.Sprintf("+55%s9%04d%04d", pick(luck, areaCodes), 6000+luck.IntN(4000), t.count%10000)
	switch {
	case luck.hits(byWhatsApp):
		c.channel = t.org.chat
	case luck.hits(byPage):
		c.channel = t.org.page
	default:
		c.channel = pick(luck, []string{t.org.site, t.org.mobile})
	}
	return c
}

// begin starts a visit with another matter for the queue.
func (t *town) begin(c *customer, queue string) {
	c.story = pick(c.luck, slices.DeleteFunc(slices.Clone(stories), func(s story) bool { return s.queue != queue || s.subject == c.story.subject }))
	c.turns = c.story.turns
	t.enter(c)
}

// enter begins to talk, and lets the customer ask again or give up while nobody answers.
func (t *town) enter(c *customer) {
	c.next, c.state = 0, waiting
	c.visit++
	t.active++
	t.say(c, c.turns[0].says)
	c.next = 1
	visit := c.visit
	if c.luck.hits(asksAgain) {
		t.after(c.luck.between(8, 16), func() {
			if c.visit == visit && c.state == waiting {
				t.say(c, pick(c.luck, nudges))
			}
		})
	}
	if c.luck.hits(impatient) {
		t.after(c.luck.between(9, 25), func() {
			if c.visit == visit && c.state == waiting {
				t.leave(c)
			}
		})
	}
}

// hear makes the customer go on, unless the agent writes more meanwhile. Greetings are listened to.
func (t *town) hear(c *customer, text string) {
	for _, template := range []string{helloText, againText, takeOverText, silenceText} {
		if text == strings.ReplaceAll(template, "{{contact.name}}", firstName(c.name)) {
			return
		}
	}
	c.heard++
	heard, visit := c.heard, c.visit
	t.after(c.luck.between(4, 11), func() {
		if c.heard != heard || c.visit != visit || c.state != talking {
			return
		}
		if c.next < len(c.turns) {
			t.say(c, c.turns[c.next].says)
			c.next++
			return
		}
		if _, known := replies[text]; !known && !isGoodbye(text) {
			t.say(c, pick(c.luck, chatter))
		}
	})
}

// isGoodbye says whether an agent's text ends a story.
func isGoodbye(text string) bool {
	for _, r := range replies {
		if r.last && r.text == text {
			return true
		}
	}
	return false
}

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}

// depart ends a visit; some come back to the same conversation.
func (t *town) depart(c *customer) {
	if c.state == absent {
		return
	}
	c.state = absent
	t.active--
	t.shut(c)
	if c.visit >= maxVisits || !c.luck.hits(comesBack) {
		t.resting = append(t.resting, c)
		return
	}
	t.after(c.luck.between(15, 45), func() {
		c.turns = returns[c.story.queue]
		t.enter(c)
	})
}

// leave says so and takes the conversation out of its queue, as the front of a channel does when a customer goes away.
func (t *town) leave(c *customer) {
	k := t.talks[c.talk]
	if k == nil {
		return
	}
	if c.page.Client != nil {
		k.left = true
		t.trouble(t.command(c, "conversation.end", protocol.Empty{}, nil), "end on a page")
		return
	}
	t.say(c, pick(c.luck, leavings))
	resolved := false
	answers := map[string]any{}
	queue := cmp.Or(k.queue, t.org.queues[c.story.queue]) // the watch may not have come to it yet
	for _, q := range t.org.scripts[queue].Questions {
		if q.Required && q.Kind == "bool" {
			answers[q.ID] = false
		} else if q.Required {
			answers[q.ID] = "Cliente desistiu da espera."
		}
	}
	k.left = true
	err := t.rest.Do(t.ctx, client.Request{
		Method: http.MethodPost, Path: "/conversations/" + k.id + "/close",
		Body: protocol.CloseBody{Script: &protocol.ScriptAnswer{ReasonID: gaveUp, Resolved: &resolved, Answers: answers}},
	}, nil)
	if err != nil {
		k.left = false
		t.trouble(err, "leave the queue")
	}
}

// say writes through the customer's channel.
func (t *town) say(c *customer, text string) {
	c.written++
	if c.channel == t.org.page {
		t.write(c, text)
		return
	}
	if c.channel == t.org.chat {
		t.provider.fake.Text(fake.Customer{Phone: digitsOf(c.phone), Name: c.name}, text)
		_, err := t.provider.fake.Push(t.ctx)
		t.trouble(err, "push webhooks")
		return
	}
	m := protocol.InboundMessage{
		ExternalID: fmt.Sprintf("demo-%s-%d", digitsOf(c.phone), c.written), Text: text, SentAt: protocol.At(time.Now()),
		Contact: protocol.InboundContact{Name: c.name, Identities: []protocol.Identity{{Kind: "phone", Value: c.phone}}},
		Queue:   t.org.queues[c.story.queue], Subject: c.story.subject,
	}
	if c.story.skill != "" {
		m.Skills = []protocol.SkillNeed{{ID: t.org.skills[c.story.skill], MinLevel: 2}}
	}
	if c.story.priority != 0 {
		m.Priority = &c.story.priority
	}
	answer, err := t.rest.Inbound(t.ctx, c.channel, m)
	var refused *client.APIError
	if errors.As(err, &refused) && refused.RetryAfter > 0 {
		time.AfterFunc(refused.RetryAfter, func() { t.post(func() { t.say(c, text) }) })
		return
	}
	t.trouble(err, "write through a channel")
	if err == nil {
		c.talk = answer.ConversationID
		t.follow(answer.ConversationID)
	}
}
