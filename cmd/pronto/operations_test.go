package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// organisation starts a server with a little configuration and returns an API token of an administrator.
func organisation(t *testing.T, dir string) (p *process, token string) {
	t.Helper()
	initialise(t, dir)
	p = serve(t, dir)
	root := p.login("root")
	script := p.must(201, "POST", "/scripts", root, object{"name": "Motivos", "reasons": []object{{"label": "Boleto"}}})
	queue := p.must(201, "POST", "/queues", root, object{"name": "Financeiro", "script_id": script["id"], "greeting": "Olá!\nEm que posso ajudar?"})
	p.must(201, "POST", "/channels", root, object{"name": "Zap", "kind": "whatsapp", "queue_id": queue["id"], "config": object{
		"phone_number_id": "1", "access_token": "segredo-1", "app_secret": "segredo-2", "verify_token": "segredo-3",
	}})
	p.must(201, "POST", "/agents", root, object{"name": "Ana", "login": "ana", "password": password, "role": "agent", "queue_ids": []any{queue["id"]}})
	p.must(201, "POST", "/canned-responses", root, object{"shortcut": "oi", "title": "Saudação", "text": "Olá"})
	return p, p.must(201, "POST", "/api-tokens", root, object{"name": "ops", "scopes": []string{"admin"}})["secret"].(string)
}

func TestABackupThroughTheServerIsVerifiedAndRestored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p, token := organisation(t, dir)
	if code, out := command(t, "", "backup", "create", "--server", p.base); code != 1 || !strings.Contains(out, "PRONTO_TOKEN") {
		t.Errorf("without a token: %d %s", code, out)
	}
	if code, out := command(t, "", "backup", "create", "--data", dir, "--to", dir+".bak"); code != 1 || !strings.Contains(out, "in use") {
		t.Errorf("of a folder in use: %d %s", code, out)
	}
	code, out := command(t, "", "backup", "create", "--server", p.base, "--token", token)
	if code != 0 {
		t.Fatalf("create: %d %s", code, out)
	}
	made, _, _ := strings.Cut(out, ": ")
	if code, out := command(t, "", "backup", "verify", made); code != 0 || !strings.HasSuffix(out, "ok\n") || !strings.Contains(out, "audit: ") {
		t.Errorf("verify: %d %s", code, out)
	}
	p.kill()
	restored := filepath.Join(t.TempDir(), "restored")
	if code, out := command(t, "", "restore", made, "--data", restored); code != 0 {
		t.Fatalf("restore: %d %s", code, out)
	}
	for _, args := range [][]string{{"doctor"}, {"audit", "verify"}, {"backup", "create", "--to", restored + ".again"}} {
		if code, out := command(t, "", append(args, "--data", restored)...); code != 0 {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
	again := serve(t, restored)
	again.login("ana")
	if err := os.WriteFile(filepath.Join(made, "store", "more"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := command(t, "", "restore", made, "--data", restored+"2"); code != 1 || !strings.Contains(out, "not in the manifest") {
		t.Errorf("restore of a damaged backup: %d %s", code, out)
	}
}

func TestWhyIsPrintedByARunningServerAndOfAStoppedFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p, token := organisation(t, dir)
	root := p.login("root")
	queue := p.must(200, "GET", "/queues", root, nil)["items"].([]any)[0].(object)["id"]
	channel := p.must(201, "POST", "/channels", root, object{"name": "Site", "kind": "generic", "queue_id": queue})["id"].(string)
	id := p.must(201, "POST", "/channels/"+channel+"/messages", root, object{
		"external_id": "1", "text": "oi", "contact": object{"identities": []object{{"kind": "phone", "value": "+5511999990001"}}},
	})["conversation_id"].(string)
	code, out := command(t, "", "why", id, "--server", p.base, "--token", token)
	if code != 0 || !strings.Contains(out, "Financeiro  nobody: ") || !strings.Contains(out, "now  Financeiro") {
		t.Errorf("of a running server: %d %s", code, out)
	}
	if code, out := command(t, "", "why", "cnv_none", "--server", p.base, "--token", token); code != 1 {
		t.Errorf("of a conversation that is not there: %d %s", code, out)
	}
	if code := p.stop(); code != 0 {
		t.Fatalf("stop: %d", code)
	}
	if code, out := command(t, "", "why", id, "--data", dir); code != 0 || !strings.Contains(out, "Financeiro  nobody: ") || strings.Contains(out, "now  ") {
		t.Errorf("of a stopped folder: %d %s", code, out)
	}
	if code, out := command(t, "", "why", "cnv_none", "--data", dir); code != 1 || !strings.Contains(out, "not found") {
		t.Errorf("of a conversation that is not there: %d %s", code, out)
	}
}

func TestTheConfigurationGoesRoundThroughYAML(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p, token := organisation(t, dir)
	remote := []string{"--server", p.base, "--token", token}
	code, file := command(t, "", append([]string{"export"}, remote...)...)
	if code != 0 || strings.Contains(file, "segredo") || !strings.Contains(file, "queues:") || !strings.Contains(file, "name: Financeiro") {
		t.Fatalf("export: %d %s", code, file)
	}
	apply := func(yaml string, args ...string) (int, string) {
		t.Helper()
		return command(t, yaml, append([]string{"import", "-"}, args...)...)
	}
	if code, out := apply(file, remote...); code != 0 || !strings.HasPrefix(out, "0 objects changed") {
		t.Errorf("import of what was exported: %d %s", code, out)
	}
	edited := strings.Replace(file, "name: Financeiro", "name: Cobrança", 1)
	if code, out := apply(edited, append(remote, "--dry-run")...); code != 0 || !strings.Contains(out, `name: "Financeiro" → "Cobrança"`) || !strings.Contains(out, "1 objects would change") {
		t.Errorf("dry run: %d %s", code, out)
	}
	if code, out := apply(edited, remote...); code != 0 || !strings.Contains(out, "1 objects changed") {
		t.Errorf("import: %d %s", code, out)
	}
	for yaml, want := range map[string]string{
		"queues: [{name: X, offer_time_ms: 5}]":       "/queues/0/offer_time_ms: ",
		"queues: [{name: X, ofer_time_ms: 5}]":        "/queues/0/ofer_time_ms: unknown",
		"queues: [{name: X, script_id: scr_nowhere}]": "/queues/0/script_id: not_found",
		"queus: []": "/queus: unknown",
		"channels: [{name: N, kind: web, queue_id: que_x}]": "/channels/0/queue_id: not_found",
	} {
		if code, out := apply(yaml, remote...); code != 1 || !strings.Contains(out, want) {
			t.Errorf("%s: %d %s", yaml, code, out)
		}
	}
	if code := p.stop(); code != 0 {
		t.Fatalf("stop: %d", code)
	}
	_, file = command(t, "", "export", "--data", dir)
	fresh := filepath.Join(t.TempDir(), "fresh")
	if code, out := command(t, password+"\n", "init", "--data", fresh, "--admin-login", "chefe", "--admin-password-stdin"); code != 0 {
		t.Fatalf("init: %d %s", code, out)
	}
	if code, out := apply(file, "--data", fresh); code != 1 || !strings.Contains(out, "/channels/0/config/access_token: required") {
		t.Errorf("a channel without its secrets: %d %s", code, out)
	}
	var kept []string
	for line := range strings.Lines(file) {
		if !strings.Contains(line, "access_token") && !strings.Contains(line, "app_secret") && !strings.Contains(line, "verify_token") {
			kept = append(kept, line)
		}
	}
	whole := strings.Replace(strings.Join(kept, ""), "secrets_set:", "secrets_set: []", 1)
	if code, out := apply(whole, "--data", fresh); code != 0 || !strings.Contains(out, "created queues") {
		t.Fatalf("into another folder: %d %s", code, out)
	}
	if _, back := command(t, "", "export", "--data", fresh); !strings.Contains(back, "name: Cobrança") || !strings.Contains(back, "title: Saudação") || !strings.Contains(back, "Em que posso ajudar?") {
		t.Errorf("exported again: %s", back)
	}
}

// Whoever edits the file finds each wrong value by file, line and column, whether a server or a folder is asked.
func TestAnImportNamesThePlaceOfEachWrongValue(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p, token := organisation(t, dir)
	file := filepath.Join(t.TempDir(), "org.yaml")
	refused := func(text string, want []string, args ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out := command(t, "", append([]string{"import", file}, args...)...)
		for _, w := range want {
			if !strings.Contains(out, "\n"+file+w+"\n") && !strings.Contains(out, "pronto: "+file+w) {
				t.Errorf("%d %s, want %s", code, out, w)
			}
		}
		if code != 1 || strings.Count(out, file) != len(want) {
			t.Errorf("%d %s, want %d places", code, out, len(want))
		}
	}
	wrong := "# ours\nqueues:\n  - name: Vendas\n\n  - name: Suporte\n    offer_time_ms: 5\n    script_id: scr_x\nagents:\n  - role: agent\n    name: Ana\n"
	fields := []string{":6:5: /queues/1/offer_time_ms: out_of_range", ":9:5: /agents/0/login: required"}
	all := func(args ...string) {
		t.Helper()
		refused(wrong, fields, args...)
		refused("queues:\n  - name: Vendas\n    script_id: scr_x\n", []string{":3:5: /queues/0/script_id: not_found"}, args...)
	}
	all("--server", p.base, "--token", token)
	if code := p.stop(); code != 0 {
		t.Fatalf("stop: %d", code)
	}
	all("--data", dir)
	refused("queues:\n  - name: Vendas\nskills: 5\n", []string{":3:1: /skills: it must be a list of objects"}, "--data", dir)
	refused("queues:\n  - name: Vendas\n    name: Vendas\n", []string{":3:5: the same key twice"}, "--data", dir)
	refused("- queues\n", []string{":1:1: it must have sections"}, "--data", dir)
	if code, out := command(t, "queues: [{name: 5}]", "import", "-", "--data", dir); code != 1 || !strings.Contains(out, "\n<stdin>:1:11: /queues/0/name: ") {
		t.Errorf("of standard input: %d %s", code, out)
	}
}

func TestSettingsArePrintedCheckedAndDocumented(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pronto.yaml")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:9000\ntime-zone: America/Sao_Paulo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := command(t, "", "config", "print", "--config", file, "--log-level", "warn")
	if code != 0 || !strings.Contains(out, "listen: 127.0.0.1:9000\n") || !strings.Contains(out, "log-level: warn\n") || !strings.Contains(out, "idle: 1m") {
		t.Errorf("print: %d %s", code, out)
	}
	again := filepath.Join(t.TempDir(), "again.yaml")
	if err := os.WriteFile(again, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, second := command(t, "", "config", "print", "--config", again); code != 0 || second != out {
		t.Errorf("what was printed reads as %d %s, not as %s", code, second, out)
	}
	if code, out := command(t, "", "config", "check", "--config", file); code != 0 || out != "ok\n" {
		t.Errorf("check: %d %s", code, out)
	}
	if code, out := command(t, "", "config", "check", "--config", file, "--time-zone", "America/Lugar_Nenhum", "--allowed-origins", "example.com"); code != 1 || !strings.Contains(out, "time-zone") || !strings.Contains(out, "allowed-origins") {
		t.Errorf("check of what is wrong: %d %s", code, out)
	}
	if code, out := command(t, "", "config", "doc"); code != 0 || !strings.Contains(out, "| `listen` | `PRONTO_LISTEN` | 127.0.0.1:8080 |") {
		t.Errorf("doc: %d %s", code, out)
	}
}
