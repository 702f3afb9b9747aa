package pdf_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pronto/internal/pdf"
	"pronto/internal/pdf/pdftest"
)

var plain = pdf.Style{Size: 10}

// write makes a document with each text as a paragraph of its own, as many on a page as fit.
func write(t testing.TB, texts ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	d := pdf.New(&out, pdf.Info{Title: "Título", Language: "pt-BR", Producer: "test", Made: time.Unix(1700000000, 0), Footer: plain})
	y := pdf.PageHeight
	for _, s := range texts {
		e := d.Root().Open(pdf.RoleText)
		var text pdf.Text
		text.Add(s, plain)
		for _, l := range text.Lines(480) {
			if y += 15; y > 780 {
				d.NewPage()
				d.Artifact(func(c *pdf.Canvas) { c.Total(500, 810, 8) })
				y = 60
			}
			d.Draw(e, func(c *pdf.Canvas) { c.Text(50, y, l) })
		}
		e.Close()
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTextExtractsAsItWasGiven(t *testing.T) {
	texts := []string{
		"Olá, São Paulo: ação, coração, pão, às 14h — “ok”…", "¿Mañana? ¡Sí! €10 £5 ª º §", "Ελληνικά και Кириллица, Ąčęėį ŵŷ ğışö", "→ ✓ ★ ● ≥ ½ ™ © ®",
		"👍 👍🏽 👨‍👩‍👧‍👦 🇧🇷 1️⃣ ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🤷🏽‍♀️ 👩🏾‍💻 ✅ ⚠️ 😀😂🙏", "中文字符 日本語 한국어 ภาษา हिन्दी", "a\u0303 e\u0301 x\u0301\u0302", "invalid \xff byte",
		"(parentheses) <brackets> [square] {curly} %comment /Name \\backslash endstream endobj",
	}
	data := write(t, texts...)
	if _, err := pdftest.Parse(data); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(strings.Join(texts, "\n"), "\xff", "\uFFFD", 1)
	if got := strings.TrimSuffix(strings.TrimRight(pdftest.Extract(t, data), "\n\f"), "\n1"); got != "1\n"+want {
		t.Errorf("got\n%s\nnot\n%s", got, want)
	}
}

func TestRightToLeftTextStandsAndReadsInItsOrder(t *testing.T) {
	texts := []string{"עברית שלום abc 123 עולם", "o número 2026 é מספר 12 aqui", "مرحبا بالعالم"}
	data := write(t, texts...)
	controls := strings.NewReplacer("\u202a", "", "\u202b", "", "\u202c", "")
	shown := controls.Replace(pdftest.Shown(t, data))
	tree := pdftest.Info(t, data, "-struct-text")
	for _, s := range texts {
		if !strings.Contains(tree, `"`+s+`"`) {
			t.Errorf("the structure does not read %q:\n%s", s, tree)
		}
		for _, word := range strings.Fields(s) {
			if !strings.Contains(shown, word) {
				t.Errorf("the page does not show %q:\n%s", word, shown)
			}
		}
	}
}

func TestAFileIsTaggedAndHasItsPagesInOrder(t *testing.T) {
	var texts []string
	for range 5000 {
		texts = append(texts, "linha")
	}
	data := write(t, texts...)
	f, err := pdftest.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	info := pdftest.Info(t, data)
	for _, want := range []string{"Tagged:          yes", "JavaScript:      no", "Title:           Título", "Pages:           103", "Encrypted:       no"} {
		if !strings.Contains(info, want) {
			t.Errorf("no %q in\n%s", want, info)
		}
	}
	if types := f.Types(); types["Page"] != 103 || types["StructElem"] != 5001 {
		t.Errorf("%v", types)
	}
	if n := strings.Count(pdftest.Extract(t, data), "103\n"); n != 103 {
		t.Errorf("the page count is on %d pages", n)
	}
}

func TestTheSameCallsGiveTheSameBytes(t *testing.T) {
	texts := []string{"Olá 👍🏽", "中文", "b\u0301", "עברית"}
	if !bytes.Equal(write(t, texts...), write(t, texts...)) {
		t.Error("they differ")
	}
	if bytes.Equal(write(t, texts...), write(t, "outra")) {
		t.Error("other calls give the same")
	}
}

func TestCharactersBeyondTheCodesOfAFontAreStillDrawn(t *testing.T) {
	var text strings.Builder
	for r := rune(0x20000); r < 0x20000+70_000; r++ {
		text.WriteRune(r)
	}
	if _, err := pdftest.Parse(write(t, text.String())); err != nil {
		t.Error(err)
	}
}

func TestTheFirstErrorOfWritingIsReturned(t *testing.T) {
	broken := errors.New("broken")
	d := pdf.New(failing{broken}, pdf.Info{})
	d.NewPage()
	if err := d.Close(); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Whatever the texts are, a file has the objects that it would have with any other text, and nothing else.
func FuzzTextIsNeverSyntax(f *testing.F) {
	for _, s := range []string{
		"", "olá", "endstream\nendobj\n9 0 obj\n<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>\nendobj\n", ") Tj ET /XObject Do",
		">> BDC EMC", "<FEFF>", "\\", "]>>/URI(http://x)", "%%EOF\nstartxref\n0\n", "\x00\x01\r\n\t\u2028\u202e", "👨‍👩‍👧‍👦\u200d\ufe0f\u20e3", "\U000e007f\ud7ff\uffff\xed\xa0\x80",
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, s, title string) {
		var out bytes.Buffer
		d := pdf.New(&out, pdf.Info{Title: title, Subject: s, Language: s, Producer: s, Footer: plain})
		d.NewPage()
		e := d.Root().Open(pdf.RoleFigure)
		e.Describe(s)
		var text pdf.Text
		text.Add(s, plain)
		text.Add(title, pdf.Style{Size: 12, Bold: true})
		d.Draw(e, func(c *pdf.Canvas) {
			for i, l := range text.Lines(100) {
				c.Text(50, float64(10*i), l)
			}
		})
		e.Close()
		d.Bookmark(s, 10)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		file, err := pdftest.Parse(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		types := file.Types()
		if types["Page"] != 1 || types["StructElem"] != 2 || types["Catalog"] != 1 || types["Outlines"] != 1 || types[""] > 20 {
			t.Errorf("objects: %v", types)
		}
	})
}
