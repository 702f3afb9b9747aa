package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/internal/access"
	"pronto/internal/shed"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// visits opens sessions of customers on web pages: it finds out who they are.
type visits struct {
	edge    *edge
	catalog *catalog
	people  *contacts
}

func (v visits) channel(id dispatch.ChannelID) (*protocol.Channel, error) {
	ch := v.catalog.now.Load().channels[id]
	if ch == nil || ch.Kind != "web" || ch.Disabled {
		return nil, transport.Refuse(protocol.CodeNotFound)
	}
	return ch, nil
}

func (v visits) Origins(id dispatch.ChannelID) ([]string, error) {
	ch, err := v.channel(id)
	if err != nil {
		return nil, err
	}
	return ch.Widget.Origins, nil
}

func (v visits) Open(channel dispatch.ChannelID, c *transport.Conn) (transport.Visit, transport.Greeting, error) {
	id := dispatch.SessionID(newID("ses", homePartition))
	inner, token, err := v.edge.system.OpenVisit(id, &conn{c: c, edge: v.edge})
	if err != nil {
		return nil, transport.Greeting{}, &transport.Refusal{Code: protocol.CodeOverloaded}
	}
	g := transport.Greeting{Session: id, ResumeToken: token, Epoch: v.edge.system.Epoch(), Now: v.edge.system.Now()}
	return visit{Peer: inner, visits: v, on: channel}, g, nil
}

// Visitor is who shows a credential of the channel while a page of theirs is connected. The gate knows visitors by their
// contact; one that has not written yet has nothing but what it uploads.
func (v visits) Visitor(channel dispatch.ChannelID, credential string) (p transport.Principal, own transport.Object, err error) {
	start := protocol.WidgetStart{VisitorToken: credential}
	if _, ok := access.VisitorOf(credential); !ok {
		start = protocol.WidgetStart{IdentityProof: credential}
	}
	who, err := v.identify(channel, start)
	if err != nil || !v.edge.system.Visits(who) {
		return p, own, transport.Refuse(protocol.CodeUnauthorized)
	}
	s, _ := who.Sender.(sender)
	contact, err := v.people.byKeys(s.from.keys)
	if err != nil {
		return p, own, err
	}
	root, err := v.people.db.RootContact(dispatch.ContactID(contact))
	if err != nil {
		return p, own, err
	}
	id := uploaderOf(who)
	own = transport.Object{Contact: dispatch.ContactID(firstOf(string(root), id)), Channel: channel}
	p = transport.Principal{ID: id, Role: string(access.RoleVisitor), Credential: id, Grant: access.Principal{ID: access.PrincipalID(own.Contact), Role: access.RoleVisitor}}
	return p, own, nil
}

// visit is a customer's session as the transport's reader calls it.
type visit struct {
	*actors.Peer
	visits
	on dispatch.ChannelID
}

func (v visit) Closed(error) { v.Peer.Closed() }

func (v visit) Start(s protocol.WidgetStart) error {
	who, err := v.identify(v.on, s)
	if err == nil {
		v.Peer.Start(who)
	}
	return err
}

func (v visit) Resume(r protocol.WidgetResume) error {
	who, err := v.identify(v.on, protocol.WidgetStart{VisitorToken: r.VisitorToken, IdentityProof: r.IdentityProof, Name: r.Name, Page: r.Page})
	if err == nil {
		v.Peer.Resume(actors.Former{Session: dispatch.SessionID(r.Session), Token: r.ResumeToken, Epoch: r.Epoch, Seen: uint64(r.Seq)}, who)
	}
	return err
}

// sender is what a visitor's messages come from.
type sender struct {
	from  known
	facts map[string]string
}

// identify finds out who a visitor is: whom the host site vouches for, who showed a token before, or somebody new. What a
// visitor types about themselves joins no contact: anybody could type it.
func (v visits) identify(channel dispatch.ChannelID, s protocol.WidgetStart) (*actors.Visitor, error) {
	ch, err := v.channel(channel)
	if err != nil {
		return nil, err
	}
	facts, err := factsOf(&ch.Widget, s)
	if err != nil {
		return nil, err
	}
	who := &actors.Visitor{
		Channel: channel, Name: s.Name,
		Limits: actors.VisitorLimits{Sessions: ch.Widget.MaxSessions, MessagesPerMinute: ch.Widget.MessagesPerMinute},
	}
	from := protocol.InboundContact{Name: s.Name}
	switch {
	case s.IdentityProof != "":
		err = v.prove(ch, s.IdentityProof, who, &from)
	case ch.Widget.RequireIdentity:
		err = transport.Refuse(protocol.CodeUnauthorized)
	default:
		err = recognize(s.VisitorToken, who, &from)
	}
	if err != nil {
		return nil, err
	}
	k, err := normalize(from)
	if err != nil {
		return nil, transport.Refuse(protocol.CodeUnauthorized)
	}
	who.Key, who.Sender = from.Identities[0].Kind+":"+from.Identities[0].Value, sender{k, facts}
	return who, nil
}

// prove takes the word of the host site, for e-mail and phone too.
func (v visits) prove(ch *protocol.Channel, proof string, who *actors.Visitor, from *protocol.InboundContact) error {
	p, err := access.CheckProof(proof, []byte(ch.Config["identity_secret"]), ch.ID, v.edge.system.Now())
	if err != nil {
		return transport.Refuse(protocol.CodeUnauthorized)
	}
	from.Identities = []protocol.Identity{{Kind: "external", Value: p.Subject}}
	if p.Email != "" {
		from.Identities = append(from.Identities, protocol.Identity{Kind: "email", Value: p.Email})
	}
	if p.Phone != "" {
		from.Identities = append(from.Identities, protocol.Identity{Kind: "phone", Value: p.Phone})
	}
	if p.Name != "" {
		from.Name, who.Name = p.Name, p.Name
	}
	return nil
}

func recognize(token string, who *actors.Visitor, from *protocol.InboundContact) error {
	id, ok := access.VisitorOf(token)
	switch {
	case token == "":
		made, fresh, err := access.NewVisitor(rand.Reader)
		if err != nil {
			return fmt.Errorf("make visitor: %w", err)
		}
		who.Token, who.Fresh, id = made.Reveal(), true, fresh
	case !ok:
		return transport.Refuse(protocol.CodeUnauthorized)
	default:
		who.Token = token
	}
	from.Identities = []protocol.Identity{{Kind: "visitor", Value: id}}
	return nil
}

// factsOf are the page and the answers to the form before the chat.
func factsOf(w *protocol.Widget, s protocol.WidgetStart) (map[string]string, error) {
	facts := map[string]string{}
	for key, value := range s.Attributes {
		if !slices.ContainsFunc(w.PreChat, func(p protocol.PreChatAsk) bool { return p.Key == key }) {
			return nil, fieldRefusal("/attributes/"+protocol.EscapePointer(key), protocol.FieldUnknown)
		}
		facts[key] = value
	}
	if s.Page != "" {
		facts["page"] = s.Page
	}
	return facts, nil
}

func (e *edge) visitView(v *actors.VisitorView) transport.VisitView {
	out := transport.VisitView{Token: v.Visitor.Token, Channel: protocol.Ref{ID: string(v.Visitor.Channel)}, Conversation: v.Conversation, Messages: v.Messages, More: v.More, Hours: v.Hours}
	if ch := e.catalog.now.Load().channels[v.Visitor.Channel]; ch != nil {
		out.Channel.Name, out.Widget = ch.Name, ch.Widget
		protocol.FillLists(&out.Widget)
	}
	return out
}

// visitors finds and feeds the conversations of visitors, for their actors.
type visitors struct{ in *inbound }

func (v visitors) Conversation(who *actors.Visitor) (dispatch.ConversationID, error) {
	s, ok := who.Sender.(sender)
	if !ok {
		return "", fmt.Errorf("visitor with a sender of type %T", who.Sender)
	}
	contact, err := v.in.contacts.byKeys(s.from.keys)
	if err != nil || contact == "" {
		return "", err
	}
	kin, err := v.in.contacts.kin(dispatch.ContactID(contact))
	if err != nil {
		return "", err
	}
	f, err := v.in.db.FindArrival(who.Channel, kin[0], append([]dispatch.ContactID{dispatch.ContactID(contact)}, kin...), "")
	return dispatch.ConversationID(firstOf(string(f.Open), string(f.Last), string(f.Past))), err
}

func (v visitors) Settings(who *actors.Visitor) any {
	return v.in.catalog.now.Load().channels[who.Channel] // each change makes another one
}

// Hours are those of the queue that new conversations of the channel go to.
func (v visitors) Hours(who *actors.Visitor) dispatch.ContactHours {
	now := v.in.catalog.now.Load()
	ch := now.channels[who.Channel]
	if ch == nil {
		return dispatch.ContactHours{}
	}
	q := now.queues[dispatch.QueueID(ch.QueueID)]
	if q == nil {
		return dispatch.ContactHours{}
	}
	waits := v.in.catalog.waitRules(q)
	return dispatch.ContactHours{Closed: waits.Closed, Until: waits.HoursUntil}
}

func (v visitors) Deliver(ctx context.Context, who *actors.Visitor, m dispatch.InboundChat) (dispatch.ReplyMessage, error) {
	s, ok := who.Sender.(sender)
	ch := v.in.catalog.now.Load().channels[who.Channel]
	if !ok || ch == nil || ch.Disabled {
		return dispatch.ReplyMessage{}, &dispatch.Error{Code: dispatch.CodeNotFound, Message: "the channel is gone"}
	}
	if err := v.in.files.Sendable(uploaderOf(who), "", m.Attachments); err != nil {
		return dispatch.ReplyMessage{}, coreRefusal(sendRefusal(err))
	}
	text := m.Text
	m.External = externalOf(who, m.External)
	r, duplicate, err := v.in.receive(ctx, arrival{channel: ch, from: s.from, facts: s.facts, first: m})
	if err != nil {
		return dispatch.ReplyMessage{}, coreRefusal(err)
	}
	if !duplicate { // nobody has changed it yet
		if arrived, ok, err := v.in.db.Arrived(who.Channel, m.External); err != nil || ok {
			return dispatch.ReplyMessage{Conversation: r.Conversation, Message: arrived}, err
		}
	}
	written, err := v.in.db.Messages(r.Conversation, r.Seq-1, 1)
	switch {
	case err != nil:
		return dispatch.ReplyMessage{}, err
	case len(written) == 0:
		return dispatch.ReplyMessage{}, fmt.Errorf("message %d of %s: %w", r.Seq, r.Conversation, storage.ErrNotFound)
	case duplicate && written[0].Text != text:
		return dispatch.ReplyMessage{}, &dispatch.Error{Code: dispatch.CodeCommandIDReused, Message: "this id was used for another message"}
	}
	return dispatch.ReplyMessage{Conversation: r.Conversation, Message: written[0]}, nil
}

// uploaderOf is whose files a visitor may send.
func uploaderOf(who *actors.Visitor) string { return "visitor:" + string(who.Channel) + "/" + who.Key }

// externalOf makes a visitor's command id unique on the channel.
func externalOf(who *actors.Visitor, command dispatch.ExternalID) dispatch.ExternalID {
	sum := sha256.Sum256([]byte(who.Key))
	return dispatch.ExternalID("widget:" + hex.EncodeToString(sum[:12]) + ":" + string(command))
}

// coreRefusal gives a refusal of the edge the form that actors pass on.
func coreRefusal(err error) error {
	var r *transport.Refusal
	if errors.As(err, &r) {
		return &dispatch.Error{Code: dispatch.Code(r.Code), Message: "refused"}
	}
	if errors.Is(err, shed.ErrShed) {
		return &dispatch.Error{Code: dispatch.CodeOverloaded, Message: "try again"}
	}
	return err
}
