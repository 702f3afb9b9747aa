package storage

import (
	"context"
	"fmt"

	"pronto/dispatch"
)

// SaveDraft makes what an agent has begun to write in a conversation durable, in the place of what was there; an empty
// text removes it. It is a row without a record: no history keeps what was never sent.
func (db *DB) SaveDraft(ctx context.Context, agent dispatch.AgentID, d dispatch.Draft) error {
	c := Change{Shard: Shard(dispatch.PartitionOf(string(agent)).Shard())}
	key := rowKey(rowDraft, string(agent), string(d.Conversation))
	if d.Text == "" {
		c.Delete = [][]byte{key}
	} else {
		c.Set = []Row{{Key: key, Value: []byte(d.Text)}}
	}
	if err := db.Commit(ctx, c); err != nil {
		return fmt.Errorf("save draft of %s: %w", agent, err)
	}
	return nil
}

// Drafts are the drafts of an agent, by conversation.
func (db *DB) Drafts(agent dispatch.AgentID) (out []dispatch.Draft, err error) {
	prefix := rowPrefix(rowDraft, string(agent))
	err = db.Scan(Prefix(prefix), func(key, text []byte) error {
		id, err := idOf(key, len(prefix))
		out = append(out, dispatch.Draft{Conversation: dispatch.ConversationID(id), Text: string(text)})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("drafts of %s: %w", agent, err)
	}
	return out, nil
}
