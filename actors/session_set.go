package actors

import (
	"slices"

	"pronto/dispatch"
)

// sessionSet is the sessions of an agent or a visitor, in the order in which they came: one user may have thousands, and each
// event asks for many of them. The zero value is empty.
type sessionSet struct {
	order []dispatch.SessionID
	in    map[dispatch.SessionID]bool
}

func (s *sessionSet) has(id dispatch.SessionID) bool { return s.in[id] }

func (s *sessionSet) add(id dispatch.SessionID) {
	if s.in[id] {
		return
	}
	if s.in == nil {
		s.in = map[dispatch.SessionID]bool{}
	}
	s.in[id] = true
	s.order = append(s.order, id)
}

func (s *sessionSet) drop(id dispatch.SessionID) {
	if s.in[id] {
		delete(s.in, id)
		s.order = slices.DeleteFunc(s.order, func(o dispatch.SessionID) bool { return o == id })
	}
}

// replace gives the place of one session to the next; one that was not there is added.
func (s *sessionSet) replace(id, next dispatch.SessionID) {
	switch {
	case id != next && s.in[id] && s.in[next]:
		s.drop(id)
		return
	case !s.in[id]:
		s.add(next)
		return
	}
	delete(s.in, id)
	s.in[next] = true
	s.order[slices.Index(s.order, id)] = next
}
