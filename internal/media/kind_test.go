package media_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pronto/internal/media"
)

// office is the beginning of an office document: the entry that says what it is comes after others.
func office(t *testing.T, entries ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range entries {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte("<x/>"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTheTypeIsFoundInTheBytes(t *testing.T) {
	for want, head := range map[string]string{
		"application/pdf": "%PDF-1.7\n", "text/plain": "olá, mundo", "text/html": "<!DOCTYPE html><script>alert(1)</script>",
		"image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, "image/jpeg": "\xff\xd8\xff\xe0\x00\x10JFIF",
		"image/png": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/gif": "GIF89a\x01\x00\x01\x00", "image/webp": "RIFF\x00\x00\x00\x00WEBPVP8 ",
		"audio/ogg": "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead\x01\x01",
		"audio/amr": "#!AMR\n\x00", "application/vnd.microsoft.portable-executable": "MZ\x90\x00" + strings.Repeat("\x00", 56) + "\x40\x00\x00\x00PE\x00\x00",
		"application/zip":          string(office(t, "a.txt")),
		"application/octet-stream": "\x00\x01\x02\x03\xfe\xff\x99",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document": string(office(t, "[Content_Types].xml", "_rels/.rels", "word/document.xml")),
		"video/mp4": "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "audio/mp4": "\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42",
	} {
		if got := media.Detect([]byte(head)); got != want {
			t.Errorf("%.20q: %s, not %s", head, got, want)
		}
	}
}

func TestAllowListsKnowWholeFamilies(t *testing.T) {
	list := []string{"image/png", "audio/*"}
	for kind, want := range map[string]bool{"image/png": true, "audio/ogg": true, "image/jpeg": false, "audiox/ogg": false, "*": false, "image/*": false} {
		if media.Allowed(list, kind) != want {
			t.Errorf("%s: %t", kind, !want)
		}
	}
}

func TestNamesAreSafeAndEndLikeTheirType(t *testing.T) {
	for _, c := range []struct{ sent, kind, want string }{
		{"conta de luz.pdf", "application/pdf", "conta de luz.pdf"},
		{"Relatório Março.PDF", "application/pdf", "Relatório Março.PDF"},
		{"../../etc/passwd", "text/plain", "passwd.txt"},
		{`C:\Users\ana\foto.jpeg`, media.JPEG, "foto.jpeg"},
		{"fatura.pdf.exe", "application/pdf", "fatura.pdf.exe.pdf"},
		{"foto.webp", media.JPEG, "foto.webp.jpg"},
		{"fdp\u202egpj.exe", "application/pdf", "fdpgpj.exe.pdf"},
		{"a\x00b\r\nc\t.txt", "text/plain", "ab c.txt"},
		{"  .. ", media.PNG, "file.png"},
		{"", "application/x-never-heard-of", "file.bin"},
		{".htaccess", "text/plain", "htaccess.txt"},
		{"con.txt", "text/plain", "_con.txt"}, {"LPT1.pdf", "application/pdf", "_LPT1.pdf"},
		{`a<b>c:"d|e?f*.txt`, "text/plain", "a_b_c__d_e_f_.txt"},
		{"\xff\xfe.txt", "text/plain", "_.txt"},
		{strings.Repeat("é", 300) + ".pdf", "application/pdf", strings.Repeat("é", 120) + ".pdf"},
	} {
		if got := media.Name(c.sent, c.kind); got != c.want {
			t.Errorf("%q: %q, not %q", c.sent, got, c.want)
		}
	}
}

func FuzzName(f *testing.F) {
	for _, name := range []string{"a.pdf", "..\\x", "con", "\u202e\u0000", strings.Repeat(".", 300), "a.tar.gz", "\xff"} {
		f.Add(name, "application/pdf")
	}
	f.Fuzz(func(t *testing.T, sent, kind string) {
		name := media.Name(sent, kind)
		switch {
		case !utf8.ValidString(name), name == "", len(name) > 600, strings.ContainsAny(name, "/\\\r\n\x00\"<>:|?*"), strings.HasPrefix(name, "."):
			t.Errorf("%q becomes %q", sent, name)
		case strings.ContainsFunc(name, unicode.IsControl), strings.ContainsRune(name, '\u202e'), strings.TrimSpace(name) != name:
			t.Errorf("%q becomes %q", sent, name)
		case media.Name(name, kind) != name:
			t.Errorf("%q becomes %q and then %q", sent, name, media.Name(name, kind))
		}
	})
}

func FuzzDetect(f *testing.F) {
	f.Add([]byte("%PDF-"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if kind := media.Detect(head); media.Base(kind) != kind {
			t.Errorf("%q is no plain type", kind)
		}
	})
}
