package pdf

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func clusters(s string) []string {
	var text Text
	text.Add(s, Style{Size: 10})
	var out []string
	for _, c := range text.clusters {
		out = append(out, c.text)
	}
	return out
}

func TestASequenceOfEmojiIsOnePicture(t *testing.T) {
	for _, s := range []string{
		"👍", "👍🏽", "👨‍👩‍👧‍👦", "🇧🇷", "1️⃣", "#⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🤷🏽‍♀️", "👩🏾‍💻", "🧑‍🚀", "👁️‍🗨️", "🏳️‍🌈", "☎", "®️", "👩🏻‍❤️‍💋‍👨🏽",
	} {
		if got := clusters(s); len(got) != 1 || got[0] != s {
			t.Errorf("%s is %q", s, got)
		}
	}
	// No picture of their own: the parts, with everything that was written.
	for s, want := range map[string][]string{
		"👍‍👎": {"👍‍", "👎"}, "😀🏽": {"😀🏽"}, "🇧": {"🇧"}, "1\ufe0f": {"1"}, "a\u200db": {"a", "b"},
	} {
		if got := clusters(s); !slices.Equal(got, want) {
			t.Errorf("%q is %q, not %q", s, got, want)
		}
	}
}

func TestCharactersWithoutAShapeAreLeftOut(t *testing.T) {
	for s, want := range map[string]string{
		"a\x00b\x7fc": "abc", "a\u202eb\u202c\u2066": "ab", "\ufeffa\u00ad": "a", "a\tb": "a    b", "\ue000": "\ue000",
	} {
		if got := strings.Join(clusters(s), ""); got != want {
			t.Errorf("%q is drawn as %q", s, got)
		}
	}
}

func TestALineEndsWhereTheTextSaysOrBetweenWords(t *testing.T) {
	for s, want := range map[string][]string{
		"um dois três": {"um dois", "três"}, "a\r\nb\n\nc": {"a", "b", "", "c"}, "guarda-chuvas": {"guarda-", "chuvas"}, "x/abcdefghijk": {"x/", "abcdefghij", "k"},
		"日本語日本語日本語日": {"日本語日本語日本語", "日"}, "fim  ": {"fim"}, "-10-20": {"-10-20"},
	} {
		var text Text
		text.Add(s, Style{Size: 10})
		var got []string
		for _, l := range text.Lines(52) {
			part := ""
			for _, c := range text.clusters[l.from:l.to] {
				part += c.text
			}
			got = append(got, part)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q breaks into %q, not %q", s, got, want)
		}
	}
}

func TestLinesFitAndLoseNothingButSpaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text Text
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			text.Add(rapid.String().Draw(t, "text"), Style{Size: rapid.Float64Range(6, 20).Draw(t, "size"), Bold: rapid.Bool().Draw(t, "bold")})
		}
		width := rapid.Float64Range(1, 300).Draw(t, "width")
		next := 0
		for _, l := range text.Lines(width) {
			for _, c := range text.clusters[next:l.from] {
				if c.kind != kindSpace && c.kind != kindBreak {
					t.Fatalf("%q is on no line", c.text)
				}
			}
			sum := 0.0
			for i := range text.clusters[l.from:l.to] {
				sum += text.points(&text.clusters[l.from+i])
			}
			if sum > width+0.001 && l.to-l.from > 1 && text.clusters[l.to-1].kind != kindMark {
				t.Fatalf("a line of %v is wider than %v", sum, width)
			}
			if d := sum - l.Width(); d > 0.001 || d < -0.001 {
				t.Fatalf("a line says that it is %v wide, not %v", l.Width(), sum)
			}
			at := places(&text, text.clusters[l.from:l.to])
			slices.Sort(at)
			if len(at) > 0 && (at[0] != 0 || at[len(at)-1] > sum+0.001) {
				t.Fatalf("clusters stand from %v to %v on a line of %v", at[0], at[len(at)-1], sum)
			}
			next = l.to
		}
	})
}

// flat is an outline with its parts in place of their numbers, so that those of two files can be compared.
func (f *font) flat(glyph uint16) []byte {
	var parts []uint16
	data := bytes.TrimRight(f.outline(glyph, &parts), "\x00")
	data = bytes.Clone(data)
	for _, p := range parts {
		data = append(data, f.flat(p)...)
	}
	return data
}

func TestASubsetHasTheGlyphsOfTheFont(t *testing.T) {
	for _, f := range fonts() {
		keep := []uint16{0}
		for r := range f.glyphs {
			keep = append(keep, f.glyphs[r])
		}
		slices.Sort(keep)
		keep = slices.Compact(keep)
		slices.Reverse(keep[1:]) // not the order of the font
		small := reparse(f.subset(keep))
		for i, g := range keep {
			if !bytes.Equal(small.flat(uint16(i)), f.flat(g)) {
				t.Fatalf("%s: glyph %d differs", f.name, g)
			}
			if small.advances[i] != f.advances[min(int(g), len(f.advances)-1)] {
				t.Fatalf("%s: glyph %d has another width", f.name, g)
			}
		}
	}
}

// reparse reads what a subset has of a font.
func reparse(data []byte) *font {
	f := &font{tables: map[string][]byte{}}
	for i := range int(be.Uint16(data[4:])) {
		entry := data[12+16*i:]
		at, n := be.Uint32(entry[8:]), be.Uint32(entry[12:])
		f.tables[string(entry[:4])] = data[at : at+n]
	}
	n := int(be.Uint16(f.tables["maxp"][4:]))
	f.parseLoca(true, n)
	for i := range n {
		f.advances = append(f.advances, be.Uint16(f.tables["hmtx"][4*i:]))
	}
	return f
}
