package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"pronto/dispatch"
	"pronto/protocol"
)

// filePort keeps files in memory.
type filePort struct {
	w      *world
	mu     sync.Mutex
	kept   map[dispatch.AttachmentID]keptFile
	stall  chan struct{} // uploads wait for it when set
	refuse error
}

type keptFile struct {
	data           []byte
	name, uploader string
	broken         bool
	talk           dispatch.ConversationID
}

const testLimit = 2000

func (f *filePort) Limits() protocol.AttachmentLimits {
	return protocol.AttachmentLimits{MaxBytes: testLimit, Types: protocol.DefaultTypes}
}

func (f *filePort) Upload(_ context.Context, p Principal, u Upload) (protocol.Attachment, error) {
	if f.stall != nil {
		<-f.stall
	}
	data, err := io.ReadAll(u.Body)
	if err != nil {
		return protocol.Attachment{}, fmt.Errorf("read: %w", err)
	}
	if err := u.Confirm(sha256.Sum256(data)); err != nil {
		return protocol.Attachment{}, err
	}
	if f.refuse != nil {
		return protocol.Attachment{}, f.refuse
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	id := dispatch.AttachmentID(fmt.Sprint("att_", len(f.kept)+1))
	f.kept[id] = keptFile{data: data, name: u.Name, uploader: p.ID}
	return protocol.Attachment{ID: string(id), Name: u.Name, Size: int64(len(data)), Type: "text/plain", State: "clean"}, nil
}

func (f *filePort) Get(_ context.Context, _ Principal, id dispatch.AttachmentID) (AttachmentView, error) {
	k, ok := f.kept[id]
	if !ok {
		return AttachmentView{}, Refuse(protocol.CodeNotFound)
	}
	return AttachmentView{Attachment: f.w.Attachment(id), Object: Object{Agent: dispatch.AgentID(k.uploader)}}, nil
}

func (f *filePort) Open(_ context.Context, id dispatch.AttachmentID, little bool) (File, error) {
	k := f.kept[id]
	if little && !strings.HasSuffix(k.name, ".png") {
		return File{}, Refuse(protocol.CodeNotFound)
	}
	sum := sha256.Sum256(k.data)
	out := File{ReadSeekCloser: readSeeker{bytes.NewReader(k.data), k.broken}, Name: k.name, Type: "text/plain", Hash: hex.EncodeToString(sum[:])}
	switch {
	case strings.HasSuffix(k.name, ".png"):
		out.Type, out.Drawn = "image/png", true
	case strings.HasSuffix(k.name, ".svg"):
		out.Type = "image/svg+xml"
	}
	return out, nil
}

func (f *filePort) Linked(id dispatch.AttachmentID, expires int64, signature string) bool {
	return expires == 99 && signature == "good"
}

func (f *filePort) Sendable(_ context.Context, _ Principal, _ dispatch.ConversationID, ids []dispatch.AttachmentID) error {
	for i, id := range ids {
		if _, ok := f.kept[id]; !ok {
			return refuseField(fmt.Sprint("/attachment_ids/", i), protocol.FieldNotFound)
		}
	}
	return nil
}

type readSeeker struct {
	*bytes.Reader
	broken bool
}

func (r readSeeker) Read(p []byte) (int, error) {
	if r.broken && r.Len() < 100 {
		return 0, errors.New("file is damaged")
	}
	return r.Reader.Read(p[:min(len(p), 64)])
}

func (readSeeker) Close() error { return nil }

// form is a multipart body: name of the field, file name, data, repeated.
func form(t testing.TB, parts ...string) (contentType string, body []byte) {
	t.Helper()
	var out bytes.Buffer
	m := multipart.NewWriter(&out)
	for i := 0; i+2 < len(parts); i += 3 {
		w, err := m.CreateFormFile(parts[i], parts[i+1])
		if err == nil {
			_, err = io.WriteString(w, parts[i+2])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), out.Bytes()
}

func send(t testing.TB, s *Server, who, contentType string, body []byte, headers ...string) answerOf {
	t.Helper()
	return sendLong(t, s, who, contentType, bytes.NewReader(body), int64(len(body)), headers...)
}

func sendLong(t testing.TB, s *Server, who, contentType string, body io.Reader, length int64, headers ...string) answerOf {
	t.Helper()
	req := httptest.NewRequest("POST", "http://pronto.test/api/v1/attachments", body)
	req.ContentLength = length
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer token-"+who)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, req)
	tt, _ := t.(*testing.T)
	return answerOf{tt, rec.Code, rec.Header(), rec.Body.String()}
}

func filesWorld(t *testing.T) (*world, *filePort, *Server) {
	t.Helper()
	w := newWorld()
	o := w.options()
	port := o.Attachments.(*filePort)
	return w, port, New(o)
}

func TestAnUploadIsAnsweredWithWhatWasFound(t *testing.T) {
	_, port, s := filesWorld(t)
	kind, body := form(t, "file", "conta.txt", "olá")
	a := send(t, s, "ana", kind, body).wants(201)
	if a.at("id") != "att_1" || a.at("name") != "conta.txt" || a.header.Get("Location") != "/api/v1/attachments/att_1" || port.kept["att_1"].uploader != "agt_ana" {
		t.Errorf("%s %v", a.body, a.header)
	}
}

func TestAnUploadIsRefusedBeforeItsBodyAndOnTheWay(t *testing.T) {
	_, port, s := filesWorld(t)
	kind, long := form(t, "file", "a.txt", strings.Repeat("x", testLimit+framingBytes))
	p := sendLong(t, s, "ana", kind, unreadable{t}, int64(len(long))).refused(protocol.CodeTooLarge)
	if p.Data == nil || p.Data.MaxBytes != testLimit || len(p.Errors) != 1 || p.Errors[0].Pointer != "/file" {
		t.Errorf("%+v %+v", p.Errors, p.Data)
	}
	if p := sendLong(t, s, "ana", kind, bytes.NewReader(long), -1).refused(protocol.CodeTooLarge); p.Data.MaxBytes != testLimit {
		t.Errorf("%+v", p)
	}
	_, other := form(t, "file", "a.txt", "x", "more", "b.txt", "y")
	otherKind, _ := form(t)
	for name, c := range map[string]struct {
		kind string
		body []byte
		code protocol.Code
	}{
		"JSON": {"application/json", []byte("{}"), protocol.CodeUnsupportedMedia}, "no boundary": {"multipart/form-data", []byte("x"), protocol.CodeUnsupportedMedia},
		"another boundary": {otherKind, other, protocol.CodeBadRequest}, "no type": {"", nil, protocol.CodeUnsupportedMedia},
		"cut off": {kind, long[:400], protocol.CodeBadRequest}, "nothing": {kind, nil, protocol.CodeBadRequest},
	} {
		if got := send(t, s, "ana", c.kind, c.body); got.refused(c.code).Code != c.code {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	for name, parts := range map[string][]string{
		"another field": {"picture", "a.txt", "x"}, "two files": {"file", "a.txt", "x", "file", "b.txt", "y"}, "no part": nil,
	} {
		kind, body := form(t, parts...)
		if p := send(t, s, "ana", kind, body).refused(protocol.CodeBadRequest); p.Errors[0].Pointer != "/file" {
			t.Errorf("%s: %+v", name, p.Errors)
		}
	}
	if len(port.kept) != 0 {
		t.Errorf("kept %v", port.kept)
	}
}

// unreadable fails a test that reads it.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestARepeatedUploadGetsItsFirstAnswer(t *testing.T) {
	_, port, s := filesWorld(t)
	kind, body := form(t, "file", "a.txt", "olá")
	first := send(t, s, "ana", kind, body, "Idempotency-Key", "k1").wants(201)
	otherKind, again := form(t, "file", "a.txt", "olá") // another boundary
	if got := send(t, s, "ana", otherKind, again, "Idempotency-Key", "k1").wants(201); got.body != first.body {
		t.Errorf("%s, not %s", got.body, first.body)
	}
	for _, parts := range [][]string{{"file", "a.txt", "outra"}, {"file", "b.txt", "olá"}} {
		kind, body := form(t, parts...)
		send(t, s, "ana", kind, body, "Idempotency-Key", "k1").refused(protocol.CodeIdempotencyReused)
	}
	kind, body = form(t, "file", "a.txt", "olá")
	if got := send(t, s, "bruno", kind, body, "Idempotency-Key", "k1").wants(201); got.body == first.body {
		t.Error("somebody else got the answer")
	}
	port.refuse = &Refusal{Code: protocol.CodeTypeRefused, Reason: "not_allowed"}
	send(t, s, "ana", kind, body, "Idempotency-Key", "k2").refused(protocol.CodeTypeRefused)
	port.refuse = nil
	send(t, s, "ana", kind, body, "Idempotency-Key", "k2").wants(201)
}

func TestOnlySoManyUploadsAreTakenAtOnce(t *testing.T) {
	_, port, s := filesWorld(t)
	port.stall = make(chan struct{})
	kind, body := form(t, "file", "a.txt", "olá")
	var wait sync.WaitGroup
	refused := make(chan struct{}, 10)
	done := make(chan int, maxUploads+10)
	for range maxUploads + 10 {
		wait.Go(func() {
			a := send(t, s, "admin", kind, body)
			if a.status == http.StatusServiceUnavailable {
				refused <- struct{}{}
			}
			done <- a.status
		})
	}
	for range 10 {
		<-refused
	}
	close(port.stall)
	wait.Wait()
	close(done)
	count := map[int]int{}
	for status := range done {
		count[status]++
	}
	if count[201] != maxUploads || count[503] != 10 {
		t.Errorf("answers %v", count)
	}
}

func TestADownloadIsADownload(t *testing.T) {
	_, port, s := filesWorld(t)
	data := strings.Repeat("0123456789", 50)
	port.kept["att_1"] = keptFile{data: []byte(data), name: "ação \"1\".txt", uploader: "agt_ana"}
	port.kept["att_2"] = keptFile{data: []byte("<svg onload=alert(1)>"), name: "x.svg", uploader: "agt_ana"}
	port.kept["att_3"] = keptFile{data: []byte("PNG"), name: "x.png", uploader: "agt_ana"}
	a := ask(t, s, "ana", "GET", "/api/v1/attachments/att_1", "").wants(200)
	if a.body != data || a.header.Get("Content-Disposition") != `attachment; filename*=utf-8''a%C3%A7%C3%A3o%20%221%22.txt` ||
		a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox") ||
		a.header.Get("Cache-Control") != "private, no-cache" || a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%v", a.header)
	}
	tag := a.header.Get("ETag")
	if got := ask(t, s, "ana", "GET", "/api/v1/attachments/att_1", "", "If-None-Match", tag); got.status != 304 || got.body != "" {
		t.Errorf("the same again: %d", got.status)
	}
	part := ask(t, s, "ana", "GET", "/api/v1/attachments/att_1", "", "Range", "bytes=495-")
	if part.status != 206 || part.body != "56789" || part.header.Get("Content-Range") != "bytes 495-499/500" {
		t.Errorf("part: %d %q", part.status, part.body)
	}
	if got := ask(t, s, "ana", "GET", "/api/v1/attachments/att_1", "", "Range", "bytes=500-"); got.status != 416 {
		t.Errorf("beyond the end: %d", got.status)
	}
	for path, want := range map[string]string{
		"att_2": "attachment application/octet-stream", "att_2?inline=true": "attachment application/octet-stream", "att_1?inline=true": "attachment text/plain; charset=utf-8",
		"att_3": "attachment image/png", "att_3?inline=true": "inline image/png", "att_3/thumbnail": "inline image/png",
	} {
		got := ask(t, s, "ana", "GET", "/api/v1/attachments/"+path, "").wants(200)
		how, _, _ := strings.Cut(got.header.Get("Content-Disposition"), ";")
		if got := how + " " + got.header.Get("Content-Type"); got != want {
			t.Errorf("%s: %s, not %s", path, got, want)
		}
	}
	ask(t, s, "ana", "GET", "/api/v1/attachments/att_1/thumbnail", "").refused(protocol.CodeNotFound)
}

func TestAFileIsGivenToWhoMayReadItAndToNobodyElse(t *testing.T) {
	w, port, s := filesWorld(t)
	port.kept["att_1"] = keptFile{data: []byte("x"), name: "x.png", uploader: "agt_ana"}
	w.denied[ActDownload] = Refuse(protocol.CodeNotFound)
	for _, path := range []string{"", "/thumbnail", "/meta"} {
		got := ask(t, s, "bruno", "GET", "/api/v1/attachments/att_1"+path, "")
		there := got.refused(protocol.CodeNotFound)
		other := ask(t, s, "bruno", "GET", "/api/v1/attachments/att_9"+path, "").refused(protocol.CodeNotFound)
		there.RequestID, other.RequestID = "", ""
		if fmt.Sprint(there) != fmt.Sprint(other) {
			t.Errorf("what is not yours differs from what is not there: %+v %+v", there, other)
		}
		ask(t, s, "", "GET", "/api/v1/attachments/att_1"+path, "").refused(protocol.CodeUnauthorized)
	}
	w.denied[ActUpload] = Refuse(protocol.CodeForbidden)
	kind, body := form(t, "file", "a.txt", "olá")
	send(t, s, "ana", kind, body).refused(protocol.CodeForbidden)
}

func TestALinkGivesTheFileWithoutACredential(t *testing.T) {
	_, port, s := filesWorld(t)
	port.kept["att_1"] = keptFile{data: []byte("x"), name: "x.png", uploader: "agt_ana"}
	a := ask(t, s, "", "GET", "/api/v1/attachments/att_1/signed?expires=99&signature=good", "").wants(200)
	if a.body != "x" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%q %v", a.body, a.header)
	}
	for _, query := range []string{"", "expires=99&signature=bad", "expires=98&signature=good", "expires=x&signature=good"} {
		ask(t, s, "", "GET", "/api/v1/attachments/att_1/signed?"+query, "").refused(protocol.CodeNotFound)
	}
}

func TestADamagedFileEndsBeforeItsEnd(t *testing.T) {
	_, port, s := filesWorld(t)
	port.kept["att_1"] = keptFile{data: bytes.Repeat([]byte("x"), 5000), name: "x.txt", uploader: "agt_ana", broken: true}
	web := httptest.NewServer(s)
	defer web.Close()
	req, err := http.NewRequestWithContext(t.Context(), "GET", web.URL+"/api/v1/attachments/att_1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token-ana")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) >= 5000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestTheLimitsOfFilesAreReadAndChanged(t *testing.T) {
	_, _, s := filesWorld(t)
	a := ask(t, s, "ana", "GET", "/api/v1/attachments/limits", "").wants(200)
	if !strings.Contains(a.body, `"max_bytes":20971520`) || !strings.Contains(a.body, `"application/pdf"`) || !strings.Contains(a.body, `"max_files":10`) || a.header.Get("ETag") != `"0"` {
		t.Errorf("%s %v", a.body, a.header)
	}
	ask(t, s, "ana", "PATCH", "/api/v1/attachments/limits", `{"max_bytes":5000}`).refused(protocol.CodeForbidden)
	b := ask(t, s, "admin", "PATCH", "/api/v1/attachments/limits", `{"max_bytes":5000,"types":["image/*"]}`).wants(200)
	if !strings.Contains(b.body, `"max_bytes":5000`) || b.header.Get("ETag") != `"1"` {
		t.Errorf("%s", b.body)
	}
	ask(t, s, "admin", "PATCH", "/api/v1/attachments/limits", `{"max_bytes":6000}`, "If-Match", `"0"`).refused(protocol.CodeVersionMismatch)
	for body, pointer := range map[string]string{
		`{"max_bytes":0}`: "/max_bytes", `{"types":["x"]}`: "/types/0", `{"types":["image/png","image/png"]}`: "/types/1", `{"types":["IMAGE/png"]}`: "/types/0",
		`{"quota_bytes":-1}`: "/quota_bytes", `{"max_pixels":1}`: "/max_pixels", `{"colour":1}`: "/colour",
	} {
		if p := ask(t, s, "admin", "PATCH", "/api/v1/attachments/limits", body).refused(protocol.CodeBadRequest); p.Errors[0].Pointer != pointer {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
}

func FuzzUpload(f *testing.F) {
	kind, body := form(f, "file", "a.txt", "olá")
	f.Add(kind, body)
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%ff%00\r\n\r\nolá\r\n--x--"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"..\\..\\x\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=ff\r\n--x\r\n\r\n--x--"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		w := newWorld()
		o := w.options()
		port := o.Attachments.(*filePort)
		a := send(t, New(o), "ana", kind, body)
		if a.status != 201 && a.status != 400 && a.status != 413 && a.status != 415 {
			t.Fatalf("%d: %s", a.status, a.body)
		}
		if (a.status == 201) != (len(port.kept) == 1) {
			t.Errorf("answered %d, kept %d", a.status, len(port.kept))
		}
	})
}
