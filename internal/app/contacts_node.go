package app

import (
	"errors"

	"pronto/dispatch"
	"pronto/internal/contact"
	"pronto/storage"
)

// A contact that was merged into another one says so in its own document, and nowhere else is anything written. A claim
// leads from it to the other one, a word of its document from there to it.

// mergedWord is the word by which the contacts are found that were merged into one. Nothing that is typed has such a word.
func mergedWord(into string) string { return "=" + into }

// node reads who stands for a contact, with all that were merged into it; ErrNotFound for a contact that is not there.
func (c *contacts) node(id string) (contact.Node, error) {
	for range findTries {
		root, err := c.db.RootContact(dispatch.ContactID(id))
		if err != nil {
			return contact.Node{}, err
		}
		n, err := c.tree(string(root))
		if err != nil {
			return n, err
		}
		stands := false // else they were merged or taken apart between the reads
		n.All(func(m *contact.Node) { stands = stands || m.ID == id })
		if stands && n.MergedInto == "" {
			return n, nil
		}
	}
	return contact.Node{}, &storage.Stale{Entity: id} // again and again
}

// tree is one contact with those below it, whoever stands for it.
func (c *contacts) tree(id string) (contact.Node, error) {
	doc, err := c.db.Document(kindContact, id)
	if err != nil {
		return contact.Node{}, err
	}
	n := contact.Node{ID: id, At: doc.UpdatedAt}
	if n.Details, n.Version, err = decodeDetails(doc); err != nil {
		return n, err
	}
	merged, err := c.mergedInto(id)
	if err != nil {
		return n, err
	}
	for _, below := range merged {
		m, err := c.tree(below)
		switch {
		case errors.Is(err, storage.ErrNotFound):
		case err != nil:
			return n, err
		case m.MergedInto == id: // not taken apart since
			n.Merged = append(n.Merged, m)
		}
	}
	n.Order()
	return n, nil
}

// mergedInto are the contacts that were merged into one directly.
func (c *contacts) mergedInto(id string) (ids []string, err error) {
	word := mergedWord(id)
	err = c.db.DocumentsByWord(kindContact, word, "", "", func(found, by string) error {
		if found != word {
			return storage.ErrStop
		}
		ids = append(ids, by)
		return nil
	})
	return ids, err
}

// kin are all contacts that are one with id by merges, the one that stands for them first; id alone if there is none such.
func (c *contacts) kin(id dispatch.ContactID) ([]dispatch.ContactID, error) {
	root, err := c.db.RootContact(id)
	if err != nil {
		return nil, err
	}
	all := []dispatch.ContactID{root}
	for i := 0; i < len(all); i++ {
		below, err := c.mergedInto(string(all[i]))
		if err != nil {
			return nil, err
		}
		for _, m := range below {
			all = append(all, dispatch.ContactID(m))
		}
	}
	return all, nil
}
