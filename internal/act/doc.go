// Package act runs entity actors on hollywood, addressed by kind and id.
//
// It owns: the directory from (kind, id) to the one live actor, activation by the first message, passivation after
// a quiet time, the bound of every mailbox, recovery from panics, one timer per actor, answers to Ask, and stopping
// all of it. It is the only package that imports hollywood; every actor is a process on one hollywood
// engine, with an Inboxer whose workers are kept from one message to the next.
//
// It does not own: what an actor does or remembers, durability, or any retry. A message that was accepted can still
// be lost when its actor panics on it or when Stop runs out of time, so messages must be idempotent.
//
// Concurrency and order: an actor runs on one goroutine at a time, and two values for one address are never alive
// together. Messages from one goroutine to one address arrive in the order of their Send; what an actor of a Chain kind
// sends through its Context goes out when its Receive has returned, so that has an order of its own (Kind.Chain). Send
// never blocks and never runs an actor's code. System may be used from any goroutine, and so may a Context that is not of
// such a kind.
//
// Errors: Send and Ask return ErrOverloaded, ErrStopped or *UnknownKindError; Ask also the context's error and the
// *PanicError of an actor that panicked on the question. Stop returns *StopError when something did not stop.
package act
