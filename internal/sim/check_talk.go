package sim

import (
	"slices"

	"pronto/dispatch"
)

// checkScript: where the queue demands the script nothing ends without it, but by the server's own or a supervisor's word.
func (s *Sim) checkScript(c *convModel, r dispatch.ConversationEnded) {
	who, rules := c.s.ID.Address(), s.queueByID[c.s.Queue].rules
	byServer := r.Cause == dispatch.ClosedContactLeft || r.Cause == dispatch.ClosedWrapupOver || r.Cause == dispatch.ClosedInactivity || r.Cause == dispatch.ClosedOverflow
	switch {
	case byServer && (r.Script == nil || r.Script.Reason == ""):
		s.fail("script", who, "ends by %s without a script of the server", r.Cause)
	case r.Overridden && r.By != s.boss.id:
		s.fail("script", who, "%s overrides the script", r.By)
	case !rules.ScriptRequired || r.Overridden || byServer:
	case r.Script == nil || r.Script.Automatic || !rules.Script.Reasons[r.Script.Reason] || r.Script.Answers["q1"] == "":
		s.fail("script", who, "ends with the script %+v, and the queue demands it whole", r.Script)
	}
}

// checkMarks: tags are a bounded set in one spelling, and priorities are a supervisor's word.
func (s *Sim) checkMarks(c *convModel, r dispatch.ConversationRecord) {
	who := c.s.ID.Address()
	switch r := r.(type) {
	case dispatch.TagsChanged:
		for _, tag := range r.Add {
			if normal, ok := dispatch.NormalTag(tag); !ok || normal != tag || slices.Contains(c.s.Tags, tag) {
				s.fail("tags", who, "adds %q to %q", tag, c.s.Tags)
			}
		}
		for _, tag := range r.Remove {
			if !slices.Contains(c.s.Tags, tag) {
				s.fail("tags", who, "removes %q of %q", tag, c.s.Tags)
			}
		}
		if n := len(c.s.Tags) + len(r.Add) - len(r.Remove); n > dispatch.MaxTags {
			s.fail("tags", who, "has %d tags", n)
		}
	case dispatch.PriorityChanged:
		if r.By != s.boss.id || r.Priority == c.s.Priority {
			s.fail("priority", who, "%q changes the priority from %d to %d", r.By, c.s.Priority, r.Priority)
		}
	}
}
