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
		q, err := spoken.Parse(`"` + text + `"`)
		s.must(where, err)
		work, found := storage.Work(1<<30), 0
		next, err := s.disk.db.SearchTexts(&storage.TextSearch{Query: q}, &work, func(p storage.TextPlace) error {
			t, err := s.disk.db.TextAt(p, nil)
			if err == nil && (t.Text == text || want == 0) && p.Conversation == dispatch.ConversationID(where.ID) {
				found++
			}
			return err
		})
		s.must(where, err)
		if found != want || next != nil {
			s.fail("I19", where, "%q is found %d times, not %d", text, found, want)
		}
	}
}
