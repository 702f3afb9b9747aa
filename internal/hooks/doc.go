// Package hooks tells other people's servers what happens to conversations: webhooks out.
//
// Owns: which records are events, what waits for whom, the order and the time of attempts, and what is given up. It follows the
// journal behind the conversations: they do nothing for it, and where no webhook is enabled nobody reads anything.
//
// Does not own: the configuration of the webhooks and their secrets, the form of a body (a function of Options), the client
// that posts (internal/outbound).
//
// Concurrency and order: one goroutine, Run, decides and writes; attempts have their own. The other methods may be called from
// any goroutine. An event waits in a row, written together with how far the journal was read, until its receiver has taken it:
// a process that ends forgets nothing, and may only send again, under the same id. The events of one conversation reach a
// webhook one after the other, in the order of the journal; conversations and webhooks do not wait for each other. A receiver
// that fails is tried with one event at a time, so that it takes nobody else's place.
//
// Memory: a page of the journal, and what is under way. Everything else is read when it is due.
//
// Errors: storage's own; an attempt's never holds an address or a secret.
package hooks
