package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/storage"
)

const kindContact, contactMerged = "contact", "merged, or taken apart"

// mergeSalt gives merges chances of their own: worlds without them are as they were.
const mergeSalt = 0x6d65726765

// startMerges lets contacts be merged and taken apart, in some worlds.
func (s *Sim) startMerges() {
	s.mergeRNG = newRNG(s.p.Seed ^ mergeSalt)
	if s.merging = s.mergeRNG.chance(400); s.merging {
		s.merges()
	}
}

// mergeMeanwhile merges somebody, or takes it apart, while its message is on its way.
func (s *Sim) mergeMeanwhile(who dispatch.ContactID) {
	if s.merging && s.mergeRNG.chance(150) {
		s.after(s.mergeRNG.dur(0, 5*time.Millisecond), classWorld, func() { s.mergeOne(who) })
	}
}

func (s *Sim) merges() {
	s.after(s.mergeRNG.dur(s.p.Arrive, 10*s.p.Arrive), classWorld, s.merges)
	s.mergeOne(pick(s.mergeRNG, s.customers).contact.ID)
}

func (s *Sim) mergeOne(other dispatch.ContactID) {
	if s.calm || s.crash != nil {
		return
	}
	into := pick(s.mergeRNG, s.customers).contact.ID
	switch m := s.model; {
	case m.merged[other] != "":
		s.point(other, "")
	case m.merged[into] == "" && into != other:
		s.point(other, into)
	}
}

// point writes into whom a contact is merged, in one commit.
func (s *Sim) point(id, into dispatch.ContactID) {
	p := storage.Put{Kind: kindContact, ID: string(id), Time: s.now, Body: []byte(into)}
	doc, err := s.disk.db.Document(kindContact, string(id))
	if !errors.Is(err, storage.ErrNotFound) {
		s.must(dispatch.Address{}, err)
	}
	if string(doc.Body) != string(s.model.merged[id]) {
		s.fail("I19", dispatch.Address{}, "%s is merged into %q, and was into %q", id, doc.Body, s.model.merged[id])
	}
	if p.Expect = doc.Version; into != "" {
		p.Claims = []storage.Claim{storage.MergeClaim(id, into)}
	}
	_, err = s.disk.db.PutDocument(context.Background(), p)
	s.must(dispatch.Address{}, err)
	if s.model.merged[id] = into; into == "" {
		delete(s.model.merged, id)
	}
	s.trace(dispatch.Address{Kind: kindContact, ID: string(id)}, noteOther, contactMerged, 0)
}

// kin are the contacts that are one with a sender: the sender, then who stands for it, then the others.
func (s *Sim) kin(id dispatch.ContactID) (root dispatch.ContactID, kin []dispatch.ContactID) {
	root = s.model.root(id)
	kin = []dispatch.ContactID{id, root}
	for _, cu := range s.customers {
		if other := cu.contact.ID; other != id && other != root && s.model.root(other) == root {
			kin = append(kin, other)
		}
	}
	return root, kin
}

func (m *model) root(id dispatch.ContactID) dispatch.ContactID {
	for m.merged[id] != "" {
		id = m.merged[id]
	}
	return id
}

// meets is what storage said of a contact on a channel.
type meets struct {
	kin   []dispatch.ContactID
	root  dispatch.ContactID
	found dispatch.Found
}

// checkMeets compares what a message of the first of kin would meet with what the records say.
func (s *Sim) checkMeets(ch channel, root dispatch.ContactID, kin []dispatch.ContactID) {
	id, have := kin[0], s.meets(ch, root, kin)
	if have.root != root {
		s.fail("I19", dispatch.Address{}, "%s leads to %s, not to %s", id, have.root, root)
	}
	var want dispatch.Found
	for _, k := range kin {
		if want.Open == "" {
			want.Open = s.model.open[contactKey{ch.id, k}]
		}
		switch last := s.model.last[contactKey{ch.id, k}]; {
		case last <= max(want.Last, want.Past):
		case k == root:
			want.Last, want.Past = last, ""
		default:
			want.Last, want.Past = "", last
		}
	}
	if want.Open != "" {
		want.Last, want.Past = "", ""
	}
	if have.found != want {
		s.fail("I18", dispatch.Address{}, "%s on %s meets %+v, the records say %+v", id, ch.id, have.found, want)
	}
}

// meets asks storage for them, with the root and the kin that the records say.
func (s *Sim) meets(ch channel, root dispatch.ContactID, kin []dispatch.ContactID) *meets {
	k := contactKey{ch.id, kin[0]}
	m := s.met[k]
	if m == nil {
		m = &meets{}
		s.met[k] = m
	}
	s.again.check(k, slices.Equal(m.kin, kin), func() { // the root is the second of kin
		m.kin = kin
		var err error
		m.root, err = s.disk.db.RootContact(kin[0])
		s.must(dispatch.Address{}, err)
		m.found, err = s.disk.db.FindArrival(ch.id, root, kin, "")
		s.must(dispatch.Address{}, err)
	})
	return m
}
