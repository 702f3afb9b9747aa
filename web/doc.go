// Package web is the desk, the web application of agents, and the widget of customers' pages, as the files that their build
// makes.
//
// Owns: the bytes of dist, which are committed and the same wherever they are built (make web), and how they are served:
// types, caching, compression, a policy under which nothing but the desk's own files can run or be loaded, and leave for
// every page to load the widget.
//
// Does not own: what the two show. Their sources are in src and widget, in TypeScript; they speak the wire of package protocol.
//
// Concurrency and order: a handler is read-only after Handler returned it and may be used by any goroutine.
//
// Errors: Handler panics when dist is not whole, which the first test that builds a server finds.
package web
