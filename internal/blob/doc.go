// Package blob keeps files under the SHA-256 of their bytes, on the disk of this machine or in an S3 bucket (s3).
//
// Owns: staging (bytes are written, counted and hashed before anybody knows what they are), the steps that make a file
// durable, one copy for equal bytes, and the check of bytes that are read from end to end.
//
// Does not own: what a file is, whose it is, and whether it is still needed. Callers keep that, and remove what nobody
// refers to; until then an unreferenced file costs nothing but its space.
//
// Concurrency and order: everything may be called from any goroutine, but for a Writer, which belongs to one. A file is
// durable when Keep returns. A crash between the steps leaves either the whole file or something in the staging folder,
// which Sweep removes. Remove must not run beside a Keep of the same hash whose caller has not made its reference durable:
// the caller keeps the two apart.
//
// Errors: ErrNotFound; ErrNoRoom, also for a disk that reports so while writing; ErrDamaged for bytes that are no longer
// those of the hash; ErrTooLarge of a Writer with a limit; anything else is the disk or the network. No error is answered
// with success.
package blob
