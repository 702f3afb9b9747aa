package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// A record whose events are written to the history by the same batch is stored without them: what stands in the history
// never changes, and storing it twice was a quarter of all bytes. The row is
//
//	0 version (3)   1 length of the record: uvarint   epoch: uvarint   unix ns (8)   hash of the previous record (32)
//	  CRC-32C of the record (4)   then a list of entries
//
//	entry: entity, first uvarint, number of events uvarint, varint ns after the record's time if there are none,
//	       list of released keys, list of (claimed key, value)
//
// in which an entity or a value is a text in its terse form (terse.go), and a key a list of texts, between which 0x00 was.
// Lengths and checksum are those of the whole record, and so are its hash and what Follow and Export give. Earlier releases
// stored, as version 2, the length and the record with the data of each event cut out. A release that does not know a version
// takes it for that of a newer record, and refuses.
const (
	cutVersion    = recordVersion + 1
	packedVersion = recordVersion + 2
)

// appendPacked appends the row of a record with entries, whose encoding raw is.
func appendPacked(dst []byte, rec *Record, raw []byte) []byte {
	dst = binary.AppendUvarint(append(dst, packedVersion), uint64(len(raw)))
	dst = binary.AppendUvarint(dst, uint64(rec.Epoch))
	dst = append(dst, raw[24:recordHeader]...)
	dst = append(dst, raw[len(raw)-recordTrailer:]...)
	dst = binary.AppendUvarint(dst, uint64(len(rec.Entries)))
	var t terse
	for i := range rec.Entries {
		e := &rec.Entries[i]
		dst = t.text(dst, e.Entity)
		dst = binary.AppendUvarint(dst, e.First)
		dst = binary.AppendUvarint(dst, uint64(len(e.Events)))
		if len(e.Events) == 0 {
			dst = binary.AppendVarint(dst, e.Time.UnixNano()-rec.Time.UnixNano())
		}
		dst = binary.AppendUvarint(dst, uint64(len(e.Releases)))
		for _, k := range e.Releases {
			dst = t.packKey(dst, k)
		}
		dst = binary.AppendUvarint(dst, uint64(len(e.Claims)))
		for _, c := range e.Claims {
			dst = t.text(t.packKey(dst, c.Key), string(c.Value))
		}
	}
	return dst
}

func (t *terse) packKey(dst, key []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(bytes.Count(key, []byte{0})))
	for {
		at := bytes.IndexByte(key, 0)
		if at < 0 {
			return t.text(dst, string(key))
		}
		dst, key = t.text(dst, string(key[:at])), key[at+1:]
	}
}

// history reads an event and its time from the history. Its data is valid until the next call.
type history func(entity []byte, ordinal uint64) (ns int64, e Event, err error)

// unpack gives the record that a journal row of a shard holds: the row itself, or what it was packed from. Whether the data is
// that which was left out is for the record's checksum to say.
func unpack(row []byte, shard Shard, seq Seq, events history) ([]byte, error) {
	if len(row) == 0 || row[0] != cutVersion && row[0] != packedVersion {
		return row, nil
	}
	d := decoder{b: row[1:]}
	size := d.uvarint()
	if d.bad || size > MaxRecordBytes {
		return nil, corrupt("packed journal record")
	}
	p := unpacker{decoder: d, size: int(size), events: events, out: make([]byte, 0, min(int(size), 4*len(row)+4<<10))}
	if row[0] == cutVersion {
		return p.cut()
	}
	return p.packed(shard, seq)
}

// unpacker copies the body of a record while it reads it.
type unpacker struct {
	decoder
	out    []byte
	size   int
	events history
	terse  terse
	text   []byte
}

// cut is a record of version 2.
func (p *unpacker) cut() ([]byte, error) {
	if len(p.b) < recordHeader+recordTrailer {
		return nil, corrupt("packed journal record")
	}
	p.out = append(p.out, p.b[:recordHeader]...)
	end := p.b[len(p.b)-recordTrailer:]
	p.b = p.b[recordHeader : len(p.b)-recordTrailer]
	if err := p.entries(); err != nil {
		return nil, err
	}
	return append(p.out, end...), nil
}

// copied appends what the reads of fn pass over.
func (p *unpacker) copied(fn func()) {
	from := p.b
	fn()
	p.out = append(p.out, from[:len(from)-len(p.b)]...)
}

func (p *unpacker) entries() error {
	var n int
	p.copied(func() { n = p.count(6) })
	for range n {
		if err := p.entry(); err != nil {
			return err
		}
	}
	if p.bad || len(p.b) > 0 {
		return corrupt("packed journal record body")
	}
	return nil
}

func (p *unpacker) entry() error {
	var entity []byte
	var first uint64
	var events int
	p.copied(func() {
		entity, first = p.bytes(), p.uvarint()
		p.varint()
		events = p.count(2)
	})
	for i := range events {
		if err := p.event(entity, first+uint64(i)); err != nil {
			return err
		}
	}
	p.copied(func() {
		p.keys()
		p.claims()
	})
	return nil
}

func (p *unpacker) event(entity []byte, ordinal uint64) (err error) {
	var length uint64
	p.copied(func() {
		p.uvarint()
		length = p.uvarint()
	})
	if p.bad || length > uint64(p.size-len(p.out)) {
		return corrupt("packed journal record body")
	}
	if length == 0 {
		return nil
	}
	_, e, err := p.events(entity, ordinal)
	if err != nil {
		return err
	}
	if uint64(len(e.Data)) != length {
		return corrupt("%s event %d: history differs from the journal", entity, ordinal)
	}
	p.out = append(p.out, e.Data...)
	return nil
}

// packed is a record of version 3.
func (p *unpacker) packed(shard Shard, seq Seq) ([]byte, error) {
	epoch := p.uvarint()
	const head, tail = recordHeader - 24, recordTrailer
	if p.bad || len(p.b) < head+tail {
		return nil, corrupt("packed journal record")
	}
	p.out = append(p.out, recordVersion, kindEntries, byte(shard), 0)
	p.out = binary.LittleEndian.AppendUint32(p.out, uint32(p.size-recordHeader-recordTrailer))
	p.out = binary.LittleEndian.AppendUint64(p.out, uint64(seq))
	p.out = binary.LittleEndian.AppendUint64(p.out, epoch)
	p.out = append(p.out, p.b[:head]...)
	base := int64(binary.LittleEndian.Uint64(p.b))
	sum := p.b[head : head+tail]
	p.b = p.b[head+tail:]
	n := p.count(5)
	p.out = binary.AppendUvarint(p.out, uint64(n))
	for range n {
		if err := p.packedEntry(base); err != nil {
			return nil, err
		}
		if p.bad || len(p.out) > p.size {
			break
		}
	}
	if p.out = append(p.out, sum...); p.bad || len(p.b) > 0 || len(p.out) != p.size {
		return nil, corrupt("packed journal record body")
	}
	return p.out, nil
}

func (p *unpacker) packedEntry(base int64) error {
	entity := append([]byte(nil), p.bytesOf()...)
	first, events := p.uvarint(), p.uvarint()
	p.out = appendBytes(p.out, entity)
	p.out = binary.AppendUvarint(p.out, first)
	if events == 0 {
		p.out = binary.AppendVarint(p.out, p.varint())
		p.out = append(p.out, 0)
	}
	for i := uint64(0); i < events && !p.bad; i++ {
		ns, e, err := p.events(entity, first+i)
		if err != nil {
			return err
		}
		if len(e.Data) > p.size-len(p.out) {
			return corrupt("%s event %d: history differs from the journal", entity, first+i)
		}
		if i == 0 {
			p.out = binary.AppendVarint(p.out, ns-base)
			p.out = binary.AppendUvarint(p.out, events)
		}
		p.out = appendBytes(binary.AppendUvarint(p.out, uint64(e.Type)), e.Data)
	}
	for range p.repeated() {
		p.key()
	}
	for range p.repeated() {
		p.key()
		p.out = appendBytes(p.out, p.bytesOf())
	}
	return nil
}

// repeated passes the length of a list on.
func (p *unpacker) repeated() int {
	n := p.count(2)
	p.out = binary.AppendUvarint(p.out, uint64(n))
	return n
}

func (p *unpacker) key() {
	parts := p.count(1)
	key := append([]byte(nil), p.bytesOf()...)
	for range parts {
		key = append(append(key, 0), p.bytesOf()...)
	}
	p.out = appendBytes(p.out, key)
}

// bytesOf reads a text, which is valid until the next one is read.
func (p *unpacker) bytesOf() []byte {
	if len(p.b) == 0 {
		p.bad = true
		return nil
	}
	if p.b[0]>>5 == 3 {
		size, head := plain(p.b)
		if p.bad = p.bad || size == 0; p.bad {
			return nil
		}
		text := p.b[head:size]
		p.b = p.b[size:]
		return text
	}
	if p.text = p.terse.token(p.text[:0], &p.decoder, nil); p.bad {
		return nil
	}
	_, head := plain(p.text)
	return p.text[head:]
}

// historyOf reads events where the journal's row was read.
func historyOf(r pebble.Reader) history {
	var data []byte
	return func(entity []byte, ordinal uint64) (ns int64, e Event, err error) {
		v, closer, err := r.Get(appendHistoryKey(nil, string(entity), ordinal))
		if errors.Is(err, pebble.ErrNotFound) {
			return 0, e, corrupt("%s event %d: in the journal but not in the history", entity, ordinal)
		}
		if err != nil {
			return 0, e, fmt.Errorf("%s event %d: %w", entity, ordinal, readError(err))
		}
		data = append(data[:0], v...)
		ns, e, err = decodeHistory(data)
		return ns, e, errors.Join(err, closer.Close())
	}
}
