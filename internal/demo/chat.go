package demo

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// chat is one conversation of a simulated agent.
type chat struct {
	luck     chance
	id       string
	queue    string // id
	contact  string
	moving   bool   // a transfer awaits its answer
	thinking int    // counts what the contact wrote: only the newest is answered
	guesses  int    // answers to what no story knows
	question string // the newest
	reason   string // leaf of the script that fits, when it is known
}

// Shares of what agents do in a conversation.
const (
	transfers  = 0.07
	toQueue    = 0.3 // of the transfers
	annotates  = 0.12
	unsolved   = 0.15
	maxGuesses = 3
)

const (
	patience = 45.0 // seconds without a word of the contact
	history  = 50   // messages read at the beginning
)

// assigned greets, reads what was written and answers the newest question.
func (a *agent) assigned(h protocol.ConversationHead) {
	if a.chats[h.ID] != nil {
		return
	}
	a.taken++
	c := &chat{luck: newChance(a.seed, fmt.Sprintf("%s %d", a.login, a.taken)), id: h.ID, queue: h.Queue.ID, contact: h.Contact.Name}
	a.chats[h.ID] = c
	a.after(c.luck.between(0.8, 2), func() {
		if a.chats[h.ID] == c {
			a.greet(c)
		}
	})
}

func (a *agent) greet(c *chat) {
	var page protocol.Page[protocol.Message]
	path := fmt.Sprintf("/conversations/%s/messages?limit=%d", c.id, history)
	if err := a.client.REST().Do(a.ctx, client.Request{Method: http.MethodGet, Path: path}, &page); err != nil {
		if a.ctx.Err() == nil {
			a.log.Warn().Err(err).Msg("read messages")
		}
		return
	}
	shortcut, template, question := shortHello, helloText, ""
	var seq int64
	for _, m := range page.Items {
		seq = m.Seq
		if m.Author.Kind == "agent" {
			shortcut, template = shortTakeOver, takeOverText
			if m.Author.Name == a.name {
				shortcut, template = shortAgain, againText
			}
		} else if _, known := replies[m.Text]; known || question == "" {
			question = m.Text
		}
	}
	a.do("message.read", protocol.MessageRead{ConversationID: c.id, Seq: seq}, nil)
	a.send(c, strings.ReplaceAll(template, "{{contact.name}}", firstName(c.contact)), shortcut)
	a.answer(c, question)
}

func (a *agent) send(c *chat, text, shortcut string) bool {
	return a.do("message.send", protocol.MessageSend{ConversationID: c.id, Text: text, CannedResponseID: a.org.canned[shortcut]}, nil)
}

// hear reads what the contact wrote and answers it.
func (a *agent) hear(m protocol.ConversationMessage) {
	c := a.chats[m.ConversationID]
	if c == nil || m.Message.Author.Kind != "contact" {
		return
	}
	a.after(c.luck.between(0.3, 1.2), func() {
		if a.chats[c.id] == c {
			a.do("message.read", protocol.MessageRead{ConversationID: c.id, Seq: m.Message.Seq}, nil)
		}
	})
	a.answer(c, m.Message.Text)
}

// answer types for a while and answers, unless the contact writes more meanwhile.
func (a *agent) answer(c *chat, question string) {
	c.thinking++
	c.question = question
	a.typing(c)
	a.when(c, c.luck.between(3, 8), func() { a.reply(c, question) })
}

func (a *agent) typing(c *chat) {
	a.when(c, c.luck.between(1, 2), func() { a.do("typing.set", protocol.TypingSet{ConversationID: c.id, Typing: true}, nil) })
}

// when is after, unless the contact writes or the conversation goes meanwhile.
func (a *agent) when(c *chat, d time.Duration, f func()) {
	thinking := c.thinking
	a.after(d, func() {
		if a.chats[c.id] == c && c.thinking == thinking && !c.moving {
			f()
		}
	})
}

func (a *agent) reply(c *chat, question string) {
	r, known := replies[question]
	if !known {
		c.guesses++
		r = reply{text: pick(c.luck, fallbacks), last: c.guesses > maxGuesses}
	}
	if r.reason != "" {
		c.reason = r.reason
	}
	if !r.last && c.luck.hits(transfers) && a.transfer(c) {
		return
	}
	if c.luck.hits(annotates) {
		a.do("note.add", protocol.NoteAdd{ConversationID: c.id, Text: pick(c.luck, remarks)}, nil)
	}
	if !a.send(c, r.text, "") {
		return
	}
	if r.last {
		a.when(c, c.luck.between(1.5, 4), func() { a.finish(c) })
		return
	}
	a.when(c, c.luck.between(patience, patience+15), func() {
		if a.send(c, silenceText, shortSilence) {
			a.when(c, c.luck.between(2, 4), func() { a.finish(c) })
		}
	})
}

// transfer hands over to a colleague who is free, or to another queue.
func (a *agent) transfer(c *chat) bool {
	note := pick(c.luck, handovers)
	if c.luck.hits(toQueue) {
		to := a.org.queues[pick(c.luck, []string{keySupport, keyBilling, keySales, keyCare})]
		return to != c.queue && a.do("transfer.start", protocol.TransferStart{ConversationID: c.id, To: protocol.Target{QueueID: to}, Note: note}, nil)
	}
	var d protocol.Directory
	if !a.do("directory.search", protocol.DirectorySearch{Limit: 20}, &d) {
		return false
	}
	var free []string
	for _, other := range d.Agents {
		if other.Dot == "green" && other.Name != a.name {
			free = append(free, other.ID)
		}
	}
	if len(free) == 0 {
		return false
	}
	c.moving = a.do("transfer.start", protocol.TransferStart{ConversationID: c.id, To: protocol.Target{AgentID: pick(c.luck, free)}, Note: note}, nil)
	return c.moving
}

// transferred goes on with a conversation that nobody took.
func (a *agent) transferred(e protocol.TransferEnded) {
	c := a.chats[e.ConversationID]
	if c == nil {
		return
	}
	c.moving = false
	if e.Outcome != "accepted" {
		a.answer(c, c.question)
	}
}

// finish closes with the script.
func (a *agent) finish(c *chat) {
	s := a.org.scripts[c.queue]
	ids, _ := leaves(s)
	if !slices.Contains(ids, c.reason) {
		c.reason = pick(c.luck, ids)
	}
	resolved := !c.luck.hits(unsolved)
	answers := map[string]any{}
	for _, q := range s.Questions {
		switch q.Kind {
		case "bool":
			answers[q.ID] = c.luck.hits(0.2)
		case "choice":
			answers[q.ID] = pick(c.luck, q.Choices)
		default:
			answers[q.ID] = "Caso registrado e acompanhado."
		}
	}
	a.tire()
	a.do("conversation.close", protocol.ConversationClose{
		ConversationID: c.id,
		Script:         &protocol.ScriptAnswer{ReasonID: c.reason, Resolved: &resolved, Answers: answers},
	}, nil)
}
