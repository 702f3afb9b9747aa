// Package dispatch decides: it holds the pure state machines of Pronto and every message and record of the offer protocol.
//
// Owns: the rules of conversations ([Conversation]), agents ([Agent]), queues ([Queue]) and inbound messages ([Arrival]);
// their durable records, the messages between them, the events people see and the codes of refusals.
//
// Does not own: clocks, randomness, storage, sockets, goroutines, logs. Time and ids arrive as arguments.
//
// Concurrency and order: a machine is a plain value used by one goroutine at a time. Step validates without changing
// anything, then records facts and applies them; the caller makes the records durable before it delivers the messages and
// events of the Outcome, in their order. Messages about somebody else's fact carry a version and are idempotent: a lost,
// repeated, late or reordered message changes nothing that it should not.
//
// Errors: *[Error] with a stable [Code]; when Step returns one, nothing changed.
package dispatch
