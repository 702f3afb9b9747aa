package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// file is one that customers have sent.
type file struct {
	mime string
	data []byte
	sum  string // of the bytes as they should be
}

// AddMedia keeps a file and returns the id for a message of a media type.
func (p *Provider) AddMedia(mime string, data []byte) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	id := fmt.Sprintf("media%08d", p.next)
	sum := sha256.Sum256(data)
	p.files[id] = file{mime: mime, data: data, sum: hex.EncodeToString(sum[:])}
	return id
}

// DamageMedia changes a file's bytes and leaves its hash.
func (p *Provider) DamageMedia(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.files[id]
	f.data = append([]byte("damaged "), f.data...)
	p.files[id] = f
}

// Media returns the bytes and the type of a file that was uploaded or added.
func (p *Provider) Media(id string) (mime string, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.files[id].mime, p.files[id].data
}

// FailUpload makes the next uploads answer with these failures, in order.
func (p *Provider) FailUpload(f ...Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.uploads = append(p.uploads, f...)
}

const (
	maxUpload        = 100 << 20
	codeBadMedia     = 131053
	maxImage         = 5 << 20
	maxClip          = 16 << 20
	maxMultipartHeap = 1 << 20
)

// kinds are how files of a type may be shown; documents may be of more types, those of text and office among them.
var kinds = map[string]string{
	"image/jpeg": "image", "image/png": "image", "audio/aac": "audio", "audio/amr": "audio", "audio/mpeg": "audio", "audio/mp4": "audio",
	"audio/ogg": "audio", "video/mp4": "video", "video/3gpp": "video",
}

// takeMedia answers POST /{version}/{phone number id}/media.
func (p *Provider) takeMedia(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	err := r.ParseMultipartForm(maxMultipartHeap)
	var failure *Failure
	p.mu.Lock()
	if len(p.uploads) > 0 {
		failure, p.uploads = &p.uploads[0], p.uploads[1:]
	}
	p.mu.Unlock()
	if failure != nil {
		refuse(w, *failure)
		return
	}
	if err != nil || r.FormValue("messaging_product") != "whatsapp" || r.ContentLength < 0 {
		refuse(w, Failure{Status: http.StatusBadRequest, Code: codeBadInput})
		return
	}
	f, header, err := r.FormFile("file")
	if err != nil || header.Header.Get("Content-Type") != r.FormValue("type") || !takes(r.FormValue("type")) {
		refuse(w, Failure{Status: http.StatusBadRequest, Code: codeBadMedia})
		return
	}
	data, err := io.ReadAll(f)
	if err != nil {
		refuse(w, Failure{Status: http.StatusBadRequest, Code: codeBadInput})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"id": p.AddMedia(r.FormValue("type"), data)})
}

// takes says whether the provider takes files of the type at all.
func takes(mime string) bool {
	return kinds[mime] != "" || mime == "application/pdf" || mime == "text/plain" || strings.HasPrefix(mime, "application/vnd.") || mime == "application/msword"
}

// showable says whether the message's file is there and can be shown in the way that the message wants.
func (p *Provider) showable(body sendRequest) bool {
	m := body.media()
	if m == nil {
		return true
	}
	p.mu.Lock()
	f, ok := p.files[m.ID]
	p.mu.Unlock()
	limit := map[string]int{"image": maxImage, "audio": maxClip, "video": maxClip, "document": maxUpload}[body.Type]
	return ok && len(f.data) <= limit && (body.Type == "document" || kinds[f.mime] == body.Type)
}

const filesPath = "fake-files"

// serveMedia answers GET /{version}/{id} with where the file is, and GET /fake-files/{id} with the file.
func (p *Provider) serveMedia(w http.ResponseWriter, r *http.Request, folder, id string) {
	p.mu.Lock()
	f, ok := p.files[id]
	p.mu.Unlock()
	if !ok {
		refuse(w, Failure{Status: http.StatusNotFound, Code: codeBadInput})
		return
	}
	if folder == filesPath {
		w.Header().Set("Content-Type", f.mime)
		_, _ = w.Write(f.data)
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"messaging_product": "whatsapp", "id": id, "mime_type": f.mime, "sha256": f.sum, "file_size": len(f.data),
		"url": strings.Join([]string{scheme + "://" + r.Host, filesPath, id}, "/"),
	})
}
