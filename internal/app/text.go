package app

import (
	"cmp"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"pronto/protocol"
)

// plain drops case and accents, for searching.
func plain(text string) string {
	t := transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	out, _, err := transform.String(t, text)
	if err != nil {
		out = text
	}
	return strings.ToLower(out)
}

var dotOrder = map[string]int{"green": 0, "amber": 1, "red": 2, "grey": 3}

func byAvailability(a, b protocol.DirectoryAgent) int {
	return cmp.Or(cmp.Compare(dotOrder[a.Dot], dotOrder[b.Dot]), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
}
