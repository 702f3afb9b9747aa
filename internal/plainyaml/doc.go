// Package plainyaml reads and writes the YAML of files that people edit: maps, lists and scalars, which is what JSON can say.
//
// Owns: which YAML is taken, and how JSON looks as YAML. Anchors, aliases, merge keys, tags, complex keys and directives are
// refused: nothing in a file can stand for more than is written there.
//
// Does not own: what the file means.
//
// Concurrency and order: everything here is pure. Keys keep their order. Reading takes time and memory in proportion to the
// text; callers bound its size.
//
// Errors: [*Error], with the line and the column.
package plainyaml
