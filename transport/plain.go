package transport

import (
	"net/http"

	"pronto/protocol"
)

// docsPolicy lets the documentation load its own style sheet and nothing else.
const docsPolicy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"

// registerPlain adds what lies outside /api/v1. None of it needs a credential: probes, metrics without ids, documents.
func (s *Server) registerPlain() {
	s.mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { plainText(w, http.StatusOK, "ok") })
	s.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if s.o.Ready != nil && s.o.Ready() != nil {
			plainText(w, http.StatusServiceUnavailable, "not ready")
			return
		}
		plainText(w, http.StatusOK, "ready")
	})
	if s.o.Metrics != nil {
		s.mux.Handle("GET /metrics", s.o.Metrics)
	}
	for path, doc := range map[string]document{
		"GET /openapi.json":       {"openapi.json", "application/openapi+json"},
		"GET /asyncapi.json":      {"asyncapi.json", "application/json"},
		"GET /docs/api":           {"index.html", "text/html; charset=utf-8"},
		"GET /docs/api/style.css": {"style.css", "text/css; charset=utf-8"},
	} {
		s.mux.Handle(path, s.document(doc))
	}
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { s.unmatched(w, r) })
}

type document struct{ name, media string }

func (s *Server) document(d document) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.o.Docs == nil {
			s.refuse(w, r, Refuse(protocol.CodeNotFound))
			return
		}
		w.Header().Set("Content-Type", d.media)
		w.Header().Set("Content-Security-Policy", docsPolicy)
		http.ServeFileFS(w, r, s.o.Docs, d.name)
	})
}

// unmatched answers addresses below /api/ that no route has: 405 where another method would match, else 404.
func (s *Server) unmatched(w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := s.mux.Handler(probe); pattern != "/api/" && pattern != "" {
			w.Header().Add("Allow", method)
		}
	}
	if w.Header().Get("Allow") != "" {
		s.refuse(w, r, Refuse(protocol.CodeMethodNotAllowed))
		return
	}
	s.refuse(w, r, Refuse(protocol.CodeNotFound))
}

func plainText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the prober is gone
}
