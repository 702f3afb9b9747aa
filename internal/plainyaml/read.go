package plainyaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Problem is what is wrong at a place.
type Problem string

// The problems.
const (
	Broken    Problem = "not YAML"
	NotTaken  Problem = "not taken: anchors, aliases, merge keys, tags, complex keys, directives, further documents, 64 levels, 256 keys in a block"
	Duplicate Problem = "the same key twice"
)

// Error is why a text is not read. Line and Column count from 1.
type Error struct {
	Line, Column int
	Problem      Problem
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

func errorAt(t *token.Token, p Problem) *Error {
	if t == nil || t.Position == nil {
		return &Error{Line: 1, Column: 1, Problem: p}
	}
	return &Error{Line: t.Position.Line, Column: t.Position.Column, Problem: p}
}

// Document is a text that was read.
type Document struct{ body ast.Node }

// Parse reads one document. It returns *Error.
func Parse(raw []byte) (*Document, error) {
	tokens, err := scan(string(raw))
	if err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // its own check takes the square of the keys
	if err != nil {
		var told yaml.Error
		if errors.As(err, &told) {
			return nil, errorAt(told.GetToken(), Broken)
		}
		return nil, errorAt(nil, Broken)
	}
	d := &Document{}
	for i, doc := range file.Docs {
		if i > 0 {
			return nil, errorAt(doc.Start, NotTaken)
		}
		d.body = doc.Body
	}
	return d, nil
}

// JSON is the document as JSON; an empty one is null. It returns *Error.
func (d *Document) JSON() ([]byte, error) {
	var out bytes.Buffer
	if err := write(&out, d.body); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Place is where the value of a JSON pointer begins, or the nearest one around it.
func (d *Document) Place(pointer string) (line, column int) {
	at := d.body
	where := errorAt(nil, "")
	if at != nil {
		where = errorAt(at.GetToken(), "")
	}
	for _, part := range strings.Split(pointer, "/")[1:] {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		var key *token.Token
		if key, at = below(at, part); key == nil {
			break
		}
		where = errorAt(key, "")
	}
	return where.Line, where.Column
}

// below finds what a map or a list has under one part of a pointer, and where that begins.
func below(n ast.Node, part string) (*token.Token, ast.Node) {
	for _, v := range entries(n) {
		if keyOf(v) == part {
			return v.Key.GetToken(), v.Value
		}
	}
	if list, ok := n.(*ast.SequenceNode); ok {
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(list.Values) && list.Values[i] != nil {
			return firstOf(list.Values[i]), list.Values[i]
		}
	}
	return nil, nil
}

// firstOf is where a value begins: a map's own token is the colon after its first key.
func firstOf(n ast.Node) *token.Token {
	if all := entries(n); len(all) > 0 {
		return all[0].Key.GetToken()
	}
	return n.GetToken()
}

// entries of a map; a map of one entry may be that entry.
func entries(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func keyOf(v *ast.MappingValueNode) string {
	if s, ok := v.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return v.Key.GetToken().Value
}

func write(out *bytes.Buffer, n ast.Node) error {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		out.WriteString("null")
	case *ast.MappingNode, *ast.MappingValueNode:
		return writeMap(out, entries(n))
	case *ast.SequenceNode:
		out.WriteByte('[')
		for i, v := range n.Values {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := write(out, v); err != nil {
				return err
			}
		}
		out.WriteByte(']')
	case *ast.StringNode:
		return writeScalar(out, n.Value)
	case *ast.LiteralNode:
		return writeScalar(out, n.Value.Value)
	case *ast.BoolNode:
		return writeScalar(out, n.Value)
	case *ast.IntegerNode:
		return writeScalar(out, n.Value)
	case *ast.FloatNode:
		if math.IsInf(n.Value, 0) || math.IsNaN(n.Value) {
			return errorAt(n.GetToken(), NotTaken)
		}
		return writeScalar(out, n.Value)
	default:
		return errorAt(n.GetToken(), NotTaken) // .inf and .nan, which JSON has not
	}
	return nil
}

func writeMap(out *bytes.Buffer, all []*ast.MappingValueNode) error {
	seen := make(map[string]bool, len(all))
	out.WriteByte('{')
	for i, v := range all {
		key := keyOf(v)
		if seen[key] {
			return errorAt(v.Key.GetToken(), Duplicate)
		}
		seen[key] = true
		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeScalar(out, key); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := write(out, v.Value); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

func writeScalar(out *bytes.Buffer, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode scalar: %w", err)
	}
	out.Write(raw)
	return nil
}
