package app

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// inspector is a scanner over HTTP that answers when the test says so.
type inspector struct {
	*httptest.Server
	asked   chan string
	verdict chan int // 0 clean, 1 infected, else the status
}

func newInspector(t *testing.T) *inspector {
	t.Helper()
	i := &inspector{asked: make(chan string, 100), verdict: make(chan int, 100)}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		i.asked <- string(data)
		select {
		case v := <-i.verdict:
			if v > 1 {
				w.WriteHeader(v)
				return
			}
			fmt.Fprintf(w, `{"infected":%t}`, v == 1)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *inspector) config(dir string) Config {
	return Config{Data: dir, Attachments: AttachmentConfig{Scan: "http", ScanAddress: i.URL}}
}

// inspected is an office whose files are looked into, with Ana in a conversation.
func inspected(t *testing.T) (o *office, i *inspector, ana *desk, id string) {
	t.Helper()
	o, i = newOffice(t, t.TempDir()), newInspector(t)
	o.shut()
	o.server = again(o.server, startWith(t, i.config(o.dir)))
	ana = o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	return o, i, ana, o.accepted(ana, "first", phoneOf(0))
}

// again is a server that goes on with the credentials of the one before.
func again(before, after *server) *server {
	after.admin = before.admin
	return after
}

// changed waits for the state of a file.
func (d *desk) changed(file any, state string) object {
	d.t.Helper()
	return d.wait(state+" file", func(f object) bool {
		if f["name"] != "attachment.updated" {
			return false
		}
		a := f["data"].(object)["attachment"].(object)
		return a["id"] == file && a["state"] == state
	})["data"].(object)
}

func TestAFileIsLookedIntoBeforeAnybodyGetsIt(t *testing.T) {
	t.Parallel()
	o, i, ana, id := inspected(t)
	up := o.file(o.ana, "a.txt", []byte("bom dia"))
	if up["state"] != "uploaded" {
		t.Errorf("uploaded %v", up)
	}
	if text := <-i.asked; text != "bom dia" {
		t.Errorf("the scanner got %q", text)
	}
	ana.changed(up["id"], "scanning")
	if res, body := o.download(o.ana, filePath(up)); res.StatusCode != 409 || !strings.Contains(string(body), `"not_available"`) || !strings.Contains(string(body), `"scanning"`) {
		t.Errorf("before: %d %s", res.StatusCode, body)
	}
	sent := ana.ok("message.send", object{"conversation_id": id, "attachment_ids": []any{up["id"]}})["message"]
	if a := attachmentOf(t, sent); a["state"] != "scanning" {
		t.Errorf("sent %v", a)
	}
	i.verdict <- 0
	if e := ana.changed(up["id"], "clean"); e["conversation_id"] != id {
		t.Errorf("event %v", e)
	}
	if _, data := o.download(o.ana, filePath(up)); string(data) != "bom dia" {
		t.Errorf("after: %q", data)
	}
	if a := attachmentOf(t, o.head(id)["last_message"]); a["state"] != "clean" {
		t.Errorf("shown %v", a)
	}
}

func TestAnInfectedFileIsNeitherSentNorGivenOut(t *testing.T) {
	t.Parallel()
	o, i, ana, id := inspected(t)
	up := o.file(o.ana, "a.txt", []byte("EICAR"))
	<-i.asked
	i.verdict <- 1
	ana.changed(up["id"], "infected")
	r := ana.command("message.send", object{"conversation_id": id, "attachment_ids": []any{up["id"]}})
	e := r["error"].(object)
	if e["code"] != "not_available" || e["data"].(object)["reason"] != "infected" || e["data"].(object)["errors"].([]any)[0].(object)["pointer"] != "/attachment_ids/0" {
		t.Errorf("sent: %v", r)
	}
	for _, token := range []string{o.ana, o.admin} {
		if res, body := o.download(token, filePath(up)); res.StatusCode != 409 || strings.Contains(string(body), "EICAR") {
			t.Errorf("given out: %d %s", res.StatusCode, body)
		}
	}
}

func TestAfterARestartAFileIsLookedIntoAgain(t *testing.T) {
	t.Parallel()
	o, i, ana, id := inspected(t)
	up := o.file(o.ana, "a.txt", []byte("x"))
	ana.ok("message.send", object{"conversation_id": id, "attachment_ids": []any{up["id"]}})
	<-i.asked
	ana.drop()
	o.shut()
	o.server = again(o.server, startWith(t, i.config(o.dir)))
	ana = o.desk(o.ana)
	<-i.asked
	i.verdict <- 503
	<-i.asked // after a pause
	i.verdict <- 0
	if e := ana.changed(up["id"], "clean"); e["conversation_id"] != id {
		t.Errorf("event %v", e)
	}
}

func TestAVisitorIsToldWhatBecameOfItsFile(t *testing.T) {
	t.Parallel()
	i := newInspector(t)
	dir := t.TempDir()
	plain := startServer(t, dir)
	plain.shut()
	s := shopOf(again(plain, startWith(t, i.config(dir))), nil, nil)
	v, world := s.visit(nil)
	_, up := s.post(world["visitor_token"].(string), s.base, []byte("pedido"))
	<-i.asked
	sent := v.ok("message.send", object{"attachment_ids": []any{up["id"]}})["message"]
	if a := attachmentOf(t, sent); a["state"] != "uploaded" && a["state"] != "scanning" {
		t.Errorf("sent %v", a)
	}
	i.verdict <- 0
	e := v.changed(up["id"], "clean")
	if e["conversation_id"] != sent.(object)["conversation_id"] {
		t.Errorf("event %v", e)
	}
	if _, again := s.visit(object{"visitor_token": world["visitor_token"]}); attachmentOf(t, again["messages"].([]any)[0])["state"] != "clean" {
		t.Errorf("snapshot %v", again["messages"])
	}
}
