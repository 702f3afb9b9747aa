// Package apart runs a test once more in a process and Linux namespaces of its own, where it may mount file systems or change
// the network. Only tests use it.
//
// Owns: [Again].
//
// Does not own: what the test does there, and how it knows where it is: by a variable of its own.
//
// Concurrency and order: one process for each call, ended before it returns.
//
// Errors: none; what fails there fails the test here, with its output.
package apart
