package pdftest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
)

type (
	// Dict is a dictionary.
	Dict map[Name]any
	// Name is a name without its slash.
	Name string
	// Ref refers to an object.
	Ref int
	// Text is a string of either kind.
	Text string
)

// parser reads values in the one spelling that package pdf gives them.
type parser struct {
	in    []byte
	names map[string]int
	depth int
}

const maxDepth = 20

func (p *parser) take(s string) bool {
	if !bytes.HasPrefix(p.in, []byte(s)) {
		return false
	}
	p.in = p.in[len(s):]
	return true
}

// while takes the longest beginning of which every byte is in set.
func (p *parser) while(set string) string {
	n := 0
	for n < len(p.in) && bytes.IndexByte([]byte(set), p.in[n]) >= 0 {
		n++
	}
	s := string(p.in[:n])
	p.in = p.in[n:]
	return s
}

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func (p *parser) integer() (int, error) { return strconv.Atoi(p.while(digits)) }

func (p *parser) value() (any, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errGrammar
	}
	defer func() { p.depth-- }()
	switch {
	case p.take("<<"):
		return p.dict()
	case p.take("["):
		return p.array()
	case p.take("/"):
		return p.name()
	case p.take("<"):
		s := p.while("0123456789ABCDEF")
		raw, err := hex.DecodeString(s)
		if err != nil || !p.take(">") {
			return nil, fmt.Errorf("hexadecimal string: %w", errGrammar)
		}
		return Text(raw), nil
	case p.take("("): // constants and dates only
		s := p.while(letters + digits + ":")
		if !p.take(")") {
			return nil, fmt.Errorf("string: %w", errGrammar)
		}
		return Text(s), nil
	case p.take("null"):
		return nil, nil
	case p.take("true"):
		return true, nil
	}
	return p.number()
}

func (p *parser) number() (any, error) {
	s := p.while(digits + "-.")
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fmt.Errorf("number %q before %.20q: %w", s, p.in, errGrammar)
	}
	if p.take(" 0 R") {
		return Ref(v), nil
	}
	return v, nil
}

func (p *parser) name() (Name, error) {
	s := p.while(letters + digits + "-+")
	if !allowed(s) {
		return "", fmt.Errorf("name %q: %w", s, errGrammar)
	}
	if p.names != nil {
		p.names[s]++
	}
	return Name(s), nil
}

func (p *parser) array() (any, error) {
	var out []any
	for {
		p.take(" ")
		if p.take("]") {
			return out, nil
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

func (p *parser) dict() (any, error) {
	out := Dict{}
	for {
		p.take(" ")
		if p.take(">>") {
			return out, nil
		}
		if !p.take("/") {
			return nil, fmt.Errorf("key before %.20q: %w", p.in, errGrammar)
		}
		key, err := p.name()
		if err != nil {
			return nil, err
		}
		p.take(" ")
		if out[key], err = p.value(); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
}
