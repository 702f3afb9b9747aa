package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"pronto/transport/internal/apidoc"
)

func main() {
	out := flag.String("out", "docs", "folder of the documents")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	files, err := apidoc.Files()
	if err != nil {
		return err
	}
	for name, body := range files {
		path := filepath.Join(out, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			return fmt.Errorf("write document: %w", err)
		}
	}
	return nil
}
