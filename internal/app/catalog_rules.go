package app

import (
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport/whatsapp"
)

// queueRules are what a queue says of the rules of its conversations: all but what its hours do.
type queueRules struct {
	queue *protocol.Queue
	rules dispatch.Rules
}

// channelRules are what a channel says of them.
type channelRules struct {
	kind          string
	weight        int
	outbox        bool
	inactivity    dispatch.Inactivity
	maxText       int
	rating, edits bool
	window        time.Duration
}

// Rules resolves the settings of a conversation. A queue or channel that is gone leaves the defaults, but nothing is reopened
// there: nobody would see it in such a queue, and no answer goes out on such a channel. Every step of every conversation asks.
func (c *catalog) Rules(queue dispatch.QueueID, channel dispatch.ChannelID) dispatch.Rules {
	now := c.now.Load()
	var r dispatch.Rules
	var q *protocol.Queue
	if of := now.ofQueue[queue]; of != nil {
		r, q = of.rules, of.queue
		r.Waits = c.waitRules(q)
	} else {
		r = dispatch.DefaultRules()
		if queue != "" {
			r.ReopenWindow = 0
		}
	}
	if on := now.on[channel]; on != nil {
		r.Weight = min(max(r.Weight, 1)*on.weight, maxWeight)
		r.GoneRequeue, r.GoneAfter = goneRule(q, on.kind)
		r.Outbox, r.Inactivity, r.MaxText, r.Rating, r.Edits = on.outbox, on.inactivity, on.maxText, on.rating, on.edits
		if on.window > 0 {
			r.Window = on.window
		}
	} else if channel != "" {
		r.ReopenWindow = 0
	}
	return r
}

// indexRules derives what Rules puts together; the rules of scripts are there.
func (c *configuration) indexRules() {
	c.ofQueue = make(map[dispatch.QueueID]*queueRules, len(c.queues))
	for id, q := range c.queues {
		c.ofQueue[id] = &queueRules{queue: q, rules: c.rulesOf(q)}
	}
	c.on = make(map[dispatch.ChannelID]*channelRules, len(c.channels))
	for id, ch := range c.channels {
		c.on[id] = rulesOn(ch)
	}
}

func (c *configuration) rulesOf(q *protocol.Queue) dispatch.Rules {
	r := dispatch.DefaultRules()
	r.OfferTime, r.TransferTime = milliseconds(q.OfferTimeMS), milliseconds(q.TransferTimeMS)
	r.ReofferPause, r.ReofferPauseMax = milliseconds(q.ReofferPauseMS), milliseconds(q.ReofferPauseMaxMS)
	r.ReopenWindow, r.MaxMisses, r.Weight = milliseconds(q.ReopenWindowMS), q.MaxMisses, q.Weight
	r.ScriptRequired, r.Script = q.ScriptRequired, c.rules[q.ScriptID]
	r.Wrapup, r.WrapupTime = dispatch.WrapupMode(q.Wrapup.Mode), milliseconds(q.Wrapup.MS)
	r.QueueName, r.Greeting, r.Picks = q.Name, q.Greeting, pickRules(q)
	textRules(&r, q)
	r.AgentNudge, r.AgentAlert = milliseconds(q.AgentNudgeMS), milliseconds(q.AgentAlertMS)
	if r.Script != nil && r.Script.Reasons[q.Wrapup.DefaultReasonID] { // the script may have lost it since
		r.WrapupReason = q.Wrapup.DefaultReasonID
	}
	return r
}

func rulesOn(ch *protocol.Channel) *channelRules {
	r := &channelRules{
		kind: ch.Kind, weight: max(ch.Weight, 1), outbox: hasDriver(ch), inactivity: inactivityOf(ch), maxText: maxText[ch.Kind],
		rating: ch.Widget.Rating, edits: ch.Kind == "web" || ch.Kind == "generic",
	}
	if ch.Kind == "whatsapp" {
		r.window = whatsapp.Window
	}
	return r
}

// maxText is how many characters of a message the provider of a kind of channel takes.
var maxText = map[string]int{"whatsapp": 4096, "telegram": 4096}

func inactivityOf(ch *protocol.Channel) dispatch.Inactivity {
	in := ch.Inactivity
	if in == nil { // stored before there was one
		in = protocol.DefaultInactivity(ch.Kind)
	}
	return dispatch.Inactivity{
		WarnAfter: milliseconds(in.WarnMS), CloseAfter: milliseconds(in.CloseMS), WarnText: in.WarnText, CloseText: in.CloseText,
	}
}
