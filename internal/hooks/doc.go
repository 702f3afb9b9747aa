// Package hooks tells other people's servers what happens to conversations: webhooks out.
//
// Owns: which records are events, what waits for whom, the order and the time of attempts, and what is given up. It follows the
// journal behind the conversations: they do nothing for it, and where no webhook is enabled nobody reads anything.
//
// Does not own: the configuration of the webhooks and their secrets, the form of a body (a function of Options), the client
// that posts (internal/outbound).
//
// Concurrency and order: a Follower decides and writes, without goroutine, clock or chance of its own, for one caller at a
// time; the simulator runs it too. Service is the server's: one goroutine, Run, turns the Follower, attempts have their own,
// and its methods may be called from any. An event waits in a row, written together with how far the journal was read, until
// its receiver has taken it: a process that ends forgets nothing, and may only send again, under the same id. The events of
// one conversation reach a webhook one after the other, in the order of the journal; conversations and webhooks do not wait
// for each other. A receiver that fails is tried with one event at a time, so that it takes nobody else's place. A webhook
// that changes is told what was written before as it asked until then.
//
// Memory: a page of the journal, and what is under way. Everything else is read when it is due.
//
// Errors: storage's own; an attempt's never holds an address or a secret.
package hooks
