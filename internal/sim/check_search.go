package sim

import (
	"maps"
	"slices"

	"pronto/dispatch"
	spoken "pronto/internal/words"
	"pronto/storage"
)

// checkSearch: every message and note that names its command is found by what it says now, once, in its conversation, and
// by nothing that it does not say any more.
func (s *Sim) checkSearch() {
	for _, text := range slices.Sorted(maps.Keys(s.model.effects)) {
		where, want := s.model.effects[text], 1
		if s.model.unsaid[text] {
			want = 0
		}
		f := findable{text, where, want}
		s.again.check(f, true, func() { s.checkFound(f) })
	}
}

// findable is a text that is to be found so many times, in a conversation.
type findable struct {
	text  string
	where dispatch.Address
	want  int
}

func (s *Sim) checkFound(f findable) {
	q, err := spoken.Parse(`"` + f.text + `"`)
	s.must(f.where, err)
	work, found := storage.Work(1<<30), 0
	next, err := s.disk.db.SearchTexts(&storage.TextSearch{Query: q}, &work, func(p storage.TextPlace) error {
		t, err := s.disk.db.TextAt(p, nil)
		if err == nil && (t.Text == f.text || f.want == 0) && p.Conversation == dispatch.ConversationID(f.where.ID) {
			found++
		}
		return err
	})
	s.must(f.where, err)
	if found != f.want || next != nil {
		s.fail("I19", f.where, "%q is found %d times, not %d", f.text, found, f.want)
	}
}
