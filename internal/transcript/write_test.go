package transcript_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pronto/dispatch"
	"pronto/internal/pdf/pdftest"
	"pronto/internal/transcript"
)

func written(t testing.TB, d transcript.Document, o transcript.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := transcript.Write(&out, &d, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// inOrder fails unless every part is in the text, each after the one before it.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, p := range parts {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			t.Fatalf("%q is missing or out of order in\n%s", p, text)
		}
		rest = after
	}
}

func TestEachMessageHasItsHeaderInOrder(t *testing.T) {
	data := written(t, sample(), transcript.Options{Language: transcript.Portuguese, Zone: saoPaulo, Notes: true})
	text := pdftest.Extract(t, data)
	inOrder(t, text,
		"Atendimento 2026-000123", "Protocolo 2026-000123", "Entrada 23/11/2026 09:00:00 -03:00", "Situação Encerrado", "Aceito 23/11/2026 09:01:00 -03:00",
		"Fila Financeiro", "Encerrado 23/11/2026 09:31:00 -03:00", "Canal WhatsApp", "Assunto Segunda via do boleto", "Cliente Marina Alves", "CPF 12345678909",
		"Telefone +5511999990000", "E-mail marina@example.com", "Bia Souza, desde 23/11/2026 09:01:00 -03:00", "Ana Lima, desde", "boleto, vip",
		"Script · Encerramento", "Motivo Cobrança › Boleto › Segunda via", "Resolvido Sim", "Enviou o boleto? Sim", "Cliente pediu para receber por e-mail também.",
		"Conversa", "Segunda-feira, 23 de novembro de 2026",
		"Marina Alves · Cliente · +5511999990000 · CPF 12345678909 23/11/2026 09:00:00 -03:00 · WhatsApp", "Segunda via do boleto, por favor 🙏",
		"Financeiro · Automático 23/11/2026 09:00:00 -03:00 · WhatsApp · lida", "Você é a 2ª da fila.",
		"Ana Lima · Atendente 23/11/2026 09:05:00 -03:00 · WhatsApp · lida", "Bom dia, Marina! 👍🏽 Vou verificar agora.",
		"Ana Lima · Nota interna · Atendente 23/11/2026 09:06:00 -03:00", "conferir o desconto",
		"09:08:00", "📎 comprovante de pagamento.pdf · application/pdf · 182 KB", "📎 foto.jpg · image/jpeg · 2,4 MB",
		"09:10:00 -03:00 · WhatsApp · entregue · editada 23/11/2026 09:11:00 -03:00", "↩ Marina Alves: Este é o comprovante.", "O boleto foi emitido",
		"09:12:00", "Mensagem removida · 23/11/2026 09:13:00 -03:00", "não entregue (window_closed)",
		"Terça-feira, 24 de novembro de 2026", "Obrigada! ❤️", "Até logo 👋",
		"Anexos", "comprovante de pagamento.pdf application/pdf 182 KB 23/11/2026 09:08:00 -03:00 · Marina Alves", "foto.jpg",
	)
	shown := pdftest.Shown(t, data)
	inOrder(t, shown, "Marina Alves · Cliente", "Financeiro · Automático", "Ana Lima · Atendente", "Ana Lima · Nota interna")
	info := pdftest.Info(t, data)
	inOrder(t, info, "Title:           Atendimento 2026-000123", "CreationDate:    Mon Nov 23 12:32:00 2026", "Tagged:          yes", "JavaScript:      no", "A4")
}

func TestTheStructureIsReadAsItIsShown(t *testing.T) {
	data := written(t, sample(), transcript.Options{Language: transcript.English, Notes: true})
	inOrder(t, pdftest.Info(t, data, "-struct-text"),
		"Document", "H1", `"Conversation 2026-000123"`, "Sect", "H2", `"Details"`, "Table", "TR", "TH", "/Scope /Row", `"Protocol"`, "TD", `"2026-000123"`,
		"H2", `"Messages"`, "H3", `"Monday, 23 November 2026"`, "Art", "H4", `"Marina Alves · Customer · +5511999990000 · CPF 12345678909 2026-11-23 12:00:00 +00:00 · WhatsApp"`,
		"P", `"Segunda via do boleto, por favor 🙏"`, "Art", "H4", "H2", `"Attachments"`, "Table", "TH", "/Scope /Column", `"File"`, "TD",
	)
}

func TestNotesAreOnlyInDocumentsThatWarnOfThem(t *testing.T) {
	d := sample()
	with := pdftest.Extract(t, written(t, d, transcript.Options{Notes: true}))
	if n := strings.Count(with, "Contém notas internas: não enviar ao cliente"); n != 2 {
		t.Errorf("%d pages warn, not 2", n)
	}
	without := pdftest.Extract(t, written(t, d, transcript.Options{}))
	for _, secret := range []string{"notas internas", "Nota interna", "VIP: conferir"} {
		if strings.Contains(without, secret) {
			t.Errorf("%q is in a transcript without notes", secret)
		}
	}
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	d := sample()
	texts := map[string]bool{}
	for _, l := range transcript.Languages() {
		data := written(t, d, transcript.Options{Language: l, Zone: saoPaulo, Notes: true})
		text := pdftest.Extract(t, data)
		inOrder(t, text, "2026-000123", "Financeiro", "Bia Souza", "Marina Alves · ", "Ana Lima · ", "foto.jpg")
		texts[text] = true
	}
	if len(texts) != len(transcript.Languages()) {
		t.Error("two languages say the same")
	}
	for tag, want := range map[string]transcript.Language{"": "pt-BR", "pt": "pt-BR", "PT-br": "pt-BR", "en-US": "en", "es-419": "es", "de": "", "pt_BR": ""} {
		if got, ok := transcript.ParseLanguage(tag); got != want || ok != (want != "") {
			t.Errorf("ParseLanguage(%q) = %q, %v", tag, got, ok)
		}
	}
}

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	o := transcript.Options{Language: transcript.Spanish, Zone: saoPaulo, Notes: true}
	if !bytes.Equal(written(t, sample(), o), written(t, sample(), o)) {
		t.Error("they differ")
	}
}

var headerLine = regexp.MustCompile(`\d\d:\d\d:\d\d -03:00|de 2026$`)

// However long the messages are, no page ends with a header or a date, and no line is lost or told twice.
func TestNoPageEndsWithAHeader(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var entries []transcript.Entry
		total := 0
		for i := range rapid.IntRange(1, 12).Draw(r, "entries") {
			lines := rapid.IntRange(0, 25).Draw(r, "lines")
			if rapid.IntRange(0, 15).Draw(r, "long") == 0 {
				lines *= 10
			}
			var text strings.Builder
			for range lines {
				fmt.Fprintf(&text, "line%06d\n", total)
				total++
			}
			author := []dispatch.Author{marina, ana, bot}[i%3]
			entries = append(entries, transcript.Entry{Author: author, Text: text.String(), At: began.Add(time.Duration(i) * 5 * time.Hour)})
		}
		d := sample()
		d.Entries = of(entries...)
		data := written(t, d, transcript.Options{Zone: saoPaulo})
		if _, err := pdftest.Parse(data); err != nil {
			r.Fatal(err)
		}
		next := 0
		for i, page := range strings.Split(strings.TrimRight(pdftest.Extract(t, data), "\f"), "\f") {
			lines := strings.Split(strings.TrimSpace(page), "\n")
			if last := lines[len(lines)-1]; headerLine.MatchString(last) && lines[len(lines)-2] != "" && i > 0 && endsAlone(entries, last) {
				r.Fatalf("page %d ends with %q", i+1, last)
			}
			for _, l := range lines {
				if strings.HasPrefix(l, "line") {
					if l != fmt.Sprintf("line%06d", next) {
						r.Fatalf("page %d has %q instead of line %d", i+1, l, next)
					}
					next++
				}
			}
		}
		if next != total {
			r.Fatalf("%d lines of %d", next, total)
		}
	})
}

// endsAlone says whether a header at the end of a page belongs to an entry that says something.
func endsAlone(entries []transcript.Entry, last string) bool {
	return !slices.ContainsFunc(entries, func(e transcript.Entry) bool {
		return e.Text == "" && strings.Contains(last, e.At.In(saoPaulo).Format("02/01/2006 15:04:05"))
	})
}

func many(n int, check func(i int)) iter.Seq2[transcript.Entry, error] {
	return func(yield func(transcript.Entry, error) bool) {
		for i := range n {
			check(i)
			e := transcript.Entry{Author: marina, At: began.Add(time.Duration(i) * time.Second), Text: fmt.Sprintf("Mensagem %d: preciso da segunda via do boleto de novembro, por favor 🙏", i)}
			if i%2 == 1 {
				e.Author, e.Delivery = ana, dispatch.DeliveryRead
			}
			if i%500 == 7 {
				e.Attachments = []transcript.Attachment{{Name: fmt.Sprintf("arquivo %d.pdf", i), Type: "application/pdf", Size: int64(i)}}
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// heapOf writes a transcript of n messages and returns the heap when a tenth was written and its most since then.
func heapOf(t testing.TB, n int) (early, most uint64, written counting) {
	t.Helper()
	d := sample()
	d.Entries = many(n, func(i int) {
		if i%(n/10) != n/20 {
			return
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if early == 0 {
			early = m.HeapAlloc
		}
		most = max(most, m.HeapAlloc)
	})
	if err := transcript.Write(&written, &d, transcript.Options{}); err != nil {
		t.Fatal(err)
	}
	return early, most, written
}

// Only the places of the file's objects grow, about 50 bytes for each message: those of 20 000 messages are 1 MB.
func TestMemoryDoesNotGrowWithTheTexts(t *testing.T) {
	early, most, size := heapOf(t, 20_000)
	if most > early+2<<20 || size < 1<<20 {
		t.Errorf("the heap grew from %d KB to %d KB while %d KB were written", early>>10, most>>10, size>>10)
	}
}

func BenchmarkHundredThousandMessages(b *testing.B) {
	for b.Loop() {
		_, most, size := heapOf(b, 100_000)
		b.ReportMetric(float64(most>>10), "heap-KB")
		b.ReportMetric(float64(size>>10), "file-KB")
	}
}

type counting int64

func (c *counting) Write(b []byte) (int, error) { *c += counting(len(b)); return len(b), nil }

func TestAnErrorOfTheSourceOrOfTheWriterEndsIt(t *testing.T) {
	broken := errors.New("broken")
	d := sample()
	d.Entries = func(yield func(transcript.Entry, error) bool) { yield(transcript.Entry{}, broken) }
	if err := transcript.Write(io.Discard, &d, transcript.Options{}); !errors.Is(err, broken) {
		t.Errorf("source: %v", err)
	}
	d.Entries = many(1_000_000, func(int) {})
	if err := transcript.Write(failing{broken}, &d, transcript.Options{}); !errors.Is(err, broken) {
		t.Errorf("writer: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Whatever people write, the file has the objects of any other transcript of that shape.
func FuzzNothingThatPeopleWriteBecomesAnObject(f *testing.F) {
	f.Add("olá", "Marina", "boleto.pdf")
	f.Add("endstream endobj 1 0 obj <</Type/Catalog/OpenAction 2 0 R>> endobj", ") Tj ET", "%%EOF")
	f.Add("\u202e\u2066עברית\x00\xff", "\u200d\ufe0f", "\n\n\n")
	f.Fuzz(func(t *testing.T, text, name, file string) {
		d := sample()
		d.Protocol, d.Queue, d.Subject, d.Channel, d.Contact.Name, d.Tags = name, name, text, file, name, []string{text}
		d.Script.Reason, d.Script.Answers = []string{text, name}, []transcript.Answer{{Question: text, Value: file}, {Question: name, Value: text}}
		d.Entries = of(transcript.Entry{
			Author: dispatch.Author{Kind: dispatch.AuthorKind(name), Name: name, Identity: text}, Text: text, At: began, Failure: file, Delivery: dispatch.DeliveryFailed,
			Quote: &transcript.Quote{Author: name, Text: text}, Attachments: []transcript.Attachment{{Name: file, Type: name, Size: 1}},
		}, transcript.Entry{Note: true, Author: ana, Text: name, At: began})
		parsed, err := pdftest.Parse(written(t, d, transcript.Options{Notes: true}))
		if err != nil {
			t.Fatal(err)
		}
		types := parsed.Types()
		if types["Catalog"] != 1 || types["Pages"] > 3 || types["Font"] > 8 || types["Metadata"] != 1 || types["Outlines"] != 1 {
			t.Errorf("objects: %v", types)
		}
	})
}

func BenchmarkThousandMessages(b *testing.B) {
	d := sample()
	for b.Loop() {
		d.Entries = many(1000, func(int) {})
		if err := transcript.Write(io.Discard, &d, transcript.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
