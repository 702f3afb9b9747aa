package media

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameRunes = 120
	nameless     = "file"
)

// devices are names that mean something else than a file to Windows, with whatever ending.
var devices = []string{"con", "prn", "aux", "nul", "conin$", "conout$"}

// Name makes a name that is safe to show and to save, and that ends as files of the type do: a name can neither lead to
// another folder nor make a file look like what it is not. The result is a name of itself.
func Name(sent, kind string) string {
	name := strings.ToValidUTF8(sent, "_")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(letter, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	ending := path.Ext(name)
	base := strings.TrimRight(strings.TrimSuffix(name, ending), ". ")
	if !endsLike(ending, kind) {
		base, ending = strings.TrimRight(name, ". "), extensionOf(kind)
	}
	base = cut(base, maxNameRunes)
	first, _, _ := strings.Cut(base, ".")
	if slices.Contains(devices, strings.ToLower(first)) || isPort(strings.ToLower(first)) {
		base = "_" + base
	}
	if base == "" {
		base = nameless
	}
	return base + ending
}

// letter replaces what a file system or a header could take for something else, and drops what cannot be seen: control
// characters, and the ones that turn the direction of text around.
func letter(r rune) rune {
	switch {
	case strings.ContainsRune(`<>:"|?*`, r):
		return '_'
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.C, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return -1
	}
	return r
}

func endsLike(ending, kind string) bool {
	ending = strings.ToLower(ending)
	if known := extensions[kind]; len(known) > 0 {
		return slices.Contains(known, ending)
	}
	return ending == extensionOf(kind)
}

// isPort tells com1 … com9 and lpt1 … lpt9.
func isPort(s string) bool {
	return len(s) == 4 && (strings.HasPrefix(s, "com") || strings.HasPrefix(s, "lpt")) && s[3] >= '0' && s[3] <= '9'
}

// cut shortens to so many code points, and leaves no blank or dot at the end.
func cut(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > runes {
			return strings.TrimRight(s[:i], ". ")
		}
	}
	return s
}
