package arch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rules are the rules about one file.
var rules = map[string]func(*File) []Violation{
	"Imports":  Imports,
	"Pure":     Pure,
	"Size":     Size,
	"Names":    Names,
	"Sleeps":   Sleeps,
	"Comments": Comments,
	"Skips":    Skips,
}

func report(t *testing.T, vs []Violation) {
	t.Helper()
	for _, v := range vs {
		t.Error(v)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEveryFileKeepsTheRules(t *testing.T) {
	files, err := Load(root(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("only %d files found", len(files))
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			for _, f := range files {
				report(t, rule(f))
			}
		})
	}
	t.Run("Docs", func(t *testing.T) { report(t, Docs(files)) })
}

// textual are the kinds of files that people write.
var textual = []string{".go", ".md", ".yml", ".yaml", ".json", ".txt", ".ts", ".tsx", ".css", ".html", ".sh", ".toml", ".mod"}

func TestNothingNamesAMachinePath(t *testing.T) {
	dir := root(t)
	check := func(name string) error {
		if !slices.Contains(textual, filepath.Ext(name)) && filepath.Base(name) != "Makefile" && !strings.HasPrefix(name, ".ci/") {
			return nil
		}
		src, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		report(t, MachinePaths(name, src))
		return nil
	}
	if err := Walk(dir, check); err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{".ci/run", ".golangci.yml"} { // Walk leaves hidden files' folders out
		if err := check(hidden); err != nil {
			t.Error(err)
		}
	}
}
