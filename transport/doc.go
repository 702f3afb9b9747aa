// Package transport is the edge: it speaks HTTP and websocket and knows nothing of storage or actors.
//
// It owns the routes and their documents, parsing and validation of what comes in, the encoding of what goes out, problem
// documents, limits of size and rate, idempotency keys, conditional updates, and each connection's bounded outbox. Every
// request passes one chain: request id, access log, cross-origin check, body limit, credential, rate, gate, handler.
//
// It does not own who somebody is or what they may do (ports Accounts and Gate), what a command means (port Dispatch), or a
// session's sequence of events (port Edge). The ports are in ports.go; the program plugs them in.
//
// Concurrency and order: handlers run on the HTTP server's goroutines. A connection has one reader goroutine, and one writer
// goroutine only while something waits to be written; frames of a connection leave in the order of Send. Send never blocks.
//
// Errors: ports report *dispatch.Error, *Refusal, *Taken or any other error; the last becomes internal with nothing of it
// shown. Answers never contain a value that was sent nor an internal text.
package transport
