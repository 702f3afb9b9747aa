package transport

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

// Search finds messages and notes by what they say. Refusals: CodeBadRequest with query/q for what cannot be looked for, and
// query/cursor for a cursor that no page had.
type Search interface {
	// Texts returns newest first, only what the principal may read by the gate. A page may have fewer than Limit, or none,
	// and still a next one.
	Texts(ctx context.Context, p Principal, q TextQuery) (page []Hit, next string, err error)
}

// TextQuery selects messages and notes. From and To of the filter are about them, the rest about their conversations.
type TextQuery struct {
	Filter
	Authors []string // of AuthorKinds; empty: all
}

// AuthorKinds are the kinds of texts that can be asked for.
var AuthorKinds = []string{"contact", "agent", "server", "note"}

// Hit is one message or note that was found.
type Hit struct {
	Conversation
	Message *dispatch.Chat
	Note    *dispatch.Note
	Excerpt protocol.Excerpt
}

type searchIn struct {
	PageQuery
	Text    string `query:"q" maxLength:"200" doc:"Words that a message or note must all have, whatever the case and accents. The last word may be a beginning, so may any with a star (bol*); \"in quotes\": side by side"`
	Author  string `query:"author" maxLength:"64" doc:"contact, agent, server, note (of the staff) or several, separated by commas"`
	State   string `query:"state" maxLength:"64" doc:"Of the conversation now: queued, offered, active, wrapup, closed or several, separated by commas"`
	Queue   string `query:"queue_id" maxLength:"64" doc:"que_… of the conversation now"`
	Agent   string `query:"agent_id" maxLength:"64" doc:"agt_…: the owner of the conversation, or the last one"`
	Contact string `query:"contact_id" maxLength:"64" doc:"con_…"`
	Channel string `query:"channel_id" maxLength:"64" doc:"chn_…"`
	Tag     string `query:"tag" maxLength:"500" doc:"A tag of the conversation, or several that it must all have, separated by commas"`
	From    string `query:"from" maxLength:"40" format:"date-time" doc:"Written at or after, to the millisecond"`
	To      string `query:"to" maxLength:"40" format:"date-time" doc:"Written before"`
}

func (s *Server) registerSearch() {
	handle(s, route{
		method: http.MethodGet, path: "/search", tag: "search", action: ActSearch, class: shed.Reports,
		summary: "Find messages and notes by their words, newest first: an agent in the conversations that it may read, a supervisor in its teams'",
	}, s.search)
}

func (s *Server) search(ctx context.Context, in *searchIn) (*bodyOf[protocol.Page[protocol.SearchHit]], error) {
	f, err := filterOf(&listIn{
		PageQuery: in.PageQuery, State: in.State, Queue: in.Queue, Agent: in.Agent, Contact: in.Contact, Channel: in.Channel,
		Tag: in.Tag, From: in.From, To: in.To, Text: in.Text,
	})
	if err != nil {
		return nil, err
	}
	q := TextQuery{Filter: f}
	if f.Text == "" {
		return nil, refuseField("query/q", protocol.FieldRequired)
	}
	if in.Author != "" {
		q.Authors = strings.Split(in.Author, ",")
	}
	for _, kind := range q.Authors {
		if !slices.Contains(AuthorKinds, kind) {
			return nil, refuseField("query/author", protocol.FieldNotAllowed)
		}
	}
	hits, next, err := s.o.Search.Texts(ctx, callOf(ctx).principal, q)
	if err != nil {
		return nil, err
	}
	page := protocol.Page[protocol.SearchHit]{Items: make([]protocol.SearchHit, len(hits)), NextCursor: next}
	told := make([]readOf, len(hits))
	for i := range hits {
		page.Items[i] = wire{s.o.Catalog}.hit(&hits[i])
		told[i] = readOf{hits[i].Head.Contact.ID, hits[i].Object}
	}
	return answer(page), s.reads(ctx, told...)
}

func (w wire) hit(h *Hit) protocol.SearchHit {
	c := &h.Head
	out := protocol.SearchHit{
		ConversationID: string(c.ID), ProtocolNumber: c.Protocol, State: string(c.State), Queue: w.queue(c.Queue),
		Channel: w.channel(c.Channel), Contact: contactRef(c.Contact), Excerpt: h.Excerpt,
	}
	if h.Note != nil {
		out.Kind, out.ID, out.Author, out.At = "note", string(h.Note.ID), author(h.Note.Author), protocol.At(h.Note.At)
		return out
	}
	out.Kind, out.ID, out.Seq, out.Author, out.At = "message", string(h.Message.ID), int64(h.Message.Seq), author(h.Message.Author), protocol.At(h.Message.At)
	return out
}
