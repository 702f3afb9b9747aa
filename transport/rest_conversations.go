package transport

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

type listIn struct {
	PageQuery
	State   string `query:"state" maxLength:"64" doc:"queued, offered, active, wrapup, closed or several, separated by commas"`
	Queue   string `query:"queue_id" maxLength:"64" doc:"que_…"`
	Agent   string `query:"agent_id" maxLength:"64" doc:"agt_…: the owner, or the last one"`
	Contact string `query:"contact_id" maxLength:"64" doc:"con_…"`
	Channel string `query:"channel_id" maxLength:"64" doc:"chn_…"`
	Tag     string `query:"tag" maxLength:"500" doc:"A tag, or several that it must all have, separated by commas"`
	From    string `query:"from" maxLength:"40" format:"date-time" doc:"Opened at or after"`
	To      string `query:"to" maxLength:"40" format:"date-time" doc:"Opened before"`
	Text    string `query:"q" maxLength:"200" doc:"Words that one of its messages or notes must all have, as in GET /search; those first whose latest such text is the newest"`
}

type afterIn struct {
	ID     string `path:"id" maxLength:"64" doc:"cnv_…"`
	After  int64  `query:"after_seq" minimum:"0" doc:"Only what follows this seq"`
	Cursor int64  `query:"cursor" minimum:"0" doc:"next_cursor of the last page; the same as after_seq"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"At most so many"`
}

type notesIn struct {
	PageQuery
	ID string `path:"id" maxLength:"64" doc:"cnv_…"`
}

func (s *Server) registerConversations() {
	const path, tag = "/conversations", "conversations"
	read := func(path, summary string, action Action) route {
		return route{method: http.MethodGet, path: path, tag: tag, summary: summary, action: action, late: true}
	}
	handle(s, route{method: http.MethodGet, path: path, tag: tag, summary: "List, newest first: an agent's own, a supervisor's teams'", action: ActListTalks}, s.listConversations)
	handle(s, read(path+"/{id}", "Read one", ActReadTalk), s.getConversation)
	handle(s, read(path+"/{id}/messages", "Messages in order", ActReadTalk), s.listMessages)
	handle(s, read(path+"/{id}/events", "Every durable record in order", ActReadTalk), s.listRecords)
	handle(s, read(path+"/{id}/notes", "Internal notes in order", ActReadTalk), s.listNotes)
	s.registerTranscript()
	s.registerConversationCommands()
}

// readable finds a conversation that the principal may read.
func (s *Server) readable(ctx context.Context, id string) (Conversation, error) {
	known, err := conversationID(id)
	if err != nil {
		return Conversation{}, err
	}
	p := callOf(ctx).principal
	c, err := s.o.Conversations.Get(ctx, p, known)
	if err != nil {
		return Conversation{}, err
	}
	if err := s.o.Gate.Can(p, ActReadTalk, c.Object); err != nil {
		return c, err
	}
	return c, s.reads(ctx, readOf{c.Head.Contact.ID, c.Object})
}

func (s *Server) listConversations(ctx context.Context, in *listIn) (*bodyOf[protocol.Page[protocol.ConversationHead]], error) {
	f, err := filterOf(in)
	if err != nil {
		return nil, err
	}
	return s.conversationPage(ctx, f)
}

// maxEmptyPages bounds how many pages without anything readable one request reads.
const maxEmptyPages = 20

// conversationPage reads pages until one holds something that the gate lets the principal read.
func (s *Server) conversationPage(ctx context.Context, f Filter) (*bodyOf[protocol.Page[protocol.ConversationHead]], error) {
	p := callOf(ctx).principal
	page := protocol.Page[protocol.ConversationHead]{Items: []protocol.ConversationHead{}}
	var told []readOf
	for range maxEmptyPages {
		found, next, err := s.o.Conversations.List(ctx, p, f)
		if err != nil {
			return nil, err
		}
		for i := range found {
			if s.o.Gate.Can(p, ActReadTalk, found[i].Object) == nil {
				page.Items = append(page.Items, wire{s.o.Catalog}.head(&found[i].Head))
				told = append(told, readOf{found[i].Head.Contact.ID, found[i].Object})
			}
		}
		page.NextCursor, f.Cursor = next, next
		if next == "" || len(page.Items) > 0 {
			break
		}
	}
	return answer(page), s.reads(ctx, told...)
}

var states = []dispatch.ConversationState{
	dispatch.ConversationQueued, dispatch.ConversationOffered, dispatch.ConversationActive,
	dispatch.ConversationWrapup, dispatch.ConversationClosed,
}

func filterOf(in *listIn) (Filter, error) {
	f := Filter{
		Queue: dispatch.QueueID(in.Queue), Agent: dispatch.AgentID(in.Agent), Contact: dispatch.ContactID(in.Contact),
		Channel: dispatch.ChannelID(in.Channel), Text: strings.TrimSpace(in.Text), Cursor: in.Cursor, Limit: in.Limit,
	}
	if in.State != "" {
		for _, name := range strings.Split(in.State, ",") {
			state := dispatch.ConversationState(name)
			if !slices.Contains(states, state) {
				return Filter{}, refuseField("query/state", protocol.FieldNotAllowed)
			}
			f.States = append(f.States, state)
		}
	}
	for _, text := range strings.Split(in.Tag, ",") {
		tag, ok := dispatch.NormalTag(text)
		switch {
		case ok:
			f.Tags = append(f.Tags, tag)
		case in.Tag != "":
			return Filter{}, refuseField("query/tag", protocol.FieldInvalid)
		}
	}
	var err error
	if f.From, err = queryTime("query/from", in.From); err != nil {
		return Filter{}, err
	}
	f.To, err = queryTime("query/to", in.To)
	return f, err
}

func queryTime(pointer, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, refuseField(pointer, protocol.FieldTime)
	}
	return t, nil
}

func (s *Server) getConversation(ctx context.Context, in *getIn) (*bodyOf[protocol.ConversationHead], error) {
	c, err := s.readable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := answer(wire{s.o.Catalog}.head(&c.Head))
	out.ETag = etag(out.Body.Version)
	return out, nil
}

func (s *Server) listMessages(ctx context.Context, in *afterIn) (*bodyOf[protocol.Page[protocol.Message]], error) {
	c, err := s.readable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	messages, err := s.o.Conversations.Messages(ctx, c.Head.ID, uint64(max(in.After, in.Cursor)), in.Limit)
	if err != nil {
		return nil, err
	}
	page := protocol.Page[protocol.Message]{Items: make([]protocol.Message, len(messages))}
	for i := range messages {
		page.Items[i] = wire{s.o.Catalog}.message(c.Head.ID, &messages[i])
	}
	if n := len(messages); n == in.Limit {
		page.NextCursor = strconv.FormatUint(messages[n-1].Seq, 10)
	}
	return answer(page), nil
}

func (s *Server) listRecords(ctx context.Context, in *afterIn) (*bodyOf[protocol.Page[protocol.Record]], error) {
	c, err := s.readable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	records, err := s.o.Conversations.Records(ctx, c.Head.ID, uint64(max(in.After, in.Cursor)), in.Limit)
	if err != nil {
		return nil, err
	}
	page := protocol.Page[protocol.Record]{Items: make([]protocol.Record, 0, len(records))}
	rating, whispers := c.Object.SeesRating(callOf(ctx).principal), s.seesWhispers(callOf(ctx).principal, &c)
	for i := range records {
		if _, rated := records[i].Record.(dispatch.ConversationRated); rated && !rating || whispered(records[i].Record) && !whispers {
			continue
		}
		if r, shown := (wire{s.o.Catalog}).record(c.Head.ID, &records[i]); shown {
			page.Items = append(page.Items, r)
		}
	}
	if n := len(records); n == in.Limit {
		page.NextCursor = strconv.FormatUint(records[n-1].Seq, 10)
	}
	return answer(page), nil
}

func (s *Server) listNotes(ctx context.Context, in *notesIn) (*bodyOf[protocol.Page[protocol.Note]], error) {
	c, err := s.readable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	notes, next, err := s.o.Conversations.Notes(ctx, c.Head.ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	page := protocol.Page[protocol.Note]{Items: make([]protocol.Note, 0, len(notes)), NextCursor: next}
	whispers := s.seesWhispers(callOf(ctx).principal, &c)
	for i := range notes {
		if whispers || !notes[i].Whisper {
			page.Items = append(page.Items, note(c.Head.ID, &notes[i]))
		}
	}
	return answer(page), nil
}
