package storage

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// The keyspaces; see doc.go.
const (
	spaceClaim   = 'C'
	spaceHead    = 'E'
	spaceHistory = 'H'
	spaceIndex   = 'I'
	spaceJournal = 'J'
	spaceMeta    = 'M'
	spaceState   = 'S'
	spaceTail    = 'T'

	tailBase     = 'b'
	tailSnapshot = 's'
)

// Limits of what a change may hold.
const (
	MaxEntityBytes = 128
	MaxKeyBytes    = 4 << 10  // of an index row or a claim
	MaxChangeBytes = 16 << 20 // of everything in one change
)

// reserved is the first byte of the index keys that belong to this package.
const reserved = 0x00

func appendEntityKey(dst []byte, space byte, entity string) []byte {
	return append(append(dst, space), entity...)
}

func appendHistoryKey(dst []byte, entity string, ordinal uint64) []byte {
	dst = append(append(append(dst, spaceHistory), entity...), 0)
	return binary.BigEndian.AppendUint64(dst, ordinal)
}

// splitHistoryKey is the inverse of appendHistoryKey.
func splitHistoryKey(key []byte) (entity []byte, ordinal uint64, ok bool) {
	n := len(key) - 9
	if n < 1 || key[0] != spaceHistory || key[n] != 0 {
		return nil, 0, false
	}
	return key[1:n], binary.BigEndian.Uint64(key[n+1:]), true
}

func appendSpaceKey(dst []byte, space byte, key []byte) []byte {
	return append(append(dst, space), key...)
}

func appendJournalKey(dst []byte, shard Shard, seq Seq) []byte {
	return binary.BigEndian.AppendUint64(append(dst, spaceJournal, byte(shard)), uint64(seq))
}

// splitJournalKey is the inverse of appendJournalKey.
func splitJournalKey(key []byte) (shard Shard, seq Seq, ok bool) {
	if len(key) != 10 || key[0] != spaceJournal {
		return 0, 0, false
	}
	return Shard(key[1]), Seq(binary.BigEndian.Uint64(key[2:])), true
}

func tailKey(shard Shard, what byte) []byte { return []byte{spaceTail, byte(shard), what} }

func metaKey(name string) []byte { return append([]byte{spaceMeta}, name...) }

// keyAfter is the smallest key greater than every key with the prefix; nil if there is none.
func keyAfter(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			out := append([]byte(nil), prefix[:i+1]...)
			out[i]++
			return out
		}
	}
	return nil
}

func checkEntity(entity string) error {
	if entity == "" || len(entity) > MaxEntityBytes || strings.IndexByte(entity, 0) >= 0 {
		return fmt.Errorf("entity %q: %w", entity, ErrInvalid)
	}
	return nil
}

func checkKey(key []byte) error {
	if len(key) == 0 || len(key) > MaxKeyBytes {
		return fmt.Errorf("key of %d bytes: %w", len(key), ErrInvalid)
	}
	return nil
}

// Row values.

func appendTail(dst []byte, t Tail) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(t.Seq))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(t.Epoch))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(t.Time.UnixNano()))
	return append(dst, t.Hash[:]...)
}

func decodeTail(v []byte) (Tail, error) {
	if len(v) != 24+len(Hash{}) {
		return Tail{}, corrupt("journal tail row of %d bytes", len(v))
	}
	t := Tail{
		Seq:   Seq(binary.LittleEndian.Uint64(v)),
		Epoch: Epoch(binary.LittleEndian.Uint64(v[8:])),
		Time:  unixNano(int64(binary.LittleEndian.Uint64(v[16:]))),
	}
	copy(t.Hash[:], v[24:])
	return t, nil
}

func appendHead(dst []byte, shard Shard, count uint64) []byte {
	return binary.AppendUvarint(append(dst, byte(shard)), count)
}

func decodeHead(v []byte) (Shard, uint64, error) {
	if len(v) < 2 || v[0] >= Shards {
		return 0, 0, corrupt("head row")
	}
	count, n := binary.Uvarint(v[1:])
	if n != len(v)-1 {
		return 0, 0, corrupt("head row")
	}
	return Shard(v[0]), count, nil
}

// shardValue splits a claim or index row into the shard that wrote it and its value.
func shardValue(v []byte) (Shard, []byte, error) {
	if len(v) == 0 || v[0] >= Shards {
		return 0, nil, corrupt("claim or index row")
	}
	return Shard(v[0]), v[1:], nil
}

func appendHistory(dst []byte, ns int64, ev Event) []byte {
	dst = binary.AppendUvarint(dst, uint64(ev.Type))
	dst = binary.AppendVarint(dst, ns)
	return append(dst, ev.Data...)
}

func decodeHistory(v []byte) (ns int64, ev Event, err error) {
	d := decoder{b: v}
	typ := d.uvarint()
	ns = d.varint()
	if d.bad || typ > 0xffff {
		return 0, Event{}, corrupt("history row")
	}
	return ns, Event{Type: uint16(typ), Data: d.b}, nil
}

func decodeState(v []byte) (upTo uint64, data []byte, err error) {
	d := decoder{b: v}
	upTo = d.uvarint()
	if d.bad {
		return 0, nil, corrupt("state row")
	}
	return upTo, d.b, nil
}
