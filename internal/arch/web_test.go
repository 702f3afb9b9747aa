package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheDeskKeepsItsRules(t *testing.T) {
	dir := root(t)
	checked := 0
	err := Walk(dir, func(name string) error {
		if !strings.HasPrefix(name, "web/src/") || !strings.HasSuffix(name, ".ts") && !strings.HasSuffix(name, ".tsx") {
			return nil
		}
		src, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		checked++
		report(t, Web(name, string(src)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 30 {
		t.Fatalf("only %d sources found", checked)
	}
}

func TestTheRulesOfTheDeskSeeWhatTheyForbid(t *testing.T) {
	for name, src := range map[string]string{
		"web/src/ui/A.tsx":      "x.innerHTML = text",
		"web/src/ui/B.tsx":      `fetch("https://cdn.example/x.js")`,
		"web/src/ui/C.tsx":      strings.Repeat("\n", maxComponentLines+1),
		"web/src/wire/d.ts":     `import { get } from "../state/store.ts";`,
		"web/src/state/e.ts":    `import { Home } from "../desk/Home.tsx";`,
		"web/src/ui/F.tsx":      "new Function(text)",
		"web/src/words/g.ts":    `import { rest } from "../wire/rest.ts";`,
		"web/src/state/long.ts": strings.Repeat("\n", maxWebLines+1),
	} {
		if len(Web(name, src)) != 1 {
			t.Errorf("%s: %v", name, Web(name, src))
		}
	}
	if vs := Web("web/src/state/ok.ts", "import { rest } from \"../wire/rest.ts\";\nconst a = /https?:/;\n"); len(vs) != 0 {
		t.Errorf("an innocent file: %v", vs)
	}
}
