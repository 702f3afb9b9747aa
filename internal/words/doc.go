// Package words splits text into the words under which it is found, and finds words in text.
//
// Owns: what a word is, which spellings are one word (case, accents, width), the language of queries, highlights and
// snippets.
//
// Does not own: indexes; callers keep words and ask [Query.Match] for the truth about a text.
//
// Concurrency and order: everything here is pure; a [Scanner] belongs to one goroutine. Any input is fine: the time is
// linear in it, and every word has at most [MaxBytes] bytes.
//
// Errors: [ErrTooMany] for a query of more words than [MaxQueryWords].
package words
