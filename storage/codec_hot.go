package storage

import (
	"encoding/binary"
	"time"

	"pronto/dispatch"
)

// The records that nearly every change has are encoded by hand: the same bytes as by encMode, which is asked for whatever
// is seldom in them. A test compares the two over every field that there is.

// cborMap builds the maps of structs of at most 23 fields, which are added in the order of their keys.
type cborMap struct {
	b     []byte
	terse terse
	head  int  // where the map at hand begins
	rare  bool // a field has a value that is left to encMode
}

// newMap begins a map behind the format byte, in the arena's room.
func (a *arena) newMap() cborMap {
	b := append(a.room(), codecVersion)
	return cborMap{b: append(b, 0xa0), head: len(b)}
}

// kept takes what was built, unless something rare is in it.
func (a *arena) kept(m *cborMap) (data []byte, ok bool) {
	if m.rare {
		return nil, false
	}
	return a.take(m.b), true
}

// begin adds a struct; its fields follow until end, which gets what begin returned.
func (m *cborMap) begin(k byte) (outer int) {
	m.key(k)
	outer, m.head = m.head, len(m.b)
	m.b = append(m.b, 0xa0)
	return outer
}

func (m *cborMap) end(outer int) { m.head = outer }

func (m *cborMap) key(k byte) {
	m.b[m.head]++
	m.b = appendCBORHead(m.b, 0, uint64(k))
}

func (m *cborMap) text(k byte, s string) {
	m.key(k)
	m.b = m.terse.text(m.b, s)
}

func (m *cborMap) textIfAny(k byte, s string) {
	if s != "" {
		m.text(k, s)
	}
}

func (m *cborMap) uint(k byte, n uint64) {
	m.key(k)
	m.b = appendCBORHead(m.b, 0, n)
}

func (m *cborMap) uintIfAny(k byte, n uint64) {
	if n != 0 {
		m.uint(k, n)
	}
}

// spanIfAny adds a duration; negative ones are rare.
func (m *cborMap) spanIfAny(k byte, d time.Duration) {
	m.rare = m.rare || d < 0
	m.uintIfAny(k, uint64(d))
}

func (m *cborMap) trueIfSo(k byte, so bool) {
	if so {
		m.key(k)
		m.b = append(m.b, 0xf5)
	}
}

// time adds a time in UTC; others, and years that have not four digits, are rare.
func (m *cborMap) time(k byte, t time.Time) {
	m.key(k)
	if t.IsZero() {
		m.b = append(m.b, 0xf6)
		return
	}
	if y := t.Year(); y < 1000 || y > 9999 || t.Location() != time.UTC {
		m.rare = true
		return
	}
	m.b = m.terse.time(m.b, t.UnixMilli(), t.Nanosecond()%1e6)
}

func (m *cborMap) timeIfAny(k byte, t time.Time) {
	if !t.IsZero() {
		m.time(k, t)
	}
}

func appendCBORHead(b []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= 0xff:
		return append(b, major|24, byte(n))
	case n <= 0xffff:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= 0xffffffff:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

func messageFields(m *cborMap, r *dispatch.MessageAppended) {
	outer := m.begin(1)
	chatFields(m, &r.Message)
	m.end(outer)
	m.trueIfSo(2, r.Outbox)
	m.spanIfAny(3, r.Window)
	m.quietIfAny(10, &r.Quiet)
}

func chatFields(m *cborMap, c *dispatch.Chat) {
	m.text(1, string(c.ID))
	m.uint(2, c.Seq)
	outer := m.begin(3)
	m.text(1, string(c.Author.Kind))
	m.textIfAny(2, c.Author.ID)
	m.textIfAny(3, c.Author.Name)
	m.textIfAny(4, c.Author.Identity)
	m.end(outer)
	m.textIfAny(4, c.Text)
	m.time(6, c.At)
	m.timeIfAny(7, c.SentAt)
	m.textIfAny(8, string(c.ReplyTo))
	m.textIfAny(9, string(c.External))
	m.textIfAny(10, string(c.Delivery))
	m.textIfAny(11, string(c.Canned))
	m.rare = m.rare || len(c.Attachments) > 0 || !c.ChangedAt.IsZero() || c.Revision != 0 || c.Redacted
}

func answeredFields(m *cborMap, s *answered) {
	r := &s.Answered
	record := m.begin(1)
	cause := m.begin(1)
	m.textIfAny(1, r.Cause.Principal)
	m.textIfAny(2, string(r.Cause.Command))
	m.uintIfAny(3, r.Cause.Hash)
	m.end(cause)
	m.time(4, r.At)
	m.rare = m.rare || r.Err != nil
	m.end(record)
	m.uintIfAny(2, uint64(s.Kind))
	if len(s.Reply) > 0 {
		m.key(3)
		var ok bool
		m.b, ok = m.terse.cbor(m.b, s.Reply)
		m.rare = m.rare || !ok
	}
	m.uintIfAny(4, s.Back)
	m.trueIfSo(5, s.ScriptRequired)
	m.trueIfSo(6, s.RatingAsked)
}

// inboundFields leaves out what only earlier releases wrote.
func inboundFields(m *cborMap, v *inboundValue) {
	m.text(1, string(v.Conversation))
	m.trueIfSo(3, v.Created)
	m.uintIfAny(5, v.Ordinal)
	m.timeIfAny(6, v.At)
	m.rare = m.rare || v.Message != "" || v.Seq != 0
}
