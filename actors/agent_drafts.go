package actors

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"pronto/dispatch"
	"pronto/internal/act"
)

// Drafts belong to the agent, not to the conversation: they are no part of its history, and its next owner never sees them.

func (a *agent) loadDrafts() {
	drafts, err := a.system.o.Store.Drafts(a.id)
	if err != nil {
		panic(fmt.Errorf("load drafts of %s: %w", a.id, err))
	}
	a.drafts = drafts
}

func (a *agent) owns(id dispatch.ConversationID) bool {
	return a.m.Owns(id)
}

func (a *agent) draftAt(id dispatch.ConversationID) (int, bool) {
	return slices.BinarySearchFunc(a.drafts, id, func(d dispatch.Draft, id dispatch.ConversationID) int { return cmp.Compare(d.Conversation, id) })
}

// saveDraft makes it durable, then shows it to the other sessions. The last one that is saved counts.
func (a *agent) saveDraft(c *act.Context, from dispatch.SessionID, m dispatch.SaveDraft) (dispatch.Reply, *dispatch.Error) {
	if !a.owns(m.Conversation) {
		return nil, &dispatch.Error{Code: dispatch.CodeNotOwner, Message: "somebody else has the conversation"}
	}
	d := dispatch.Draft{Conversation: m.Conversation, Text: m.Text}
	i, kept := a.draftAt(d.Conversation)
	if (kept && a.drafts[i].Text == d.Text) || (!kept && d.Text == "") {
		return dispatch.Done{}, nil
	}
	if refused := a.storeDraft(d); refused != nil {
		return nil, refused
	}
	switch {
	case d.Text == "":
		a.drafts = slices.Delete(a.drafts, i, i+1)
	case kept:
		a.drafts[i] = d
	default:
		a.drafts = slices.Insert(a.drafts, i, d)
	}
	a.push(c, a.event(dispatch.EventDraft{Draft: d}, a.system.Now()), from)
	return dispatch.Done{}, nil
}

// storeDraft writes it. Not nil: nothing was written, the disk is full.
func (a *agent) storeDraft(d dispatch.Draft) *dispatch.Error {
	err := a.system.o.Store.SaveDraft(context.Background(), a.id, d)
	refused := notMade(err)
	if err != nil && refused == nil {
		panic(fmt.Errorf("save draft of %s: %w", a.id, err))
	}
	return refused
}

// dropDrafts removes those of conversations that the agent has no more. What a full disk keeps is removed by a later turn.
func (a *agent) dropDrafts() {
	a.drafts = slices.DeleteFunc(a.drafts, func(d dispatch.Draft) bool {
		return !a.owns(d.Conversation) && a.storeDraft(dispatch.Draft{Conversation: d.Conversation}) == nil
	})
}
