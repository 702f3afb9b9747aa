package storage

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// A record whose events are written to the history by the same batch is stored without their data: what stands in the
// history never changes, and storing it twice was a quarter of all bytes. The row is
//
//	0 version (2)   1 length of the record: uvarint   then the record, with the data of each event cut out
//
// Lengths and checksum are those of the whole record, and so are its hash and what Follow and Export give. A release that
// does not know this takes the version for that of a newer record, and refuses.
const packedVersion = recordVersion + 1

// span is where data stands in an encoded record.
type span struct{ from, to int }

// packedSize is the length of the row of a record with the cuts.
func packedSize(raw []byte, cuts []span) int {
	n := 1 + len(binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen64), uint64(len(raw)))) + len(raw)
	for _, c := range cuts {
		n -= c.to - c.from
	}
	return n
}

// appendPacked appends the row of a record with the cuts.
func appendPacked(dst, raw []byte, cuts []span) []byte {
	dst = binary.AppendUvarint(append(dst, packedVersion), uint64(len(raw)))
	at := 0
	for _, c := range cuts {
		dst = append(dst, raw[at:c.from]...)
		at = c.to
	}
	return append(dst, raw[at:]...)
}

// eventData reads the data of an event from the history, appended to dst.
type eventData func(dst, entity []byte, ordinal uint64) ([]byte, error)

// unpack gives the record that a journal row holds: the row itself, or what it was packed from. Whether the data is that
// which was cut out is for the record's checksum to say.
func unpack(row []byte, data eventData) ([]byte, error) {
	if len(row) == 0 || row[0] != packedVersion {
		return row, nil
	}
	d := decoder{b: row[1:]}
	size := d.uvarint()
	if d.bad || size > MaxRecordBytes || len(d.b) < recordHeader+recordTrailer {
		return nil, corrupt("packed journal record")
	}
	p := unpacker{decoder: decoder{b: d.b[recordHeader : len(d.b)-recordTrailer]}, size: int(size), data: data}
	p.out = append(make([]byte, 0, min(int(size), 4*len(row)+4<<10)), d.b[:recordHeader]...)
	if err := p.entries(); err != nil {
		return nil, err
	}
	return append(p.out, d.b[len(d.b)-recordTrailer:]...), nil
}

// unpacker copies the body of a record while it reads it.
type unpacker struct {
	decoder
	out  []byte
	size int
	data eventData
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
	before := len(p.out)
	if p.out, err = p.data(p.out, entity, ordinal); err != nil {
		return err
	}
	if uint64(len(p.out)-before) != length {
		return corrupt("%s event %d: history differs from the journal", entity, ordinal)
	}
	return nil
}

// dataFrom reads events where the journal's row was read.
func dataFrom(r pebble.Reader) eventData {
	return func(dst, entity []byte, ordinal uint64) ([]byte, error) {
		v, closer, err := r.Get(appendHistoryKey(nil, string(entity), ordinal))
		if errors.Is(err, pebble.ErrNotFound) {
			return nil, corrupt("%s event %d: in the journal but not in the history", entity, ordinal)
		}
		if err != nil {
			return nil, fmt.Errorf("%s event %d: %w", entity, ordinal, readError(err))
		}
		_, ev, err := decodeHistory(v)
		dst = append(dst, ev.Data...)
		return dst, errors.Join(err, closer.Close())
	}
}
