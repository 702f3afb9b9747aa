// Package pdftest looks at PDF files in tests: with a reader of its own that accepts nothing but what package pdf means to
// write, and with poppler's tools.
//
// It owns the notion of what may be in a file at all: which names, which operators, every byte accounted for. It does not
// own whether a page looks right.
//
// Concurrency and order: none. Errors: Parse says the first thing that is not as it must be; the tools fail the test, also
// when they are not installed.
package pdftest
