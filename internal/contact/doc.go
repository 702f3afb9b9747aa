// Package contact holds the rules about a customer's details.
//
// Owns: which values a custom field takes, how a change touches only what it names, when two changes are about the same
// field, and what of a contact is shown masked.
//
// Does not own: where contacts are kept, the spelling of identities (package identity), or who may see what.
//
// Concurrency and order: every function is pure and safe for concurrent use; arguments are not changed.
//
// Errors: *[Refused], which names the fields by JSON pointer and never holds a value that was sent.
package contact
