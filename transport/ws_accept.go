package transport

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"pronto/protocol"
)

// socketRoute names the websocket in logs and at the gate.
var socketRoute = route{method: http.MethodGet, path: "/ws", action: ActOpenSocket}

func (s *Server) registerSocket() {
	s.mustBeDeclared("GET /ws", socketRoute.action, "")
	s.mux.HandleFunc("GET "+apiPrefix+"/ws", s.acceptSocket)
}

// fullRetry spreads out the clients that found no room.
const fullRetry = 5 * time.Second

// acceptSocket authenticates, upgrades, and leaves the connection to a goroutine of its own.
func (s *Server) acceptSocket(w http.ResponseWriter, r *http.Request) {
	call := callOf(r.Context())
	call.route = &socketRoute
	if s.sockets.Load() >= int64(s.o.Socket.MaxOpen) {
		s.refuse(w, r, &Refusal{Code: protocol.CodeOverloaded, RetryAfter: fullRetry})
		return
	}
	p, code, err := s.socketPrincipal(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	call.principal = p
	h := &hijacker{ResponseWriter: w}
	ws, err := websocket.Accept(h, r, &websocket.AcceptOptions{
		Subprotocols: []string{protocol.Subprotocol}, InsecureSkipVerify: true,
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return // the library has answered
	}
	ws.SetReadLimit(protocol.MaxFrameBytes)
	c := &Conn{server: s, remote: call.remote, ws: ws, sock: h.sock, limits: s.o.Socket}
	c.who.Store(&p)
	s.sockets.Add(1)
	go s.serveSocket(c, code)
}

// socketPrincipal finds who asks for a socket. A ticket that is not valid is told after the upgrade, by the close code
// that it returns, because a browser's script cannot see the status of a failed upgrade.
func (s *Server) socketPrincipal(r *http.Request) (Principal, protocol.CloseCode, error) {
	offered := subprotocols(r)
	if !offered[protocol.Subprotocol] {
		return Principal{}, 0, refuseField("header/Sec-WebSocket-Protocol", protocol.FieldRequired)
	}
	token, hasToken := bearer(r)
	if !s.originAllowed(r, hasToken) {
		return Principal{}, 0, Refuse(protocol.CodeForbidden)
	}
	if hasToken {
		p, err := s.o.Accounts.ByToken(r.Context(), token)
		if err != nil {
			return Principal{}, 0, err
		}
		return p, 0, s.o.Gate.Can(p, ActOpenSocket, Object{})
	}
	for name := range offered {
		if ticket, ok := strings.CutPrefix(name, protocol.TicketPrefix); ok {
			return s.ticketPrincipal(r.Context(), ticket)
		}
	}
	return Principal{}, 0, Refuse(protocol.CodeUnauthorized)
}

func (s *Server) ticketPrincipal(ctx context.Context, ticket string) (Principal, protocol.CloseCode, error) {
	p, err := s.o.Accounts.RedeemTicket(ctx, ticket)
	if err != nil {
		r, told := asRefusal(err)
		if !told || r.Code == protocol.CodeOverloaded {
			return Principal{}, 0, err
		}
		return Principal{}, protocol.CloseBadTicket, nil
	}
	if s.o.Gate.Can(p, ActOpenSocket, Object{}) != nil {
		return Principal{}, protocol.CloseForbidden, nil
	}
	return p, 0, nil
}

// originAllowed: a page's Origin must be the server's own or allowed. Who sends none is no page and must show a token:
// the library alone would let it pass.
func (s *Server) originAllowed(r *http.Request, hasToken bool) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return hasToken
	}
	if s.origins[origin] {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

func subprotocols(r *http.Request) map[string]bool {
	offered := map[string]bool{}
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for _, name := range strings.Split(line, ",") {
			offered[strings.TrimSpace(name)] = true
		}
	}
	return offered
}

// serveSocket runs one connection until it ends. refused is a close code to end it with at once, or 0.
func (s *Server) serveSocket(c *Conn, refused protocol.CloseCode) {
	defer s.sockets.Add(-1)
	defer c.ws.CloseNow() //nolint:errcheck // the connection is over, whatever it says
	if refused != 0 {
		c.end(refused, false)
		c.discard()
		return
	}
	peer, greeting, err := s.o.Edge.Open(c.Principal(), c)
	if err == nil { // what was revoked since the ticket was looked at could not be told
		if _, err = c.current(); err != nil {
			peer.Closed(err)
		}
	}
	if err != nil {
		c.end(closeCodeOf(err), false)
		c.discard()
		return
	}
	reader := &socketReader{
		conn: c, peer: peer, now: s.o.Now, dialect: agentDialect{c, peer},
		commands: rate.NewLimiter(protocol.CommandsPerSecond, protocol.CommandBurst),
		frames:   rate.NewLimiter(10*protocol.CommandsPerSecond, 10*protocol.CommandBurst),
	}
	c.sendJSON(hello(greeting))
	err = reader.run()
	peer.Closed(err)
}

func closeCodeOf(err error) protocol.CloseCode {
	var r *Refusal
	switch {
	case errors.As(err, &r) && r.Code == protocol.CodeForbidden:
		return protocol.CloseForbidden
	case errors.As(err, &r) && r.Code == protocol.CodeUnauthorized:
		return protocol.CloseRevoked
	default:
		return protocol.CloseOverloaded
	}
}

func hello(g Greeting) protocol.Hello {
	return protocol.Hello{
		Type: protocol.FrameHello, Session: string(g.Session), ResumeToken: g.ResumeToken, Epoch: g.Epoch, HeartbeatMS: protocol.HeartbeatMS,
		MaxFrameBytes: protocol.MaxFrameBytes, CommandWindow: protocol.CommandWindow, Now: protocol.At(g.Now),
	}
}

// Sockets is how many websockets are open.
func (s *Server) Sockets() int64 { return s.sockets.Load() }
