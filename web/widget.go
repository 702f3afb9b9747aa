package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"sync"
)

// widgetFolder is where the build puts the widget, below dist.
const widgetFolder = "widget"

const loaderFile = "widget.js"

// DemoPage is where a page of a made-up company shows the chat of the channel that its address names.
const DemoPage = "/demo-page/"

// demoPolicy is that of a host page: it lets the widget run, and shows that it needs nothing inline. The administration
// frames it as a preview.
const demoPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; " +
	"base-uri 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'"

// Loader serves /widget.js, which pages of other origins include. It is asked for again each time, for it names the app.
func Loader() http.Handler {
	f := widgetFiles()[loaderFile]
	sum := sha256.Sum256(f.body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forEverybody(w.Header())
		w.Header().Set("ETag", tag)
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.Header().Set("Cache-Control", "no-cache")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		f.serve(w, r)
	})
}

// App serves the widget's app below /widget/. A page that was opened before the server's program changed asks for the old
// app; it gets the one of today, and keeps no copy under the old name.
func App() http.Handler {
	known := widgetFiles()
	var today file
	for name, f := range known {
		if isApp(name) {
			today, today.forever = f, false
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/widget/")
		if !isApp(name) {
			http.NotFound(w, r)
			return
		}
		f, ok := known[name]
		if !ok {
			f = today
		}
		forEverybody(w.Header())
		f.serve(w, r)
	})
}

// Demo serves DemoPage and its files.
func Demo() http.Handler {
	known := widgetFiles()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, DemoPage)
		if name == "" {
			name = "page.html"
		}
		f, ok := known[name]
		if !ok || !strings.HasPrefix(name, "page.") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", demoPolicy)
		f.serve(w, r)
	})
}

// widgetFiles are those of the widget and of the demo page.
var widgetFiles = sync.OnceValue(func() map[string]file {
	known := built(path.Join("dist", widgetFolder))
	for name, f := range known {
		f.forever = isApp(name)
		known[name] = f
	}
	for _, name := range []string{loaderFile, "page.html", "page.css", "page.js"} {
		if _, ok := known[name]; !ok {
			panic("web: dist has no widget/" + name + ": run make web")
		}
	}
	return known
})

// isApp: its name carries a hash of its bytes.
func isApp(name string) bool { return strings.HasPrefix(name, "app-") && path.Ext(name) == ".js" }

// forEverybody lets every page load a script: it holds no secret and reads no cookie.
func forEverybody(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}
