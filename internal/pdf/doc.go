// Package pdf writes tagged PDF files to a stream, in memory that does not grow with the pages.
//
// # Owns
//
// The file's format: objects, cross references, embedded fonts, the structure tree; which glyph stands for which
// characters; where a line of text breaks. Each font is embedded with the glyphs that the document uses, and every glyph
// says which characters it stands for, so that text extracts as it was given.
//
// # Does not own
//
// What a document says and how its pages are laid out. It knows nothing of conversations.
//
// # Text is never syntax
//
// Text reaches a file in two ways only: as glyph numbers and as UTF-16, both written in hexadecimal. No character of a
// text is copied into a file, so no text can end a string, a stream or an object, or begin one.
//
// Characters that no font here has (Chinese, Japanese and Korean among them) are drawn as a box and still extract as
// themselves. Hebrew and Arabic run from right to left; Arabic letters are not joined. Control characters and the
// invisible ones that change direction are left out.
//
// # Concurrency and order
//
// A Document belongs to one goroutine. The same calls give the same bytes.
//
// # Errors
//
// Writing is silent after the first error, which Close returns. Nothing panics on a text.
package pdf
