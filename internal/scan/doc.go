// Package scan asks somebody else whether a file carries malware: clamd over its stream protocol, or any program over HTTP.
//
// Owns: the two protocols and what their answers mean. Does not own: when a file is looked into, how often, and what
// follows from the verdict.
//
// Concurrency and order: a Scanner may be used from any goroutine; each call has a connection of its own.
//
// Errors: ErrUnfit for a file that the scanner will never judge; anything else may be tried again. No error holds anything
// of the file or a credential.
package scan
