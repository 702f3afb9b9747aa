package words

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// tableEnd bounds the table: the Latin letters of Western and Central European languages.
const tableEnd = 0x250

// table holds what each of the first runes is folded to; empty: it is not part of a word.
var table = func() (t [tableEnd]string) {
	for r := range rune(tableEnd) {
		if isWord(r) {
			t[r] = string(foldRune(nil, r, 0))
		}
	}
	return t
}()

// letters that people take for others although Unicode does not decompose them.
var letters = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o", 'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d",
	'ł': "l", 'Ł': "l", 'ı': "i", 'þ': "th", 'Þ': "th", 'ħ': "h", 'Ħ': "h", 'ŧ': "t", 'Ŧ': "t", 'ŋ': "n", 'Ŋ': "n", 'ĸ': "k",
	'ª': "a", 'º': "o", 'ŉ': "n",
}

// isWord says whether a rune is part of a word. Marks belong to the letter before them.
func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// appendFolded appends what r is folded to; nothing for a mark.
func appendFolded(dst []byte, r rune) []byte {
	if r < tableEnd {
		return append(dst, table[r]...)
	}
	return foldRune(dst, r, 0)
}

// maxFolds bounds the folding of what folding gave; nothing in Unicode needs more.
const maxFolds = 4

func foldRune(dst []byte, r rune, depth int) []byte {
	if s, ok := letters[r]; ok {
		return append(dst, s...)
	}
	var raw [utf8.UTFMax]byte
	n := utf8.EncodeRune(raw[:], r)
	parts := norm.NFKD.Properties(raw[:n]).Decomposition()
	if len(parts) == 0 || depth == maxFolds {
		return appendLower(dst, r, depth)
	}
	for len(parts) > 0 {
		part, size := utf8.DecodeRune(parts)
		parts = parts[size:]
		if part != r {
			dst = foldRune(dst, part, depth+1)
		} else {
			dst = appendLower(dst, part, depth)
		}
	}
	return dst
}

// appendLower appends the one letter that stands for all that differ from r only by case.
func appendLower(dst []byte, r rune, depth int) []byte {
	if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Mc, r) {
		return dst
	}
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	if lower := unicode.ToLower(least); lower != r && depth < maxFolds {
		return foldRune(dst, lower, depth+1)
	}
	return utf8.AppendRune(dst, r)
}

// alone are scripts that are written without spaces between words: each of their letters is a word.
var alone = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

func isAlone(r rune) bool { return r >= 0xe00 && unicode.In(r, alone...) && !unicode.IsMark(r) }
