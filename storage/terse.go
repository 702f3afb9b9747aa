package storage

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"pronto/dispatch"
)

// A terse value is CBOR as encMode writes it, in which ids, times and common words stand in a shorter form: half of what is
// stored were texts of these kinds. The forms begin with bytes that encMode never writes, and expand gives back exactly the
// CBOR that there was:
//
//	1c ms              a time to the millisecond, as RFC 3339 in UTC; ms is a varint, from the time or id before it (else 1970)
//	1e ms ns           the same with the nanoseconds after it, a uvarint
//	1d n               terseWords[n]
//	1f …               32 hexadecimal digits as 16 bytes
//	c0 … df ms low …   an id with one of tersePrefixes: its milliseconds as those of times, the 16 bits after them as a uvarint,
//	                   and its 8 bytes of entropy
//	e0 … e7            one of the first eight ids of this value again
//	e8 … f3            terseWords[0 … 11]
type terse struct {
	at   int64 // milliseconds of the last time or id
	seen int   // how many of ids there are
	ids  [terseIDs]terseID
	day  terseDay
}

type terseID struct {
	prefix byte
	raw    [16]byte
}

const (
	terseMilli  = 0x1c
	terseWord   = 0x1d
	terseNano   = 0x1e
	terseHex    = 0x1f
	terseID0    = 0xc0
	terseAgain  = 0xe0
	terseShort  = 0xe8
	shortWords  = 12
	terseIDs    = 8
	idLength    = 30
	hexLength   = 32
	longestWord = 19
	// maxExpanded bounds what a damaged value can become.
	maxExpanded = MaxRecordBytes
)

// Both lists are part of the format: only ever added to, up to 32 prefixes and 256 words, with another codecVersion.
var (
	tersePrefixes = [...]string{"agt", "msg", "cnv", "con", "que", "off", "chn", "att", "not", "skl", "ses", "can", "scr", "rsn", "whk", "hrs", "pau", "tok", "ann"}
	terseWords    = [...]string{
		"contact", "agent", "sent", "queue", "queued", "active", "closed", "accepted", "delivered", "read", "bot", "system",
		"longest_idle", "least_busy", "most_spare_capacity", "round_robin", "top_down", "weighted", "random", "offered", "wrapup", "ready",
		"not_ready", "supervisor", "transfer", "assignment", "declined", "expired", "withdrawn", "agent_lost", "accepted_elsewhere",
		"transferred", "requeued", "taken_over", "arrived", "requeue", "owner_lost", "reopened", "relaxed", "overflow", "contact_left",
		"wrapup_over", "inactivity", "failed", "auto", "pick", "takeover", "return", "reopen", "no_answer", "disconnected", "not_found",
		"conflict", "pt-BR", "whatsapp", "webchat", "external", "phone",
	}
)

// wordAt finds words: one more than the number of each, where wordSlot says or after it; 0: none.
var wordAt = func() (at [256]uint8) {
	for i, w := range terseWords {
		slot := wordSlot(w)
		for at[slot] != 0 {
			slot++
		}
		at[slot] = uint8(i + 1)
	}
	return at
}()

func wordSlot(w string) uint8 { return w[0]*3 + w[len(w)-1]*11 + uint8(len(w))*29 }

// text appends a text in its shortest form.
func (t *terse) text(b []byte, s string) []byte {
	switch n := len(s); {
	case n == idLength && s[3] == '_':
		if prefix, ok := prefixNumber(s[:3]); ok {
			if raw, ok := dispatch.PackID(s); ok {
				return t.id(b, terseID{prefix, raw})
			}
		}
	case n >= len("2006-01-02T15:04:05Z") && n <= len("2006-01-02T15:04:05.000000000Z"):
		if ms, ns, ok := parseUTC(s); ok {
			return t.time(b, ms, ns)
		}
	case n == hexLength:
		if out, ok := appendHex(append(b, terseHex), s); ok {
			return out
		}
	case n > 0 && n <= longestWord:
		for slot := wordSlot(s); wordAt[slot] != 0; slot++ {
			i := wordAt[slot] - 1
			switch {
			case terseWords[i] != s:
			case i < shortWords:
				return append(b, terseShort+i)
			default:
				return append(b, terseWord, i)
			}
		}
	}
	return append(appendCBORHead(b, 3, uint64(len(s))), s...)
}

func prefixNumber(s string) (byte, bool) {
	for i := range tersePrefixes {
		if tersePrefixes[i] == s {
			return byte(i), true
		}
	}
	return 0, false
}

func (t *terse) id(b []byte, id terseID) []byte {
	for i := range t.ids[:t.seen] {
		if t.ids[i] == id {
			return append(b, terseAgain+byte(i))
		}
	}
	t.remember(id)
	ms := int64(binary.BigEndian.Uint64(id.raw[:]) >> 16)
	b = binary.AppendVarint(append(b, terseID0+id.prefix), ms-t.at)
	t.at = ms
	b = binary.AppendUvarint(b, uint64(binary.BigEndian.Uint16(id.raw[6:])))
	return append(b, id.raw[8:]...)
}

func (t *terse) remember(id terseID) {
	if t.seen < len(t.ids) {
		t.ids[t.seen] = id
		t.seen++
	}
}

// time appends a time: milliseconds since 1970 and the nanoseconds after them.
func (t *terse) time(b []byte, ms int64, ns int) []byte {
	d := ms - t.at
	t.at = ms
	if ns == 0 {
		return binary.AppendVarint(append(b, terseMilli), d)
	}
	return binary.AppendUvarint(binary.AppendVarint(append(b, terseNano), d), uint64(ns))
}

// appendHex appends the bytes of hexadecimal digits in lower case.
func appendHex(b []byte, s string) ([]byte, bool) {
	for i := 0; i < len(s); i += 2 {
		high, low := strings.IndexByte(hexDigits, s[i]), strings.IndexByte(hexDigits, s[i+1])
		if high < 0 || low < 0 {
			return nil, false
		}
		b = append(b, byte(high<<4|low))
	}
	return b, true
}

const hexDigits = "0123456789abcdef"

// cborHead gives the length of the head of a CBOR item and its argument; 0 for what encMode never writes.
func cborHead(b []byte) (size int, n uint64) {
	switch low := b[0] & 31; {
	case low < 24:
		return 1, uint64(low)
	case low == 24 && len(b) > 1:
		return 2, uint64(b[1])
	case low == 25 && len(b) > 2:
		return 3, uint64(binary.BigEndian.Uint16(b[1:]))
	case low == 26 && len(b) > 4:
		return 5, uint64(binary.BigEndian.Uint32(b[1:]))
	case low == 27 && len(b) > 8:
		return 9, binary.BigEndian.Uint64(b[1:])
	}
	return 0, 0
}

// plain gives the length of the item at the beginning of b, contents of maps and lists excluded; 0 for what encMode never
// writes. Of a text, head is the length of what stands before it.
func plain(b []byte) (size, head int) {
	size, n := cborHead(b)
	switch b[0] >> 5 {
	case 2, 3:
		if size == 0 || n > uint64(len(b)-size) {
			return 0, 0
		}
		return size + int(n), size
	case 6:
		return 0, 0
	case 7:
		if low := b[0] & 31; low < 20 || low == 24 {
			return 0, 0
		}
	}
	return size, size
}

// cbor appends CBOR in its terse form; not ok if it is none that encMode wrote.
func (t *terse) cbor(b, src []byte) (out []byte, ok bool) {
	for len(src) > 0 {
		size, head := plain(src)
		if size == 0 {
			return b, false
		}
		if n := size - head; src[0]>>5 == 3 && n <= hexLength {
			if head != 1+b2i(n >= 24) {
				return b, false // not the shortest head
			}
			b = t.text(b, string(src[head:size]))
		} else {
			b = append(b, src[:size]...)
		}
		src = src[size:]
	}
	return b, true
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// expand appends the CBOR that a terse value stands for. Any input is safe; what is not terse is not ok.
func (t *terse) expand(dst, src []byte) (out []byte, ok bool) {
	var texts [terseIDs]int
	for d := (decoder{b: src}); ; {
		n := plainRun(d.b)
		dst, d.b = append(dst, d.b[:n]...), d.b[n:]
		if len(d.b) == 0 {
			return dst, true
		}
		if dst = t.token(dst, &d, &texts); d.bad || len(dst) > maxExpanded {
			return dst, false
		}
	}
}

// token appends what the short form at the beginning of d stands for. texts says where in dst the ids end, if not nil.
func (t *terse) token(dst []byte, d *decoder, texts *[terseIDs]int) []byte {
	c := d.b[0]
	d.b = d.b[1:]
	switch {
	case c == terseMilli || c == terseNano:
		return t.expandTime(dst, d, c == terseNano)
	case c == terseWord && len(d.b) > 0:
		n := d.b[0]
		d.b = d.b[1:]
		return appendWord(dst, int(n), d)
	case c == terseHex && len(d.b) >= hexLength/2:
		dst = hex.AppendEncode(append(dst, 0x78, hexLength), d.b[:hexLength/2])
		d.b = d.b[hexLength/2:]
		return dst
	case c >= terseID0 && int(c-terseID0) < len(tersePrefixes):
		before := t.seen
		id := t.readID(d, c-terseID0)
		dst = appendID(dst, &id)
		if texts != nil && t.seen > before {
			texts[before] = len(dst)
		}
		return dst
	case c >= terseAgain && int(c-terseAgain) < t.seen:
		if texts != nil && texts[c-terseAgain] > 0 {
			end := texts[c-terseAgain]
			return append(dst, dst[end-idLength-2:end]...)
		}
		return appendID(dst, &t.ids[c-terseAgain])
	case c >= terseShort && c < terseShort+shortWords:
		return appendWord(dst, int(c-terseShort), d)
	}
	d.bad = true
	return dst
}

func appendID(dst []byte, id *terseID) []byte {
	return dispatch.AppendID(append(dst, 0x78, idLength), tersePrefixes[id.prefix], id.raw)
}

// plainRun is the length of what stands in both forms alike, from the beginning of b on.
func plainRun(b []byte) (n int) {
	for n < len(b) {
		size := 0
		switch c := b[n]; {
		case c < 0x18 || c >= 0x80 && c < 0x98 || c >= 0xa0 && c < 0xb8: // numbers, lists and maps, the small ones
			size = 1
		case c >= 0x60 && c < 0x78 && int(c-0x60) < len(b)-n: // short texts
			size = 1 + int(c-0x60)
		default:
			if size, _ = plain(b[n:]); size == 0 {
				return n
			}
		}
		n += size
	}
	return n
}

func appendWord(dst []byte, n int, d *decoder) []byte {
	if n >= len(terseWords) {
		d.bad = true
		return dst
	}
	return append(appendCBORHead(dst, 3, uint64(len(terseWords[n]))), terseWords[n]...)
}

func (t *terse) expandTime(dst []byte, d *decoder, nano bool) []byte {
	ns := t.readTime(d, nano)
	if d.bad {
		return dst
	}
	return t.day.appendUTC(dst, t.at, ns)
}

// readTime reads what stands after the first byte of a time: at is its milliseconds then, ns the nanoseconds after them.
func (t *terse) readTime(d *decoder, nano bool) (ns int) {
	t.at += d.varint()
	n := uint64(0)
	if nano {
		n = d.uvarint()
	}
	d.bad = d.bad || t.at < minMilli || t.at > maxMilli || n >= 1e6
	return int(n)
}

// readID reads what stands after the first byte of an id.
func (t *terse) readID(d *decoder, prefix byte) terseID {
	t.at += d.varint()
	low := d.uvarint()
	if d.bad || uint64(t.at) >= 1<<48 || low >= 1<<16 || len(d.b) < 8 {
		d.bad = true
		return terseID{}
	}
	id := terseID{prefix: prefix}
	binary.BigEndian.PutUint64(id.raw[:], uint64(t.at)<<16|low)
	copy(id.raw[8:], d.b)
	d.b = d.b[8:]
	t.remember(id)
	return id
}
