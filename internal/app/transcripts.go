package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones by name, on every machine the same

	"pronto/dispatch"
	"pronto/internal/transcript"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// transcripts composes the documents of conversations.
type transcripts struct {
	*conversations
	people *contacts
	zone   *time.Location // when the request names none
	room   chan struct{}
}

// maxTranscripts is how many documents are composed at once; one takes a core while its reader keeps up.
const maxTranscripts = 4

func newTranscripts(c *conversations, people *contacts, zone *time.Location) *transcripts {
	return &transcripts{conversations: c, people: people, zone: zone, room: make(chan struct{}, maxTranscripts)}
}

// Write streams the document of a conversation to w.
func (t *transcripts) Write(ctx context.Context, w io.Writer, id dispatch.ConversationID, o transport.TranscriptOptions) error {
	options, err := t.options(o)
	if err != nil {
		return err
	}
	select {
	case t.room <- struct{}{}:
		defer func() { <-t.room }()
	default:
		return &transport.Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}
	}
	s, err := t.load(id)
	if err != nil {
		return err
	}
	if o.Zone == "" {
		options.Zone = t.zoneAt(s.Queue)
	}
	d, err := t.document(ctx, &s)
	if err != nil {
		return err
	}
	return transcript.Write(w, d, options)
}

func (t *transcripts) options(o transport.TranscriptOptions) (transcript.Options, error) {
	out := transcript.Options{Notes: o.Notes, Zone: t.zone}
	var known bool
	if out.Language, known = transcript.ParseLanguage(o.Language); !known {
		return out, fieldRefusal("query/lang", protocol.FieldNotAllowed)
	}
	if o.Zone == "" {
		return out, nil
	}
	var err error
	if out.Zone, err = zoneOf(o.Zone); err != nil {
		return out, fieldRefusal("query/zone", protocol.FieldInvalid)
	}
	return out, nil
}

// zoneAt is the time zone of a queue's opening hours; the server's where it has none.
func (t *transcripts) zoneAt(queue dispatch.QueueID) *time.Location {
	q := t.catalog.now.Load().queues[queue]
	if q == nil || q.HoursID == "" {
		return t.zone
	}
	doc, err := t.db.Document(transport.KindBusinessHours, q.HoursID)
	var hours protocol.BusinessHours
	if err != nil || json.Unmarshal(doc.Body, &hours) != nil {
		return t.zone
	}
	zone, err := zoneOf(hours.TimeZone)
	if err != nil {
		return t.zone
	}
	return zone
}

// zoneOf finds a time zone by its IANA name; this machine's own has no name.
func zoneOf(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, errors.New("Local is not the name of a time zone")
	}
	return time.LoadLocation(name)
}

// document is the conversation as of the state that was read: what happens meanwhile is not in it.
func (t *transcripts) document(ctx context.Context, s *dispatch.ConversationSnapshot) (*transcript.Document, error) {
	_, channel := t.catalog.Channel(s.Channel)
	d := &transcript.Document{
		Protocol: s.Protocol, State: s.State, Queue: t.catalog.QueueName(s.Queue), Subject: s.Subject, Channel: channel,
		Contact: transcript.Contact{Name: s.Contact.Name}, Entered: s.OpenedAt, Closed: s.ClosedAt, Script: t.script(s),
		Entries: t.entries(ctx, s),
	}
	if err := t.contact(ctx, s, d); err != nil {
		return nil, err
	}
	for r, err := range t.records(ctx, s) {
		if err != nil {
			return nil, err
		}
		t.owned(d, r)
		d.AsOf = r.Time
	}
	return d, nil
}

// contact adds what is known of the contact; one that is gone is shown as it was.
func (t *transcripts) contact(ctx context.Context, s *dispatch.ConversationSnapshot, d *transcript.Document) error {
	c, err := t.people.Get(ctx, s.Contact.ID)
	var refused *transport.Refusal
	if errors.As(err, &refused) && refused.Code == protocol.CodeNotFound {
		if s.Contact.Identity != "" {
			d.Contact.Identities = []transcript.Identity{{Value: s.Contact.Identity}}
		}
		return nil
	}
	if err != nil {
		return err
	}
	identities := func(list []protocol.Identity) (out []transcript.Identity) {
		for _, i := range list {
			out = append(out, transcript.Identity{Kind: i.Kind, Value: i.Value})
		}
		return out
	}
	d.Contact.Identities, d.Contact.Documents = identities(c.Identities), identities(c.Documents)
	return nil
}

// maxOwners bounds the list of agents: the first ones of a conversation that went through more hands.
const maxOwners = 100

// owned notes who got the conversation with a record.
func (t *transcripts) owned(d *transcript.Document, r storage.Recorded) {
	var agent dispatch.AgentID
	switch r := r.Record.(type) {
	case dispatch.OfferAccepted:
		agent = r.Agent
	case dispatch.ConversationAssigned:
		agent = r.Agent
	case dispatch.ConversationTakenOver:
		agent = r.Agent
	default:
		return
	}
	if d.Accepted.IsZero() {
		d.Accepted = r.Time
	}
	if len(d.Agents) < maxOwners {
		d.Agents = append(d.Agents, transcript.Owner{Name: t.catalog.AgentName(agent), Since: r.Time})
	}
}

// records walks the records that are in the state.
func (t *transcripts) records(ctx context.Context, s *dispatch.ConversationSnapshot) iter.Seq2[storage.Recorded, error] {
	return func(yield func(storage.Recorded, error) bool) {
		for after := uint64(0); after < s.Version; {
			page, err := t.db.Records(s.ID, after, recordPage)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(storage.Recorded{}, err)
				return
			}
			for _, r := range page {
				if r.Ordinal > s.Version || !yield(r, nil) {
					return
				}
				after = r.Ordinal
			}
			if len(page) < recordPage {
				return
			}
		}
	}
}

// entries walks messages and notes in the order in which they became durable.
func (t *transcripts) entries(ctx context.Context, s *dispatch.ConversationSnapshot) iter.Seq2[transcript.Entry, error] {
	return func(yield func(transcript.Entry, error) bool) {
		quotes := recentQuotes{}
		for r, err := range t.records(ctx, s) {
			if err != nil {
				yield(transcript.Entry{}, err)
				return
			}
			var e transcript.Entry
			switch r := r.Record.(type) {
			case dispatch.MessageAppended:
				e = t.message(s, &r.Message)
				e.Quote = quotes.of(r.Message.ReplyTo)
				quotes.keep(&r.Message)
			case dispatch.NoteAdded:
				if r.Note.Whisper { // it is between the owner and the supervisors
					continue
				}
				e = transcript.Entry{Note: true, Author: r.Note.Author, Text: r.Note.Text, At: r.Note.At}
			default:
				continue
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (t *transcripts) message(s *dispatch.ConversationSnapshot, m *dispatch.Chat) transcript.Entry {
	e := transcript.Entry{Author: m.Author, Text: m.Text, At: m.At, Delivery: s.Delivery(m.Seq)}
	if m.Redacted {
		e.Redacted = m.ChangedAt
	} else {
		e.Edited = m.ChangedAt
	}
	for _, id := range m.Attachments {
		a := names{t.catalog, t.db}.Attachment(id)
		e.Attachments = append(e.Attachments, transcript.Attachment{Name: firstOf(a.Name, a.ID), Type: a.Type, Size: a.Size})
	}
	return e
}

// recentQuotes remembers the last messages for those that answer them.
type recentQuotes struct {
	ids    []dispatch.MessageID
	quotes []transcript.Quote
}

const (
	keptQuotes = 200
	quoteBytes = 400
)

func (q *recentQuotes) keep(m *dispatch.Chat) {
	text := m.Text[:min(len(m.Text), quoteBytes)]
	quote := transcript.Quote{Author: strings.Clone(m.Author.Name), Text: strings.ToValidUTF8(strings.Clone(text), "")}
	if len(q.ids) < keptQuotes {
		q.ids, q.quotes = append(q.ids, m.ID), append(q.quotes, quote)
		return
	}
	at := int(m.Seq % keptQuotes)
	q.ids[at], q.quotes[at] = m.ID, quote
}

func (q *recentQuotes) of(id dispatch.MessageID) *transcript.Quote {
	if i := slices.Index(q.ids, id); i >= 0 && id != "" {
		return &q.quotes[i]
	}
	return nil
}

// script is the filled script with the words that it has in the configuration now; ids without words stand for
// themselves.
func (t *transcripts) script(s *dispatch.ConversationSnapshot) *transcript.Script {
	if s.Script == nil {
		return nil
	}
	out := &transcript.Script{Reason: []string{s.Script.Reason}, Resolved: s.Script.Resolved, Automatic: s.Script.Automatic}
	var questions []protocol.Question
	for _, known := range append(t.catalog.Scripts([]dispatch.QueueID{s.Queue}), t.catalog.Scripts(nil)...) {
		if path := pathTo(known.Reasons, s.Script.Reason); path != nil {
			out.Name, out.Reason, questions = known.Name, path, known.Questions
			break
		}
	}
	left := make(map[string]string, len(s.Script.Answers))
	for id, value := range s.Script.Answers {
		left[id] = value
	}
	for _, q := range questions {
		if value, answered := left[q.ID]; answered {
			out.Answers = append(out.Answers, transcript.Answer{Question: q.Label, Value: value})
			delete(left, q.ID)
		}
	}
	var ids []string
	for id := range left {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		out.Answers = append(out.Answers, transcript.Answer{Question: id, Value: left[id]})
	}
	return out
}

// pathTo is the labels from the root of the tree to the reason, or nil.
func pathTo(reasons []protocol.Reason, id string) []string {
	for _, r := range reasons {
		if r.ID == id {
			return []string{r.Label}
		}
		if rest := pathTo(r.Children, id); rest != nil {
			return append([]string{r.Label}, rest...)
		}
	}
	return nil
}
