package transport

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

// Visits opens sessions of customers on web pages.
type Visits interface {
	// Origins are those whose pages may show the widget of a web channel; CodeNotFound for a channel that is none.
	Origins(channel dispatch.ChannelID) ([]string, error)
	// Open begins a session for a connection. It is called once per connection, before any frame.
	Open(channel dispatch.ChannelID, c *Conn) (Visit, Greeting, error)
	// Visitor is who shows a visitor's token or a proof of the host site, while a page of theirs is connected to the channel;
	// else CodeUnauthorized. The object is what is the visitor's own.
	Visitor(channel dispatch.ChannelID, credential string) (Principal, Object, error)
}

// Visit is the session behind a customer's connection. It is called as a Peer is. Start and Resume refuse with
// CodeUnauthorized what does not prove who the visitor is, and with CodeBadRequest what the channel does not take.
type Visit interface {
	Start(s protocol.WidgetStart) error
	Resume(r protocol.WidgetResume) error
	Command(e dispatch.Envelope)
	Pong(n, seq uint64)
	Closed(err error)
}

// VisitView is a visitor's state for the snapshot frame.
type VisitView struct {
	Token        string
	Channel      protocol.Ref
	Widget       protocol.Widget
	Conversation *dispatch.ContactView
	Messages     []dispatch.Chat
	More         bool
	Hours        dispatch.ContactHours
}

// visitRoute names the customers' websocket in logs and at the gate. The visitor says who it is in its first frame.
var visitRoute = route{method: http.MethodGet, path: "/widget/ws", action: ActVisit, public: "customers have no account"}

func (s *Server) registerWidget() {
	s.mustBeDeclared("GET /widget/ws", visitRoute.action, "")
	s.mux.HandleFunc("GET "+apiPrefix+"/widget/ws", s.acceptVisit)
	s.registerWidgetFiles()
}

// acceptVisit checks channel and page, upgrades, and leaves the connection to a goroutine of its own.
func (s *Server) acceptVisit(w http.ResponseWriter, r *http.Request) {
	callOf(r.Context()).route = &visitRoute
	if s.sockets.Load() >= int64(s.o.Socket.MaxOpen) {
		s.refuse(w, r, &Refusal{Code: protocol.CodeOverloaded, RetryAfter: fullRetry})
		return
	}
	channel := dispatch.ChannelID(r.URL.Query().Get("channel"))
	if err := s.mayShow(r, channel); err != nil {
		s.refuse(w, r, err)
		return
	}
	h := &hijacker{ResponseWriter: w}
	ws, err := websocket.Accept(h, r, &websocket.AcceptOptions{
		Subprotocols: []string{protocol.WidgetSubprotocol}, InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return // the library has answered
	}
	ws.SetReadLimit(protocol.MaxFrameBytes)
	c := &Conn{server: s, ws: ws, sock: h.sock, limits: s.o.Socket, visitor: true}
	s.sockets.Add(1)
	go s.serveVisit(c, channel)
}

// mayShow: the page's origin must be one of the channel's, or the server's own. A browser always says which it is.
func (s *Server) mayShow(r *http.Request, channel dispatch.ChannelID) error {
	if !subprotocols(r)[protocol.WidgetSubprotocol] {
		return refuseField("header/Sec-WebSocket-Protocol", protocol.FieldRequired)
	}
	return s.fromItsPages(r, channel)
}

// fromItsPages refuses requests of other origins than the channel's and the server's own.
func (s *Server) fromItsPages(r *http.Request, channel dispatch.ChannelID) error {
	allowed, err := s.o.Visits.Origins(channel)
	if err != nil {
		return err
	}
	origin := r.Header.Get("Origin")
	for _, o := range allowed {
		if strings.EqualFold(o, origin) {
			return nil
		}
	}
	if u, err := url.Parse(origin); err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
		return Refuse(protocol.CodeForbidden)
	}
	return nil
}

// serveVisit runs one connection until it ends.
func (s *Server) serveVisit(c *Conn, channel dispatch.ChannelID) {
	defer s.sockets.Add(-1)
	defer c.ws.CloseNow() //nolint:errcheck // the connection is over, whatever it says
	visit, greeting, err := s.o.Visits.Open(channel, c)
	if err != nil {
		c.end(closeCodeOf(err), false)
		c.discard()
		return
	}
	reader := &socketReader{
		conn: c, peer: visit, now: s.o.Now, dialect: visitDialect{visit, s.o.Shed},
		commands: rate.NewLimiter(visitorCommands, 4*visitorCommands),
		frames:   rate.NewLimiter(10*visitorCommands, 40*visitorCommands),
	}
	c.sendJSON(hello(greeting))
	err = reader.run()
	visit.Closed(err)
}

// visitorCommands is how many commands a second one page may send: a person types and reads.
const visitorCommands = 10

// visitDialect is what customers say.
type visitDialect struct {
	visit Visit
	line  *shed.Line
}

// first takes a start or resume frame. Nothing of it is ever answered but by a close code.
func (d visitDialect) first(data []byte) protocol.CloseCode {
	var kind struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(data, &kind) != nil {
		return protocol.CloseProtocol
	}
	var err error
	switch kind.Type {
	case protocol.FrameStart:
		var f protocol.WidgetStart
		if err = protocol.Decode(data, 0, &f); err == nil {
			err = d.start(f)
		}
	case protocol.FrameResume:
		var f protocol.WidgetResume
		if err = protocol.Decode(data, 0, &f); err == nil {
			err = d.visit.Resume(f)
		}
	default:
		return protocol.CloseProtocol
	}
	var r *Refusal
	switch {
	case err == nil:
		return 0
	case errors.Is(err, shed.ErrShed):
		return protocol.CloseOverloaded
	case errors.As(err, &r) && r.Code == protocol.CodeUnauthorized:
		return protocol.CloseBadTicket
	case errors.As(err, &r) && r.Code == protocol.CodeForbidden:
		return protocol.CloseForbidden
	}
	return protocol.CloseProtocol
}

// alive: a customer's credential does not end.
func (d visitDialect) alive() protocol.CloseCode { return 0 }

// start begins a new session, which under load may have to wait or be refused. One that is resumed may not.
func (d visitDialect) start(f protocol.WidgetStart) error {
	leave, err := d.line.Enter(context.Background(), shed.Visits)
	if err != nil {
		return err
	}
	defer leave()
	return d.visit.Start(f)
}

// envelope makes the message of a visitor's command; the visitor's actor knows which conversation it means.
func (d visitDialect) envelope(f clientFrame) (dispatch.Envelope, error) {
	info, known := protocol.WidgetCommandByName(f.Name)
	if !known {
		return dispatch.Envelope{}, refuseField("/name", protocol.FieldNotAllowed)
	}
	data := newData(info)
	body := []byte(f.Data)
	if body == nil {
		body = []byte("{}")
	}
	if err := protocol.Decode(body, 0, data); err != nil {
		return dispatch.Envelope{}, err
	}
	cause := dispatch.Cause{Principal: visitorPrincipal, Command: dispatch.CommandID(f.ID), Hash: commandHash(f.Name, body)}
	switch v := data.(type) {
	case *protocol.WidgetSend:
		return d.send(f, v, cause)
	case *protocol.WidgetTypingSet:
		return dispatch.Envelope{Message: dispatch.SetTyping{Author: dispatch.Author{Kind: dispatch.AuthorContact}, Typing: v.Typing}}, nil
	case *protocol.WidgetRead:
		return dispatch.Envelope{Cause: cause, Message: dispatch.ContactSaw{Seq: uint64(v.Seq), State: dispatch.DeliveryRead}}, nil
	case *protocol.RatingGive:
		return dispatch.Envelope{Cause: cause, Message: dispatch.RateConversation{Score: v.Rating, Comment: v.Comment}}, nil
	}
	return dispatch.Envelope{Cause: cause, Message: dispatch.LeaveConversation{}}, nil
}

// visitorPrincipal stands before the ids of visitors' commands; the conversation they are kept in tells visitors apart.
const visitorPrincipal = "visitor"

// send: the command's id is the message's external id, which makes it one message however often it is sent.
func (d visitDialect) send(f clientFrame, v *protocol.WidgetSend, cause dispatch.Cause) (dispatch.Envelope, error) {
	switch {
	case strings.TrimSpace(v.Text) == "" && len(v.AttachmentIDs) == 0:
		return dispatch.Envelope{}, Refuse(protocol.CodeEmptyMessage)
	case len(v.Text) > protocol.MaxTextBytes:
		return dispatch.Envelope{}, Refuse(protocol.CodeTooLong)
	}
	in := dispatch.InboundChat{External: dispatch.ExternalID(f.ID), Text: v.Text, ReplyTo: dispatch.MessageID(v.ReplyTo)}
	for _, id := range v.AttachmentIDs {
		in.Attachments = append(in.Attachments, dispatch.AttachmentID(id))
	}
	return dispatch.Envelope{Cause: cause, Message: dispatch.ReceiveMessage{Inbound: in}}, nil
}

// VisitSnapshot sends the whole state of a visitor's session.
func (c *Conn) VisitSnapshot(seq uint64, reason string, v VisitView) bool {
	v.Widget.Origins = []string{}
	files := c.server.o.Attachments.Limits()
	data := protocol.WidgetData{
		VisitorToken: v.Token, Channel: v.Channel, Widget: v.Widget, Messages: make([]protocol.Message, len(v.Messages)), More: v.More,
		MaxTextBytes: protocol.MaxTextBytes, Hours: widgetHours(v.Hours),
		MaxFileBytes: files.MaxBytes, MaxFiles: files.MaxFiles, FileTypes: files.Types,
	}
	w := wire{c.server.o.Catalog}
	if v.Conversation != nil {
		state := w.contactView(v.Conversation)
		data.Conversation = &state
		for i := range v.Messages {
			data.Messages[i] = w.contactMessage(v.Conversation.Conversation, &v.Messages[i])
		}
	}
	return c.sendJSON(protocol.WidgetSnapshot{Type: protocol.FrameSnapshot, Seq: int64(seq), Reason: reason, Data: data})
}

// contactEvent returns the name of an event as a contact sees it, and its data.
func (w wire) contactEvent(e dispatch.Event) (string, any) {
	switch e := e.(type) {
	case dispatch.EventMessage:
		return protocol.EventConversationMessage, protocol.WidgetMessage{ConversationID: string(e.Conversation), Message: w.contactMessage(e.Conversation, e.Message)}
	case dispatch.EventMessageChanged:
		return protocol.EventMessageChanged, protocol.WidgetMessageChanged{ConversationID: string(e.Conversation), Message: w.contactMessage(e.Conversation, &e.Message)}
	case dispatch.EventContactState:
		return protocol.EventConversationState, w.contactView(&e.View)
	case dispatch.EventContactHours:
		return protocol.EventWidgetHours, widgetHours(e.Hours)
	case dispatch.EventTyping:
		return protocol.EventConversationTyping, protocol.WidgetTyping{ConversationID: string(e.Conversation), Author: contactAuthor(e.Author), Typing: e.Typing}
	case dispatch.EventDelivery, dispatch.EventAttachment:
		return w.event(e)
	}
	return "", nil
}

func widgetHours(h dispatch.ContactHours) protocol.WidgetHours {
	out := protocol.WidgetHours{Open: !h.Closed}
	if !h.Until.IsZero() {
		out.ChangesAt = protocol.At(h.Until)
	}
	return out
}

func (w wire) contactView(v *dispatch.ContactView) protocol.WidgetConversation {
	out := protocol.WidgetConversation{
		ID: string(v.Conversation), ProtocolNumber: v.Protocol, State: string(v.State), OnHold: v.OnHold, ReadSeq: int64(v.ReadSeq),
		Position: v.Position, WaitEstimateMS: int64(v.Wait / time.Millisecond), RatingAsked: v.Rateable,
	}
	if v.Rating.Score > 0 {
		out.Rating = rating(&v.Rating)
	}
	if v.Agent != "" {
		out.Agent = &protocol.WidgetAgent{Name: w.names.AgentName(v.Agent)}
	}
	return out
}

// contactMessage is a message without what is only for the staff.
func (w wire) contactMessage(conversation dispatch.ConversationID, m *dispatch.Chat) protocol.Message {
	out := w.message(conversation, m)
	out.Author = contactAuthor(m.Author)
	return out
}

func contactAuthor(a dispatch.Author) protocol.Author {
	return protocol.Author{Kind: string(a.Kind), Name: a.Name}
}
