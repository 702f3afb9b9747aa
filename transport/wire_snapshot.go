package transport

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"pronto/dispatch"
	"pronto/protocol"
)

// snapshot fills a session's state up with the names and the shared configuration.
func (s *Server) snapshot(p Principal, seq uint64, reason string, v SnapshotView) protocol.Snapshot {
	w := wire{s.o.Catalog}
	data := protocol.SnapshotData{
		Agent: protocol.AgentState{
			ID: string(v.Agent.ID), Name: w.names.AgentName(v.Agent.ID), Status: string(v.Agent.Status), ReasonID: v.Agent.Reason,
			StatusSince: protocol.At(v.Agent.Since), Capacity: v.Agent.Capacity, Load: v.Agent.Load,
			AfterCurrent: v.Agent.After, AfterReasonID: v.Agent.AfterIs, PlannedUntil: protocol.At(v.Agent.Until),
			HardCapacity: v.Agent.Ceiling, HardLoad: v.Agent.Total, Queues: make([]protocol.Ref, len(v.Agent.Queues)),
		},
		Offers: make([]protocol.Offer, len(v.Offers)), Conversations: w.heads(v.Conversations), Drafts: make([]protocol.Draft, len(v.Drafts)),
		Queues: present(w.names.Queues()), PauseReasons: present(w.names.PauseReasons()), Scripts: present(w.names.Scripts(scriptQueues(p, v))),
	}
	for i, id := range v.Agent.Queues {
		data.Agent.Queues[i] = w.queue(id)
	}
	for i, d := range v.Drafts {
		data.Drafts[i] = draft(d)
	}
	for i := range v.Offers {
		data.Offers[i] = w.offer(&v.Offers[i])
	}
	return protocol.Snapshot{Type: protocol.FrameSnapshot, Seq: int64(seq), Reason: reason, Data: data}
}

func draft(d dispatch.Draft) protocol.Draft {
	return protocol.Draft{ConversationID: string(d.Conversation), Text: d.Text}
}

// scriptQueues are the queues whose scripts the agent may need: the served ones and those of the conversations at hand.
// Supervisors close conversations of any queue: nil means all.
func scriptQueues(p Principal, v SnapshotView) []dispatch.QueueID {
	if p.Role != string(protocol.RoleAgent) {
		return nil
	}
	queues := append([]dispatch.QueueID{}, v.Agent.Queues...)
	for i := range v.Conversations {
		queues = append(queues, v.Conversations[i].Queue)
	}
	for i := range v.Offers {
		queues = append(queues, v.Offers[i].Queue)
	}
	return queues
}

// searchDirectory finds agents by the port and queues by name.
func (s *Server) searchDirectory(ctx context.Context, p Principal, v *protocol.DirectorySearch) (protocol.Directory, error) {
	if err := s.o.Gate.Can(p, ActDirectory, Object{}); err != nil {
		return protocol.Directory{}, err
	}
	agents, err := s.o.Directory.Search(ctx, p, v.Text, v.Limit)
	if err != nil {
		return protocol.Directory{}, fmt.Errorf("search directory: %w", err)
	}
	found := protocol.Directory{Agents: present(agents), Queues: []protocol.Ref{}}
	wanted := plainLetters(v.Text)
	for _, q := range s.o.Catalog.Queues() {
		if strings.Contains(plainLetters(q.Name), wanted) {
			found.Queues = append(found.Queues, q)
		}
	}
	return found, nil
}

// present turns a nil list into an empty one, so that it is not written as null.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// plainLetters drops case, and accents where Go's tables know the letter's plain form.
func plainLetters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		if plain, ok := accents[unicode.ToLower(r)]; ok {
			return plain
		}
		return unicode.ToLower(r)
	}, text)
}

// accents of the languages that the desk speaks.
var accents = func() map[rune]rune {
	m := map[rune]rune{}
	for plain, accented := range map[rune]string{'a': "áàâãäå", 'c': "ç", 'e': "éèêë", 'i': "íìîï", 'n': "ñ", 'o': "óòôõö", 'u': "úùûü", 'y': "ýÿ"} {
		for _, r := range accented {
			m[r] = plain
		}
	}
	return m
}()
