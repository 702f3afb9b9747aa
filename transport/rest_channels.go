package transport

import (
	"context"
	"net/http"

	"pronto/dispatch"
	"pronto/protocol"
)

// ChannelPath names a channel in the path. It is exported because huma reads only exported embedded fields.
type ChannelPath struct {
	ID string `path:"id" maxLength:"64" doc:"chn_…"`
}

type verifyIn struct {
	ChannelPath
	Mode      string `query:"hub.mode" maxLength:"64" doc:"subscribe"`
	Token     string `query:"hub.verify_token" maxLength:"2048" doc:"The channel's verify_token"`
	Challenge string `query:"hub.challenge" maxLength:"2048" doc:"Answered as it is"`
}

type signedIn struct {
	ChannelPath
	Signature string `header:"X-Hub-Signature-256" maxLength:"128" doc:"sha256= and the HMAC of the raw body"`
}

// ChannelTests tries the connections of channels.
type ChannelTests interface {
	Test(ctx context.Context, id dispatch.ChannelID) (protocol.ChannelTest, error)
}

// rawOut writes a body as it is.
type rawOut struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *Server) registerChannels() {
	handle(s, route{
		method: http.MethodPost, path: "/channels/{id}/messages", tag: "channels", summary: "Take a contact's message in",
		action: ActInbound, late: true, body: protocol.InboundMessage{}, limit: protocol.MaxInboundBytes, unlimited: true, replay: true,
		status: http.StatusCreated, also: []int{http.StatusOK}, short: s.inboundShort,
	}, s.inbound)
	handle(s, route{
		method: http.MethodPost, path: "/channels/{id}/test", tag: "channels", summary: "Try the connection with the settings that are stored; nothing reaches a contact",
		action: ActWriteConfig, status: http.StatusOK,
	}, s.testChannel)
	const provider = "the provider has no credential; the port checks its token or its signature"
	handle(s, route{
		method: http.MethodGet, path: "/channels/{id}/whatsapp", tag: "channels", summary: "WhatsApp: verification of the webhook",
		public: provider,
	}, s.verifyWhatsApp)
	handle(s, route{
		method: http.MethodPost, path: "/channels/{id}/whatsapp", tag: "channels", summary: "WhatsApp: signed events",
		public: provider, raw: true, limit: protocol.MaxWebhookBodyBytes, status: http.StatusOK,
	}, s.receiveWhatsApp)
}

func (s *Server) testChannel(ctx context.Context, in *ChannelPath) (*bodyOf[protocol.ChannelTest], error) {
	out, err := s.o.ChannelTests.Test(ctx, dispatch.ChannelID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(out), nil
}

func (s *Server) inbound(ctx context.Context, in *ChannelPath) (*bodyOf[protocol.InboundAnswer], error) {
	c := callOf(ctx)
	channel := dispatch.ChannelID(in.ID)
	if err := s.o.Gate.Can(c.principal, ActInbound, Object{Channel: channel}); err != nil {
		return nil, err
	}
	var m protocol.InboundMessage
	if err := decode(ctx, &m); err != nil {
		return nil, err
	}
	if err := s.mustExist(ctx, skillReferences(m.Skills)); err != nil {
		return nil, err
	}
	d, err := s.o.Inbound.Deliver(ctx, c.principal, channel, m)
	if err != nil {
		return nil, err
	}
	out := answer(protocol.InboundAnswer{ConversationID: string(d.Conversation), MessageID: string(d.Message), CreatedConversation: d.Created})
	if !d.Duplicate {
		out.Status = http.StatusCreated
	}
	return out, nil
}

// inboundShort is inbound for requests that leave huma nothing to say: no query, an id that may be one, JSON is taken.
func (s *Server) inboundShort(w http.ResponseWriter, r *http.Request) bool {
	in := ChannelPath{ID: r.PathValue("id")}
	if len(in.ID) > maxPathID || r.URL.RawQuery != "" || !takesJSON(r.Header) {
		return false
	}
	out, err := s.inbound(r.Context(), &in)
	if err != nil {
		s.refuse(w, r, err)
		return true
	}
	w.Header()["Content-Type"] = jsonAnswer
	w.WriteHeader(out.Status)
	_, _ = w.Write(append(out.Body.AppendJSON(make([]byte, 0, 160)), '\n')) // the client is gone; its next try gets the same answer
	return true
}

const maxPathID = 64 // as ChannelPath says

// jsonAnswer is shared by answers, as apiHeaders are.
var jsonAnswer = []string{jsonType}

// takesJSON says that the client takes an answer in JSON without a choice to be made.
func takesJSON(h http.Header) bool {
	switch a := h["Accept"]; len(a) {
	case 0:
		return true
	case 1:
		return a[0] == "*/*" || a[0] == "application/json"
	}
	return false
}

func (s *Server) verifyWhatsApp(ctx context.Context, in *verifyIn) (*rawOut, error) {
	challenge, err := s.o.WhatsApp.Verify(ctx, dispatch.ChannelID(in.ID), in.Mode, in.Token, in.Challenge)
	if err != nil {
		return nil, err
	}
	return &rawOut{ContentType: "text/plain; charset=utf-8", Body: []byte(challenge)}, nil
}

// receiveWhatsApp answers 200 only when everything in the body is durable.
func (s *Server) receiveWhatsApp(ctx context.Context, in *signedIn) (*none, error) {
	if err := s.o.WhatsApp.Receive(ctx, dispatch.ChannelID(in.ID), callOf(ctx).body, in.Signature); err != nil {
		return nil, err
	}
	return &none{}, nil
}
