package dispatch

import "strings"

// closeBy ends the conversation by its owner's or a supervisor's word. No path goes around the mandatory script but a
// supervisor's explicit override, which the record keeps.
func (c *Conversation) closeBy(t *turn, m CloseConversation) error {
	if err := c.mayAct(m.By); err != nil {
		return err
	}
	if m.Override && !m.By.Supervisor {
		return refuse(CodeForbidden, "only a supervisor closes without the script")
	}
	script := m.Script
	if script == nil && c.s.State == ConversationWrapup {
		script = c.s.Script
	}
	wrapup := c.needsWrapup(m)
	if err := c.checkScript(script, c.final(wrapup, m)); err != nil {
		return err
	}
	if c.s.State != ConversationWrapup && !planted("closing_unsaid") { // that one was told when it began
		c.say(t, c.rules.Closing, AuthorBot)
	}
	if wrapup {
		c.startWrapup(t, m)
		return nil
	}
	r := ConversationEnded{By: m.By.Agent, Cause: ClosedByAgent, Script: script, At: t.now}
	r.Overridden = m.Override && c.checkScript(script, true) != nil
	if c.s.Owner != m.By.Agent {
		r.Cause = ClosedBySupervisor
	}
	c.end(t, r)
	t.answer(ReplyConversation{Head: c.Head()})
	return nil
}

// final: the script must be whole now.
func (c *Conversation) final(wrapup bool, m CloseConversation) bool {
	return !wrapup && !m.Override && (c.s.State != ConversationWrapup || !planted("wrapup_forgets_script"))
}

// needsWrapup: a close by the owner passes through wrap-up once, where the queue has one. A snoozed conversation has no slot
// to be filed in, so it closes with its script at once.
func (c *Conversation) needsWrapup(m CloseConversation) bool {
	if c.s.State != ConversationActive || c.s.Owner != m.By.Agent || m.Override || c.s.Snoozed() {
		return false
	}
	switch c.rules.Wrapup {
	case WrapupMandatory, WrapupTimed:
		return true
	case WrapupOptional:
		return m.Script == nil
	case WrapupOff:
	}
	return false
}

// checkScript refuses an answer that does not fit the script and, when the conversation is to end with it, one that lacks
// what the queue demands.
func (c *Conversation) checkScript(a *ScriptAnswer, final bool) error {
	demanded := final && c.rules.ScriptRequired
	switch {
	case a == nil && demanded:
		return refuseBecause(CodeScriptRequired, "this queue closes with its script only", "/data/script")
	case a == nil:
		return nil
	case a.Reason == "" && demanded:
		return refuseBecause(CodeScriptRequired, "a reason is needed", "/data/script/reason_id")
	case c.rules.Script == nil:
		return nil
	case a.Reason != "" && !c.rules.Script.Reasons[a.Reason]:
		return refuseBecause(CodeBadRequest, "the script has no such reason", "/data/script/reason_id")
	}
	for _, q := range c.rules.Script.Required {
		if demanded && strings.TrimSpace(a.Answers[q]) == "" {
			return refuseBecause(CodeScriptRequired, "a question has no answer", "/data/script/answers/"+q)
		}
	}
	return nil
}

func (c *Conversation) startWrapup(t *turn, m CloseConversation) {
	c.withdrawOffers(t, EndWithdrawn, "cancelled", m.By.Agent)
	if c.pending != nil {
		c.failPending(t, "withdrawn")
	}
	r := WrapupStarted{By: m.By.Agent, Script: m.Script, At: t.now}
	if c.rules.Wrapup == WrapupTimed {
		r.Until = t.now.Add(c.rules.WrapupTime)
	}
	c.record(t, r)
	c.notify(t, EventUpdated{Head: c.Head()})
	t.answer(ReplyConversation{Head: c.Head()})
}

// scriptAtTimeout is what a timed wrap-up files at its end: what its owner filled, when that is enough. Else the server
// completes it with the queue's default reason, or its own word, and marks it.
func (c *Conversation) scriptAtTimeout() *ScriptAnswer {
	filled := c.s.Script
	if filled != nil && filled.Reason != "" && c.checkScript(filled, true) == nil {
		return filled
	}
	script := systemScript(ClosedWrapupOver)
	if c.rules.WrapupReason != "" {
		script.Reason = c.rules.WrapupReason
	}
	if filled != nil {
		script.Resolved, script.Answers = filled.Resolved, filled.Answers
		if filled.Reason != "" {
			script.Reason = filled.Reason
		}
	}
	return script
}

// systemScript is what the server files when it ends a conversation itself.
func systemScript(cause CloseCause) *ScriptAnswer {
	return &ScriptAnswer{Reason: string(cause), Automatic: true}
}

// leave ends the conversation because the customer did; before anybody answered, that is an abandonment.
func (c *Conversation) leave(t *turn) error {
	switch c.s.State {
	case ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case ConversationClosed:
		return refuse(CodeConversationClosed, "the conversation is closed")
	case ConversationQueued, ConversationOffered, ConversationActive, ConversationWrapup:
	}
	c.end(t, ConversationEnded{Cause: ClosedContactLeft, Script: systemScript(ClosedContactLeft), At: t.now})
	t.answer(Done{})
	return nil
}

// end closes in any state: an open offer or transfer is withdrawn, the ticket and the owner's slot are given back.
func (c *Conversation) end(t *turn, r ConversationEnded) {
	if c.pending != nil {
		c.failPending(t, "withdrawn")
	}
	c.withdrawOffers(t, EndWithdrawn, "cancelled", r.By)
	former, placed, waited := c.s.Owner, c.s.Placed, c.s.State == ConversationQueued
	c.record(t, r)
	c.served(t)
	c.abandoned(t, r.Cause, former)
	c.settle()
	if waited {
		t.send(c.s.Queue.Address(), Dequeue{Conversation: c.s.ID, Version: placed})
	}
	if former != "" {
		c.releaseOwner(t, former, RemovedClosed)
	}
}
