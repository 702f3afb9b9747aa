package transport

import (
	"context"
	"io/fs"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/rs/zerolog"

	"pronto/internal/failpoint"
	"pronto/internal/shed"
	"pronto/protocol"
)

// Options is everything the edge needs. Ports may not be nil; the rest has defaults.
type Options struct {
	Accounts      Accounts
	PasswordLinks PasswordLinks
	Tokens        Tokens
	Gate          Gate
	Documents     Documents
	Answers       Answers
	Dispatch      Dispatch
	Conversations Conversations
	Search        Search
	Transcripts   Transcripts
	Operations    Operations
	Audit         Audit // nil: nothing is recorded, and there is nothing to read
	Contacts      Contacts
	Said          Said
	Inbound       Inbound
	WhatsApp      WhatsApp
	ChannelTests  ChannelTests
	Webhooks      Webhooks
	Catalog       Catalog
	Attachments   Attachments
	Directory     Directory
	Announcements Announcements
	Live          Live
	Presence      Presence
	Edge          Edge
	Visits        Visits
	IDs           IDs

	Log     zerolog.Logger
	Now     func() time.Time
	Metrics http.Handler // served at /metrics; nil: 404
	// Ready says why the server cannot take work, or nil.
	Ready func() error
	// Durable returns once what was read so far cannot be taken back by a crash any more; nil: it never can. Answers to GET
	// wait for it.
	Durable func(context.Context) error
	// Docs holds openapi.json, asyncapi.json, index.html and style.css of the readable documentation.
	Docs fs.FS
	// AllowedOrigins are the origins besides the server's own that browsers may come from, as scheme://host[:port].
	AllowedOrigins []string
	// PlainCookies makes session cookies work over plain HTTP on other hosts than localhost. For tests and closed networks.
	PlainCookies bool
	Socket       SocketLimits
	// Shed is the line of what is refused under load; nil: one of its own.
	Shed *shed.Line
}

// Server is the edge as one handler.
type Server struct {
	o       Options
	mux     *http.ServeMux
	api     huma.API
	handler http.Handler
	rates   *rates
	bulk    *bulkReads
	flights *flights
	secrets *answerMemory
	sockets atomic.Int64 // open websockets
	uploads chan struct{}
	origins map[string]bool
	routes  []route
	// sections are the kinds of configuration that are exported and imported, those that others refer to first.
	sections []section
	// referrers say whether an object of their kind refers to the given one.
	referrers []func(ctx context.Context, kind, id string) (bool, error)
}

// New registers every route. It panics when a route has no action that the gate declares: that is a defect, found by
// the first test that builds a server.
func New(o Options) *Server {
	setUpHuma()
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		o: o, mux: http.NewServeMux(), bulk: newBulkReads(o.Now), rates: newRates(o.Now, protocol.RequestsPerSecond, protocol.RequestBurst),
		flights: newFlights(), secrets: newAnswerMemory(o.Now), origins: map[string]bool{}, uploads: make(chan struct{}, maxUploads),
	}
	s.o.Socket = o.Socket.withDefaults()
	if o.Shed == nil {
		s.o.Shed = shed.New(shed.Options{Places: shed.LeastPlaces()})
	}
	for _, origin := range o.AllowedOrigins {
		s.origins[origin] = true
	}
	s.api = newAPI(&adapter{server: s})
	s.registerSession()
	s.registerSessions()
	s.registerPasswordLinks()
	s.registerChannels()
	s.registerConversations()
	s.registerSearch()
	s.registerLive()
	s.registerWhy()
	s.registerContacts()
	s.registerConfiguration()
	s.registerOrganisation()
	s.registerPresence()
	s.registerTokens()
	s.registerAttachments()
	s.registerAudit()
	s.registerOperations()
	s.registerConfigurationFile()
	s.registerSocket()
	s.registerWidget()
	s.registerPlain()
	s.finishDocument()
	s.handler = s.chain(s.mux)
	return s
}

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	failpoint.Here("request")
	s.handler.ServeHTTP(w, r)
	failpoint.Here("reply")
}

// Handle adds a plain handler, such as the desk's files, under a pattern of net/http's ServeMux outside /api/. It must
// not be called once the server serves.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// HTTPServer returns a server for this handler with its time-outs: 10 s for a header, 30 s for a request, 60 s for an
// answer, 2 min idle. They end where a connection becomes a websocket.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
}
