package transport

import (
	"context"
	"net/http"

	"pronto/dispatch"
	"pronto/protocol"
)

// Announcements are those that concern one person. CodeNotFound for one that does not, or not now.
type Announcements interface {
	Now(ctx context.Context, agent dispatch.AgentID) (protocol.AnnouncementsNow, error)
	// MarkRead notes that the agent has read the announcement as it is now. The agent's sessions are told.
	MarkRead(ctx context.Context, agent dispatch.AgentID, id string) error
}

func (s *Server) registerAnnouncements() {
	const tag = "announcements"
	(&resource[protocol.Announcement, *protocol.Announcement]{
		s: s, path: "/announcements", tag: tag, kind: KindAnnouncement, prefix: "ann", read: ActReadNotices, write: ActWriteNotices,
		refs:     func(a *protocol.Announcement) []reference { return references("/queue_ids", KindQueue, a.QueueIDs) },
		visible:  s.seesAnnouncement,
		mayWrite: s.mayWriteAnnouncement,
	}).register()
	handle(s, route{
		method: http.MethodGet, path: "/me/announcements", tag: tag, summary: "Those that concern oneself now, and which of them one has read",
		action: ActOwnNotices,
	}, s.ownAnnouncements)
	handle(s, route{
		method: http.MethodPut, path: "/me/announcements/{id}/read", tag: tag, summary: "Mark one as read, as it is now",
		action: ActOwnNotices, status: http.StatusNoContent,
	}, s.readAnnouncement)
}

// seesAnnouncement: a supervisor reads what is for everybody, and what is for a queue of the team.
func (s *Server) seesAnnouncement(p Principal, a *protocol.Announcement) bool {
	return len(a.QueueIDs) == 0 || s.o.Gate.Can(p, ActWriteNotices, Object{Queues: queueIDs(a.QueueIDs)}) == nil
}

// mayWriteAnnouncement: every queue that is spoken to must be the supervisor's; everybody is all queues.
func (s *Server) mayWriteAnnouncement(p Principal, a *protocol.Announcement) error {
	queues := queueIDs(a.QueueIDs)
	if len(queues) == 0 {
		if s.o.Gate.Can(p, ActWriteConfig, Object{}) == nil {
			return nil
		}
		for _, q := range s.o.Catalog.Queues() {
			queues = append(queues, dispatch.QueueID(q.ID))
		}
	}
	for _, q := range queues {
		if s.o.Gate.Can(p, ActWriteNotices, Object{Queues: []dispatch.QueueID{q}}) != nil {
			return Refuse(protocol.CodeForbidden) // the names of queues are no secret
		}
	}
	if len(queues) == 0 {
		return Refuse(protocol.CodeForbidden)
	}
	return nil
}

func queueIDs(ids []string) []dispatch.QueueID {
	out := make([]dispatch.QueueID, len(ids))
	for i, id := range ids {
		out[i] = dispatch.QueueID(id)
	}
	return out
}

func (s *Server) ownAnnouncements(ctx context.Context, _ *struct{}) (*bodyOf[protocol.AnnouncementsNow], error) {
	p := callOf(ctx).principal
	if p.Agent == "" {
		return nil, Refuse(protocol.CodeForbidden)
	}
	now, err := s.o.Announcements.Now(ctx, p.Agent)
	if err != nil {
		return nil, err
	}
	return answer(now), nil
}

func (s *Server) readAnnouncement(ctx context.Context, in *getIn) (*none, error) {
	p := callOf(ctx).principal
	if p.Agent == "" {
		return nil, Refuse(protocol.CodeForbidden)
	}
	return &none{}, s.o.Announcements.MarkRead(ctx, p.Agent, in.ID)
}
