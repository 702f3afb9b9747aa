package dispatch

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

//go:generate go test -run TestDocsShowTheTable -rewrite .

const statesFile = "../docs/states.md"

// TestDocsShowTheTable: docs/states.md is generated from Transitions (go generate ./dispatch) and never differs from it.
func TestDocsShowTheTable(t *testing.T) {
	want := statesDocument()
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(statesFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(statesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the table says: run go generate ./dispatch", statesFile)
	}
}

// TestTheTableKnowsEveryRecord: each record of a conversation is in the table, and the table names no others. Kept
// answers belong to no state.
func TestTheTableKnowsEveryRecord(t *testing.T) {
	declared := recordNames(t)
	listed := map[string]bool{}
	for _, tr := range Transitions {
		listed[tr.Record] = true
		if !slices.Contains(declared, tr.Record) {
			t.Errorf("the table has %s, which is no record", tr.Record)
		}
		if len(tr.From) == 0 || tr.Why == "" {
			t.Errorf("%s: a transition needs states to come from and a reason", tr.Record)
		}
	}
	for _, name := range declared {
		if !listed[name] && name != "CommandAnswered" {
			t.Errorf("%s is not in the table", name)
		}
	}
}

// TestEveryMessageIsTried: the random worlds and the golden tables know every message of the package.
func TestEveryMessageIsTried(t *testing.T) {
	known := map[string]bool{}
	for _, m := range allMessages {
		known[reflect.TypeOf(m).Name()] = true
	}
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if ok && embeds(spec, "isMessage") && !known[spec.Name.Name] {
				t.Errorf("%s is not in allMessages", spec.Name.Name)
			}
			return true
		})
	}
}

func embeds(spec *ast.TypeSpec, name string) bool {
	st, ok := spec.Type.(*ast.StructType)
	if !ok || len(st.Fields.List) == 0 || len(st.Fields.List[0].Names) > 0 {
		return false
	}
	id, ok := st.Fields.List[0].Type.(*ast.Ident)
	return ok && id.Name == name
}

// recordNames reads the struct types of this package that embed conversationFact.
func recordNames(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && embeds(spec, "conversationFact") {
				names = append(names, spec.Name.Name)
			}
			return true
		})
	}
	return names
}

func statesDocument() string {
	var b strings.Builder
	b.WriteString(`# States of a conversation

Generated from ` + "`dispatch.Transitions`" + ` by ` + "`go generate ./dispatch`" + `: do not edit. Every record that the machine emits, in every test, is
checked against this table.

` + "```mermaid\nstateDiagram-v2\n    [*] --> queued: ConversationOpened\n")
	for _, tr := range Transitions {
		for _, from := range tr.From {
			if tr.To != "" && from != ConversationNone {
				fmt.Fprintf(&b, "    %s --> %s: %s\n", from, tr.To, tr.Record)
			}
		}
	}
	b.WriteString("    closed --> [*]\n```\n\n## Records that move a conversation\n\n| record | from | to | why |\n|---|---|---|---|\n")
	writeTransitions(&b, func(tr Transition) bool { return tr.To != "" })
	b.WriteString("\n## Records that keep the state\n\n| record | in | | why |\n|---|---|---|---|\n")
	writeTransitions(&b, func(tr Transition) bool { return tr.To == "" })
	b.WriteString(`
A transfer between agents keeps the conversation active: the offer has an owner, and the conversation stays with that owner until the
target accepts. A requeue or a close of an offered conversation is two records in one commit: the offer is withdrawn first.
`)
	return b.String()
}

func writeTransitions(b *strings.Builder, take func(Transition) bool) {
	for _, tr := range Transitions {
		if !take(tr) {
			continue
		}
		from := make([]string, len(tr.From))
		for i, f := range tr.From {
			if from[i] = string(f); f == ConversationNone {
				from[i] = "(none)"
			}
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", tr.Record, strings.Join(from, ", "), tr.To, tr.Why)
	}
}

// TestNoMapIsRangedOver: map order must not reach an output. The walks over maps, sortedAgents and sorted, sort what they find.
func TestNoMapIsRangedOver(t *testing.T) {
	maps := map[string]bool{"agents": true, "loaded": true, "Attributes": true, "Answers": true, "Reasons": true, "named": true, "ours": true, "others": true}
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncDecl)
			if !ok {
				return true
			}
			ast.Inspect(f, func(n ast.Node) bool {
				r, ok := n.(*ast.RangeStmt)
				if !ok {
					return true
				}
				if sel, ok := r.X.(*ast.SelectorExpr); ok && maps[sel.Sel.Name] && !strings.HasPrefix(f.Name.Name, "sorted") {
					t.Errorf("%s ranges over %s", f.Name.Name, sel.Sel.Name)
				}
				return true
			})
			return false
		})
	}
}

// TestEveryMapFieldIsWatched: the list of the test above is complete.
func TestEveryMapFieldIsWatched(t *testing.T) {
	known := []string{"agents", "loaded", "Attributes", "Answers", "Reasons", "named", "ours", "others"}
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field:
				if _, ok := n.Type.(*ast.MapType); ok && len(n.Names) > 0 && !slices.Contains(known, n.Names[0].Name) {
					t.Errorf("the map %s is not watched", n.Names[0].Name)
				}
			case *ast.AssignStmt:
				for _, x := range n.Rhs {
					if c, ok := x.(*ast.CompositeLit); ok {
						if _, ok := c.Type.(*ast.MapType); ok {
							t.Error("a local map: make sure that nothing walks it, then list it here")
						}
					}
				}
			}
			return true
		})
	}
}

func sources(t *testing.T) []*ast.File {
	t.Helper()
	names, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		t.Fatal("no sources")
	}
	return files
}
