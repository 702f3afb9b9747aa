package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// vague are package names that say nothing about what is inside.
var vague = []string{"util", "utils", "common", "helper", "helpers", "types", "models", "misc", "shared", "base"}

// Names checks the package's name.
func Names(f *File) []Violation {
	name := strings.TrimSuffix(f.AST.Name.Name, "_test")
	if slices.Contains(vague, name) || slices.Contains(vague, path.Base(f.Dir())) {
		return []Violation{f.violation(f.AST.Package, "package name %q says nothing about what is inside", name)}
	}
	return nil
}

// Docs checks that every package that is more than tests has a doc.go with a comment. Given are all files of the
// module.
func Docs(files []*File) []Violation {
	documented := map[string]bool{}
	var dirs []string
	for _, f := range files {
		if !f.Test() && !slices.Contains(dirs, f.Dir()) {
			dirs = append(dirs, f.Dir())
		}
		if path.Base(f.Path) == "doc.go" && f.AST.Doc != nil {
			documented[f.Dir()] = true
		}
	}
	var out []Violation
	for _, dir := range dirs {
		if !documented[dir] {
			out = append(out, Violation{Place: dir, Rule: "package has no doc.go that says what it owns"})
		}
	}
	return out
}

// Sleeps checks that tests do not wait by sleeping: a sleep is allowed where time is fake, so only in a file whose
// sleeping function is, or is called by a function that is, inside synctest.Test. It cannot follow calls; it asks
// that the sleep stands inside the arguments of synctest.Test, or in a function of a name that ends in "InBubble".
func Sleeps(f *File) []Violation {
	timeName := importName(f, "time")
	if !f.Test() || timeName == "" {
		return nil
	}
	bubbles := bubbles(f)
	var out []Violation
	ast.Inspect(f.AST, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !isIdent(sel.X, timeName) || sel.Sel.Name != "Sleep" {
			return true
		}
		if !slices.ContainsFunc(bubbles, func(b ast.Node) bool { return b.Pos() <= sel.Pos() && sel.End() <= b.End() }) {
			out = append(out, f.violation(sel.Pos(), "time.Sleep in a test outside a synctest bubble"))
		}
		return true
	})
	return out
}

// bubbles returns the parts of f that run in a synctest bubble.
func bubbles(f *File) []ast.Node {
	synctest := importName(f, "testing/synctest")
	var out []ast.Node
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if ok && synctest != "" && isIdent(sel.X, synctest) && sel.Sel.Name == "Test" {
				out = append(out, n)
			}
		case *ast.FuncDecl:
			if strings.HasSuffix(n.Name.Name, "InBubble") {
				out = append(out, n)
			}
		}
		return true
	})
	return out
}

var (
	// A silenced linter is "//nolint:name // reason", without a space before nolint.
	nolintGood = regexp.MustCompile(`^//nolint:[a-z0-9,]+ // \S.*\S`)
	nolintAny  = regexp.MustCompile(`^//\s*nolint\b`)
	// A path that exists on somebody's machine only. The pieces are apart so that this file does not break its own rule.
	machinePath = regexp.MustCompile(`(^|[^A-Za-z0-9_.~/-])/(` + strings.Join([]string{"work", "home", "Users", "root"}, "|") + `)/[A-Za-z0-9_.]`)
)

// Comments checks that each silenced linter is named and has a reason.
func Comments(f *File) []Violation {
	var out []Violation
	for _, group := range f.AST.Comments {
		for _, c := range group.List {
			if nolintAny.MatchString(c.Text) && !nolintGood.MatchString(c.Text) {
				out = append(out, f.violation(c.Pos(), "a silenced linter needs its name and a reason: //nolint:name // reason"))
			}
		}
	}
	return out
}

// MachinePaths checks one text file of any kind.
func MachinePaths(name string, src []byte) []Violation {
	var out []Violation
	line := 0
	for text := range strings.Lines(string(src)) {
		line++
		if m := machinePath.FindString(text); m != "" {
			out = append(out, Violation{Place: fmt.Sprintf("%s:%d", name, line), Rule: "names a path of one machine: " + strings.TrimSpace(m) + "…"})
		}
	}
	return out
}

// Skips checks that no test is skipped: what cannot run is deleted or built under a tag.
func Skips(f *File) []Violation {
	if !f.Test() {
		return nil
	}
	var out []Violation
	ast.Inspect(f.AST, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) && !inFuzz(f, call.Pos()) {
			out = append(out, f.violation(call.Pos(), "a test is skipped: make it run, build it under a tag, or delete it"))
		}
		return true
	})
	return out
}

// inFuzz says whether p is inside a fuzz target, where Skip means "this input says nothing".
func inFuzz(f *File, p token.Pos) bool {
	for _, d := range f.AST.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Fuzz") && fn.Pos() <= p && p <= fn.End() {
			return true
		}
	}
	return false
}
