package arch

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
)

// pureFolder is the core that only computes.
const pureFolder = "dispatch"

// impure are parts of the standard library through which the world would come in.
var impure = []string{"os", "net", "io", "sync", "log", "math/rand", "crypto/rand", "context", "runtime", "unsafe", "syscall", "hash/maphash"}

// clocks are the functions of package time that read a clock or wait.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker"}

// Pure checks that the core has no I/O, no clock, no chance and no goroutine. Its tests may have.
func Pure(f *File) []Violation {
	if !within(f.Dir(), pureFolder) || f.Test() {
		return nil
	}
	var out []Violation
	for _, spec := range f.AST.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err == nil && withinAny(name, impure) {
			out = append(out, f.violation(spec.Pos(), "%s is pure and must not import %s", pureFolder, name))
		}
	}
	timeName := importName(f, "time")
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			out = append(out, f.violation(n.Pos(), "%s is pure and must not start goroutines", pureFolder))
		case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
			out = append(out, f.violation(n.Pos(), "%s is pure and must not use channels", pureFolder))
		case *ast.SelectorExpr:
			if timeName != "" && isIdent(n.X, timeName) && slices.Contains(clocks, n.Sel.Name) {
				out = append(out, f.violation(n.Pos(), "%s is pure and must not call time.%s: time comes in as an argument", pureFolder, n.Sel.Name))
			}
		}
		return true
	})
	return out
}

// importName returns what f calls the package with that path, or "".
func importName(f *File, pkg string) string {
	for _, spec := range f.AST.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err != nil || name != pkg {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(pkg)
	}
	return ""
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
