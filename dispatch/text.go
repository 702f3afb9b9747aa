package dispatch

import (
	"strconv"
	"strings"
)

// TextVariables are what the texts of a queue may mention, as {{name}}. Validation accepts these and no others; the
// position and the wait are known only where a text is about them.
var TextVariables = []string{VarContactName, VarProtocol, VarPosition, VarWaitMinutes}

// The variables of texts.
const (
	VarContactName = "contact.name"
	VarProtocol    = "protocol"
	VarPosition    = "position"     // 1: next
	VarWaitMinutes = "wait_minutes" // expected, rounded up; 1 at least
)

// textValues are the values of one moment. Zero numbers are unknown and leave nothing.
type textValues struct {
	contact, protocol     string
	position, waitMinutes int
}

func (v textValues) value(name string) (string, bool) {
	switch name {
	case VarContactName:
		return v.contact, true
	case VarProtocol:
		return v.protocol, true
	case VarPosition:
		return countText(v.position), true
	case VarWaitMinutes:
		return countText(v.waitMinutes), true
	}
	return "", false
}

// renderText puts the values into a template, once: what a value holds is never taken for a variable. A variable without
// a value takes the blank before it along ("Hello {{contact.name}}!"); what is no variable stays as it is written.
func renderText(template string, values textValues) string {
	var b strings.Builder
	rest := template
	for {
		before, after, open := strings.Cut(rest, "{{")
		name, behind, closed := strings.Cut(after, "}}")
		if !open || !closed {
			b.WriteString(rest)
			return strings.TrimSpace(b.String())
		}
		value, known := values.value(strings.TrimSpace(name))
		switch {
		case !known:
			b.WriteString(before + "{{")
			rest = after
			continue
		case value == "":
			before = strings.TrimSuffix(before, " ")
		}
		b.WriteString(before + value)
		rest = behind
	}
}

func countText(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
