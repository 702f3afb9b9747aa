package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
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
