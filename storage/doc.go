// Package storage is the durable engine: a hash-chained journal in 16 shards
// and, in the same Pebble database, the rows that are read: history, states,
// index rows and unique claims.
//
// # Owns
//
// The data folder, its format and everything that is written there; who may
// write to a shard (claims with epochs); the uniqueness of claimed keys; the
// order of the events of an entity. Nothing else imports Pebble.
//
// # Does not own
//
// The meaning of events, states and index rows: they are bytes here. Index rows
// are derivable from the events and are therefore not journalled. Drafts are the
// exception: rows that follow from nothing and that nobody misses for long.
//
// # Row keyspaces
//
// The first byte of a key says what the row is. Integers in keys are big endian.
//
//	C key                      claim: shard byte, value
//	E entity                   head: shard byte, uvarint number of events
//	H entity 0x00 ordinal(8)   history: uvarint type, varint unix ns, data
//	I key                      index row: shard byte, value (keys from 0x00 are reserved for documents)
//	J shard seq(8)             journal: one encoded record (record.go), without what its
//	                           events have in H (packed.go)
//	M name                     meta: format version, shards being imported
//	S entity                   state: uvarint number of events it includes, data
//	T shard 'b' | 's'          journal: tail of the last trimmed record | snapshot position
//
// # Concurrency and order
//
// Every method of DB may be called from any goroutine. Each shard has one writer
// goroutine: it takes whatever waits, and more while a small group would begin on top
// of another one, checks each change on its own, and commits those it accepted as one
// journal record and one synced batch. Changes of one shard are durable in the order in
// which they were accepted. A large group is built on top of one that is being synced,
// a small one once that has landed (shardWriter.serve): both are
// in one log, so the later one cannot be durable without the earlier. Claims are
// guarded by locks striped over the key, held by the shard from the check until the
// batch is durable, so that shards may compete for a key. An entity, and every claim it
// holds, belongs to one shard for life.
//
// Commit answers only once the change is durable, and refuses only once that is durable
// which the refusal tells of. Readers of rows may see a change up to one disk sync before
// that; Journal.Follow never does.
//
// # Errors
//
// A change that was refused or never taken is proved not written: [*Stale],
// [*Taken], ErrInvalid, ErrTooLarge, ErrReadOnly, ErrFenced, ErrUnavailable or the
// context's error. ErrUnknown means that nobody knows; it is the last thing the
// store says before it is unavailable for good, and the process should end: what
// was durable is read back at the next start. A failing disk is never answered
// with ok: Pebble's fatal errors end the process (Options.Fatal).
//
// Damage is detected by checksums and never served, with one exception: after an
// unclean stop, damage in the last 32 KiB of the write-ahead log looks like a write
// that was interrupted, and is dropped as one. A clean Close leaves nothing there.
package storage
