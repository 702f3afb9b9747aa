package pdftest_test

import (
	"bytes"
	"testing"

	"pronto/internal/pdf"
	"pronto/internal/pdf/pdftest"
)

func TestParseRefusesWhatTheWriterDidNotMean(t *testing.T) {
	var out bytes.Buffer
	d := pdf.New(&out, pdf.Info{Title: "t", Language: "en"})
	d.NewPage()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	good := out.String()
	if _, err := pdftest.Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) []byte {
		changed := bytes.Replace([]byte(good), []byte(from), []byte(to), 1)
		if bytes.Equal(changed, []byte(good)) {
			t.Fatalf("no %q in the file", from)
		}
		return changed
	}
	for name, data := range map[string][]byte{
		"an object more":      change("startxref", "99 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\nstartxref"),
		"a name":              change("/Type/XRef", "/Type/JavaScript"),
		"another length":      change("/Length ", "/Length 1"),
		"bytes after the end": append([]byte(good), "\n"...),
		"a byte less":         change("endobj\n", "endobj"),
		"a broken stream":     change("\x78\x9c", "\x78\x9d"),
	} {
		if _, err := pdftest.Parse(data); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
