package protocol

import (
	"cmp"
	"slices"
	"strconv"
)

// Limits of a script's tree of reasons.
const (
	maxReasonDepth = 6
	maxReasons     = 2000
)

// Tree walks all reasons of s, parents first, with their JSON pointers and depths (1 = top). fn may change the reason.
func (s *Script) Tree(fn func(pointer string, depth int, r *Reason)) {
	walkReasons("/reasons", 1, s.Reasons, fn)
}

func walkReasons(pointer string, depth int, reasons []Reason, fn func(string, int, *Reason)) {
	for i := range reasons {
		at := pointer + "/" + strconv.Itoa(i)
		fn(at, depth, &reasons[i])
		walkReasons(at+"/children", depth+1, reasons[i].Children, fn)
	}
}

// FillIDs gives every reason and question without an id one from newID.
func (s *Script) FillIDs(newID func() string) {
	s.Tree(func(_ string, _ int, r *Reason) {
		if r.ID == "" {
			r.ID = newID()
		}
	})
	for i := range s.Questions {
		if s.Questions[i].ID == "" {
			s.Questions[i].ID = newID()
		}
		if s.Questions[i].Kind == "" {
			s.Questions[i].Kind = "text"
		}
	}
}

// Leaf reports whether id is a reason of s without children.
func (s *Script) Leaf(id string) bool {
	found := false
	s.Tree(func(_ string, _ int, r *Reason) {
		found = found || r.ID == id && len(r.Children) == 0
	})
	return found && id != ""
}

func (s Script) check() []FieldError {
	var out []FieldError
	seen, count := map[string]bool{}, 0
	unique := func(at, id string) {
		if id != "" && seen[id] {
			out = append(out, FieldError{Pointer: at + "/id", Code: FieldDuplicate})
		}
		seen[id] = true
	}
	s.Tree(func(at string, depth int, r *Reason) {
		count++
		unique(at, r.ID)
		if depth > maxReasonDepth {
			out = append(out, FieldError{Pointer: at, Code: FieldTooLong})
		}
	})
	if count > maxReasons {
		out = append(out, FieldError{Pointer: "/reasons", Code: FieldTooLong})
	}
	for i, q := range s.Questions {
		at := "/questions/" + strconv.Itoa(i)
		unique(at, q.ID)
		if (q.Kind == "choice") != (len(q.Choices) > 0) {
			out = append(out, FieldError{Pointer: at + "/choices", Code: FieldInvalid})
		}
	}
	return out[:min(len(out), maxFieldErrors)]
}

// duplicates reports every entry of list that stands in it already.
func duplicates(pointer string, list []string) []FieldError {
	var out []FieldError
	seen := make(map[string]bool, len(list))
	for i, entry := range list {
		if seen[entry] {
			out = append(out, FieldError{Pointer: pointer + "/" + strconv.Itoa(i), Code: FieldDuplicate})
		}
		seen[entry] = true
	}
	return out
}

// sortFields puts problems that were found by ranging over a map into a fixed order.
func sortFields(fields []FieldError) []FieldError {
	slices.SortFunc(fields, func(a, b FieldError) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return fields
}
