// Package fake is a WhatsApp provider in the same process, for tests and the demo: it takes messages over the Cloud API's
// HTTP interface and sends signed webhooks.
//
// Owns: the provider's side of sending (bearer, message ids, error answers), statuses that follow a message, webhooks from
// customers, and their files. It can be told to fail, to wait, to deliver webhooks twice and to shuffle statuses.
//
// Does not own: time and chance. Delays end with the request's context and are waited for on the given clock; order is
// reversed rather than drawn.
//
// Concurrency and order: safe for concurrent use. Webhooks are sent when the caller says so, one after the other, on the
// caller's goroutine; nothing runs in the background.
//
// Errors: Push returns what the receiver answered when that was not a success.
package fake
