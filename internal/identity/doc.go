// Package identity gives one spelling to the many ways a customer can be named: phone numbers, WhatsApp and Telegram
// ids, e-mail addresses, web visitors, Brazilian documents and the ids of other systems.
//
// Owns: the canonical value of each kind, the match keys under which two spellings meet, which keys may join two
// contacts and which only describe one, and how an identity is masked in logs.
//
// Does not own: contacts, their merging, or where keys are claimed; callers do that with the keys made here.
//
// Concurrency and order: every function is pure and safe for concurrent use. Normalising a canonical value gives the
// same value and the same keys again.
//
// Errors: *Error, which names the kind and the reason and never repeats the refused value.
package identity
