// Package hours says when somebody is there: a week with spans of open time in a time zone, exceptions for single dates,
// and holidays.
//
// Owns: what a span, an exception and a holiday mean, daylight saving included; the holidays of some countries.
//
// Does not own: what follows from being closed, and the clock: the time is an argument. The time zones come with the
// program.
//
// Concurrency and order: a Schedule never changes and may be used from any goroutine.
//
// Errors: New names what is wrong with a schedule; everything else cannot fail.
package hours
