package access

import (
	"encoding/hex"
	"io"
)

const prefixVisitor = "pvt_"

// NewVisitor makes the token of a visitor nobody has vouched for, and the id that it stands for. The id cannot be turned
// back into the token, so that it may be shown to agents.
func NewVisitor(random io.Reader) (token Secret, id string, err error) {
	token, err = newToken(random, prefixVisitor, "")
	if err != nil {
		return "", "", err
	}
	id, _ = VisitorOf(token.Reveal())
	return token, id, nil
}

// VisitorOf is the id of the visitor who shows a token, false for what is none.
func VisitorOf(token string) (id string, ok bool) {
	c, ok := parseToken(token)
	if !ok || c.prefix != prefixVisitor {
		return "", false
	}
	return hex.EncodeToString(c.hash[:16]), true
}
