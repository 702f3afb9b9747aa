package apidoc

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pronto/protocol"
)

func TestTheCommittedDocumentsAreWhatTheStructsSay(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/%s has drifted: run go generate ./protocol", name)
		}
	}
}

func TestTheAsyncAPIDocumentHasEveryCommandAndEventAndNoDanglingReference(t *testing.T) {
	doc, err := AsyncAPI()
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(doc, &tree); err != nil {
		t.Fatal(err)
	}
	messages := tree["components"].(map[string]any)["messages"].(map[string]any)
	for _, c := range protocol.Commands {
		if messages[c.Name] == nil || messages[c.Name+".reply"] == nil {
			t.Errorf("command %s is missing", c.Name)
		}
	}
	for _, e := range protocol.Events {
		if messages[e.Name] == nil {
			t.Errorf("event %s is missing", e.Name)
		}
	}
	checkRefs(t, tree, tree)
}

// checkRefs follows every $ref below node in the document root.
func checkRefs(t *testing.T, root map[string]any, node any) {
	switch x := node.(type) {
	case map[string]any:
		if to, ok := x["$ref"].(string); ok && !resolves(root, to) {
			t.Errorf("reference %s leads nowhere", to)
		}
		for _, v := range x {
			checkRefs(t, root, v)
		}
	case []any:
		for _, v := range x {
			checkRefs(t, root, v)
		}
	}
}

func resolves(root map[string]any, to string) bool {
	var at any = root
	for _, step := range strings.Split(strings.TrimPrefix(to, "#/"), "/") {
		m, ok := at.(map[string]any)
		if !ok {
			return false
		}
		at = m[step]
	}
	return at != nil
}

func TestTheOpenAPIDocumentHasNoDanglingReferenceAndNamesItsBodies(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(files["api/openapi.json"], &tree); err != nil {
		t.Fatal(err)
	}
	checkRefs(t, tree, tree)
	schemas := tree["components"].(map[string]any)["schemas"].(map[string]any)
	queue := schemas["QueueInput"].(map[string]any)
	if required := queue["required"].([]any); len(required) != 1 || required[0] != "name" {
		t.Errorf("a queue requires %v", required)
	}
	if _, shown := queue["properties"].(map[string]any)["version"]; shown {
		t.Error("a client cannot set the version")
	}
}

func TestThePageLoadsNothingFromElsewhereAndHasNoScriptOrInlineStyle(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	html := string(files["api/index.html"])
	for _, bad := range []string{"http://", "https://", "<script", "style=", "<style"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	for _, c := range protocol.Commands {
		if !strings.Contains(html, "<code>"+c.Name+"</code>") {
			t.Errorf("%s is not on the page", c.Name)
		}
	}
}
