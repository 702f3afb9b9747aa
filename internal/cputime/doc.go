// Package cputime tells what this process has of the processor, and what it has used of it, and has it need less.
//
// Owns: [Used], [Cores]; at the start of a process [Spare], [Halve], [HugePages], [TuneCollector]. Does not own: what is made of it.
//
// Concurrency and order: any goroutine may call Used and Cores; the others stop everything for a moment.
//
// Errors: those of the operating system.
package cputime
