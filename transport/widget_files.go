package transport

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pronto/dispatch"
	"pronto/protocol"
)

// widgetPrefix is where customers' pages talk: they come from other origins, carry no cookies, and show who they are.
const widgetPrefix = apiPrefix + "/widget/"

const widgetFiles = "/widget/attachments"

// registerWidgetFiles lets visitors send files and see those of their conversation.
func (s *Server) registerWidgetFiles() {
	channel := &huma.Param{Name: "channel", In: "query", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "chn_… of the web channel"}
	shown := &huma.Param{
		Name: "Authorization", In: "header", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
		Description: "Bearer and the visitor_token, or the identity_proof; good while a page of the visitor is connected",
	}
	s.registerWidgetHistory(channel, shown)
	const why = "customers have no account: the handler asks for their token"
	s.stream(route{
		method: http.MethodPost, path: widgetFiles, tag: fileTag, action: ActUpload, late: true, public: why, status: http.StatusCreated,
		summary: "Upload a file of a visitor, for message.send on the customers' websocket",
	}, streamed{
		parameters: []*huma.Param{channel, shown},
		body:       fileBody(),
		answer:     s.jsonAnswer("Created", reflect.TypeFor[protocol.Attachment]()),
	}, s.asVisitor(s.postAttachment))
	for _, little := range []bool{false, true} {
		path, summary := widgetFiles+"/{id}", "Download a file of the visitor's conversation"
		if little {
			path, summary = path+"/thumbnail", "The small picture of an image of the visitor's conversation"
		}
		doc := fileDocument()
		doc.parameters = append(doc.parameters, channel, shown)
		s.stream(route{method: http.MethodGet, path: path, tag: fileTag, action: ActDownload, late: true, public: why, status: http.StatusOK, summary: summary}, doc,
			s.asVisitor(func(w http.ResponseWriter, req *http.Request) error { return s.getVisitorsFile(w, req, little) }))
	}
}

// asVisitor finds out who comes, from which page, and bounds how often.
func (s *Server) asVisitor(next func(w http.ResponseWriter, req *http.Request) error) func(w http.ResponseWriter, req *http.Request) error {
	return func(w http.ResponseWriter, req *http.Request) error {
		c, channel := callOf(req.Context()), visitorsChannel(req)
		if err := s.fromItsPages(req, channel); err != nil {
			return err
		}
		shown, ok := bearer(req)
		if !ok {
			return Refuse(protocol.CodeUnauthorized)
		}
		p, own, err := s.o.Visits.Visitor(channel, shown)
		if err != nil {
			return err
		}
		c.principal = p
		if wait := s.rates.take(p.Credential); wait > 0 {
			return &Refusal{Code: protocol.CodeRateLimited, RetryAfter: wait}
		}
		if c.route.action == ActUpload {
			if err := s.o.Gate.Can(p, ActUpload, own); err != nil {
				return err
			}
		}
		return next(w, req)
	}
}

func visitorsChannel(req *http.Request) dispatch.ChannelID {
	return dispatch.ChannelID(req.URL.Query().Get("channel"))
}

// getVisitorsFile gives out a file of the visitor's own conversation on this channel.
func (s *Server) getVisitorsFile(w http.ResponseWriter, req *http.Request, little bool) error {
	p, id := callOf(req.Context()).principal, dispatch.AttachmentID(req.PathValue("id"))
	v, err := s.o.Attachments.Get(req.Context(), p, id)
	if err != nil {
		return err
	}
	if v.Object.Channel != visitorsChannel(req) {
		return Refuse(protocol.CodeNotFound)
	}
	if err := s.o.Gate.Can(p, ActDownload, v.Object); err != nil {
		return err
	}
	f, err := s.o.Attachments.Open(req.Context(), id, little)
	if err != nil {
		return err
	}
	return s.serveFile(w, req, f, little || f.Drawn && req.URL.Query().Get("inline") == "true")
}

// crossWidget lets the pages of a channel's origins read the answers. Who they are never comes from a cookie, so that no
// other page can act for them.
func (s *Server) crossWidget(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin != "" && s.fromItsPages(r, visitorsChannel(r)) == nil {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", "ETag, Retry-After, X-Request-Id")
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isWidget reports whether a request is one of customers' pages.
func isWidget(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, widgetPrefix) }
