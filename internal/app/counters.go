package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pronto/dispatch"
)

// counters count what became durable. Labels are names of queues and channels, and outcomes; never ids, of which there is
// no end.
type counters struct {
	offers        *prometheus.CounterVec   // queue, outcome
	waits         *prometheus.HistogramVec // queue
	conversations *prometheus.CounterVec   // queue, channel, outcome
	messages      *prometheus.CounterVec   // channel, outcome
	commits       *prometheus.HistogramVec // outcome
	durable       prometheus.Observer      // of commits: most are
	catalog       *catalog
}

// counted is what is kept of a conversation in memory to count its decisions: finding a counter by its labels costs more
// than counting.
type counted struct {
	owned   bool               // somebody had it before the decision
	channel string             // whose counters those are
	said    prometheus.Counter // received of the contact; nil: not looked for yet
	sent    prometheus.Counter // to the contact
}

func newCounters(c *catalog) *counters {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "pronto_" + name, Help: help}, labels)
	}
	made := &counters{
		catalog: c,
		offers:  counter("offers_total", "Offers by how they ended, and made.", "queue", "outcome"),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pronto_wait_seconds", Help: "From entering the queue to the acceptance of an offer.", Buckets: []float64{1, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600},
		}, []string{"queue"}),
		conversations: counter("conversations_total", "Conversations opened, and closed by cause.", "queue", "channel", "outcome"),
		messages:      counter("messages_total", "Messages received and sent, and what became of those that were sent.", "channel", "outcome"),
		commits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pronto_commit_seconds", Help: "Until a decision about a conversation is durable, or refused.", Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .25, 1, 5},
		}, []string{"outcome"}),
	}
	made.durable = made.commits.WithLabelValues("durable")
	return made
}

func (c *counters) register(r *prometheus.Registry) {
	r.MustRegister(c.offers, c.waits, c.conversations, c.messages, c.commits)
}

// committed times one commit.
func (c *counters) committed(took time.Duration, err error) {
	if err != nil {
		c.commits.WithLabelValues("refused").Observe(took.Seconds())
		return
	}
	c.durable.Observe(took.Seconds())
}

// message is the counter of messages on a channel.
func (c *counters) message(k *counted, channel string, by dispatch.AuthorKind) prometheus.Counter {
	if k.channel != channel {
		k.channel, k.said, k.sent = channel, nil, nil
	}
	of, outcome := &k.sent, "sent"
	if by == dispatch.AuthorContact {
		of, outcome = &k.said, "received"
	}
	if *of == nil {
		*of = c.messages.WithLabelValues(channel, outcome)
	}
	return *of
}

// count counts the records of one decision, of which s is the state after it. An offer that is accepted when somebody had the
// conversation before is a transfer, and ends no wait in the queue.
func (c *counters) count(s *dispatch.ConversationSnapshot, records []dispatch.Record, k *counted) {
	queue := c.catalog.QueueName(s.Queue)
	_, channel := c.catalog.Channel(s.Channel)
	for _, r := range records {
		switch r := r.(type) {
		case dispatch.OfferMade:
			c.offers.WithLabelValues(queue, "made").Inc()
		case dispatch.OfferAccepted:
			c.offers.WithLabelValues(queue, "accepted").Inc()
			if !k.owned {
				c.waits.WithLabelValues(queue).Observe(r.At.Sub(s.EnqueuedAt).Seconds())
			}
		case dispatch.OfferDeclined:
			c.offers.WithLabelValues(queue, "declined").Inc()
		case dispatch.OfferExpired:
			c.offers.WithLabelValues(queue, "expired").Inc()
		case dispatch.OfferWithdrawn:
			c.offers.WithLabelValues(queue, "withdrawn").Inc()
		case dispatch.ConversationOpened:
			c.conversations.WithLabelValues(queue, channel, "opened").Inc()
		case dispatch.ConversationReopened:
			c.conversations.WithLabelValues(queue, channel, "reopened").Inc()
		case dispatch.ConversationEnded:
			c.conversations.WithLabelValues(queue, channel, "closed_"+string(r.Cause)).Inc()
		case dispatch.MessageAppended:
			c.message(k, channel, r.Message.Author.Kind).Inc()
		case dispatch.DeliveryChanged:
			c.messages.WithLabelValues(channel, string(r.State)).Inc()
		}
	}
	k.owned = s.Owner != ""
}
