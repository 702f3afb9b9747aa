package dispatch

import (
	"encoding/binary"
	"errors"
	"time"
)

// Named ids. All are opaque outside this package: a type prefix and 26 characters that sort by time of birth.
type (
	ConversationID string // "cnv_…"
	MessageID      string // "msg_…"
	OfferID        string // "off_…"; also the id of a transfer, which is an offer with an owner
	NoteID         string // "not_…"
	AgentID        string // "agt_…"
	QueueID        string // "que_…"
	ContactID      string // "con_…"
	ChannelID      string // "chn_…"
	AttachmentID   string // "att_…"
	SkillID        string // "skl_…"
	SessionID      string // "ses_…"
	CommandID      string // made by the client, unique per principal for 24 h
	CannedID       string // "can_…"
	ExternalID     string // a provider's id of a message, unique per channel
)

// Partitions is the number of fixed virtual partitions; each of the Shards owns Partitions/Shards of them.
const (
	Partitions = 1024
	Shards     = 16
)

// Partition is the virtual partition where an entity was born, 0 … Partitions-1. It is carried in every id.
type Partition uint16

// Shard is the journal shard of the partition, 0 … Shards-1.
func (p Partition) Shard() int { return int(p) / (Partitions / Shards) }

// ErrMalformedID is returned by ParseID for anything that FormatID cannot have made.
var ErrMalformedID = errors.New("malformed id")

const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32, lower case: keeps byte order

const idChars = 26

// FormatID makes an id: prefix, '_', then 128 bits as 26 characters: 48 bits of Unix milliseconds, 16 bits of which the
// low ten are the partition, 64 bits of entropy. Ids of one prefix sort by time.
func FormatID(prefix string, at time.Time, p Partition, entropy uint64) string {
	return formatRaw(prefix, uint64(at.UnixMilli())<<16|uint64(p%Partitions), entropy)
}

func formatRaw(prefix string, hi, lo uint64) string {
	return string(appendRaw(make([]byte, 0, len(prefix)+1+idChars), prefix, hi, lo))
}

func appendRaw(dst []byte, prefix string, hi, lo uint64) []byte {
	dst = append(append(dst, prefix...), "_00000000000000000000000000"...)
	out := dst[len(dst)-idChars:]
	for i := idChars - 1; i > idChars-13; i-- { // 60 bits
		out[i] = idAlphabet[lo&31]
		lo >>= 5
	}
	out[idChars-13] = idAlphabet[lo|hi<<4&31]
	hi >>= 1
	for i := idChars - 14; i >= 0; i-- {
		out[i] = idAlphabet[hi&31]
		hi >>= 5
	}
	return dst
}

// ParseID splits an id into its prefix, time of birth (milliseconds) and partition.
func ParseID(id string) (prefix string, at time.Time, p Partition, err error) {
	n, hi, _, ok := parseRaw(id)
	if !ok {
		return "", time.Time{}, 0, ErrMalformedID
	}
	return id[:n], time.UnixMilli(int64(hi >> 16)).UTC(), Partition(hi & (Partitions - 1)), nil
}

// parseRaw gives the length of the prefix and the 128 bits; not ok for what FormatID did not make.
func parseRaw(id string) (prefix int, hi, lo uint64, ok bool) {
	prefix = len(id) - idChars - 1
	if prefix < 1 || id[prefix] != '_' {
		return 0, 0, 0, false
	}
	for i := prefix + 1; i < len(id); i++ {
		v := idBits[id[i]]
		if v == 0 || hi>>59 != 0 {
			return 0, 0, 0, false
		}
		hi = hi<<5 | lo>>59
		lo = lo<<5 | uint64(v-1)
	}
	return prefix, hi, lo, true
}

// idBits are the values of the alphabet's characters, each one more than it is; 0: no such character.
var idBits = func() (bits [256]byte) {
	for v, c := range []byte(idAlphabet) {
		bits[c] = byte(v) + 1
	}
	return bits
}()

// PackID gives the 16 bytes of an id; not ok for what FormatID did not make.
func PackID(id string) (raw [16]byte, ok bool) {
	_, hi, lo, ok := parseRaw(id)
	if !ok {
		return raw, false
	}
	binary.BigEndian.PutUint64(raw[:8], hi)
	binary.BigEndian.PutUint64(raw[8:], lo)
	return raw, true
}

// AppendID appends what UnpackID gives.
func AppendID(dst []byte, prefix string, raw [16]byte) []byte {
	return appendRaw(dst, prefix, binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:]))
}

// UnpackID is the inverse of PackID, given the prefix.
func UnpackID(prefix string, raw [16]byte) string {
	return formatRaw(prefix, binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:]))
}

// PartitionOf is the partition carried by an id, 0 for an id that FormatID did not make.
func PartitionOf(id string) Partition {
	_, hi, _, _ := parseRaw(id)
	return Partition(hi & (Partitions - 1))
}
