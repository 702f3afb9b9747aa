package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// configFile is a flag that reads a YAML file whose keys are the names of flags.
type configFile string

// BeforeResolve makes the file's values the defaults of the flags. A key that no flag has is an error that suggests one.
func (f configFile) BeforeResolve(k *kong.Kong, ctx *kong.Context, trace *kong.Path) error {
	path := string(ctx.FlagValue(trace.Flag).(configFile)) //nolint:forcetypeassert // the flag's own type
	if path == "" {
		return nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(raw, &values); err != nil {
		return fmt.Errorf("read configuration %s: %w", path, err)
	}
	if err := checkKeys(k, path, values); err != nil {
		return err
	}
	ctx.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		return values[flag.Name], nil
	}))
	return nil
}

func checkKeys(k *kong.Kong, path string, values map[string]any) error {
	known := flagNames(k.Model.Node)
	for key := range values {
		if slices.Contains(known, key) {
			continue
		}
		if near := nearest(key, known); near != "" {
			return fmt.Errorf("configuration %s: unknown key %q, did you mean %q?", path, key, near)
		}
		return fmt.Errorf("configuration %s: unknown key %q", path, key)
	}
	return nil
}

// flagNames lists the flags of a command and its subcommands, once each.
func flagNames(n *kong.Node) []string {
	var names []string
	for _, f := range n.Flags {
		if f.Name != "help" && f.Name != "config" {
			names = append(names, f.Name)
		}
	}
	for _, child := range n.Children {
		names = append(names, flagNames(child)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// nearest is the known word with the smallest edit distance, if that is small enough to be a slip.
func nearest(word string, known []string) string {
	best, at := 4, ""
	for _, k := range known {
		if d := distance(strings.ReplaceAll(word, "_", "-"), k); d < best {
			best, at = d, k
		}
	}
	return at
}

// distance is Levenshtein's: insertions, deletions and replacements between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
