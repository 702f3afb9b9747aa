// Package client is the Go client of Pronto's websocket and REST interface, for programs, tests and load generators.
//
// Owns: signing in, the connection and its return after a drop (resume, jittered pauses, which close codes end it), the
// sequence of events (each delivered once and in order, or a snapshot first), commands that are sent again with the same
// id until they are answered, and heartbeats.
//
// Does not own: what events mean and any picture of conversations; the handler keeps that.
//
// Concurrency and order: one goroutine per Client, which reads, reconnects, and calls the handler; nothing else runs. While
// a handler works nothing is read: the server cuts a client that stays slow, and the client resumes where it was. Methods
// of Client may be called from any goroutine. Do must not be called from a handler, which it would wait for; Go may.
// Commands reach the server in the order of the calls. Two clients share nothing.
//
// Errors: *CommandError for a refused command, *APIError for a refused request, *GiveUpError when the client has ended by
// itself, ErrClosed after Close, ErrTooMany when too many commands wait.
package client
