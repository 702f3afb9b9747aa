package arch

import (
	"bytes"
	"go/ast"
)

// Hard limits. Half of each is the target; what needs more than these is two things.
const (
	maxFileLines     = 500
	maxTestFileLines = 800
	maxFuncLines     = 80
	maxParams        = 5
	maxNesting       = 4
)

// Size checks the limits. Generated files are apart; in tests only the file's own length counts, because a test is
// read from top to bottom and its cases are its length.
func Size(f *File) []Violation {
	if f.Generated() {
		return nil
	}
	limit := maxFileLines
	if f.Test() {
		limit = maxTestFileLines
	}
	var out []Violation
	if n := bytes.Count(f.Src, []byte("\n")); n > limit {
		out = append(out, f.violation(f.AST.Package, "file has %d lines, at most %d are allowed", n, limit))
	}
	if f.Test() {
		return out
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			out = append(out, funcSize(f, n.Name.Name, n.Type, n.Body)...)
		case *ast.FuncLit:
			out = append(out, funcSize(f, "function literal", n.Type, n.Body)...)
		}
		return true
	})
	return out
}

func funcSize(f *File, name string, sig *ast.FuncType, body *ast.BlockStmt) []Violation {
	var out []Violation
	if n := sig.Params.NumFields(); n > maxParams {
		out = append(out, f.violation(sig.Pos(), "%s has %d parameters, at most %d are allowed: use a struct", name, n, maxParams))
	}
	if body == nil {
		return out
	}
	if n := f.line(body.End()) - f.line(sig.Pos()) + 1; n > maxFuncLines {
		out = append(out, f.violation(sig.Pos(), "%s has %d lines, at most %d are allowed", name, n, maxFuncLines))
	}
	if n := nesting(body); n > maxNesting {
		out = append(out, f.violation(sig.Pos(), "%s nests %d deep, at most %d are allowed", name, n, maxNesting))
	}
	return out
}

// nesting counts how many if, for, switch and select statements stand inside each other. An else-if chain is one
// level, and a function literal starts anew: it is measured by itself.
func nesting(body ast.Node) int {
	deepest := 0
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.IfStmt:
			deepest = max(deepest, 1+nesting(n.Body))
			switch e := n.Else.(type) {
			case *ast.IfStmt:
				deepest = max(deepest, nesting(e))
			case *ast.BlockStmt:
				deepest = max(deepest, 1+nesting(e))
			}
			return false
		case *ast.ForStmt:
			deepest = max(deepest, 1+nesting(n.Body))
			return false
		case *ast.RangeStmt:
			deepest = max(deepest, 1+nesting(n.Body))
			return false
		case *ast.SwitchStmt:
			deepest = max(deepest, 1+nesting(n.Body))
			return false
		case *ast.TypeSwitchStmt:
			deepest = max(deepest, 1+nesting(n.Body))
			return false
		case *ast.SelectStmt:
			deepest = max(deepest, 1+nesting(n.Body))
			return false
		}
		return true
	})
	return deepest
}
