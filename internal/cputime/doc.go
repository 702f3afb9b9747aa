// Package cputime tells what this process has of the processor, and what it has used of it.
//
// Owns: [Used], [Cores], [Spare]. Does not own: what is made of it.
//
// Concurrency and order: any goroutine may call Used and Cores; Spare stops everything for a moment, and is for the start.
//
// Errors: those of the operating system.
package cputime
