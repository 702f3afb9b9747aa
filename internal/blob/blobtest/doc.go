// Package blobtest is the conformance suite of blob.Store: what every implementation must do.
//
// It owns the cases. It does not own how an implementation is set up: that is the caller's Harness.
// Concurrency: each case gets a harness of its own. Errors: those of the testing package.
package blobtest
