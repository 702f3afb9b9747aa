package app

import (
	"context"

	"pronto/dispatch"
	"pronto/storage"
	"pronto/transport"
)

// presence reads the log of agents' statuses and connections.
type presence struct{ db *storage.DB }

func (p presence) Statuses(_ context.Context, agent dispatch.AgentID, l transport.LogRange) ([]transport.StatusInterval, error) {
	list, err := p.db.StatusLog(agent, storage.LogRange(l))
	out := make([]transport.StatusInterval, len(list))
	for i, v := range list {
		out[i] = transport.StatusInterval{
			Status: v.Status, Reason: v.Reason, By: v.By, Start: v.At, End: v.End, Until: v.AgentStatusChanged.Until, Ordinal: v.Ordinal,
		}
	}
	return out, err
}

func (p presence) Connections(_ context.Context, agent dispatch.AgentID, l transport.LogRange) ([]transport.ConnectionInterval, error) {
	list, err := p.db.ConnectionLog(agent, storage.LogRange(l))
	out := make([]transport.ConnectionInterval, len(list))
	for i, v := range list {
		out[i] = transport.ConnectionInterval(v)
	}
	return out, err
}
