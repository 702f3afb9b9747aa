// Package arch holds the rules about the shape of the code that a compiler does not check, and the tests that apply
// them to the whole module: who may import whom, what the pure core may use, how large things may get, and a few
// habits (no sleeping tests, a reason beside each silenced linter, a doc.go in each package).
//
// It owns the rules and their tables. It does not own formatting, vet or the linters; `make lint` has those.
//
// Concurrency and order: none. Rules are functions from parsed files to violations, sorted by place, so the rules
// themselves are tested on small sources that break them.
//
// Errors: a Violation says the rule and the place. A new package without a line in the table of imports is one.
package arch
