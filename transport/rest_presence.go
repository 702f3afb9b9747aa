package transport

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

type logIn struct {
	PageQuery
	ID   string `path:"id" maxLength:"64" doc:"agt_…"`
	From string `query:"from" maxLength:"40" format:"date-time" doc:"Only what lasted after this"`
	To   string `query:"to" maxLength:"40" format:"date-time" doc:"Only what began before this"`
}

func (s *Server) registerPresence() {
	handle(s, route{
		method: http.MethodGet, path: "/agents/{id}/status-log", tag: "agents", summary: "Every status of an agent in order",
		action: ActReadLog, late: true, class: shed.Reports,
	}, s.listStatuses)
	handle(s, route{
		method: http.MethodGet, path: "/agents/{id}/connection-log", tag: "agents", summary: "The times in which an agent had a connection, in order",
		action: ActReadLog, late: true, class: shed.Reports,
	}, s.listConnections)
}

func (s *Server) listStatuses(ctx context.Context, in *logIn) (*bodyOf[protocol.Page[protocol.StatusInterval]], error) {
	agent, l, err := s.logRange(ctx, in)
	if err != nil {
		return nil, err
	}
	list, err := s.o.Presence.Statuses(ctx, agent, l)
	if err != nil {
		return nil, err
	}
	w := wire{s.o.Catalog}
	page := protocol.Page[protocol.StatusInterval]{Items: make([]protocol.StatusInterval, len(list))}
	for i, v := range list {
		page.Items[i] = protocol.StatusInterval{
			Status: string(v.Status), ReasonID: v.Reason, By: w.actor(v.By), Start: protocol.At(v.Start), End: protocol.At(v.End),
			PlannedUntil: protocol.At(v.Until),
		}
	}
	if n := len(list); n == in.Limit && !list[n-1].End.IsZero() {
		page.NextCursor = logCursor(list[n-1].Start, list[n-1].Ordinal)
	}
	return answer(page), nil
}

func (s *Server) listConnections(ctx context.Context, in *logIn) (*bodyOf[protocol.Page[protocol.ConnectionInterval]], error) {
	agent, l, err := s.logRange(ctx, in)
	if err != nil {
		return nil, err
	}
	list, err := s.o.Presence.Connections(ctx, agent, l)
	if err != nil {
		return nil, err
	}
	page := protocol.Page[protocol.ConnectionInterval]{Items: make([]protocol.ConnectionInterval, len(list))}
	for i, v := range list {
		page.Items[i] = protocol.ConnectionInterval{Start: protocol.At(v.Start), End: protocol.At(v.End)}
	}
	if n := len(list); n == in.Limit && !list[n-1].End.IsZero() {
		page.NextCursor = logCursor(list[n-1].Start, 0)
	}
	return answer(page), nil
}

// logRange asks the gate about the agent and reads the query.
func (s *Server) logRange(ctx context.Context, in *logIn) (dispatch.AgentID, LogRange, error) {
	agent, l := dispatch.AgentID(in.ID), LogRange{Limit: in.Limit}
	if s.o.Catalog.AgentName(agent) == "" {
		return agent, l, Refuse(protocol.CodeNotFound)
	}
	err := s.o.Gate.Can(callOf(ctx).principal, ActReadLog, Object{Agent: agent, Queues: s.o.Catalog.AgentQueues(agent)})
	if err != nil {
		return agent, l, err
	}
	if l.From, err = queryTime("query/from", in.From); err != nil {
		return agent, l, err
	}
	if l.To, err = queryTime("query/to", in.To); err != nil {
		return agent, l, err
	}
	if in.Cursor != "" {
		at, ordinal, ok := strings.Cut(in.Cursor, "-")
		ms, err := strconv.ParseInt(at, 10, 64)
		n, err2 := strconv.ParseUint(ordinal, 10, 64)
		if !ok || err != nil || err2 != nil {
			return agent, l, refuseField("query/cursor", protocol.FieldInvalid)
		}
		l.After, l.Ordinal = time.UnixMilli(ms).UTC(), n
	}
	return agent, l, nil
}

func logCursor(at time.Time, ordinal uint64) string {
	return strconv.FormatInt(at.UnixMilli(), 10) + "-" + strconv.FormatUint(ordinal, 10)
}
