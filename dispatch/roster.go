package dispatch

import (
	"cmp"
	"slices"
	"strings"
)

// shortID is the id of a conversation in half the bytes; they are in the order of the ids. Zero: an id that is not one of ours.
type shortID struct{ hi, lo uint64 }

const conversationPrefix = "cnv"

func shortOf(id ConversationID) shortID {
	n, hi, lo, ok := parseRaw(string(id))
	if !ok || id[:n] != conversationPrefix {
		return shortID{}
	}
	return shortID{hi, lo}
}

func (s shortID) conversation() ConversationID {
	return ConversationID(formatRaw(conversationPrefix, s.hi, s.lo))
}

func compareConversation(a, b *waiting) int {
	if a.id == (shortID{}) || b.id == (shortID{}) {
		return strings.Compare(string(a.conversation()), string(b.conversation()))
	}
	return cmp.Or(cmp.Compare(a.id.hi, b.id.hi), cmp.Compare(a.id.lo, b.id.lo))
}

// roster has the tickets of a queue by their conversations.
type roster struct {
	ours   map[shortID]*waiting
	others map[ConversationID]*waiting
}

func newRoster() roster {
	return roster{ours: map[shortID]*waiting{}, others: map[ConversationID]*waiting{}}
}

func (r *roster) len() int { return len(r.ours) + len(r.others) }

// of is the ticket of a conversation; nil: it does not wait here.
func (r *roster) of(id ConversationID) *waiting {
	if s := shortOf(id); s != (shortID{}) {
		return r.ours[s]
	}
	return r.others[id]
}

func (r *roster) put(w *waiting) {
	if w.id == (shortID{}) {
		r.others[w.conversation()] = w
		return
	}
	r.ours[w.id] = w
}

func (r *roster) remove(w *waiting) {
	if w.id == (shortID{}) {
		delete(r.others, w.conversation())
		return
	}
	delete(r.ours, w.id)
}

// sorted lists the tickets in their order of waiting. Only new settings need it.
func (r *roster) sorted() []*waiting {
	out := make([]*waiting, 0, r.len())
	for _, w := range r.ours {
		out = append(out, w)
	}
	for _, w := range r.others {
		out = append(out, w)
	}
	slices.SortFunc(out, comparePlace)
	return out
}
