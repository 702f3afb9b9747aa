package storage

import (
	"time"
	"unicode/utf8"

	"pronto/dispatch"
)

// What is read most is read by hand: a conversation's records when it is loaded, messages, and the tickets of a queue. Whatever is
// seldom in them, or is not as this release writes it, is left to decMode. A test compares the two over every field that there is.

// terseReader reads terse values of structs. Once bad, what it gave does not count.
type terseReader struct {
	terse
	d     decoder
	texts [terseIDs]string // those of ids, when they were needed
	n     int              // fields left in the map at hand
	last  byte             // key of the last field
}

// readByHand reads a value into the zero value of its type; not ok, and nothing read, when that is left to decMode.
func readByHand(raw []byte, into any) (ok bool) {
	if len(raw) == 0 || raw[0] != codecVersion {
		return false
	}
	r := terseReader{d: decoder{b: raw[1:]}}
	switch v := into.(type) {
	case *dispatch.MessageAppended:
		if r.message(v); !r.over() {
			*v = dispatch.MessageAppended{}
		}
	case *dispatch.ConversationSnapshot:
		id := v.ID // who loads it has said already whose it is
		if r.state(v); !r.over() {
			*v = dispatch.ConversationSnapshot{ID: id}
		}
	case *dispatch.Ticket:
		if r.ticket(v); !r.over() {
			*v = dispatch.Ticket{}
		}
	case *dispatch.ConversationOpened:
		if r.opened(v); !r.over() {
			*v = dispatch.ConversationOpened{}
		}
	case *dispatch.OfferMade:
		if r.offerMade(v); !r.over() {
			*v = dispatch.OfferMade{}
		}
	case *dispatch.OfferAccepted:
		if r.accepted(v); !r.over() {
			*v = dispatch.OfferAccepted{}
		}
	default:
		return false
	}
	return r.over()
}

// over: all was read, and as it should be.
func (r *terseReader) over() bool { return !r.d.bad && len(r.d.b) == 0 }

// fail makes everything after it nothing.
func (r *terseReader) fail() { r.d.bad, r.d.b, r.n = true, nil, 0 }

// next takes what begins with one of count bytes from first on, and says which.
func (r *terseReader) next(first, count byte) (n byte, ok bool) {
	if len(r.d.b) == 0 || r.d.b[0]-first >= count {
		return 0, false
	}
	n = r.d.b[0] - first
	r.d.b = r.d.b[1:]
	return n, true
}

// fields enters a map, gives the key of each of its fields, whose value is read then, and leaves it.
func (r *terseReader) fields(yield func(key byte) bool) {
	outer, last := r.n, r.last
	n := r.item(5)
	if n > uint64(len(r.d.b)) {
		r.fail()
		n = 0
	}
	r.n, r.last = int(n), 0
	for key, ok := r.field(); ok && yield(key); {
		key, ok = r.field()
	}
	if r.n = outer; r.d.bad {
		r.n = 0
	}
	r.last = last
}

// field gives the key of the next field; not ok after the last. Keys ascend, so none is there twice.
func (r *terseReader) field() (key byte, ok bool) {
	if r.n == 0 {
		return 0, false
	}
	r.n--
	n := r.uint()
	if n > 0xff || byte(n) <= r.last {
		r.fail()
		return 0, false
	}
	r.last = byte(n)
	return byte(n), !r.d.bad
}

// item takes the head of an item of the major type.
func (r *terseReader) item(major byte) uint64 {
	if len(r.d.b) > 0 && r.d.b[0]>>5 == major {
		if size, n := cborHead(r.d.b); size > 0 {
			r.d.b = r.d.b[size:]
			return n
		}
	}
	r.fail()
	return 0
}

func (r *terseReader) uint() uint64 { return r.item(0) }

// int takes a number that is not negative.
func (r *terseReader) int() int {
	n := r.uint()
	if n > 1<<31 {
		r.fail()
	}
	return int(n)
}

func (r *terseReader) span() time.Duration {
	n := r.uint()
	if n >= 1<<63 {
		r.fail()
	}
	return time.Duration(n)
}

func (r *terseReader) bool() bool {
	n, ok := r.next(0xf4, 2)
	if !ok {
		r.fail()
	}
	return n == 1
}

func (r *terseReader) time() time.Time {
	if _, ok := r.next(0xf6, 1); ok {
		return time.Time{}
	}
	kind, ok := r.next(terseMilli, 3)
	if !ok || kind == terseWord-terseMilli {
		r.fail()
		return time.Time{}
	}
	ns := r.readTime(&r.d, kind == terseNano-terseMilli)
	if r.d.bad {
		r.fail()
		return time.Time{}
	}
	return time.UnixMilli(r.at).Add(time.Duration(ns)).UTC()
}

func (r *terseReader) text() string {
	if len(r.d.b) == 0 {
		r.fail()
		return ""
	}
	switch c := r.d.b[0]; {
	case c>>5 == 3:
		n := r.item(3)
		if n > uint64(len(r.d.b)) || !utf8.Valid(r.d.b[:n]) {
			r.fail()
			return ""
		}
		s := string(r.d.b[:n])
		r.d.b = r.d.b[n:]
		return s
	case c >= terseShort && c < terseShort+shortWords:
		r.d.b = r.d.b[1:]
		return terseWords[c-terseShort]
	case c >= terseAgain && int(c-terseAgain) < r.seen:
		r.d.b = r.d.b[1:]
		return r.idText(int(c - terseAgain))
	case c >= terseID0 && int(c-terseID0) < len(tersePrefixes):
		r.d.b = r.d.b[1:]
		return r.id(c - terseID0)
	case c == terseWord && len(r.d.b) > 1 && int(r.d.b[1]) < len(terseWords):
		s := terseWords[r.d.b[1]]
		r.d.b = r.d.b[2:]
		return s
	}
	r.fail()
	return ""
}

func (r *terseReader) id(prefix byte) string {
	id := r.readID(&r.d, prefix)
	if r.d.bad {
		r.fail()
		return ""
	}
	s := dispatch.UnpackID(tersePrefixes[prefix], id.raw)
	if i := r.seen - 1; r.ids[i] == id {
		r.texts[i] = s
	}
	return s
}

func (r *terseReader) idText(i int) string {
	if r.texts[i] == "" {
		r.texts[i] = dispatch.UnpackID(tersePrefixes[r.ids[i].prefix], r.ids[i].raw)
	}
	return r.texts[i]
}

func (r *terseReader) message(v *dispatch.MessageAppended) {
	for key := range r.fields {
		switch key {
		case 1:
			r.chat(&v.Message)
		case 2:
			v.Outbox = r.bool()
		case 3:
			v.Window = r.span()
		case 10:
			r.quiet(&v.Quiet)
		default:
			r.fail()
		}
	}
}

func (r *terseReader) chat(v *dispatch.Chat) {
	for key := range r.fields {
		switch key {
		case 1:
			v.ID = dispatch.MessageID(r.text())
		case 2:
			v.Seq = r.uint()
		case 3:
			r.author(&v.Author)
		case 4:
			v.Text = r.text()
		case 6:
			v.At = r.time()
		case 7:
			v.SentAt = r.time()
		case 8:
			v.ReplyTo = dispatch.MessageID(r.text())
		case 9:
			v.External = dispatch.ExternalID(r.text())
		case 10:
			v.Delivery = dispatch.DeliveryState(r.text())
		case 11:
			v.Canned = dispatch.CannedID(r.text())
		default:
			r.fail()
		}
	}
}

func (r *terseReader) author(v *dispatch.Author) {
	for key := range r.fields {
		switch key {
		case 1:
			v.Kind = dispatch.AuthorKind(r.text())
		case 2:
			v.ID = r.text()
		case 3:
			v.Name = r.text()
		case 4:
			v.Identity = r.text()
		default:
			r.fail()
		}
	}
}

func (r *terseReader) quiet(v *dispatch.Quiet) {
	for key := range r.fields {
		switch key {
		case 1:
			v.Step = r.step()
		case 2:
			v.For = r.span()
		default:
			r.fail()
		}
	}
}

func (r *terseReader) step() dispatch.QuietStep {
	n := r.uint()
	if n > 0xff {
		r.fail()
	}
	return dispatch.QuietStep(n)
}

func (r *terseReader) ticket(v *dispatch.Ticket) {
	for key := range r.fields {
		switch key {
		case 1:
			v.Conversation = dispatch.ConversationID(r.text())
		case 2:
			v.Version = r.uint()
		case 3:
			v.Queue = dispatch.QueueID(r.text())
		case 4:
			v.Priority = r.int()
		case 5:
			v.EnqueuedAt = r.time()
		case 7:
			v.Weight = r.int()
		case 8:
			v.Excluded = textList[dispatch.AgentID](r)
		case 9:
			v.RelaxAt = r.time()
		case 10:
			v.Preferred = dispatch.AgentID(r.text())
		case 11:
			v.Since = r.time()
		case 25:
			v.Top = r.bool()
		case 100:
			v.Open = textList[dispatch.AgentID](r)
		case 101:
			v.Valid = r.uint()
		case 113:
			v.Fresh = r.bool()
		case 114:
			v.Told = r.int()
		case 115:
			v.ToldAt = r.time()
		default:
			r.fail()
		}
	}
}
