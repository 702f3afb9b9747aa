// Package s3test is a strict S3 server in memory, for tests: it checks the signature (version 4) of every request and of
// every chunk of a body, and the digests that come with an upload, and refuses whatever is wrong.
//
// It owns one bucket of one account. It does not own persistence, versions, multipart uploads or access lists.
// Concurrency: safe for concurrent use. Errors: those of S3, as XML.
package s3test
