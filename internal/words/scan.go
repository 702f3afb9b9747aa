package words

import "unicode/utf8"

// MaxBytes is the length of the longest word; a longer one is cut, in text and query alike.
const MaxBytes = 64

// Scanner walks through the words of a text. A number that is written with points, strokes or hyphens, such as
// 123.456.789-09, gives its parts and then the whole without them.
type Scanner struct {
	text string
	at   int
	word []byte
	full bool // the present word is cut

	// Start and End are where the present word stands in the text, in bytes.
	Start, End int
	// Whole says that the present word is the whole of a number whose parts came before it.
	Whole bool

	number   []byte // digits of the chain so far
	chain    int    // where it starts
	chained  int    // parts of it
	lastPart int    // where its last part ended
	whole    bool   // the chain is over and is the next word
}

// Scan starts over with another text.
func (s *Scanner) Scan(text string) {
	*s = Scanner{text: text, word: s.word[:0], number: s.number[:0]}
}

// Word is the present word, folded; valid until the next call of Next.
func (s *Scanner) Word() []byte { return s.word }

// Next goes on to the next word, if there is one.
func (s *Scanner) Next() bool {
	if s.whole {
		s.whole, s.Whole = false, true
		s.Start, s.End = s.chain, s.lastPart
		s.word = append(s.word[:0], s.number...)
		s.chained = 0
		return true
	}
	s.Whole = false
	for s.at < len(s.text) {
		if s.read(); len(s.word) > 0 {
			s.follow()
			return true
		}
	}
	return false
}

// read reads one run of letters and digits, or one of the runes that are words alone, or passes over what is neither.
func (s *Scanner) read() {
	s.word, s.Start, s.full = s.word[:0], s.at, false
	for s.at < len(s.text) {
		r, size := rune(s.text[s.at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s.text[s.at:])
		}
		if r < utf8.RuneSelf && table[r] == "" || r >= utf8.RuneSelf && !isWord(r) {
			s.End = s.at
			if s.at == s.Start {
				s.at += size
			}
			return
		}
		if isAlone(r) {
			if s.at > s.Start {
				s.End = s.at
				return
			}
			s.word = appendFolded(s.word, r)
			s.at += size
			s.passMarks()
			s.End = s.at
			return
		}
		s.add(r)
		s.at += size
		s.End = s.at
	}
}

// passMarks leaves the marks behind a letter that is a word alone with it.
func (s *Scanner) passMarks() {
	for s.at < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		if r < utf8.RuneSelf || !isWord(r) || len(appendFolded(nil, r)) > 0 {
			return
		}
		s.at += size
	}
}

// add folds one rune into the word, as long as it has room for all of it.
func (s *Scanner) add(r rune) {
	if s.full {
		return
	}
	n := len(s.word)
	if s.word = appendFolded(s.word, r); len(s.word) > MaxBytes {
		s.word, s.full = s.word[:n], true // nothing that is shorter may follow
	}
}

// follow keeps the chain of digits that the present word may be a part of.
func (s *Scanner) follow() {
	if !isDigits(s.word) || len(s.word) != s.End-s.Start {
		s.chained = 0
		return
	}
	if s.chained == 0 {
		s.number, s.chain = s.number[:0], s.Start
	}
	s.chained++
	s.lastPart = s.End
	if len(s.number)+len(s.word) <= MaxBytes {
		s.number = append(s.number, s.word...)
	}
	if !s.goesOn() {
		s.whole = s.chained > 1
		if !s.whole {
			s.chained = 0
		}
	}
}

// goesOn says whether a digit follows after one character that may stand inside a number.
func (s *Scanner) goesOn() bool {
	if s.at+1 >= len(s.text) {
		return false
	}
	c, next := s.text[s.at], s.text[s.at+1]
	return (c == '.' || c == '-' || c == '/') && next >= '0' && next <= '9'
}

func isDigits(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(word) > 0
}
