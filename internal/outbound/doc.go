// Package outbound is how this process reaches other people's servers: the one HTTP client, and signed webhooks over it.
//
// Owns: which addresses may be reached (checked on the resolved address at dial time, so no name can lead inside), the
// limits of a request, Standard Webhooks signatures, and the generic channel's driver.
//
// Does not own: retries, order and what is sent to whom; the outbox does.
//
// Concurrency and order: everything is safe for concurrent use.
//
// Errors: delivery.ErrForbiddenAddress (also for a scheme that is not https) and ErrTooLarge, wrapped by net/http; drivers
// answer with a delivery.Result in every case. Response bodies are read and thrown away; none is ever shown or logged.
package outbound
