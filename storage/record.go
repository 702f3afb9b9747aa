package storage

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// An encoded record, version 1. Integers are little endian, "bytes" is a uvarint
// length and that many bytes, "list" a uvarint count and that many elements.
//
//	 0 version   1 kind   2 shard   3 zero   4 body length (4)
//	 8 seq (8)  16 epoch (8)  24 unix ns (8)  32 hash of the previous record (32)
//	64 body: claim record: owner bytes
//	         entries record: list of entries
//	   CRC-32C (4) of everything before
//
//	entry: entity bytes, first uvarint, varint ns after the record's time,
//	       list of (type uvarint, data bytes), list of released key bytes,
//	       list of (claimed key bytes, value bytes)
const (
	recordVersion = 1
	recordHeader  = 64
	recordTrailer = 4

	kindClaim   = 1
	kindEntries = 2

	// MaxRecordBytes bounds what a decoder accepts and an encoder writes.
	MaxRecordBytes = 64 << 20
	maxOwner       = 200
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendRecord appends the encoding of rec to dst.
func AppendRecord(dst []byte, rec *Record) []byte {
	start := len(dst)
	kind := byte(kindEntries)
	if rec.Owner != "" {
		kind = kindClaim
	}
	dst = append(dst, recordVersion, kind, byte(rec.Shard), 0, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(rec.Seq))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(rec.Epoch))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(rec.Time.UnixNano()))
	dst = append(dst, rec.PrevHash[:]...)
	if kind == kindClaim {
		dst = appendBytes(dst, rec.Owner)
	} else {
		dst = binary.AppendUvarint(dst, uint64(len(rec.Entries)))
		for i := range rec.Entries {
			dst = appendEntry(dst, rec.Time, &rec.Entries[i])
		}
	}
	binary.LittleEndian.PutUint32(dst[start+4:], uint32(len(dst)-start-recordHeader))
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

func appendEntry(dst []byte, base time.Time, e *Entry) []byte {
	dst = appendBytes(dst, e.Entity)
	dst = binary.AppendUvarint(dst, e.First)
	dst = binary.AppendVarint(dst, e.Time.UnixNano()-base.UnixNano())
	dst = binary.AppendUvarint(dst, uint64(len(e.Events)))
	for _, ev := range e.Events {
		dst = binary.AppendUvarint(dst, uint64(ev.Type))
		dst = appendBytes(dst, ev.Data)
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.Releases)))
	for _, k := range e.Releases {
		dst = appendBytes(dst, k)
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.Claims)))
	for _, c := range e.Claims {
		dst = appendBytes(dst, c.Key)
		dst = appendBytes(dst, c.Value)
	}
	return dst
}

func appendBytes[T string | []byte](dst []byte, b T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

// DecodeRecord decodes one record, which must fill raw exactly. The result refers
// to raw. Any input is safe: the memory used is at most a small multiple of raw.
func DecodeRecord(raw []byte) (Record, error) {
	if len(raw) > 0 && raw[0] > recordVersion {
		return Record{}, fmt.Errorf("journal record version %d: %w", raw[0], ErrNewerFormat)
	}
	if len(raw) < recordHeader+recordTrailer || len(raw) > MaxRecordBytes {
		return Record{}, corrupt("journal record of %d bytes", len(raw))
	}
	end := len(raw) - recordTrailer
	if crc32.Checksum(raw[:end], castagnoli) != binary.LittleEndian.Uint32(raw[end:]) {
		return Record{}, corrupt("journal record checksum")
	}
	if raw[0] != recordVersion || raw[3] != 0 || raw[2] >= Shards ||
		int(binary.LittleEndian.Uint32(raw[4:])) != end-recordHeader {
		return Record{}, corrupt("journal record header")
	}
	rec := Record{
		Shard: Shard(raw[2]),
		Seq:   Seq(binary.LittleEndian.Uint64(raw[8:])),
		Epoch: Epoch(binary.LittleEndian.Uint64(raw[16:])),
		Time:  unixNano(int64(binary.LittleEndian.Uint64(raw[24:]))),
	}
	copy(rec.PrevHash[:], raw[32:64])
	d := decoder{b: raw[recordHeader:end]}
	switch raw[1] {
	case kindClaim:
		rec.Owner = string(d.bytes())
		d.bad = d.bad || rec.Owner == ""
	case kindEntries:
		rec.Entries = d.entries(rec.Time)
	default:
		d.bad = true
	}
	if d.bad || len(d.b) > 0 {
		return Record{}, corrupt("journal record body")
	}
	return rec, nil
}

func unixNano(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// decoder reads a body. Once bad, it returns zero values.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	out := d.b[:n:n]
	d.b = d.b[n:]
	return out
}

// count reads the length of a list whose elements take at least size bytes each, so
// that a lying count cannot allocate more than the input could hold.
func (d *decoder) count(size int) int {
	n := d.uvarint()
	if n > uint64(len(d.b)/size) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(n)
}

func (d *decoder) entries(base time.Time) []Entry {
	n := d.count(6)
	if n == 0 {
		return nil
	}
	out := make([]Entry, n)
	for i := range out {
		e := &out[i]
		e.Entity = string(d.bytes())
		e.First = d.uvarint()
		e.Time = unixNano(base.UnixNano() + d.varint())
		e.Events = d.events()
		e.Releases = d.keys()
		e.Claims = d.claims()
		if d.bad {
			return nil
		}
	}
	return out
}

func (d *decoder) events() []Event {
	n := d.count(2)
	if n == 0 {
		return nil
	}
	out := make([]Event, n)
	for i := range out {
		t := d.uvarint()
		d.bad = d.bad || t > 0xffff
		out[i] = Event{Type: uint16(t), Data: d.bytes()}
	}
	return out
}

func (d *decoder) keys() [][]byte {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	out := make([][]byte, n)
	for i := range out {
		out[i] = d.bytes()
	}
	return out
}

func (d *decoder) claims() []Claim {
	n := d.count(2)
	if n == 0 {
		return nil
	}
	out := make([]Claim, n)
	for i := range out {
		out[i] = Claim{Key: d.bytes(), Value: d.bytes()}
	}
	return out
}
