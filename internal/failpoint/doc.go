// Package failpoint lets tests end the process at named places of its work.
//
// Owns: [Here], which does nothing in every build without the tag failpoints. With the tag, PRONTO_FAILPOINT=NAME:N makes
// the process kill itself with SIGKILL when it comes to the place NAME for the Nth time. PRONTO_FAILPOINT=NAME:N:later
// counts from the first SIGUSR1 on.
//
// Does not own: the places; whoever has one calls Here. The tests are in cmd/pronto.
//
// Concurrency and order: any goroutine may call Here.
//
// Errors: none.
package failpoint
