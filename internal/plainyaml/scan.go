package plainyaml

import (
	"unicode/utf8"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

const (
	// maxDepth bounds the nesting: a script's tree of reasons is the deepest thing that there is, at about 20 levels.
	maxDepth = 64
	// maxKeys bounds the keys of one block: parsing them takes time by their square. No object has half as many.
	maxKeys = 256
)

// scan splits a text and refuses, before it is parsed, what is not taken and what parsing would take long for.
func scan(text string) (token.Tokens, error) {
	if !utf8.ValidString(text) {
		return nil, errorAt(nil, Broken)
	}
	tokens := lexer.Tokenize(text)
	var g guard
	for _, t := range tokens {
		if err := g.next(t); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// guard follows the nesting of a text token by token.
type guard struct {
	flow   int  // open brackets and braces
	line   int  // of the last token
	begins bool // the next token begins what stands in a list's entry
	value  bool // a colon came, and nothing since that lets a further one be sound
	blocks []block
}

// block is a map or a list by its column.
type block struct{ column, keys int }

func (g *guard) next(t *token.Token) *Error {
	fresh := t.Position.Line != g.line
	g.line = t.Position.Line
	if g.flow == 0 && (fresh || g.begins) {
		g.value = false
		g.at(t.Position.Column)
	}
	g.begins = t.Type == token.SequenceEntryType
	switch t.Type {
	case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.MappingKeyType, token.DirectiveType:
		return errorAt(t, NotTaken)
	case token.SequenceStartType, token.MappingStartType:
		g.flow++
		g.value = false
	case token.SequenceEndType, token.MappingEndType:
		g.flow--
		g.value = false
	case token.CollectEntryType:
		g.value = false
	case token.MappingValueType:
		if g.value {
			return errorAt(t, Broken)
		}
		g.value = true
		g.key()
	}
	if g.flow+len(g.blocks) > maxDepth || g.crowded() {
		return errorAt(t, NotTaken)
	}
	return nil
}

// at notes at which column a block begins or goes on.
func (g *guard) at(column int) {
	for len(g.blocks) > 0 && g.top().column > column {
		g.blocks = g.blocks[:len(g.blocks)-1]
	}
	if len(g.blocks) == 0 || g.top().column < column {
		g.blocks = append(g.blocks, block{column: column})
	}
}

func (g *guard) top() *block { return &g.blocks[len(g.blocks)-1] }

func (g *guard) key() {
	if g.flow == 0 && len(g.blocks) > 0 {
		g.top().keys++
	}
}

func (g *guard) crowded() bool { return len(g.blocks) > 0 && g.top().keys > maxKeys }
