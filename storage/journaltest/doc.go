// Package journaltest is the conformance suite of storage.Journal.
//
// It owns the rules that every implementation keeps, as tests; it does not own
// faults, which differ by implementation. Run is called from a test, once for each
// implementation, and needs no shared state. Errors are reported on t.
package journaltest
