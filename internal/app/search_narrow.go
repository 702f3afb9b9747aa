package app

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"pronto/dispatch"
	"pronto/internal/words"
	"pronto/storage"
	"pronto/transport"
)

// narrow finds the conversations that a search can be about at most, where an index knows them: those of a contact, with a
// tag, in an open state, of a queue, a channel or an agent; and those that an agent may read.
func (k *seeker) narrow() error {
	if err := k.serve(); err != nil {
		return err
	}
	if k.p.Role == roleAgent {
		if err := k.readable(); err != nil {
			return err
		}
	}
	f := &k.filter
	var lists []listing
	list := func(most int, all ...storage.Listing) {
		lists = append(lists, listing{k.listed(all), most, fmt.Sprint(all)})
	}
	if f.Contact != "" {
		var err error
		if k.of, err = k.people.kin(f.Contact); err != nil {
			return err
		}
		list(maxOf, storage.Listing{Contacts: k.of})
	}
	for _, tag := range f.Tags {
		list(maxWith, storage.Listing{Tag: tag})
	}
	if len(f.States) > 0 && !slices.Contains(f.States, dispatch.ConversationClosed) {
		var open []storage.Listing
		for _, state := range f.States {
			open = append(open, storage.Listing{State: state})
		}
		list(maxWith, open...)
	}
	if f.Queue != "" {
		list(maxWith, storage.Listing{Queue: f.Queue})
	}
	if f.Channel != "" {
		list(maxWith, storage.Listing{Channel: f.Channel})
	}
	if f.Agent != "" {
		list(maxOf, storage.Listing{Owned: f.Agent})
	}
	return k.narrowBy(lists)
}

// listing calls add with every conversation of a list, which is of use if it has no more than most.
type listing struct {
	each func(add func(dispatch.ConversationID) error) error
	most int
	name string // unique
}

// longLists remembers which lists were too long for a while: reading one up to its limit costs more than most pages. The zero
// value is ready.
type longLists struct {
	mu    sync.Mutex
	until map[string]time.Time
}

const (
	longFor   = time.Hour
	longNames = 10_000 // then all are forgotten
)

func (l *longLists) has(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Before(l.until[name])
}

func (l *longLists) add(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until == nil || len(l.until) >= longNames {
		l.until = map[string]time.Time{}
	}
	l.until[name] = time.Now().Add(longFor)
}

// How many conversations a list may have by which a search is narrowed. Reading one of them costs about 2 µs, looking at a
// conversation 50 µs: the longer a list, the more of those that are met pass anyway.
const (
	fewListed = 1_000
	maxWith   = 12_000 // with a tag, open, or of a queue or channel: a larger share of all than what follows
	maxOf     = 50_000 // of one contact or agent
)

// listed is one list of all conversations of several.
func (k *seeker) listed(all []storage.Listing) func(add func(dispatch.ConversationID) error) error {
	return func(add func(dispatch.ConversationID) error) error {
		stopped := false
		for _, l := range all {
			err := k.db.Conversations(l, func(id dispatch.ConversationID) error {
				err := add(id)
				stopped = errors.Is(err, storage.ErrStop)
				return err
			})
			if err != nil || stopped {
				return err
			}
		}
		return nil
	}
}

// narrowBy takes the short lists, and long ones only where there is nothing else.
func (k *seeker) narrowBy(lists []listing) error {
	for _, few := range []int{fewListed, maxOf} {
		for _, l := range lists {
			if k.long.has(l.name) {
				continue
			}
			kept, err := k.keep(l.each, min(few, l.most))
			if err != nil {
				return err
			}
			if !kept && few >= l.most {
				k.long.add(l.name)
			}
		}
		if k.among != nil {
			break
		}
	}
	return nil
}

const roleAgent = "agent"

// keep leaves the conversations of a list among those that come into question. A list that is too long leaves all: each
// conversation is looked at then.
func (k *seeker) keep(list func(add func(dispatch.ConversationID) error) error, most int) (kept bool, err error) {
	found, before, read := map[dispatch.ConversationID]bool{}, k.among, 0
	err = list(func(id dispatch.ConversationID) error {
		if read++; read > most {
			return storage.ErrStop
		}
		if before == nil || before[id] {
			found[id] = true
		}
		return nil
	})
	if err == nil && read <= most {
		k.among, kept = found, true
	}
	return kept, err
}

// serve finds the contacts whom the principal serves now: it may read their past.
func (k *seeker) serve() error {
	if k.p.Agent == "" {
		return nil
	}
	k.served = map[dispatch.ContactID]bool{}
	slots, err := k.db.AgentSlots(k.p.Agent)
	for i := range slots {
		id := slots[i].Head.Contact.ID
		if slots[i].Kind != dispatch.SlotOwned || k.served[id] {
			continue
		}
		kin, err := k.people.kin(id)
		if err != nil {
			return err
		}
		for _, id := range kin {
			k.served[id] = true
		}
	}
	return err
}

// readable are the conversations that an agent ever owned, and the past of the contacts whom it serves.
func (k *seeker) readable() error {
	_, err := k.keep(func(add func(dispatch.ConversationID) error) error {
		err := k.db.Conversations(storage.Listing{Owned: k.p.Agent}, add)
		for contact := range k.served {
			if err == nil {
				err = k.db.Conversations(storage.Listing{Contacts: []dispatch.ContactID{contact}}, add)
			}
		}
		return err
	}, maxOf)
	return err
}

// few says whether reading every text of the conversations that come into question costs less than the rows of the words.
func (k *seeker) few() (bool, error) {
	if k.among == nil || len(k.among) > fewAmong {
		return false, nil
	}
	records := uint64(0)
	for id := range k.among {
		n, _, err := k.db.Count(string(id))
		if err != nil {
			return false, err
		}
		records += n
	}
	return records <= fewRecords, nil
}

// listByText lists the conversations that have a message or note with every word, those first whose latest such text is
// the newest.
func (c *conversations) listByText(p transport.Principal, f transport.Filter) (page []transport.Conversation, next string, err error) {
	k, err := newSeeker(c, p, f)
	if err != nil {
		return nil, "", err
	}
	k.texts.From = f.From // what was written in a conversation was written after it was opened
	listed := map[dispatch.ConversationID]bool{}
	err = k.seek(func(c *transport.Conversation, _ storage.FoundText, _ []words.Span) (bool, error) {
		id := c.Head.ID
		if listed[id] {
			return false, nil
		}
		listed[id] = true
		if earlier, err := k.before(id); err != nil || earlier {
			return false, err
		}
		page = append(page, *c)
		return len(page) == f.Limit, nil
	})
	return page, encodePlace(k.next), err
}

// before says whether an earlier page listed the conversation: it has a newer text that matches.
func (k *seeker) before(id dispatch.ConversationID) (found bool, err error) {
	if k.texts.Start == nil {
		return false, nil
	}
	k.work.Spend(storage.WorkOfHead)
	var m words.Matcher
	err = k.db.TextsOf(id, func(p storage.TextPlace, t storage.FoundText) error {
		if bytes.Compare(p.Key(), k.texts.Start) >= 0 {
			return nil
		}
		if _, ok := m.Match(&k.texts.Query, t.Text); ok {
			found = true
			return storage.ErrStop
		}
		return nil
	})
	return found, err
}
