package dispatch

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of tags and priorities.
const (
	MaxTags     = 20 // of one conversation
	MaxTagRunes = 50
	MinPriority = -10
	MaxPriority = 10
)

// NormalTag gives a tag the one spelling under which it is kept and found: lower case, no outer blanks, single ones inside.
// It is false for what is no tag: empty, too long, or with a comma or a control character.
func NormalTag(text string) (string, bool) {
	tag := strings.ToLower(strings.Join(strings.Fields(text), " "))
	bad := func(r rune) bool { return r == ',' || unicode.IsControl(r) || r == utf8.RuneError }
	return tag, tag != "" && utf8.RuneCountInString(tag) <= MaxTagRunes && !strings.ContainsFunc(tag, bad)
}

// tag is allowed in every state: what a conversation was about is often known after its end. Who may, is the gate's.
func (c *Conversation) tag(t *turn, m TagConversation) error {
	switch {
	case c.s.State == ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case !c.hasHand(m.By):
		return refuse(CodeNotOwner, "the conversation belongs to somebody else")
	}
	add, ok := normalTags(m.Add)
	if !ok {
		return refuseBecause(CodeBadRequest, "this is no tag", "/data/add")
	}
	remove, ok := normalTags(m.Remove)
	if !ok {
		return refuseBecause(CodeBadRequest, "this is no tag", "/data/remove")
	}
	r := TagsChanged{By: m.By.Agent, At: t.now}
	for _, tag := range add {
		if !slices.Contains(c.s.Tags, tag) && !slices.Contains(remove, tag) {
			r.Add = append(r.Add, tag)
		}
	}
	for _, tag := range remove {
		if slices.Contains(c.s.Tags, tag) {
			r.Remove = append(r.Remove, tag)
		}
	}
	if len(c.s.Tags)+len(r.Add)-len(r.Remove) > MaxTags {
		return refuseBecause(CodeBadRequest, "there are too many tags", "/data/add")
	}
	if len(r.Add)+len(r.Remove) > 0 {
		c.record(t, r)
		c.notify(t, EventUpdated{Head: c.Head()})
	}
	t.answer(ReplyConversation{Head: c.Head()})
	return nil
}

// normalTags is sorted and without repetitions.
func normalTags(texts []string) ([]string, bool) {
	tags := make([]string, 0, len(texts))
	for _, text := range texts {
		tag, ok := NormalTag(text)
		if !ok {
			return nil, false
		}
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return slices.Compact(tags), true
}

// hasHand: the owner of now, the last one, or a supervisor.
func (c *Conversation) hasHand(by Actor) bool {
	return by.Supervisor || by.Agent != "" && (c.s.Owner == by.Agent || c.s.LastOwner == by.Agent)
}

func (s *ConversationSnapshot) applyTags(r TagsChanged) {
	tags := slices.DeleteFunc(slices.Clone(s.Tags), func(tag string) bool { return slices.Contains(r.Remove, tag) })
	tags = append(tags, r.Add...)
	slices.Sort(tags)
	s.Tags = tags
}

// changePriority is a supervisor's word. The ticket of a waiting conversation is replaced; its age stays.
func (c *Conversation) changePriority(t *turn, m ChangePriority) error {
	if err := c.mayAct(m.By); err != nil {
		return err
	}
	switch {
	case !m.By.Supervisor:
		return refuse(CodeForbidden, "only a supervisor changes the priority")
	case m.Priority < MinPriority || m.Priority > MaxPriority:
		return refuseBecause(CodeBadRequest, "a priority is between -10 and 10", "/data/priority")
	}
	if m.Priority != c.s.Priority {
		c.record(t, PriorityChanged{Priority: m.Priority, By: m.By.Agent, At: t.now})
		c.notify(t, EventUpdated{Head: c.Head()})
		c.waitOn(t)
	}
	t.answer(ReplyConversation{Head: c.Head()})
	return nil
}

func (s *ConversationSnapshot) applyPriority(r PriorityChanged) {
	s.Priority = r.Priority
	if s.waits() && !planted("priority_without_ticket") {
		s.Placed = s.Version
	}
}
