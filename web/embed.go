package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed all:dist
var files embed.FS

// Prefix is where the desk is served; its build knows it (vite.config.ts).
const Prefix = "/desk/"

// policy lets the desk run its own script, use its own style sheet, and talk to its own server. blob: is for pictures
// that the agent has chosen and not sent yet; the one page that it frames is the demo page, as a preview of the chat. Text can become markup nowhere: no trusted types are made.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; font-src 'self'; frame-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// minCompressed is the size in bytes below which compression saves no packet.
const minCompressed = 1024

type file struct {
	body    []byte
	gzipped func() []byte // nil: not worth it
	media   string
	forever bool // its name carries a hash of its bytes
}

// deskFiles are those of the desk, the same for all handlers of the process.
var deskFiles = sync.OnceValue(func() map[string]file { return built("dist") })

// Handler serves the desk below Prefix. What names no file is a page of the desk and gets index.html; a missing asset is 404.
func Handler() http.Handler {
	known := deskFiles()
	if _, ok := known["index.html"]; !ok {
		panic("web: dist has no index.html: run make web")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		f, ok := known[name]
		if !ok && path.Ext(name) != "" {
			http.NotFound(w, r)
			return
		}
		if !ok {
			f = known["index.html"]
		}
		w.Header().Set("Content-Security-Policy", policy)
		f.serve(w, r)
	})
}

// Page serves the desk's page at another address, such as that of the set-up link.
func Page() http.Handler {
	f := deskFiles()["index.html"]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		f.serve(w, r)
	})
}

// built are the files of a folder by name, without those of the widget, which has handlers of its own.
func built(folder string) map[string]file {
	known := map[string]file{}
	root, err := fs.Sub(files, folder)
	if err != nil {
		panic(err)
	}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == widgetFolder {
				return fs.SkipDir
			}
			return nil
		}
		body, err := fs.ReadFile(root, name)
		known[name] = newFile(name, body)
		return err
	})
	if err != nil {
		panic(err)
	}
	return known
}

func newFile(name string, body []byte) file {
	f := file{body: body, media: mediaOf(name), forever: strings.HasPrefix(name, "assets/")}
	if len(body) < minCompressed {
		return f
	}
	f.gzipped = sync.OnceValue(func() []byte { return compressed(body) }) // when somebody asks: a start need not wait for it
	return f
}

func compressed(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level exists
	_, _ = z.Write(body)                                  // into memory
	_ = z.Close()
	return b.Bytes()
}

// mediaOf does not ask the system's tables: the answer must be the same everywhere.
func mediaOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(path.Ext(name))
	}
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Cache-Control", "no-cache") // asked for again, so that a new version is seen at once
	if f.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.body
	if f.gzipped != nil {
		h.Add("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.gzipped()
		}
	}
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the browser is gone
}
