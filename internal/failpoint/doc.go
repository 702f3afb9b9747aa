// Package failpoint lets tests end the process at named places of its work, hold it up there, or set its clock.
//
// Owns: [Here], which does nothing in every build without the tag failpoints, and [Now], which is time.Now. With the tag, PRONTO_FAILPOINT=NAME:N makes
// the process kill itself with SIGKILL when it comes to the place NAME for the Nth time. PRONTO_FAILPOINT=NAME:N:later
// counts from the first SIGUSR1 on. PRONTO_DELAYS=D makes each goroutine that comes to any place wait there, in one case of
// four, for a random time of less than D, which is real time even where a test's clock is not. PRONTO_CLOCK=D1:D2
// sets the clock ahead by D1, which may be negative, and from the first SIGUSR2 on by D2.
//
// Does not own: the places; whoever has one calls Here. The tests are in cmd/pronto.
//
// Concurrency and order: any goroutine may call Here.
//
// Errors: none.
package failpoint
