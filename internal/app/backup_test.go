package app

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// acked is what the server said is durable.
type acked struct{ conversation, message, text string }

// writeOn lets a customer write until stop, and returns what was acknowledged by then, in order.
func (o *office) writeOn(n int, stop <-chan struct{}, note func(acked)) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		text := fmt.Sprintf("mensagem %d de %d", i, n)
		status, out := o.call("POST", "/channels/"+o.channel+"/messages", o.admin, object{
			"external_id": fmt.Sprintf("drill-%d-%d", n, i), "text": text,
			"contact": object{"identities": []object{{"kind": "phone", "value": phoneOf(500 + n)}}},
		})
		if status == 201 || status == 200 {
			note(acked{out["conversation_id"].(string), out["message_id"].(string), text})
		}
	}
}

// The drill: load, a backup under load, the loss of the folder, a restore. Whatever was acknowledged before the backup was
// asked for is there, and the folder is sound.
func TestARestoredBackupHasWhatWasAcknowledgedBefore(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	if err := os.MkdirAll(filepath.Join(o.dir, "files", "ab"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.dir, "files", "ab", "abcd"), []byte("um anexo"), 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []acked
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for n := range 4 {
		writers.Go(func() {
			o.writeOn(n, stop, func(a acked) {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, a)
			})
		})
	}
	before := func() int { mu.Lock(); defer mu.Unlock(); return len(all) }
	o.until("some load", func() bool { return before() >= 100 })
	known := before()
	made := o.must(201, "POST", "/backups", o.admin, nil)
	o.until("more load after it", func() bool { return before() >= known+20 })
	close(stop)
	writers.Wait()
	o.shut()

	dir := filepath.Join(t.TempDir(), "restored")
	manifest, diagnosis, err := VerifyBackup(t.Context(), made["path"].(string), AttachmentConfig{}, false)
	if err != nil || len(diagnosis.Findings) > 0 || len(manifest.Files) < 3 {
		t.Fatalf("verify: %v, %v", diagnosis.Findings, err)
	}
	if _, err := Restore(t.Context(), made["path"].(string), dir); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "files", "ab", "abcd")); err != nil || string(raw) != "um anexo" {
		t.Errorf("attachment: %q, %v", raw, err)
	}
	restored := startWith(t, Config{Data: dir})
	restored.admin = restored.login("root", password)
	if entries := (&office{server: restored}).audit("action=backup.created"); len(entries) != 1 {
		t.Errorf("the backup's own audit entry: %v", entries)
	}
	found := map[string]string{}
	for _, a := range all[:known] {
		if found[a.message] == "" {
			restored.read(a.conversation, found)
		}
		if found[a.message] != a.text {
			t.Fatalf("acknowledged %+v, restored %q", a, found[a.message])
		}
	}
	restored.inbound(o.channel, "after", phoneOf(900), "depois") // and it works on
	restored.shut()
	db, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if d, err := Diagnose(t.Context(), db); err != nil || len(d.Findings) > 0 {
		t.Errorf("doctor: %v, %v", d.Findings, err)
	}
}

// read adds the messages of a conversation by their ids.
func (s *server) read(conversation string, into map[string]string) {
	s.t.Helper()
	for cursor := ""; ; {
		page := s.must(200, "GET", "/conversations/"+conversation+"/messages?limit=500&cursor="+orZero(cursor), s.admin, nil)
		for _, v := range page["items"].([]any) {
			into[v.(object)["id"].(string)] = v.(object)["text"].(string)
		}
		next, _ := page["next_cursor"].(string)
		if cursor = next; next == "" {
			return
		}
	}
}

func orZero(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

func TestBackupsAreListedNewestFirstForAdministrators(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	first := o.must(201, "POST", "/backups", o.admin, nil)["name"].(string)
	o.until("another millisecond", func() bool { return o.app.system.Now().UTC().Format("20060102T150405.000Z") != first })
	second := o.must(201, "POST", "/backups", o.admin, nil)["name"].(string)
	list := o.must(200, "GET", "/backups", o.admin, nil)["items"].([]any)
	if len(list) != 2 || list[0].(object)["name"] != second || list[1].(object)["name"] != first {
		t.Errorf("list %v", list)
	}
	mine := filepath.Join(o.dir, "backups", "before-the-move")
	if err := os.CopyFS(mine, os.DirFS(filepath.Join(o.dir, "backups", first))); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(mine, "manifest.json")
	raw, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	raw = regexp.MustCompile(`"made_at": "[^"]*"`).ReplaceAll(raw, []byte(`"made_at": "2020-01-01T00:00:00Z"`))
	if err := os.WriteFile(manifest, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(o.dir, "backups", "20200101T000000.000Z.partial")
	if err := os.Mkdir(half, 0o700); err != nil {
		t.Fatal(err)
	}
	last := o.must(201, "POST", "/backups?keep=2", o.admin, nil)
	if removed, _ := last["removed"].([]any); len(removed) != 1 || removed[0] != first {
		t.Errorf("keep=2 removed %v, not the oldest", last["removed"])
	}
	left := []string{}
	for _, b := range o.must(200, "GET", "/backups", o.admin, nil)["items"].([]any) {
		left = append(left, b.(object)["name"].(string))
	}
	if want := []string{last["name"].(string), second, "before-the-move"}; !slices.Equal(left, want) {
		t.Errorf("left %v, not %v", left, want)
	}
	newest := regexp.MustCompile(`(?m)^pronto_last_backup_timestamp_seconds (\S+)`).FindStringSubmatch(o.metrics())
	at, err := strconv.ParseFloat(newest[1], 64)
	if made, e := time.Parse(time.RFC3339, last["made_at"].(string)); err != nil || e != nil || int64(at) != made.Unix() {
		t.Errorf("the metric says %v, made at %v", newest, last["made_at"])
	}
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("an unfinished one is still there: %v", err)
	}
	if status, out := o.call("POST", "/backups?keep=0", o.admin, nil); status != 400 && status != 422 {
		t.Errorf("keep=0: %d %v", status, out)
	}
	if status, _ := o.call("POST", "/backups", o.ana, nil); status != 403 {
		t.Errorf("an agent makes backups: %d", status)
	}
}
