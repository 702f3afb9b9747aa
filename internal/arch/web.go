package arch

import (
	"fmt"
	"regexp"
	"strings"
)

// Limits of the desk's sources: a component is one thing.
const (
	maxWebLines       = 400
	maxComponentLines = 200
)

// webRule is a form that the desk's sources must not have.
type webRule struct {
	form *regexp.Regexp
	says string
}

var webRules = []webRule{
	{regexp.MustCompile(`dangerouslySetInnerHTML|\.innerHTML\b|\.outerHTML\b|insertAdjacentHTML|document\.write\(`), "text is never read as markup"},
	{regexp.MustCompile(`\beval\(|new Function\(`), "text is never run"},
	{regexp.MustCompile(`["'\x60]https?://[a-z]`), "nothing is loaded from elsewhere"},
}

// webImports says which folders of web/src a folder may import: the wire knows nothing of the state, the state nothing of
// screens.
var webImports = map[string]string{
	"wire":  `^\./`,
	"words": `^(\./|\.\./state/(look|keep)\.ts|react$)`,
	"state": `^(\./|\.\./(wire|words)/|\.\./ui/format\.ts|react$)`,
}

var webImport = regexp.MustCompile(`(?m)^\s*(?:import|export)\b[^"';]*\bfrom "([^"]+)"`)

// Web checks one source of the desk, given its path from the module's root.
func Web(name, src string) []Violation {
	var out []Violation
	limit := maxWebLines
	if strings.HasSuffix(name, ".tsx") {
		limit = maxComponentLines
	}
	generated := strings.HasPrefix(src, "// Generated")
	if n := strings.Count(src, "\n"); n > limit && !generated {
		out = append(out, Violation{name, fmt.Sprintf("file has %d lines, at most %d are allowed", n, limit)})
	}
	for _, r := range webRules {
		if at := r.form.FindStringIndex(src); at != nil {
			out = append(out, Violation{fmt.Sprintf("%s:%d", name, 1+strings.Count(src[:at[0]], "\n")), r.says})
		}
	}
	folder, _, _ := strings.Cut(strings.TrimPrefix(name, "web/src/"), "/")
	if allowed, ok := webImports[folder]; ok {
		fits := regexp.MustCompile(allowed)
		for _, m := range webImport.FindAllStringSubmatch(src, -1) {
			if !fits.MatchString(m[1]) {
				out = append(out, Violation{name, fmt.Sprintf("%s must not import %s", folder, m[1])})
			}
		}
	}
	return out
}
