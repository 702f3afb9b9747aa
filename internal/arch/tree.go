package arch

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// module is the name in go.mod.
const module = "pronto"

// Violation is one broken rule at one place.
type Violation struct {
	Place string // file:line, or a folder
	Rule  string
}

func (v Violation) String() string { return v.Place + ": " + v.Rule }

// File is one parsed Go file.
type File struct {
	Path string // from the module's root, with slashes
	Src  []byte
	AST  *ast.File
	fset *token.FileSet
}

// Dir returns the folder, "." for the root.
func (f *File) Dir() string { return path.Dir(f.Path) }

// Test says whether the file is compiled into tests only.
func (f *File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Generated says whether a program wrote the file.
func (f *File) Generated() bool {
	return strings.HasSuffix(f.Path, "_gen.go") || ast.IsGenerated(f.AST)
}

func (f *File) line(p token.Pos) int { return f.fset.Position(p).Line }

func (f *File) violation(p token.Pos, format string, args ...any) Violation {
	return Violation{Place: fmt.Sprintf("%s:%d", f.Path, f.line(p)), Rule: fmt.Sprintf(format, args...)}
}

// ParseFile parses one source.
func ParseFile(name string, src []byte) (*File, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	return &File{Path: name, Src: src, AST: tree, fset: fset}, nil
}

// Root returns the folder of the module's go.mod, looking upwards from the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	for {
		if src, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil {
			if bytes.HasPrefix(src, []byte("module "+module+"\n")) {
				return dir, nil
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("find the module: no go.mod of %s above the working directory", module)
		}
		dir = up
	}
}

// skipped are folders without code of ours.
var skipped = []string{"testdata", "node_modules", "vendor", "bin", "dist"}

// Walk calls fn with the path of every file of the module that is ours.
func Walk(root string, fn func(name string) error) error {
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains(skipped, d.Name())) {
				return filepath.SkipDir
			}
			return nil
		}
		return fn(filepath.ToSlash(name))
	})
}

// Load parses every Go file of the module, whatever its build tags, sorted by path.
func Load(root string) ([]*File, error) {
	var files []*File
	err := Walk(root, func(name string) error {
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		f, err := ParseFile(name, src)
		if err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load the module: %w", err)
	}
	slices.SortFunc(files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	return files, nil
}
