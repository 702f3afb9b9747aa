package pdftest

import (
	"bytes"
	"os/exec"
	"testing"
)

// poppler runs one of poppler's tools on a file that it reads from standard input.
func poppler(t testing.TB, data []byte, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("%s is not installed; `make tools` installs it (Debian's package poppler-utils): %v", tool, err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = bytes.NewReader(data)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil || complaints.Len() > 0 {
		t.Fatalf("%s: %v\n%s", tool, err, complaints.String())
	}
	return out.String()
}

// Extract returns the text of a file as pdftotext reads it, in the order of the file.
func Extract(t testing.TB, data []byte) string {
	t.Helper()
	return poppler(t, data, "pdftotext", "-raw", "-enc", "UTF-8", "-", "-")
}

// Shown returns the text of a file as pdftotext finds it on the pages.
func Shown(t testing.TB, data []byte) string {
	t.Helper()
	return poppler(t, data, "pdftotext", "-enc", "UTF-8", "-", "-")
}

// Info returns what pdfinfo says of a file; with "-struct-text" among args, the structure tree with its text.
func Info(t testing.TB, data []byte, args ...string) string {
	t.Helper()
	return poppler(t, data, "pdfinfo", append(args, "-")...)
}
