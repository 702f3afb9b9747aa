package transport

import "encoding/json"

// fastFrame reads a frame in its usual form: known fields, texts without escapes, numbers without signs or fractions. It
// reports false for everything else, which parseFrame then reads in full. Data is only skipped: its own decoder checks it.
func fastFrame(data []byte) (f clientFrame, ok bool) {
	s := frameScanner{b: data}
	if !s.take('{') {
		return f, false
	}
	for seen := uint16(0); ; {
		key, ok := s.text()
		if !ok || !s.take(':') || !s.member(&f, string(key), &seen) {
			return f, false
		}
		if s.take(',') {
			continue
		}
		return f, s.take('}') && s.atEnd()
	}
}

// frameScanner goes over JSON text. Each method consumes what it names, after blanks, or reports false.
type frameScanner struct {
	b []byte
	i int
}

// member reads one field's value; seen refuses a second one.
func (s *frameScanner) member(f *clientFrame, key string, seen *uint16) bool {
	var text *string
	var number *int64
	var bit uint16
	switch key {
	case "type":
		text, bit = &f.Type, 1
	case "id":
		text, bit = &f.ID, 2
	case "name":
		text, bit = &f.Name, 4
	case "session":
		text, bit = &f.Session, 8
	case "resume_token":
		text, bit = &f.ResumeToken, 16
	case "epoch":
		text, bit = &f.Epoch, 32
	case "seq":
		number, bit = &f.Seq, 64
	case "n":
		number, bit = &f.N, 128
	case "data":
		bit = 256
	default:
		return false
	}
	if *seen&bit != 0 {
		return false
	}
	*seen |= bit
	switch {
	case text != nil:
		v, ok := s.text()
		*text = string(v)
		return ok
	case number != nil:
		return s.number(number)
	default:
		return s.value(&f.Data)
	}
}

func (s *frameScanner) blanks() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

func (s *frameScanner) take(c byte) bool {
	s.blanks()
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *frameScanner) atEnd() bool {
	s.blanks()
	return s.i == len(s.b)
}

// text reads a string of plain ASCII.
func (s *frameScanner) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for start := s.i; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[start : s.i-1], true
		case c < ' ' || c >= 0x80 || c == '\\':
			return nil, false
		}
	}
	return nil, false
}

// number reads a whole number of at most 18 digits.
func (s *frameScanner) number(out *int64) bool {
	s.blanks()
	start := s.i
	n := int64(0)
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		n = n*10 + int64(s.b[s.i]-'0')
		s.i++
	}
	digits := s.i - start
	*out = n
	return digits > 0 && digits <= 18 && (digits == 1 || s.b[start] != '0')
}

// value skips one object without looking at what is in it, but for its end.
func (s *frameScanner) value(out *json.RawMessage) bool {
	s.blanks()
	start, depth, quoted := s.i, 0, false
	for ; s.i < len(s.b); s.i++ {
		c := s.b[s.i]
		switch {
		case quoted && c == '\\':
			s.i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth == 0 {
			break
		}
	}
	if s.i >= len(s.b) || s.b[start] != '{' {
		return false
	}
	s.i++
	*out = s.b[start:s.i]
	return true
}
