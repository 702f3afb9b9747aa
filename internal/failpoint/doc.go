// Package failpoint lets tests end the process at named places of its work, or hold it up there.
//
// Owns: [Here], which does nothing in every build without the tag failpoints. With the tag, PRONTO_FAILPOINT=NAME:N makes
// the process kill itself with SIGKILL when it comes to the place NAME for the Nth time. PRONTO_FAILPOINT=NAME:N:later
// counts from the first SIGUSR1 on. PRONTO_DELAYS=D makes each goroutine that comes to any place wait there, in one case of
// four, for a random time of less than D, which is real time even where a test's clock is not.
//
// Does not own: the places; whoever has one calls Here. The tests are in cmd/pronto.
//
// Concurrency and order: any goroutine may call Here.
//
// Errors: none.
package failpoint
