// Package cputime tells what this process has used of the processor.
//
// Owns: [Used]. Does not own: what is made of it.
//
// Concurrency and order: any goroutine may call Used.
//
// Errors: those of the operating system.
package cputime
