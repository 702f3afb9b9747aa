// Package api holds the generated documents of the wire for the server to show.
//
// It owns nothing but the bytes: they are written by go generate ./protocol and a test fails when they drift.
// Concurrency: the file system is read-only. Errors: those of io/fs.
package api
