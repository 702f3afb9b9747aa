// Package proof judges what clients recorded while they used one server at the same time: is there an order of their
// operations, each at one moment between its call and its answer, in which a conversation could have answered so?
//
// Owns: the vocabulary of such a history ([Operation]), a [Recorder] for concurrent clients, the sequential model of one
// conversation, and [Check], which searches the order with porcupine.
//
// Does not own: clients. Whoever records speaks to the server from outside.
//
// Concurrency and order: a Recorder may be used by any number of goroutines; its ticks are the real-time order. An
// operation whose answer was lost may have happened at any moment after its call, or never.
//
// Errors: Check names each conversation whose history has no such order, with the history.
package proof
