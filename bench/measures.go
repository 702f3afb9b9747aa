package bench

import (
	"sync/atomic"
	"time"
)

// measures are what a load counts.
type measures struct {
	offer    histogram
	assigned histogram
	accept   histogram
	out      histogram
	in       histogram
	first    histogram
	shown    histogram
	seen     histogram
	whole    histogram

	measuring atomic.Bool
	arrived   atomic.Int64 // customers who came in the measured part
	done      atomic.Int64 // conversations that ended in it
	allDone   atomic.Int64 // in warm-up and drain too
	refusals  atomic.Int64
}

// all lists the histograms in the order of a conversation's life.
func (m *measures) all() []*histogram {
	return []*histogram{&m.offer, &m.accept, &m.assigned, &m.out, &m.seen, &m.in, &m.shown, &m.first, &m.whole}
}

// Names of latencies, as metrics have them before the dot.
const (
	arrivalToOffer    = "arrival_to_offer"
	acceptToReply     = "accept_to_reply"
	acceptToAssigned  = "accept_to_assigned"
	messageOut        = "message_out_to_reply"
	messageSeen       = "message_out_to_shown"
	messageIn         = "message_in_to_answer"
	messageShown      = "message_in_to_shown"
	firstMessage      = "first_message_to_answer"
	arrivalToClosed   = "arrival_to_closed"
	cyclesPerSecond   = "cycles_per_second"
	arrivalsPerSecond = "arrivals_per_second"
)

func newMeasures() *measures {
	m := &measures{}
	for i, n := range [][2]string{
		{arrivalToOffer, "arrival → offer at the agent"},
		{acceptToReply, "accept → reply"},
		{acceptToAssigned, "accept → assigned"},
		{messageOut, "message out → reply"},
		{messageSeen, "message out → shown"},
		{messageIn, "message in → answer"},
		{messageShown, "message in → shown"},
		{firstMessage, "first message → answer"},
		{arrivalToClosed, "arrival → closed"},
	} {
		h := m.all()[i]
		h.name, h.title, h.all, h.second = n[0], n[1], newHDR(), newHDR()
	}
	return m
}

// Second is what happened in one second of the measured part.
type Second struct {
	At       float64 `json:"at_s"` // its end, since the measured part began
	Arrived  int64   `json:"arrived"`
	Done     int64   `json:"done"`
	Open     int64   `json:"open"` // at its end
	Refusals int64   `json:"refusals"`
	P50      float64 `json:"offer_p50_ms"` // arrival → offer
	P99      float64 `json:"offer_p99_ms"`
	CPU      float64 `json:"server_cores,omitempty"`    // cores that the server kept busy
	Own      float64 `json:"generator_cores,omitempty"` // and the generator
}

// pulse cuts the run into seconds.
type pulse struct {
	m        *measures
	open     func() int64
	spent    func() time.Duration // processor time of the server
	own      func() time.Duration // and of this process
	began    time.Time
	last     time.Time
	arrived  int64
	done     int64
	refusals int64
	cpu      time.Duration
	ownCPU   time.Duration
}

// beat returns what happened since the last one.
func (p *pulse) beat(now time.Time) Second {
	arrived, done, refusals, cpu, own := p.m.arrived.Load(), p.m.allDone.Load(), p.m.refusals.Load(), p.spent(), p.own()
	s := Second{
		At: now.Sub(p.began).Seconds(), Arrived: arrived - p.arrived, Done: done - p.done, Refusals: refusals - p.refusals, Open: p.open(),
	}
	s.P50, s.P99 = p.m.offer.lap()
	if wall := float64(now.Sub(p.last)); wall > 0 {
		s.Own = float64(own-p.ownCPU) / wall
		if cpu > 0 {
			s.CPU = float64(cpu-p.cpu) / wall
		}
	}
	p.arrived, p.done, p.refusals, p.cpu, p.ownCPU, p.last = arrived, done, refusals, cpu, own, now
	return s
}
