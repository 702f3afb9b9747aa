package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/words"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

const (
	searchWork   = 150_000 // of one page: about 50 ms when nothing is in memory yet
	fewAmong     = 64      // of so few conversations, every text is read
	fewRecords   = 4_000   // if they have no more records
	maxBegins    = 4       // beginnings of words in one query
	excerptBytes = 200
)

// search finds messages and notes through the rows of their words.
type search struct{ *conversations }

var textKinds = map[string]storage.TextKind{
	"contact": storage.TextOfContact, "agent": storage.TextOfAgent, "server": storage.TextOfServer, "note": storage.TextNote,
}

func (s search) Texts(_ context.Context, p transport.Principal, q transport.TextQuery) ([]transport.Hit, string, error) {
	f := q.Filter
	f.From, f.To = time.Time{}, time.Time{}
	k, err := newSeeker(s.conversations, p, f)
	if err != nil {
		return nil, "", err
	}
	for _, author := range q.Authors {
		k.texts.Kinds |= textKinds[author]
	}
	k.texts.From, k.texts.To = q.From, q.To
	err = k.seek(func(c *transport.Conversation, t storage.FoundText, spans []words.Span) (bool, error) {
		if (gate{}).Can(p, transport.ActReadTalk, c.Object) != nil {
			return false, nil
		}
		k.page = append(k.page, transport.Hit{Conversation: *c, Message: t.Message, Note: t.Note, Excerpt: excerpt(t.Text, spans)})
		return len(k.page) == q.Limit, nil
	})
	return k.page, encodePlace(k.next), err
}

func excerpt(text string, spans []words.Span) protocol.Excerpt {
	cut := words.Cut(text, spans, excerptBytes)
	out := protocol.Excerpt{Text: cut.Text, Highlights: make([]protocol.Highlight, len(cut.Highlights))}
	for i, h := range cut.Highlights {
		out.Highlights[i] = protocol.Highlight{Start: h.Start, End: h.End}
	}
	return out
}

func encodePlace(next []byte) string { return base64.RawURLEncoding.EncodeToString(next) }

func decodePlace(cursor string) ([]byte, error) {
	if cursor == "" {
		return nil, nil
	}
	next, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || !storage.IsTextPlace(next) {
		return nil, fieldRefusal("query/cursor", protocol.FieldInvalid)
	}
	return next, nil
}

// parseWords reads what is looked for. One letter alone says too little.
func parseWords(text string) (words.Query, error) {
	q, err := words.Parse(text)
	begins := 0
	for _, t := range q.Terms {
		if t.Prefix {
			begins++
		}
	}
	switch {
	case err != nil, begins > maxBegins:
		return q, fieldRefusal("query/q", protocol.FieldTooLong)
	case q.Empty(), len(q.Terms) == 1 && len(q.Terms[0].Words) == 1 && len(q.Terms[0].Words[0]) < 2:
		return q, fieldRefusal("query/q", protocol.FieldTooShort)
	}
	return q, nil
}

// seeker is one page of a search.
type seeker struct {
	*conversations
	p       transport.Principal
	filter  transport.Filter     // about conversations
	of      []dispatch.ContactID // that are one with the filter's contact
	texts   storage.TextSearch
	work    storage.Work
	among   map[dispatch.ConversationID]bool // nil: any
	served  map[dispatch.ContactID]bool      // by the principal, now
	heads   map[dispatch.ConversationID]*transport.Conversation
	states  map[dispatch.ConversationID]*dispatch.ConversationSnapshot
	matcher words.Matcher
	page    []transport.Hit
	next    []byte
}

// taker is told of each text that matches; full: the page ends with it.
type taker func(c *transport.Conversation, t storage.FoundText, spans []words.Span) (full bool, err error)

func newSeeker(c *conversations, p transport.Principal, f transport.Filter) (*seeker, error) {
	k := &seeker{conversations: c, p: p, filter: f, work: searchWork, heads: map[dispatch.ConversationID]*transport.Conversation{},
		states: map[dispatch.ConversationID]*dispatch.ConversationSnapshot{}}
	var err error
	if k.texts.Query, err = parseWords(f.Text); err != nil {
		return nil, err
	}
	if k.texts.Start, err = decodePlace(f.Cursor); err != nil {
		return nil, err
	}
	return k, k.narrow()
}

// seek walks along the rows of the words, or through the texts of few conversations.
func (k *seeker) seek(take taker) error {
	few, err := k.few()
	if err != nil {
		return err
	}
	if few {
		return k.readAll(take)
	}
	k.texts.Among = k.among
	k.next, err = k.db.SearchTexts(&k.texts, &k.work, func(p storage.TextPlace) error {
		full, err := k.look(p, take)
		if err == nil && full {
			return storage.ErrStop
		}
		return err
	})
	if errors.Is(err, storage.ErrTooMany) {
		return fieldRefusal("query/q", protocol.FieldTooShort)
	}
	return err
}

// look asks what costs least first.
func (k *seeker) look(p storage.TextPlace, take taker) (full bool, err error) {
	c, err := k.head(p.Conversation)
	if err != nil || c == nil {
		return false, err
	}
	k.work.Spend(storage.WorkOfText)
	t, err := k.db.TextAt(p, k.states[p.Conversation])
	if err != nil {
		return false, err
	}
	return k.give(c, t, take)
}

func (k *seeker) give(c *transport.Conversation, t storage.FoundText, take taker) (full bool, err error) {
	spans, ok := k.matcher.Match(&k.texts.Query, t.Text)
	if !ok {
		return false, nil
	}
	return take(c, t, spans)
}

// head loads a conversation once; nil: the filter does not let it pass.
func (k *seeker) head(id dispatch.ConversationID) (*transport.Conversation, error) {
	if c, ok := k.heads[id]; ok {
		return c, nil
	}
	k.work.Spend(storage.WorkOfHead)
	s, _, err := k.db.LoadConversation(id)
	if err != nil {
		return nil, err
	}
	k.heads[id] = nil
	if s.State != dispatch.ConversationNone && matches(&s, &k.filter, k.of) {
		c := k.view(&s, k.p)
		c.Object.History = k.served[s.Contact.ID]
		k.heads[id], k.states[id] = &c, &s
	}
	return k.heads[id], nil
}

// readAll reads every text of the conversations.
func (k *seeker) readAll(take taker) error {
	type text struct {
		key []byte
		c   *transport.Conversation
		storage.FoundText
	}
	var all []text
	for id := range k.among {
		c, err := k.head(id)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		err = k.db.TextsOf(id, func(p storage.TextPlace, t storage.FoundText) error {
			if key := p.Key(); k.texts.Takes(&p) && bytes.Compare(key, k.texts.Start) >= 0 {
				all = append(all, text{key, c, t})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	slices.SortFunc(all, func(a, b text) int { return bytes.Compare(a.key, b.key) })
	for _, t := range all {
		if full, err := k.give(t.c, t.FoundText, take); err != nil || full {
			k.next = append(t.key, 0)
			return err
		}
	}
	return nil
}
