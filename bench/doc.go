// Package bench loads a server with dispatch cycles over the public API and measures what an operator would feel.
//
// Owns: scenarios, simulated agents over websockets and customers over the generic channel, histograms, the final check
// of the server's answers against the ledger of what it acknowledged.
//
// Does not own: the server; it is told an address and a token, and reads nothing else of it, except the process counters
// of a child that the command started.
//
// Concurrency and order: arrivals are open-loop by default: their times are drawn before the run, and latency counts from
// the intended time, so a slow server cannot hide by slowing its clients (no coordinated omission).
//
// Errors: a run that cannot be set up, and a run whose ledger does not match, are errors. Refusals during a run are counted.
package bench
