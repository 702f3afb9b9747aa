// Package actors runs the machines of dispatch: each conversation, agent and queue is an actor, and so is each session at
// the edge and each conversation's courier to its channel.
//
// Owns: the order decide → make durable → tell; activation from storage and passivation; the ledger of an agent's commands
// and their first answers; sessions with their sequence, replay ring and resume; who follows which conversation; when
// sleeping conversations are woken.
//
// Does not own: what is decided (dispatch), how it is stored (the port Store), what travels (the port Conn), which settings
// hold (the port Catalog).
//
// Concurrency and order: an actor is one goroutine at a time. A conversation's or an agent's actor blocks until its records
// are durable; nothing leaves it before. Messages between two actors keep their order. Everything on System may be called
// from any goroutine.
//
// Errors: refusals are *dispatch.Error. A failed write panics the actor: its memory is ahead of the disk, so it starts over
// from storage and tells others again what its state implies.
package actors
