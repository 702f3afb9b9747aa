// Package apidoc prints the documents of the wire from the structs of package protocol and the routes of package
// transport: the AsyncAPI document, docs/protocol.md and the readable page of the API.
//
// It owns the layout of these documents. It does not own any rule: every name, range and default comes from the tags and
// tables of protocol, every route from transport. Output is a pure function of them: the same code gives the same bytes.
//
// Concurrency: functions only, no state. Errors: only what encoding/json and html/template report.
package apidoc
