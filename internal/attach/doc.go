// Package attach is the life of a file that somebody sends: taken in within the organisation's limits, looked into, given
// out, and removed when no message came to have it.
//
// Owns: the order of the steps of an upload, what is refused and why, the quota, when a file counts as an orphan, and that
// bytes are removed only when no attachment refers to them.
//
// Does not own: where bytes and records are (internal/blob, storage), what a file is (internal/media), who may read it (the
// gate), and which conversation has it: that conversation's claim says so.
//
// What is still to be done about a file is in its record, so that Run goes on where an earlier process stopped.
//
// Concurrency and order: everything may be called from any goroutine, Run once. A file is durable before its record, and the record
// before anybody is told of it; a crash in between leaves bytes without a record, which Sweep removes after OrphanAge.
//
// Errors: *Refusal for what is refused; storage.ErrNotFound; what the body's reader returned; anything else is internal.
package attach
