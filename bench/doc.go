// Package bench loads a server with dispatch cycles over the public API and measures what an operator would feel.
//
// Owns: scenarios and their files, arrival processes, simulated agents over websockets and customers over the generic
// channel, histograms, the ledger of what the server acknowledged and its comparison with the server's answers, reports
// as text, JSON and a page, and the comparison of reports.
//
// Does not own: the server; it is told an address and a token, and how to read the server's counters.
//
// Concurrency and order: open-loop arrivals are drawn from the seed alone, and latency counts from the intended time, so a
// slow server cannot hide by slowing its clients (no coordinated omission). What a customer writes later is due when the
// agent's message was acknowledged. A conversation's choices come from the seed and its number, whatever the order in
// which the server gets to it. One load at a time runs over a fleet.
//
// Errors: a run that cannot be set up is an error without a result; wrong answers and conversations that never end are
// ErrWrong beside the result. Refusals during a run are counted.
package bench
