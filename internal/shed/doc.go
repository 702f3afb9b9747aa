// Package shed decides what waits and what is refused when there is more to do than the server can, so that the work that
// must go on is as fast as ever.
//
// It owns the line: how many pieces of refusable work are carried out at once, and who is next. Work of a higher class goes
// first, and who has not got a place in time is refused; so under load the classes are refused in their order. It does not
// own what is never refused: messages of conversations that are there, accept, decline, transfer and close do not come here.
//
// A Line may be used by any number of goroutines. Within a class, who came first goes first.
//
// Errors: ErrShed is the only one besides the context's. Nothing was begun then, and the same may be tried again later.
package shed
