package arch

import (
	"strings"
	"testing"
)

// fileOf parses a source that stands at the given path.
func fileOf(t *testing.T, name, src string) *File {
	t.Helper()
	f, err := ParseFile(name, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func importing(names ...string) string {
	src := "package x\n"
	for _, n := range names {
		src += "import _ \"" + n + "\"\n"
	}
	return src
}

func deep(levels int) string {
	return "package x\nfunc f() {\n" + strings.Repeat("if true {\n", levels) + strings.Repeat("}\n", levels) + "}\n"
}

// TestEachRuleFindsWhatBreaksIt plants a violation for each rule, and beside it the closest thing that is allowed.
func TestEachRuleFindsWhatBreaksIt(t *testing.T) {
	const inDispatch = "dispatch/x.go"
	long := "package x\n" + strings.Repeat("// line\n", maxFileLines)
	longFunc := "package x\nfunc f() {\n" + strings.Repeat("_ = 1\n", maxFuncLines) + "}\n"
	sleep := "package x\nimport (\"time\"; \"testing\"; \"testing/synctest\")\n"
	for _, c := range []struct {
		name, path, src string
		want            string // part of the only violation; "" for none
	}{
		{"dispatch takes std", inDispatch, importing("strings", "time"), ""},
		{"dispatch without storage", inDispatch, importing("pronto/storage"), "dispatch must not import pronto/storage"},
		{"dispatch without modules", inDispatch, importing(zerolog), "dispatch must not import " + zerolog},
		{"dispatch's tests may use rapid", "dispatch/x_test.go", importing("pgregory.net/rapid", "os"), ""},
		{"its code may not", inDispatch, importing("pgregory.net/rapid"), "must not import pgregory.net/rapid"},
		{"dispatch without net/http", inDispatch, importing("net/http"), "pure and must not import net/http"},
		{"dispatch without math/rand/v2", inDispatch, importing("math/rand/v2"), "must not import math/rand/v2"},
		{"dispatch without sync/atomic", inDispatch, importing("sync/atomic"), "must not import sync/atomic"},
		{"dispatch with math", inDispatch, importing("math"), ""},
		{"dispatch without goroutines", inDispatch, "package x\nfunc f() { go f() }", "must not start goroutines"},
		{"dispatch without channels", inDispatch, "package x\nvar c chan int", "must not use channels"},
		{"dispatch without a clock", inDispatch, "package x\nimport \"time\"\nvar t = time.Now()", "must not call time.Now"},
		{"not even renamed", inDispatch, "package x\nimport clock \"time\"\nvar t = clock.Since", "must not call time.Since"},
		{"dispatch with durations", inDispatch, "package x\nimport \"time\"\nconst d = time.Second", ""},
		{"others have a clock", "actors/x.go", "package x\nimport \"time\"\nvar t = time.Now()", ""},
		{"actors through act", "actors/x.go", importing("pronto/internal/act", "pronto/dispatch"), ""},
		{"actors without hollywood", "actors/x.go", importing(hollywood + "/actor"), "actors must not import " + hollywood},
		{"not in tests either", "actors/x_test.go", importing(hollywood + "/actor"), "actors must not import " + hollywood},
		{"act with hollywood", "internal/act/x.go", importing(hollywood + "/actor"), ""},
		{"actors without storage", "actors/x.go", importing("pronto/storage"), "actors must not import pronto/storage"},
		{"transport without storage", "transport/x.go", importing("pronto/storage"), "transport must not import pronto/storage"},
		{"storage without transport", "storage/x.go", importing("pronto/transport"), "storage must not import pronto/transport"},
		{"below storage as well", "storage/deep/x.go", importing("pronto/actors"), "storage must not import pronto/actors"},
		{"below its own", "storage/deep/x.go", importing("pronto/storage", pebble+"/vfs"), ""},
		{"similar names are others", "storage/x.go", importing(pebble + "x"), "storage must not import " + pebble + "x"},
		{"client without dispatch", "client/x.go", importing("pronto/dispatch"), "client must not import pronto/dispatch"},
		{"app for cmd", "cmd/pronto/x.go", importing("pronto/internal/app"), ""},
		{"app for nobody else", "bench/x.go", importing("pronto/internal/app"), "only cmd, internal/demo, internal/sim, internal/app may import"},
		{"cmd without pebble", "cmd/pronto/x.go", importing(pebble), "cmd must not import " + pebble},
		{"a new package", "newcomer/x.go", "package x", "has no line in the table"},

		{"short file", "actors/x.go", strings.TrimSuffix(long, "// line\n"), ""},
		{"long file", "actors/x.go", long, "file has 501 lines"},
		{"long test file", "actors/x_test.go", long, ""},
		{"generated file", "actors/x_gen.go", long, ""},
		{"long function", "actors/x.go", longFunc, "f has 82 lines"},
		{"long literal", "actors/x.go", strings.Replace(longFunc, "func f()", "var f = func()", 1), "function literal has 82 lines"},
		{"five parameters", "actors/x.go", "package x\nfunc f(a, b, c int, d, e string) {}", ""},
		{"six parameters", "actors/x.go", "package x\nfunc f(a, b, c int, d, e, g string) {}", "f has 6 parameters"},
		{"four levels", "actors/x.go", deep(4), ""},
		{"five levels", "actors/x.go", deep(5), "f nests 5 deep"},
		{"else-if is one level", "actors/x.go", "package x\nfunc f(n int) {\n" + strings.Repeat("if n > 1 {\n} else ", 9) + "{ }\n}\n", ""},

		{"vague name", "actors/x.go", "package util", `package name "util" says nothing`},
		{"vague folder", "actors/helpers/x.go", "package x", "says nothing"},
		{"sleep", "actors/x_test.go", sleep + "func f() { time.Sleep(1) }", "outside a synctest bubble"},
		{"sleep by value", "actors/x_test.go", sleep + "var f = time.Sleep", "outside a synctest bubble"},
		{"sleep in a bubble", "actors/x_test.go", sleep + "func f(t *testing.T) { synctest.Test(t, func(*testing.T) { time.Sleep(1) }) }", ""},
		{"sleep in a bubble's function", "actors/x_test.go", sleep + "func waitInBubble() { time.Sleep(1) }", ""},
		{"bare nolint", "actors/x.go", "package x //nolint", "needs its name and a reason"},
		{"nolint without reason", "actors/x.go", "package x //nolint:errcheck", "needs its name and a reason"},
		{"nolint with a space", "actors/x.go", "package x // nolint:errcheck // because", "needs its name and a reason"},
		{"nolint with reason", "actors/x.go", "package x //nolint:errcheck // always nil", ""},
		{"skip", "actors/x_test.go", "package x\nfunc TestA(t T) { t.Skip() }", "a test is skipped"},
		{"skip in a fuzz target", "actors/x_test.go", "package x\nfunc FuzzA(f F) { f.Fuzz(func(t T) { t.Skip() }) }", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fileOf(t, c.path, c.src)
			var got []string
			for _, rule := range rules {
				for _, v := range rule(f) {
					got = append(got, v.String())
				}
			}
			switch all := strings.Join(got, "\n"); {
			case c.want == "" && len(got) > 0:
				t.Errorf("allowed, but refused:\n%s", all)
			case c.want != "" && !strings.Contains(all, c.want):
				t.Errorf("want a violation with %q, got %q", c.want, all)
			case c.want != "" && !strings.HasPrefix(got[0], c.path+":"):
				t.Errorf("place is missing: %q", all)
			}
		})
	}
}

func TestPackageWithoutDocIsFound(t *testing.T) {
	files := []*File{
		fileOf(t, "actors/x.go", "package actors"),
		fileOf(t, "client/doc.go", "package client"), // without a comment
		fileOf(t, "storage/doc.go", "// Package storage keeps.\npackage storage"),
		fileOf(t, "bench/x_test.go", "package bench"), // tests alone need none
	}
	got := Docs(files)
	if len(got) != 2 || got[0].Place != "actors" || got[1].Place != "client" {
		t.Fatalf("got %v, want actors and client", got)
	}
}

func TestMachinePathIsFound(t *testing.T) {
	slash := "/"
	for text, want := range map[string]int{
		"see " + slash + "home/ana/notes":                      1,
		"ok\n\"" + slash + "work/main\"\n":                     1,
		"cd " + slash + "root/x && ls " + slash + "Users/y":    1, // one for a line
		"https://example.com" + slash + "home/ana":             0,
		"the route " + slash + "v1" + slash + "work/items":     0,
		"docs/home/x, ./work/y, network/home/z and http://a/b": 0,
	} {
		if got := MachinePaths("x.md", []byte(text)); len(got) != want {
			t.Errorf("%q: %v, want %d", text, got, want)
		}
	}
}
