package storage

import "pronto/dispatch"

// The records of a conversation's way through its queue, and its ticket, by hand as those of codec_hot.go.

// int adds a number; negative ones are rare.
func (m *cborMap) int(k byte, n int) {
	m.rare = m.rare || n < 0
	m.uint(k, uint64(n))
}

func (m *cborMap) intIfAny(k byte, n int) {
	if n != 0 {
		m.int(k, n)
	}
}

func (m *cborMap) list(n int) { m.b = appendCBORHead(m.b, 4, uint64(n)) }

func (m *cborMap) quietIfAny(k byte, q *dispatch.Quiet) {
	if *q == (dispatch.Quiet{}) {
		return
	}
	outer := m.begin(k)
	m.uint(1, uint64(q.Step))
	m.spanIfAny(2, q.For)
	m.end(outer)
}

func (m *cborMap) contact(k byte, c *dispatch.Contact) {
	outer := m.begin(k)
	m.text(1, string(c.ID))
	m.textIfAny(2, c.Name)
	m.textIfAny(3, c.Identity)
	m.textIfAny(4, c.Route)
	m.end(outer)
}

func openedFields(m *cborMap, r *dispatch.ConversationOpened) {
	m.text(1, string(r.ID))
	m.text(2, string(r.Channel))
	m.contact(3, &r.Contact)
	m.text(4, string(r.Queue))
	m.textIfAny(5, r.Subject)
	m.intIfAny(6, r.Priority)
	m.rare = m.rare || len(r.Skills) > 0 || len(r.Attributes) > 0
	m.text(9, r.Protocol)
	m.textIfAny(10, string(r.Previous))
	m.int(11, r.Weight)
	m.time(12, r.At)
	m.textIfAny(13, string(r.Preferred))
}

func acceptedFields(m *cborMap, r *dispatch.OfferAccepted) {
	m.text(1, string(r.Offer))
	m.text(2, string(r.Agent))
	m.uint(3, r.Epoch)
	m.time(4, r.At)
	m.quietIfAny(10, &r.Quiet)
}

func endedFields(m *cborMap, r *dispatch.ConversationEnded) {
	m.textIfAny(1, string(r.By))
	m.text(2, string(r.Cause))
	if s := r.Script; s != nil {
		outer := m.begin(3)
		m.text(1, s.Reason)
		m.key(2)
		m.bool(s.Resolved)
		m.rare = m.rare || len(s.Answers) > 0
		m.trueIfSo(4, s.Automatic)
		m.end(outer)
	}
	m.time(4, r.At)
	m.trueIfSo(5, r.Overridden)
}

func (m *cborMap) bool(so bool) {
	if so {
		m.b = append(m.b, 0xf5)
		return
	}
	m.b = append(m.b, 0xf4)
}

func offerFields(m *cborMap, r *dispatch.OfferMade) {
	o := &r.Offer
	outer := m.begin(1)
	m.text(1, string(o.ID))
	m.text(2, string(o.Conversation))
	m.text(3, string(o.Agent))
	m.text(4, string(o.Kind))
	m.text(5, string(o.Queue))
	m.text(6, string(o.Channel))
	m.contact(7, &o.Contact)
	m.textIfAny(8, o.Subject)
	m.intIfAny(9, o.Priority)
	m.time(10, o.EnqueuedAt)
	m.time(11, o.MadeAt)
	m.time(12, o.ExpiresAt)
	m.int(13, o.Attempt)
	m.trueIfSo(14, o.Returned)
	m.textIfAny(15, string(o.From))
	m.textIfAny(16, o.Note)
	m.textIfAny(17, o.LastText)
	m.int(18, o.Weight)
	m.intIfAny(19, o.MaxMisses)
	m.rare = m.rare || len(o.Relaxed) > 0
	m.end(outer)
	m.trueIfSo(2, r.NewRound)
	if r.Why != nil {
		m.decision(85, r.Why)
	}
	m.intIfAny(100, r.Parallel)
}

func (m *cborMap) decision(k byte, d *dispatch.Decision) {
	outer := m.begin(k)
	m.textIfAny(1, string(d.Strategy))
	m.intIfAny(2, d.Waiting)
	if len(d.Candidates) > 0 {
		m.key(3)
		m.list(len(d.Candidates))
		for i := range d.Candidates {
			m.list(2)
			m.b = m.terse.text(m.b, string(d.Candidates[i].Agent))
			m.b = appendCBORHead(m.b, 0, uint64(d.Candidates[i].Why))
		}
	}
	if len(d.Counts) > 0 {
		m.key(4)
		m.list(len(d.Counts))
		for _, c := range d.Counts {
			m.rare = m.rare || c.N < 0
			m.list(2)
			m.b = appendCBORHead(appendCBORHead(m.b, 0, uint64(c.Why)), 0, uint64(c.N))
		}
	}
	m.intIfAny(5, d.Unseen)
	m.rare = m.rare || d.Pick != nil
	m.end(outer)
}

func ticketFields(m *cborMap, t *dispatch.Ticket) {
	m.text(1, string(t.Conversation))
	m.uint(2, t.Version)
	m.text(3, string(t.Queue))
	m.intIfAny(4, t.Priority)
	m.time(5, t.EnqueuedAt)
	m.rare = m.rare || len(t.Skills)+len(t.Excluded)+len(t.Open)+len(t.Spent) > 0
	m.int(7, t.Weight)
	m.timeIfAny(9, t.RelaxAt)
	m.textIfAny(10, string(t.Preferred))
	m.timeIfAny(11, t.Since)
	m.trueIfSo(25, t.Top)
	m.uintIfAny(101, t.Valid)
	m.trueIfSo(113, t.Fresh)
	m.intIfAny(114, t.Told)
	m.timeIfAny(115, t.ToldAt)
}
