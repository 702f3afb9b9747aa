package pdf

import "unicode/utf8"

// Characters that join, colour or finish a sequence of emoji.
const (
	joiner       = '\u200D'
	asText       = '\uFE0E'
	asPicture    = '\uFE0F'
	keycap       = '\u20E3'
	firstTone    = '\U0001F3FB'
	lastTone     = '\U0001F3FF'
	firstTag     = '\U000E0020'
	lastTag      = '\U000E007F'
	maxEmojiText = 96 // bytes; what one glyph stands for must stay small
)

// emoji takes one emoji from the beginning of text, of which r of n bytes is the first character. It returns how many
// bytes it took; 0 when this is not one. A sequence that has a picture of its own becomes that; of any other, each part
// is drawn, and what has no picture (a skin tone, a joiner, a tag) belongs to the part before it.
func (s *shaper) emoji(text string, r rune, n int) int {
	f := s.fonts[fontEmoji]
	glyph := f.glyph(r)
	if glyph == 0 || r == joiner || r == asPicture || r == keycap || !s.picture(text[n:], r) {
		return 0
	}
	glyph, end := f.longest(glyph, text, n)
	end = trailing(text, end)
	s.add(cluster{text: text[:end], font: fontEmoji, glyph: glyph, width: f.advance(glyph), kind: kindPicture, class: classNeutral})
	return end
}

// picture says whether r is meant as a picture: when it can be nothing else, or when what follows says so.
func (s *shaper) picture(rest string, r rune) bool {
	next, k := utf8.DecodeRuneInString(rest)
	if next == asText {
		return s.fonts[s.base].glyph(r) == 0 && s.fonts[fontFallback].glyph(r) == 0
	}
	if next == asPicture {
		after, _ := utf8.DecodeRuneInString(rest[k:])
		return r > '9' || after == keycap
	}
	return next == keycap || s.fonts[s.base].glyph(r) == 0
}

// longest returns the glyph of the longest sequence at the beginning of text, whose first glyph ends at n, and its end.
func (f *font) longest(first uint16, text string, n int) (glyph uint16, end int) {
	for _, l := range f.ligatures[first] {
		if end, ok := f.matches(l.rest, text, n); ok {
			return l.glyph, end
		}
	}
	return first, n
}

// matches says whether the glyphs follow in text from at, and where they end. The sign that asks for a picture may
// stand between any two; a sequence is known without it.
func (f *font) matches(rest []uint16, text string, at int) (end int, ok bool) {
	for _, want := range rest {
		r, k := utf8.DecodeRuneInString(text[at:])
		if r == asPicture {
			at += k
			r, k = utf8.DecodeRuneInString(text[at:])
		}
		if k == 0 || f.glyph(r) != want || at+k > maxEmojiText {
			return 0, false
		}
		at += k
	}
	return at, true
}

// trailing returns the end of what follows an emoji without a shape of its own.
func trailing(text string, end int) int {
	for end < maxEmojiText {
		r, k := utf8.DecodeRuneInString(text[end:])
		tone := r >= firstTone && r <= lastTone
		tag := r >= firstTag && r <= lastTag
		if r != asText && r != asPicture && r != joiner && r != keycap && !tone && !tag {
			break
		}
		end += k
	}
	return end
}
