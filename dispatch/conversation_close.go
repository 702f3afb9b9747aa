package dispatch

import "strings"

// closeBy ends the conversation by its owner's or a supervisor's word; no path goes around the mandatory script.
func (c *Conversation) closeBy(t *turn, m CloseConversation) error {
	if err := c.mayAct(m.By); err != nil {
		return err
	}
	script := m.Script
	if script == nil && c.s.State == ConversationWrapup {
		script = c.s.Script
	}
	wrapup := c.needsWrapup(m)
	if err := c.checkScript(script, !wrapup); err != nil {
		return err
	}
	if wrapup {
		c.startWrapup(t, m)
		return nil
	}
	cause := "agent"
	if c.s.Owner != m.By.Agent {
		cause = "supervisor"
	}
	c.end(t, ConversationEnded{By: m.By.Agent, Cause: cause, Script: script, At: t.now})
	t.answer(ReplyConversation{Head: c.Head()})
	return nil
}

// needsWrapup: a close by the owner passes through wrap-up once, where the queue has one.
func (c *Conversation) needsWrapup(m CloseConversation) bool {
	if c.s.State != ConversationActive || c.s.Owner != m.By.Agent {
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

// checkScript refuses an answer that does not fit the script, and a missing one where it is needed.
func (c *Conversation) checkScript(a *ScriptAnswer, final bool) error {
	if a == nil {
		if final && c.rules.ScriptRequired {
			return refuseBecause(CodeScriptRequired, "this queue closes with its script only", "/data/script")
		}
		return nil
	}
	if c.rules.Script == nil {
		if c.rules.ScriptRequired && a.Reason == "" {
			return refuseBecause(CodeScriptRequired, "a reason is needed", "/data/script/reason_id")
		}
		return nil
	}
	if a.Reason == "" && c.rules.ScriptRequired {
		return refuseBecause(CodeScriptRequired, "a reason is needed", "/data/script/reason_id")
	}
	if !c.rules.Script.Reasons[a.Reason] && a.Reason != "" {
		return refuseBecause(CodeBadRequest, "the script has no such reason", "/data/script/reason_id")
	}
	for _, q := range c.rules.Script.Required {
		if final && c.rules.ScriptRequired && strings.TrimSpace(a.Answers[q]) == "" {
			return refuseBecause(CodeScriptRequired, "a question has no answer", "/data/script/answers/"+q)
		}
	}
	return nil
}

func (c *Conversation) startWrapup(t *turn, m CloseConversation) {
	if c.s.Offer != nil {
		c.withdrawOffer(t, EndWithdrawn, "cancelled", m.By.Agent)
	}
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

// scriptAtTimeout is what a timed wrap-up stores at its end: what was filled, else the system's own.
func (c *Conversation) scriptAtTimeout() *ScriptAnswer {
	if c.s.Script != nil {
		return c.s.Script
	}
	return &ScriptAnswer{Automatic: true}
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
	c.end(t, ConversationEnded{Cause: "contact_left", Script: &ScriptAnswer{Automatic: true}, At: t.now})
	t.answer(Done{})
	return nil
}

// end closes in any state: an open offer or transfer is withdrawn, the ticket and the owner's slot are given back.
func (c *Conversation) end(t *turn, r ConversationEnded) {
	if c.pending != nil {
		c.failPending(t, "withdrawn")
	}
	if c.s.Offer != nil {
		c.withdrawOffer(t, EndWithdrawn, "cancelled", r.By)
	}
	former, placed, waited := c.s.Owner, c.s.Placed, c.s.State == ConversationQueued
	c.record(t, r)
	c.settle()
	if waited {
		t.send(c.s.Queue.Address(), Dequeue{Conversation: c.s.ID, Version: placed})
	}
	if former != "" {
		c.releaseOwner(t, former, RemovedClosed)
	}
}
