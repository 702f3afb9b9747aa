package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// ErrSyntax is text that is not what JSON allows at its place.
var ErrSyntax = errors.New("not the JSON that is expected")

// maxNesting bounds objects and arrays in each other, as encoding/json does.
const maxNesting = 10_000

// Members calls each with every member of the JSON object that data is, in their order: the name as it is between its
// quotes, and the value's text, which is good for as long as data is. It is for those who want a few fields of a large
// object: all of data is checked as encoding/json checks it, and nothing is decoded or allocated. Names are not unescaped
// and repetitions not refused. The first error of each ends it and is returned, else one is ErrSyntax.
func Members(data []byte, each func(name, value []byte) error) error {
	s := scanner{b: data}
	s.blanks()
	if err := s.object(each); err != nil {
		return err
	}
	if s.blanks(); s.i < len(s.b) {
		return s.broken()
	}
	return nil
}

// Text is a value of Members that must be a string; null is the empty one, as for encoding/json.
func Text(value []byte) (string, error) {
	if n := len(value); n >= 2 && value[0] == '"' {
		if text := value[1 : n-1]; plain(text) {
			return string(text), nil
		}
	}
	var out string
	if err := json.Unmarshal(value, &out); err != nil {
		return "", fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return out, nil
}

// plain says whether a string's text means itself: ASCII without escapes.
func plain(text []byte) bool {
	for _, c := range text {
		if c == '\\' || c >= 0x80 || c == '"' || c < ' ' {
			return false
		}
	}
	return true
}

// Whole is a value of Members that must be a whole number.
func Whole(value []byte) (int64, error) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is no whole number", ErrSyntax, value)
	}
	return n, nil
}

// scanner goes over JSON text. Each method consumes what it names, and stands behind it.
type scanner struct {
	b     []byte
	i     int
	depth int
}

func (s *scanner) broken() error { return fmt.Errorf("%w, at byte %d", ErrSyntax, s.i) }

func (s *scanner) blanks() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\n', '\t', '\r':
			s.i++
		default:
			return
		}
	}
}

// take consumes c if it is next.
func (s *scanner) take(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// object consumes an object; each may be nil.
func (s *scanner) object(each func(name, value []byte) error) error {
	if !s.open('{') {
		return s.broken()
	}
	if s.blanks(); s.take('}') {
		s.depth--
		return nil
	}
	for {
		start := s.i + 1
		if !s.text() {
			return s.broken()
		}
		name := s.b[start : s.i-1]
		if s.blanks(); !s.take(':') {
			return s.broken()
		}
		s.blanks()
		start = s.i
		if err := s.value(); err != nil {
			return err
		}
		if each != nil {
			if err := each(name, s.b[start:s.i]); err != nil {
				return err
			}
		}
		if more, err := s.more('}'); !more {
			return err
		}
	}
}

func (s *scanner) array() error {
	if !s.open('[') {
		return s.broken()
	}
	if s.blanks(); s.take(']') {
		s.depth--
		return nil
	}
	for {
		if err := s.value(); err != nil {
			return err
		}
		if more, err := s.more(']'); !more {
			return err
		}
	}
}

func (s *scanner) open(c byte) bool {
	s.depth++
	return s.depth <= maxNesting && s.take(c)
}

// more consumes what follows a member: a comma, or the end.
func (s *scanner) more(end byte) (bool, error) {
	s.blanks()
	if s.take(',') {
		s.blanks()
		return true, nil
	}
	if s.take(end) {
		s.depth--
		return false, nil
	}
	return false, s.broken()
}

func (s *scanner) value() error {
	if s.i == len(s.b) {
		return s.broken()
	}
	ok := false
	switch s.b[s.i] {
	case '{':
		return s.object(nil)
	case '[':
		return s.array()
	case '"':
		ok = s.text()
	case 't':
		ok = s.word("true")
	case 'f':
		ok = s.word("false")
	case 'n':
		ok = s.word("null")
	default:
		ok = s.number()
	}
	if !ok {
		return s.broken()
	}
	return nil
}

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

func (s *scanner) text() bool {
	if !s.take('"') {
		return false
	}
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return true
		case c == '\\':
			if !s.escape() {
				return false
			}
		case c < ' ':
			return false
		default:
			s.i++
		}
	}
	return false
}

func (s *scanner) escape() bool {
	s.i++
	if s.i == len(s.b) {
		return false
	}
	c := s.b[s.i]
	s.i++
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			if s.i == len(s.b) || !hexadecimal(s.b[s.i]) {
				return false
			}
			s.i++
		}
		return true
	}
	return false
}

func hexadecimal(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

// digits consumes one or more.
func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}
