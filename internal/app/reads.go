package app

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/internal/access"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// conversations is the reading side of REST.
type conversations struct {
	db      *storage.DB
	catalog *catalog
	people  *contacts
	long    longLists
}

func (c *conversations) Get(_ context.Context, p transport.Principal, id dispatch.ConversationID) (transport.Conversation, error) {
	s, err := c.load(id)
	if err != nil {
		return transport.Conversation{}, err
	}
	out := c.view(&s, p)
	switch {
	case p.Role == string(access.RoleVisitor):
		out.Object.Contact, err = c.db.RootContact(s.Contact.ID)
	case !out.Object.Former && p.Agent != "" && s.Owner != p.Agent:
		out.Object.History, err = c.owns(p.Agent, s.Contact.ID)
	}
	return out, err
}

func (c *conversations) load(id dispatch.ConversationID) (dispatch.ConversationSnapshot, error) {
	s, _, err := c.db.LoadConversation(id)
	switch {
	case errors.Is(err, storage.ErrInvalid):
		return s, transport.Refuse(protocol.CodeNotFound)
	case err != nil:
		return s, err
	case s.State == dispatch.ConversationNone:
		return s, transport.Refuse(protocol.CodeNotFound)
	}
	return s, nil
}

// view is the head with what the gate needs.
func (c *conversations) view(s *dispatch.ConversationSnapshot, p transport.Principal) transport.Conversation {
	h := s.Head()
	h.ScriptRequired = c.catalog.Rules(s.Queue, s.Channel).ScriptRequired
	o := transport.Object{Owner: s.Owner, Queues: []dispatch.QueueID{s.Queue}, Channel: s.Channel, Contact: s.Contact.ID}
	if s.State == dispatch.ConversationClosed {
		o.Owner = s.LastOwner
	}
	if s.Offer != nil {
		o.OfferedTo = s.Offer.Agent
	}
	o.Former = p.Agent != "" && (s.LastOwner == p.Agent || slices.ContainsFunc(s.Handed, func(h dispatch.Handover) bool { return h.From == p.Agent }))
	if !o.SeesRating(p) {
		h.Rating = nil
	}
	return transport.Conversation{Head: h, Object: o}
}

// owns reports whether the agent has an open conversation of the contact.
func (c *conversations) owns(agent dispatch.AgentID, contact dispatch.ContactID) (bool, error) {
	if agent == "" {
		return false, nil
	}
	slots, err := c.db.AgentSlots(agent)
	if err != nil || len(slots) == 0 {
		return false, err
	}
	return c.people.serves(slots, contact)
}

// maxExamined bounds how many conversations one page looks at; a page that ends there has a cursor to go on.
const maxExamined = 2000

func (c *conversations) List(_ context.Context, p transport.Principal, f transport.Filter) (page []transport.Conversation, next string, err error) {
	if f.Text != "" {
		return c.listByText(p, f)
	}
	l, served, err := c.listing(p, &f)
	if err != nil {
		return nil, "", err
	}
	examined := 0
	err = c.db.Conversations(l, func(id dispatch.ConversationID) error {
		s, _, err := c.db.LoadConversation(id)
		if err != nil {
			return err
		}
		examined++
		if matches(&s, &f, l.Contacts) {
			page = append(page, c.view(&s, p))
			page[len(page)-1].Object.History = served
		}
		if !f.From.IsZero() && s.OpenedAt.Before(f.From) {
			return storage.ErrStop
		}
		if len(page) == f.Limit || examined == maxExamined {
			next = string(id)
			return storage.ErrStop
		}
		return nil
	})
	return page, next, err
}

// listing chooses the index that a list reads; served: the principal reads the past of whom it serves.
func (c *conversations) listing(p transport.Principal, f *transport.Filter) (l storage.Listing, served bool, err error) {
	l.Before = dispatch.ConversationID(f.Cursor)
	if f.Contact != "" {
		if l.Contacts, err = c.people.kin(f.Contact); err != nil {
			return l, false, err
		}
		served, err = c.owns(p.Agent, f.Contact)
		return l, served, err
	}
	if len(f.States) == 1 {
		l.State = f.States[0]
	}
	if f.Agent != "" && (l.State == dispatch.ConversationActive || l.State == dispatch.ConversationWrapup) {
		l.Agent = f.Agent
		return l, false, nil
	}
	if len(f.Tags) > 0 {
		l.Tag = f.Tags[0]
	}
	// The folder of an earlier release has these rows for all only once it is indexed.
	built, err := c.db.SearchBuilt()
	if err == nil && built {
		l.Owned, l.Queue, l.Channel = f.Agent, f.Queue, f.Channel
	}
	return l, false, err
}

// matches asks for what an index may not have asked for; of are the contacts that the filter's is one with.
func matches(s *dispatch.ConversationSnapshot, f *transport.Filter, of []dispatch.ContactID) bool {
	owner := s.Owner
	if s.State == dispatch.ConversationClosed {
		owner = s.LastOwner
	}
	switch {
	case len(f.States) > 0 && !slices.Contains(f.States, s.State),
		f.Queue != "" && s.Queue != f.Queue,
		f.Agent != "" && owner != f.Agent,
		f.Contact != "" && !slices.Contains(of, s.Contact.ID),
		f.Channel != "" && s.Channel != f.Channel,
		slices.ContainsFunc(f.Tags, func(tag string) bool { return !slices.Contains(s.Tags, tag) }),
		!f.From.IsZero() && s.OpenedAt.Before(f.From),
		!f.To.IsZero() && !s.OpenedAt.Before(f.To):
		return false
	}
	return true
}

func (c *conversations) Messages(_ context.Context, id dispatch.ConversationID, after uint64, limit int) ([]dispatch.Chat, error) {
	return c.db.Messages(id, after, limit)
}

func (c *conversations) Message(_ context.Context, id dispatch.ConversationID, seq uint64, message dispatch.MessageID) (dispatch.Chat, error) {
	m, _, err := c.db.Message(id, seq, message)
	return m, err
}

func (c *conversations) Records(_ context.Context, id dispatch.ConversationID, after uint64, limit int) ([]transport.StoredRecord, error) {
	records, err := c.db.Records(id, after, limit)
	return stored(records), err
}

func (c *conversations) Decisions(_ context.Context, id dispatch.ConversationID, after uint64, limit int) ([]transport.StoredRecord, error) {
	records, err := c.db.Decisions(id, after, limit)
	return stored(records), err
}

func stored(records []storage.Recorded) []transport.StoredRecord {
	out := make([]transport.StoredRecord, len(records))
	for i, r := range records {
		out[i] = transport.StoredRecord{Seq: r.Ordinal, At: r.Time, Record: r.Record}
	}
	return out
}

func (c *conversations) Notes(_ context.Context, id dispatch.ConversationID, cursor string, limit int) (notes []dispatch.Note, next string, err error) {
	after := uint64(0)
	if cursor != "" {
		if after, err = strconv.ParseUint(cursor, 10, 64); err != nil {
			return nil, "", fieldRefusal("/cursor", protocol.FieldInvalid)
		}
	}
	for {
		records, err := c.db.Records(id, after, recordPage)
		if err != nil {
			return nil, "", err
		}
		for _, r := range records {
			after = r.Ordinal
			if n, ok := r.Record.(dispatch.NoteAdded); ok {
				notes = append(notes, n.Note)
			}
			if len(notes) == limit {
				return notes, strconv.FormatUint(after, 10), nil
			}
		}
		if len(records) < recordPage {
			return notes, "", nil
		}
	}
}

const recordPage = 256

// directory finds targets of transfers.
type directory struct {
	catalog *catalog
	system  *actors.System
}

func (d directory) Search(_ context.Context, p transport.Principal, text string, limit int) ([]protocol.DirectoryAgent, error) {
	wanted := plain(text)
	var out []protocol.DirectoryAgent
	for id, a := range d.catalog.now.Load().agents {
		if a.Disabled || id == p.Agent || !strings.Contains(plain(a.Name), wanted) {
			continue
		}
		out = append(out, d.describe(id, a))
	}
	slices.SortFunc(out, byAvailability)
	return out[:min(len(out), limit)], nil
}

func (d directory) describe(id dispatch.AgentID, a *protocol.Agent) protocol.DirectoryAgent {
	w := protocol.DirectoryAgent{ID: string(id), Name: a.Name, Dot: "grey", Why: "offline", Capacity: a.Capacity}
	if v, ok := d.system.Presence(id); ok {
		w.Dot, w.Why, w.Load = v.Dot, v.Why, v.Load
		if w.Why == "" {
			w.Why = protocol.WhyAvailable
		}
	}
	return w
}

// do carries out commands of people and programs.
type do struct{ system *actors.System }

// commandTimeout bounds a command over REST: longer than a reservation and a commit can take.
const commandTimeout = 15 * time.Second

func (d do) Do(ctx context.Context, e dispatch.Envelope) (dispatch.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	agent := dispatch.AgentID(e.Cause.Principal)
	if !strings.HasPrefix(e.Cause.Principal, "agt_") {
		agent = ""
	}
	return d.system.Do(ctx, agent, e)
}
