package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"pronto/internal/attach"
)

// upload sends a file and returns status and body.
func (s *server) upload(token, name string, data []byte, headers ...string) (int, object) {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return s.post("/attachments", token, form.FormDataContentType(), &body, headers...)
}

func (s *server) post(path, token, contentType string, body io.Reader, headers ...string) (int, object) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), "POST", s.base+"/api/v1"+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var out object
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		s.t.Fatalf("POST %s: %d, %v", path, res.StatusCode, err)
	}
	return res.StatusCode, out
}

// file uploads and demands success.
func (s *server) file(token, name string, data []byte) object {
	s.t.Helper()
	status, out := s.upload(token, name, data)
	if status != 201 {
		s.t.Fatalf("upload %s: %d %v", name, status, out)
	}
	return out
}

// download returns an answer with its bytes.
func (s *server) download(token, path string, headers ...string) (*http.Response, []byte) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), "GET", s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, data
}

func filePath(a object) string { return "/api/v1/attachments/" + a["id"].(string) }

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(i)
	}
	m.SetGray(0, 0, color.Gray{Y: 9})
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// attachmentOf is the only attachment of a message.
func attachmentOf(t *testing.T, m any) object {
	t.Helper()
	list := m.(object)["attachments"].([]any)
	if len(list) != 1 {
		t.Fatalf("attachments %v", list)
	}
	return list[0].(object)
}

func TestAFileTravelsWithItsMessageAndIsReadByWhoReadsTheConversation(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	up := o.file(o.ana, "../comprovante.exe", pngOf(t, 400, 300))
	if up["name"] != "comprovante.exe.png" || up["type"] != "image/png" || up["state"] != "clean" || up["width"] != 400.0 || up["thumbnail"] != filePath(up)+"/thumbnail" {
		t.Fatalf("uploaded %v", up)
	}
	if res, _ := o.download(o.bia, filePath(up)); res.StatusCode != 404 {
		t.Errorf("before it is sent, somebody else: %d", res.StatusCode)
	}
	sent := ana.ok("message.send", object{"conversation_id": id, "attachment_ids": []any{up["id"]}})["message"]
	event := ana.wait("the message", func(f object) bool {
		return f["name"] == "conversation.message" && f["data"].(object)["message"].(object)["seq"] == 2.0
	})["data"].(object)["message"]
	stored := o.must(200, "GET", "/conversations/"+id+"/messages", o.admin, nil)["items"].([]any)[1]
	for name, m := range map[string]any{"reply": sent, "event": event, "stored": stored, "head": o.head(id)["last_message"]} {
		if got := attachmentOf(t, m); fmt.Sprint(got) != fmt.Sprint(up) {
			t.Errorf("%s has %v, not %v", name, got, up)
		}
	}
	for name, c := range map[string]struct {
		token  string
		status int
	}{"owner": {o.ana, 200}, "another agent": {o.bia, 404}, "administrator": {o.admin, 200}, "nobody": {"", 401}} {
		for _, path := range []string{"", "/thumbnail", "/meta"} {
			if res, _ := o.download(c.token, filePath(up)+path); res.StatusCode != c.status {
				t.Errorf("%s%s: %d, not %d", name, path, res.StatusCode, c.status)
			}
		}
	}
	res, data := o.download(o.ana, filePath(up))
	if m, err := png.Decode(bytes.NewReader(data)); err != nil || m.Bounds().Dx() != 400 || int64(len(data)) != res.ContentLength || float64(len(data)) != up["size"] {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if res, _ := o.download(o.ana, filePath(up), "If-None-Match", res.Header.Get("ETag")); res.StatusCode != 304 {
		t.Errorf("again: %d", res.StatusCode)
	}
	bia := o.desk(o.bia)
	bia.ok("status.set", object{"status": "ready"})
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"agent_id": o.biaID}})
	bia.ok("offer.accept", object{"offer_id": bia.event("offer.created")["id"]})
	if res, _ := o.download(o.bia, filePath(up)); res.StatusCode != 200 {
		t.Errorf("the new owner: %d", res.StatusCode)
	}
	o.shut()
	s := startServer(t, o.dir)
	if _, again := s.download(s.admin, filePath(up)); !bytes.Equal(again, data) {
		t.Error("after a restart it is another file")
	}
}

func TestAMessageTakesOnlyItsSendersFilesAndEachIntoOneConversation(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	other := o.accepted(ana, "second", phoneOf(1))
	mine, hers := o.file(o.ana, "a.txt", []byte("a")), o.file(o.bia, "b.txt", []byte("b"))
	send := func(conversation string, ids ...any) object {
		t.Helper()
		return ana.command("message.send", object{"conversation_id": conversation, "attachment_ids": ids})
	}
	for name, ids := range map[string][]any{"somebody else's": {hers["id"]}, "what there is not": {mine["id"], "att_x"}} {
		r := send(id, ids...)
		at := r["error"].(object)["data"].(object)["errors"].([]any)[0].(object)
		if r["error"].(object)["code"] != "bad_request" || at["pointer"] != fmt.Sprint("/attachment_ids/", len(ids)-1) || at["code"] != "not_found" {
			t.Errorf("%s: %v", name, r["error"])
		}
	}
	if r := send(id, mine["id"], mine["id"]); r["ok"] != false {
		t.Error("the same file twice in a message")
	}
	first := ana.commandWith("k1", "message.send", object{"conversation_id": id, "attachment_ids": []any{mine["id"]}})
	if again := ana.commandWith("k1", "message.send", object{"conversation_id": id, "attachment_ids": []any{mine["id"]}}); fmt.Sprint(again["data"]) != fmt.Sprint(first["data"]) || first["ok"] != true {
		t.Errorf("repeated: %v, first %v", again, first)
	}
	if r := send(other, mine["id"]); r["ok"] != false {
		t.Error("one file in two conversations")
	}
	if r := send(id, mine["id"]); r["ok"] != true {
		t.Errorf("again in its own conversation: %v", r)
	}
}

func TestAnIntegratorUploadsAndSendsByItsScopes(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	token := func(scopes ...string) string {
		return o.must(201, "POST", "/api-tokens", o.admin, object{"name": strings.Join(scopes, " "), "scopes": scopes})["secret"].(string)
	}
	both, only := token("attachments", "channel:*"), token("channel:*")
	if status, out := o.upload(only, "a.txt", []byte("a")); status != 403 {
		t.Errorf("without the scope: %d %v", status, out)
	}
	up := o.file(both, "fatura.txt", []byte("R$ 100,00"))
	send := func(token, external string) (int, object) {
		return o.call("POST", "/channels/"+o.channel+"/messages", token, object{"external_id": external, "attachment_ids": []any{up["id"]}, "contact": byPhone(phoneOf(3))})
	}
	if status, out := send(only, "x0"); status != 400 || out["errors"].([]any)[0].(object)["pointer"] != "/attachment_ids/0" {
		t.Errorf("another token's file: %d %v", status, out)
	}
	status, first := send(both, "x1")
	if status != 201 {
		t.Fatalf("%d %v", status, first)
	}
	if status, again := send(both, "x1"); status != 200 || again["message_id"] != first["message_id"] {
		t.Errorf("the same message again: %d %v", status, again)
	}
	other := o.must(201, "POST", "/channels/"+o.channel+"/messages", both, object{"external_id": "x2", "text": "oi", "contact": byPhone(phoneOf(4))})["conversation_id"].(string)
	if status, out := o.call("POST", "/channels/"+o.channel+"/messages", both, object{"external_id": "x3", "attachment_ids": []any{up["id"]}, "contact": byPhone(phoneOf(4))}); status != 400 {
		t.Errorf("in a second conversation: %d %v", status, out)
	}
	if n := o.head(other)["last_seq"]; n != 1.0 {
		t.Errorf("a refused message was kept: %v", n)
	}
	m := o.must(200, "GET", "/conversations/"+first["conversation_id"].(string)+"/messages", o.admin, nil)["items"].([]any)[0]
	if got := attachmentOf(t, m); got["name"] != "fatura.txt" || got["size"] != 9.0 || m.(object)["text"] != "" {
		t.Errorf("message %v", m)
	}
}

func TestLimitsOfFilesHoldAtOnceAndNameTheField(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	ana := o.desk(o.ana)
	o.patch("/attachments/limits", object{"max_bytes": 5000, "max_pixels": 10000, "types": []string{"image/*", "text/plain"}, "quota_bytes": 9000})
	if e := ana.event("config.changed"); e["kind"] != "attachment_limits" {
		t.Errorf("told %v", e)
	}
	limits := o.must(200, "GET", "/attachments/limits", o.ana, nil)
	if limits["max_bytes"] != 5000.0 || len(limits["types"].([]any)) != 2 || limits["max_files"] != 10.0 {
		t.Errorf("limits %v", limits)
	}
	for name, c := range map[string]struct {
		data         []byte
		status       int
		code, reason string
	}{
		"too large": {[]byte(strings.Repeat("x", 5001)), 413, "too_large", ""}, "far too large": {make([]byte, 200<<10), 413, "too_large", ""},
		"type": {[]byte("%PDF-1.7"), 415, "type_refused", "not_allowed"}, "pixels": {pngOf(t, 101, 100), 415, "type_refused", "too_many_pixels"},
		"damaged": {pngOf(t, 50, 50)[:100], 415, "type_refused", "damaged"}, "empty": {nil, 400, "bad_request", ""},
	} {
		status, out := o.upload(o.ana, "x.png", c.data)
		reason := ""
		if d, ok := out["data"].(object); ok {
			reason, _ = d["reason"].(string)
		}
		if status != c.status || out["code"] != c.code || reason != c.reason || out["errors"].([]any)[0].(object)["pointer"] != "/file" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	o.file(o.ana, "a.txt", []byte(strings.Repeat("x", 5000)))
	if status, out := o.upload(o.ana, "b.txt", []byte(strings.Repeat("y", 4001))); status != 409 || out["code"] != "quota_exceeded" {
		t.Errorf("over the quota: %d %v", status, out)
	}
	o.shut()
	s := startServer(t, o.dir)
	if status, out := s.upload(s.admin, "b.txt", []byte(strings.Repeat("y", 4001))); status != 409 {
		t.Errorf("after a restart: %d %v", status, out)
	}
}

func TestAFullDiskTakesNoFilesAndGivesThemOut(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	up := o.file(o.admin, "a.txt", []byte("cheio"))
	o.shut()
	full := startWith(t, Config{Data: o.dir, MinFreeBytes: 1 << 62})
	if status, out := full.upload(o.admin, "b.txt", []byte("mais")); status != 503 || out["code"] != "read_only" {
		t.Errorf("upload: %d %v", status, out)
	}
	if _, data := full.download(o.admin, filePath(up)); string(data) != "cheio" {
		t.Errorf("download %q", data)
	}
	full.shut()
	s := startServer(t, o.dir)
	s.file(s.admin, "b.txt", []byte("mais"))
}

func TestARepeatedUploadIsOneFile(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	_, first := o.upload(o.ana, "a.png", pngOf(t, 30, 30), "Idempotency-Key", "k")
	o.shut()
	s := startServer(t, o.dir)
	status, again := s.upload(o.ana, "a.png", pngOf(t, 30, 30), "Idempotency-Key", "k")
	if status != 201 || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("%d %v, first %v", status, again, first)
	}
	if n, _, err := s.app.db.AttachmentUse(); n != 1 || err != nil {
		t.Errorf("%d attachments, %v", n, err)
	}
}

func TestAnUploadOfManyPiecesIsStreamed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	const size = 20 << 20
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	go func() {
		part, err := form.CreateFormFile("file", "grande.txt")
		for sent := 0; err == nil && sent < size; sent += 64 << 10 {
			_, err = part.Write(bytes.Repeat([]byte("x"), 64<<10))
		}
		write.CloseWithError(errorsJoin(err, form.Close()))
	}()
	status, up := o.post("/attachments", o.ana, form.FormDataContentType(), read)
	if status != 201 || up["size"] != float64(size) {
		t.Fatalf("%d %v", status, up)
	}
	res, data := o.download(o.ana, filePath(up), "Range", "bytes=20971510-")
	if res.StatusCode != 206 || string(data) != strings.Repeat("x", 10) {
		t.Errorf("its end: %d %q", res.StatusCode, data)
	}
}

func errorsJoin(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestAnOrphanIsSweptAndASentFileStays(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	orphan, sent := o.file(o.ana, "a.txt", []byte("a")), o.file(o.ana, "b.txt", []byte("b"))
	ana.ok("message.send", object{"conversation_id": id, "attachment_ids": []any{sent["id"]}})
	old := attach.New(attach.Options{DB: o.app.db, Blobs: o.app.blobs, Now: func() time.Time { return time.Now().Add(2 * attach.OrphanAge) }})
	done, err := old.Sweep(context.Background())
	if err != nil || done != (attach.Swept{Linked: 1, Attachments: 1, Files: 1}) {
		t.Errorf("%+v %v", done, err)
	}
	for a, want := range map[string]int{filePath(orphan): 404, filePath(sent): 200} {
		if res, _ := o.download(o.ana, a); res.StatusCode != want {
			t.Errorf("%s: %d, not %d", a, res.StatusCode, want)
		}
	}
	if r := ana.command("message.send", object{"conversation_id": id, "attachment_ids": []any{orphan["id"]}}); r["ok"] != false {
		t.Error("a file that is gone was sent")
	}
}
