package protocol

import (
	"slices"
	"strings"
)

// Variables of the texts that the server says, as {{name}}. The last two are known only where a text is about the place
// in a queue.
var (
	TextVariables     = []string{"contact.name", "protocol"}
	PositionVariables = []string{"contact.name", "protocol", "position", "wait_minutes"}
)

// checkText refuses a text that mentions something else, so that no contact ever reads a name in braces.
func checkText(pointer, text string, variables []string) []FieldError {
	for {
		_, after, open := strings.Cut(text, "{{")
		if !open {
			return nil
		}
		name, rest, closed := strings.Cut(after, "}}")
		if !closed || !slices.Contains(variables, strings.TrimSpace(name)) {
			return []FieldError{{Pointer: pointer, Code: FieldInvalid}}
		}
		text = rest
	}
}
