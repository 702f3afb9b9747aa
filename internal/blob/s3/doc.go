// Package s3 keeps blobs in a bucket of Amazon S3 or of a server that speaks its protocol.
//
// Owns: the objects below one prefix of the bucket, named by their hash, and the checks that a transfer was whole: a
// digest goes with every upload, and what is read is compared with its hash.
//
// Does not own: the bucket, its retention and its encryption, which are the operator's; staging, which is on the local disk.
//
// Concurrency and order: everything may be called from any goroutine. An object is durable when the server says so. Equal
// bytes are uploaded again, so that the object counts as new for every process that looks.
//
// Errors: those of blob; anything else is the network or the server, already tried again for a while.
package s3
