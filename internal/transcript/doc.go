// Package transcript composes the document of one conversation: what was said, by whom, when and how, with the facts that
// belong to it, as a tagged PDF that prints well.
//
// # Owns
//
// The pages: what stands where, when a page ends, what is repeated on the next one; the words in each language.
//
// # Does not own
//
// The file format (package pdf), reading a conversation, and who may have it. Internal notes are left out
// unless they are asked for, and then every page says that they are there.
//
// # Concurrency and order
//
// Write belongs to one goroutine. Entries are read one by one, twice when there are attachments: once for the
// conversation, once for the list of attachments at the end. What is kept of an entry is a few numbers, so memory does
// not grow with the texts. The same document gives the same bytes.
//
// # Errors
//
// Write returns the first error of the source or of the writer; what was written until then is no whole file.
package transcript
