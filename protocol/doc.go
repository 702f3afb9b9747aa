// Package protocol is the wire, version 1: every JSON object that Pronto sends or receives, once, as Go structs.
//
// It owns the names, shapes, ranges, defaults and error codes of the REST interface and of the websocket, the strict
// decoder of requests, and the tables of commands and events. The OpenAPI document, the AsyncAPI document and
// docs/protocol.md are generated from these structs and tables; a test fails when they drift.
//
// It does not own what a command means (package dispatch), how bytes travel (package transport) or who may do what.
//
// Field tags are the single source of the rules: json (name, presence), doc, default, minimum, maximum, minLength,
// maxLength, maxItems, enum, required, readOnly, writeOnly. Decode applies defaults, Check enforces the ranges, the
// generators print them. Lengths count Unicode code points. A field without omitempty is present in every answer.
//
// Concurrency: everything here is a value or a pure function; all functions may be called from any goroutine.
//
// Errors: Decode and Check report *Invalid, which names fields by JSON pointer and never contains a value that was sent.
package protocol

//go:generate go run pronto/transport/internal/docgen -out ../docs
