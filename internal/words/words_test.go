package words_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pronto/internal/words"
)

func all(text string) (out []string) {
	var s words.Scanner
	for s.Scan(text); s.Next(); {
		out = append(out, string(s.Word()))
	}
	return out
}

func TestTextIsSplitIntoFoldedWords(t *testing.T) {
	for text, want := range map[string]string{
		"Segunda via do boleto, por favor!":        "segunda via do boleto por favor",
		"AÇÃO ação acao Ac\u0327a\u0303o":          "acao acao acao acao",
		"¿Dónde está la SEÑAL? Señal":              "donde esta la senal senal",
		"Straße ŒUVRE Ærø łódź İstanbul ISIK ışık": "strasse oeuvre aero lodz istanbul isik isik",
		"CPF 123.456.789-09":                       "cpf 123 456 789 09 12345678909",
		"em 12/03/2026.":                           "em 12 03 2026 12032026",
		"1.500,00 e 3.14.":                         "1 500 1500 00 e 3 14 314",
		"12-34ab 5-":                               "12 34ab 5",
		"ana.souza@example.com":                    "ana souza example com",
		"d'água guarda-chuva C++ nº 5º":            "d agua guarda chuva c no 5o",
		"ＡＢＣ ﬁm ½ ²":                               "abc fim 12 2",
		"你好 world":                                 "你 好 world",
		"ΟΔΟΣ οδος":                                "οδοσ οδοσ",
		"Москва МОСКВА":                            "москва москва",
		"👍🏽 ok 🇧🇷":                                 "ok",
		"a\x00b\xffc":                              "a b c",
		"":                                         "",
		"… -- !!":                                  "",
	} {
		if got := strings.Join(all(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	long := strings.Repeat("é", 100)
	if got := all(long + "x " + long); len(got) != 2 || got[0] != strings.Repeat("e", words.MaxBytes) || got[0] != got[1] {
		t.Errorf("long words: %q", got)
	}
}

func TestAQueryMatchesAsItsLanguageSays(t *testing.T) {
	const text = "Olá! Preciso da segunda via do boleto; meu CPF é 123.456.789-09. Obrigada, Marina"
	for query, want := range map[string]string{
		"boleto":              "boleto",
		"BOLÊTO segunda":      "segunda|boleto",
		"bol":                 "boleto",
		"bol segunda":         "", // only the last one may be a beginning
		"bol* segunda":        "segunda|boleto",
		"segunda bol":         "segunda|boleto",
		`"segunda via"`:       "segunda via",
		`"via segunda"`:       "",
		`"segunda vi"`:        "",
		`"segunda via do bol`: "", // a phrase without its end
		`"segunda via" marin`: "segunda via|Marina",
		"12345678909":         "123.456.789-09",
		"123.456.789-09":      "123.456.789-09",
		"123456":              "123.456.789-09",
		`"cpf é 12345678909"`: "CPF é 123.456.789-09",
		`"789 09 obrigada"`:   "789-09. Obrigada",
		"nada boleto":         "",
		"a":                   "",
		"o":                   "Olá|Obrigada",
	} {
		q, err := words.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		var m words.Matcher
		spans, ok := m.Match(&q, text)
		var parts []string
		for _, s := range spans {
			parts = append(parts, text[s.Start:s.End])
		}
		if got := strings.Join(parts, "|"); got != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", query, got, ok, want)
		}
	}
}

func TestAQueryIsWordsBeginningsAndPhrases(t *testing.T) {
	type term struct {
		words  string
		prefix bool
	}
	for query, want := range map[string][]term{
		"  dois   termos ":   {{"dois", false}, {"termos", true}},
		`"uma frase" fim`:    {{"uma frase", false}, {"fim", true}},
		`come* "uma frase"`:  {{"come", true}, {"uma frase", false}},
		"guarda-chuva agora": {{"guarda chuva", false}, {"agora", true}},
		"ana@example.com":    {{"ana example com", true}},
		`!!! "" * `:          nil,
		`a"b c"d`:            {{"a", false}, {"b c", false}, {"d", true}},
		"nota 12/2026 x":     {{"nota", false}, {"122026", false}, {"x", true}},
		"x-12-34 " + "y":     {{"x 1234", false}, {"y", true}},
	} {
		q, err := words.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		var got []term
		for _, w := range q.Terms {
			got = append(got, term{strings.Join(w.Words, " "), w.Prefix})
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
		if q.Empty() != (len(want) == 0) {
			t.Errorf("%s: empty %v", query, q.Empty())
		}
	}
	if _, err := words.Parse(strings.Repeat("a ", words.MaxQueryWords) + "b"); !errors.Is(err, words.ErrTooMany) {
		t.Errorf("too many words: %v", err)
	}
}

func TestASnippetShowsTheHitAndCountsCodePoints(t *testing.T) {
	q, _ := words.Parse("boleto")
	var m words.Matcher
	text := strings.Repeat("bla ", 100) + "👍 o\nBoletó novo " + strings.Repeat("ble ", 100)
	spans, _ := m.Match(&q, text)
	s := words.Cut(text, spans, 60)
	r := []rune(s.Text)
	if len(s.Highlights) != 1 || string(r[s.Highlights[0].Start:s.Highlights[0].End]) != "Boletó" {
		t.Errorf("%+v", s)
	}
	if !strings.HasPrefix(s.Text, "…bla ") || !strings.HasSuffix(s.Text, "…") || strings.Contains(s.Text, "\n") || len(s.Text) > 80 {
		t.Errorf("%q", s.Text)
	}
	short := words.Cut("o boleto", []words.Span{{Start: 2, End: 8}}, 60)
	if short.Text != "o boleto" || short.Highlights[0] != (words.Span{Start: 2, End: 8}) {
		t.Errorf("%+v", short)
	}
	if none := words.Cut(strings.Repeat("é", 100), nil, 50); !utf8.ValidString(none.Text) || len(none.Text) > 60 {
		t.Errorf("%q", none.Text)
	}
}

func TestDistinctWordsAreBounded(t *testing.T) {
	if got := words.Distinct("a b a c b d", 3); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("%v", got)
	}
}

// FuzzWords: any text has bounded words without zero bytes, each of which is found in the text.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"Olá 123.456-7", "e\u0301\u0301", "12.3.4.", "ﷺ", "한국어", "\xff\xfe", "ÀÈ½ẞ", "กำ", "ㄱ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s words.Scanner
		var m words.Matcher
		n := 0
		for s.Scan(text); s.Next(); n++ {
			word := string(s.Word())
			if word == "" || len(word) > words.MaxBytes || strings.ContainsRune(word, 0) || !utf8.ValidString(word) {
				t.Fatalf("%q: word %q", text, word)
			}
			if s.Start >= s.End || s.End > len(text) {
				t.Fatalf("%q: word %q at %d to %d", text, word, s.Start, s.End)
			}
			q := words.Query{Terms: []words.Term{{Words: []string{word}}}}
			if n < 20 {
				if spans, ok := m.Match(&q, text); !ok || len(spans) == 0 {
					t.Fatalf("%q: word %q is not found", text, word)
				}
			}
		}
		if n > 2*len(text) {
			t.Fatalf("%q: %d words", text, n)
		}
	})
}

// FuzzQuery: any query is parsed or refused, and what it matches is cut into a snippet with its highlights inside.
func FuzzQuery(f *testing.F) {
	for _, seed := range [][2]string{{`"a b" c*`, "a b cd"}, {"1.2", "x 1.2 12"}, {`"`, ""}, {"é*", "É\u0301"}, {"12", "1-2"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, query, text string) {
		q, err := words.Parse(query)
		if err != nil {
			return
		}
		var m words.Matcher
		spans, ok := m.Match(&q, text)
		if ok != (len(spans) > 0) {
			t.Fatalf("%q in %q: %v %v", query, text, ok, spans)
		}
		last := 0
		for _, s := range spans {
			if s.Start < last || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("%q in %q: %v", query, text, spans)
			}
			last = s.End
		}
		cut := words.Cut(text, spans, 50)
		for _, h := range cut.Highlights {
			if h.Start < 0 || h.End > utf8.RuneCountInString(cut.Text) || h.Start >= h.End {
				t.Fatalf("%q in %q: %+v", query, text, cut)
			}
		}
	})
}

func BenchmarkScan(b *testing.B) {
	const text = "Olá, preciso da segunda via do boleto deste mês, por favor. Meu CPF é 123.456.789-09."
	var s words.Scanner
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		for s.Scan(text); s.Next(); {
			n++
		}
	}
	b.SetBytes(int64(len(text)))
}
