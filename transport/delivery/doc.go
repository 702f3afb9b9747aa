// Package delivery is what the outbox and the drivers of channels say to each other: one outgoing message, and what became
// of it.
//
// Owns: the neutral message and result, and what an HTTP exchange that failed proves about the message.
//
// Does not own: retries, order and durability (the outbox), or any provider's wire format (the drivers).
//
// Concurrency and order: values and pure functions. A driver may be called concurrently for different conversations; for one
// conversation the outbox waits for each answer.
//
// Errors: ErrForbiddenAddress. A Deliver call returns a Result in every case; its error is detail for the log.
package delivery
