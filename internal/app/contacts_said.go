package app

import (
	"context"
	"errors"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// said is the edge's port to what was said about contacts.
type said struct{ *contacts }

func authorOf(p transport.Principal) dispatch.Author {
	return dispatch.Author{Kind: dispatch.AuthorAgent, ID: p.ID, Name: p.Name}
}

func wireAuthor(a dispatch.Author) protocol.Author {
	return protocol.Author{Kind: string(a.Kind), ID: a.ID, Name: a.Name, Identity: a.Identity}
}

func wireConsent(c *dispatch.Consent) protocol.Consent {
	state := "withdrawn"
	if c.Given {
		state = "given"
	}
	return protocol.Consent{
		Purpose: c.Purpose, State: state, Source: c.Source, Note: c.Note, By: wireAuthor(c.By), At: protocol.At(c.At), RecordedAt: protocol.At(c.RecordedAt),
	}
}

// say adds one record to what was said about the contact, as often as others add theirs in between.
func (c *contacts) say(ctx context.Context, id dispatch.ContactID, record func(now protocol.Time) dispatch.ContactRecord) (dispatch.ContactRecord, error) {
	for range findTries {
		s, err := c.db.LoadContact(id)
		if err != nil {
			return nil, err
		}
		now := c.now()
		r := record(protocol.At(now))
		s.Apply(r)
		err = c.db.SaveContact(ctx, now, &s, []dispatch.ContactRecord{r})
		var stale *storage.Stale
		if errors.As(err, &stale) {
			continue
		}
		return r, documentRefusal(err, nil)
	}
	return nil, &transport.Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}
}

func (s said) AddNote(ctx context.Context, by transport.Principal, id dispatch.ContactID, text string) (protocol.ContactNote, error) {
	id, err := s.known(id)
	if err != nil {
		return protocol.ContactNote{}, err
	}
	note := dispatch.Note{ID: dispatch.NoteID(newID("not", dispatch.PartitionOf(string(id)))), Author: authorOf(by), Text: text}
	_, err = s.say(ctx, id, func(now protocol.Time) dispatch.ContactRecord {
		note.At = now.Time
		return dispatch.ContactNoted{Note: note}
	})
	return wireContactNote(id, &note), err
}

func wireContactNote(id dispatch.ContactID, n *dispatch.Note) protocol.ContactNote {
	return protocol.ContactNote{ID: string(n.ID), ContactID: string(id), Author: wireAuthor(n.Author), Text: n.Text, At: protocol.At(n.At)}
}

// clockSkew is how far a caller's clock may be ahead of ours.
const clockSkew = time.Minute

// AddConsent refuses a word from the future: nothing said later could replace it until then.
func (s said) AddConsent(ctx context.Context, by transport.Principal, id dispatch.ContactID, b protocol.ConsentBody) (protocol.Consent, error) {
	id, err := s.known(id)
	if err != nil {
		return protocol.Consent{}, err
	}
	if now := s.now(); b.At.After(now.Add(clockSkew)) {
		return protocol.Consent{}, fieldRefusal("/at", protocol.FieldRange)
	} else if b.At.After(now) {
		b.At = protocol.At(now)
	}
	consent := dispatch.Consent{Purpose: b.Purpose, Given: b.State == "given", Source: b.Source, Note: b.Note, By: authorOf(by), At: b.At.Time}
	_, err = s.say(ctx, id, func(now protocol.Time) dispatch.ContactRecord {
		consent.RecordedAt = now.Time
		if b.At.IsZero() {
			consent.At = now.Time
		}
		return dispatch.ConsentChanged{Consent: consent}
	})
	if err != nil {
		return protocol.Consent{}, err
	}
	_, err = s.tellAgain(id)
	return wireConsent(&consent), err
}

func (s said) Notes(_ context.Context, id dispatch.ContactID, cursor string, limit int) ([]protocol.ContactNote, string, error) {
	return readSaid(s, id, cursor, limit, func(of dispatch.ContactID, r dispatch.ContactNoted) protocol.ContactNote {
		return wireContactNote(of, &r.Note)
	})
}

func (s said) Consents(_ context.Context, id dispatch.ContactID, cursor string, limit int) ([]protocol.Consent, string, error) {
	return readSaid(s, id, cursor, limit, func(_ dispatch.ContactID, r dispatch.ConsentChanged) protocol.Consent { return wireConsent(&r.Consent) })
}

func (s said) Reveals(_ context.Context, id dispatch.ContactID, cursor string, limit int) ([]protocol.Reveal, string, error) {
	return readSaid(s, id, cursor, limit, func(of dispatch.ContactID, r dispatch.ContactRevealed) protocol.Reveal {
		return protocol.Reveal{ContactID: string(of), By: wireAuthor(r.By), Reason: r.Reason, Pointers: r.What, At: protocol.At(r.At)}
	})
}

// readSaid pages through the records of one type.
func readSaid[R dispatch.ContactRecord, W any](s said, id dispatch.ContactID, cursor string, limit int, wire func(of dispatch.ContactID, r R) W) (page []W, next string, err error) {
	if id, err = s.known(id); err != nil {
		return nil, "", err
	}
	logs, err := s.logs(id, cursor)
	if err != nil {
		return nil, "", err
	}
	for {
		of, r, err := logs.next()
		if err != nil || of == "" {
			return page, "", err
		}
		if typed, ok := r.Record.(R); ok {
			page = append(page, wire(of, typed))
		}
		if len(page) == limit {
			return page, logs.place(of, r.Ordinal), nil
		}
	}
}
