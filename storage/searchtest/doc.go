// Package searchtest makes conversations to measure searches with: words as frequent as in a language, on channels, in
// queues and with tags of very different sizes.
//
// Owns: the made-up texts. Does not own: what is measured.
//
// Concurrency and order: a Vocabulary is read-only once it is made; the same number and random source give the same.
//
// Errors: none.
package searchtest
