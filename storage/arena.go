package storage

import "encoding/binary"

// arena is memory for many small byte slices that live and end together. What was taken
// stays where it is until reset.
type arena struct{ mem []byte }

// keptArenaBytes is how much memory waits for the next use.
const keptArenaBytes = 1 << 20

// reset ends everything that was taken.
func (a *arena) reset() {
	a.mem = a.mem[:0]
	if cap(a.mem) > keptArenaBytes {
		a.mem = nil
	}
}

// room is where the next slice is built, by appending.
func (a *arena) room() []byte { return a.mem[len(a.mem):] }

// take keeps what was appended to room.
func (a *arena) take(b []byte) []byte {
	if cap(b) != cap(a.mem)-len(a.mem) { // there was not room enough; what was taken before keeps the memory it has
		a.mem = make([]byte, 0, max(2*cap(a.mem), 2*len(b), 4<<10))
		b = append(a.mem, b...)
	}
	a.mem = a.mem[:len(a.mem)+len(b)]
	return b[:len(b):len(b)]
}

func (a *arena) copy(b []byte) []byte { return a.take(append(a.room(), b...)) }

func (a *arena) string(s string) []byte { return a.take(append(a.room(), s...)) }

// rowKey joins the parts with 0x00. Parts are ids and never hold that byte.
func (a *arena) rowKey(kind byte, parts ...string) []byte {
	return a.take(appendRowKey(a.room(), kind, parts...))
}

// placed gives a number and then an id.
func (a *arena) placed(n uint64, id string) []byte {
	return a.take(append(binary.BigEndian.AppendUint64(a.room(), n), id...))
}
