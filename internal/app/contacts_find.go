package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"pronto/internal/contact"
	"pronto/internal/words"
	"pronto/protocol"
	"pronto/storage"
)

// documentWords are the words by which documents are found.
var documentWords = map[string]func([]byte) []string{kindContact: contactWords}

func contactWords(body []byte) []string {
	var d contact.Details
	if json.Unmarshal(body, &d) != nil {
		return nil // not a contact that could be found
	}
	return detailsWords(&d)
}

func detailsWords(d *contact.Details) []string {
	found := contact.Words(d)
	if d.MergedInto != "" {
		found = append(found, mergedWord(d.MergedInto))
	}
	return found
}

const (
	maxCandidates = 2000 // contacts that one page looks at
	maxCounted    = 1000 // rows by which the rarest word is chosen
)

// finder looks for contacts through the rows of the rarest of the wanted words.
type finder struct {
	*contacts
	rules  *contact.Rules
	search contact.Search
	driver int // which of the wanted words is walked along
	limit  int
	page   []protocol.Contact
	next   string
	looked int
}

// Find walks along the rows of one wanted word and looks at each contact once: at the first of its words that fits.
func (c *contacts) Find(_ context.Context, text, cursor string, limit int) ([]protocol.Contact, string, error) {
	if text == "" {
		return c.all(cursor, limit)
	}
	search, err := contact.ParseSearch(text)
	if errors.Is(err, words.ErrTooMany) {
		return nil, "", fieldRefusal("query/q", protocol.FieldTooLong)
	}
	if err != nil || len(search) == 0 {
		return nil, "", err
	}
	f := &finder{contacts: c, rules: c.rules(), search: search, limit: limit}
	if f.driver, err = c.rarest(search); err != nil {
		return nil, "", err
	}
	begin, afterWord, afterID, err := parsePlace(cursor, len(search[f.driver]))
	if err != nil {
		return nil, "", err
	}
	for ; begin < len(search[f.driver]) && f.next == ""; begin++ {
		if err := f.walk(begin, afterWord, afterID); err != nil {
			return nil, "", err
		}
		afterWord, afterID = "", ""
	}
	return f.page, f.next, nil
}

// place is where a page ended: which spelling of the wanted word, and the row.
func place(begin int, word, id string) string {
	return strings.Join([]string{string(rune('0' + begin)), word, id}, ".")
}

func parsePlace(cursor string, spellings int) (begin int, word, id string, err error) {
	if cursor == "" {
		return 0, "", "", nil
	}
	parts := strings.Split(cursor, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || parts[1] == "" || strings.IndexByte(cursor, 0) >= 0 {
		return 0, "", "", fieldRefusal("query/cursor", protocol.FieldInvalid)
	}
	if begin = int(parts[0][0]) - '0'; begin < 0 || begin >= spellings {
		return 0, "", "", fieldRefusal("query/cursor", protocol.FieldInvalid)
	}
	return begin, parts[1], parts[2], nil
}

// rarest chooses the wanted word with the fewest rows, the longest among those that have many.
func (c *contacts) rarest(search contact.Search) (best int, err error) {
	least := maxCounted + 1
	for i, wanted := range search {
		n := 0
		for _, begin := range wanted {
			err := c.db.DocumentsByWord(kindContact, begin, "", "", func(string, string) error {
				if n++; n >= maxCounted {
					return storage.ErrStop
				}
				return nil
			})
			if err != nil {
				return 0, err
			}
		}
		if n < least || n == least && len(wanted[0]) > len(search[best][0]) {
			best, least = i, n
		}
	}
	return best, nil
}

// walk looks at the contacts that have a word with one of the spellings of the driving word.
func (f *finder) walk(begin int, afterWord, afterID string) error {
	spelling := f.search[f.driver][begin]
	return f.db.DocumentsByWord(kindContact, spelling, afterWord, afterID, func(word, id string) error {
		w, ok, err := f.look(begin, word, id)
		if err != nil {
			return err
		}
		if ok {
			f.page = append(f.page, w)
		}
		if f.looked++; len(f.page) == f.limit || f.looked == maxCandidates {
			f.next = place(begin, word, id)
			return storage.ErrStop
		}
		return nil
	})
}

// look takes a contact at the first row through which it, or one that was merged into it, is met, and nowhere else.
func (f *finder) look(begin int, word, id string) (w protocol.Contact, ok bool, err error) {
	n, err := f.node(id)
	if errors.Is(err, storage.ErrNotFound) {
		return w, false, nil // gone meanwhile
	}
	if err != nil {
		return w, false, err
	}
	var known, its []contact.Known
	first := true
	n.All(func(m *contact.Node) {
		knows := f.rules.Known(&m.Details)
		known = append(known, knows...)
		if m.ID == id {
			its = knows
		}
		first = first && !f.earlier(begin, word, m.ID < id, knows)
	})
	if !first || !f.search.Match(known) || !contactHas(its, word, f.search[f.driver][begin]) {
		return w, false, nil
	}
	w, err = f.view(&n, nil)
	return w, err == nil, err
}

// earlier says whether what is known leads to the contact at an earlier row of the walk; before: rows of the same word do.
func (f *finder) earlier(begin int, word string, before bool, known []contact.Known) bool {
	for i, spelling := range f.search[f.driver][:begin+1] {
		for _, k := range known {
			if !(contact.Wanted{spelling}).Has(k) {
				continue
			}
			if i < begin || k.Word < word || before && k.Word == word {
				return true
			}
		}
	}
	return false
}

// contactHas: the row's own word may be one that finds the contact only as a whole.
func contactHas(known []contact.Known, word, spelling string) bool {
	for _, k := range known {
		if k.Word == word && (contact.Wanted{spelling}).Has(k) {
			return true
		}
	}
	return false
}

// all lists every contact that stands for itself, oldest first.
func (c *contacts) all(cursor string, limit int) (page []protocol.Contact, next string, err error) {
	for range maxCandidates / limit {
		wanted := limit - len(page)
		docs, err := c.db.Documents(kindContact, cursor, wanted)
		if err != nil {
			return nil, "", err
		}
		for _, doc := range docs {
			cursor = doc.ID
			n, err := c.tree(doc.ID)
			if err != nil {
				return nil, "", err
			}
			if n.MergedInto != "" {
				continue
			}
			w, err := c.view(&n, nil)
			if err != nil {
				return nil, "", err
			}
			page = append(page, w)
		}
		if len(docs) < wanted {
			return page, "", nil
		}
		if len(page) == limit {
			break
		}
	}
	return page, cursor, nil
}
