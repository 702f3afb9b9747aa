package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// concerns reports whether an announcement is for an agent: for everybody, or for a queue that the agent serves or
// supervises. nil concerns nobody.
func (c *configuration) concerns(n *protocol.Announcement, agent dispatch.AgentID) bool {
	a := c.agents[agent]
	if n == nil || a == nil || a.Disabled {
		return false
	}
	return len(n.QueueIDs) == 0 || a.Role == "admin" || a.Role == "supervisor" && len(a.QueueIDs) == 0 ||
		slices.ContainsFunc(n.QueueIDs, func(q string) bool { return slices.Contains(a.QueueIDs, q) })
}

// announcements are what people are told on the desk. Who has read what is one document for each person.
type announcements struct {
	catalog *catalog
	system  *actors.System
	db      *storage.DB
}

// kindAnnouncementsRead is the document of what an agent has read, under the agent's id.
const kindAnnouncementsRead = "announcements_read"

// readMarks are the versions that were read, by announcement.
type readMarks map[string]uint64

func (a announcements) Now(_ context.Context, agent dispatch.AgentID) (protocol.AnnouncementsNow, error) {
	out := protocol.AnnouncementsNow{Items: []protocol.AnnouncementShown{}}
	marks, _, err := a.marks(agent)
	if err != nil {
		return out, err
	}
	c, now := a.catalog.now.Load(), a.system.Now()
	for id, n := range c.notices {
		if !c.concerns(n, agent) {
			continue
		}
		if at := nextChange(n, now); !at.IsZero() && (out.ChangesAt.IsZero() || at.Before(out.ChangesAt.Time)) {
			out.ChangesAt = protocol.Time{Time: at}
		}
		if !shownAt(n, now) {
			continue
		}
		doc, err := a.db.Document(transport.KindAnnouncement, id)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return out, fmt.Errorf("read announcement %s: %w", id, err)
		}
		shown := protocol.AnnouncementShown{Announcement: *n, Read: marks[id] == doc.Version}
		shown.Version = int64(doc.Version)
		out.Items = append(out.Items, shown)
	}
	slices.SortFunc(out.Items, func(x, y protocol.AnnouncementShown) int {
		if x.Important != y.Important {
			return map[bool]int{true: -1, false: 1}[x.Important]
		}
		return cmp.Compare(y.ID, x.ID) // ids are in order of time
	})
	return out, nil
}

func shownAt(n *protocol.Announcement, now time.Time) bool {
	return !now.Before(n.From.Time) && (n.Until.IsZero() || now.Before(n.Until.Time))
}

// nextChange is when it begins, or else when it ends; zero: neither.
func nextChange(n *protocol.Announcement, now time.Time) time.Time {
	switch {
	case now.Before(n.From.Time):
		return n.From.Time
	case now.Before(n.Until.Time):
		return n.Until.Time
	}
	return time.Time{}
}

// markTries bounds how often marking starts over because another of the agent's pages was faster.
const markTries = 10

func (a announcements) MarkRead(ctx context.Context, agent dispatch.AgentID, id string) error {
	c := a.catalog.now.Load()
	if n := c.notices[id]; !c.concerns(n, agent) || !shownAt(n, a.system.Now()) {
		return transport.Refuse(protocol.CodeNotFound)
	}
	doc, err := a.db.Document(transport.KindAnnouncement, id)
	if err != nil {
		return documentRefusal(err, nil)
	}
	for try := 1; ; try++ {
		wrote, err := a.mark(ctx, agent, id, doc.Version)
		var stale *storage.Stale
		if errors.As(err, &stale) && try < markTries {
			continue
		}
		if err != nil {
			return documentRefusal(err, nil)
		}
		if wrote {
			a.system.BroadcastTo(func(who dispatch.AgentID) bool { return who == agent }, dispatch.EventConfigChanged{Kind: transport.KindAnnouncement, ID: id, Version: doc.Version})
		}
		return nil
	}
}

// mark writes one more mark, and leaves out those of announcements that are gone.
func (a announcements) mark(ctx context.Context, agent dispatch.AgentID, id string, version uint64) (wrote bool, err error) {
	marks, was, err := a.marks(agent)
	if err != nil || marks[id] == version {
		return false, err
	}
	next := readMarks{id: version}
	for other, v := range marks {
		if other != id && a.catalog.now.Load().notices[other] != nil {
			next[other] = v
		}
	}
	body, err := json.Marshal(next)
	if err != nil {
		return false, fmt.Errorf("encode marks: %w", err)
	}
	_, err = a.db.PutDocument(ctx, storage.Put{
		Kind: kindAnnouncementsRead, ID: kindAnnouncementsRead + "/" + string(agent), Shard: shardOf(string(agent)), Expect: was, Body: body, Time: a.system.Now(),
	})
	return err == nil, err
}

func (a announcements) marks(agent dispatch.AgentID) (readMarks, uint64, error) {
	d, err := a.db.Document(kindAnnouncementsRead, kindAnnouncementsRead+"/"+string(agent))
	if errors.Is(err, storage.ErrNotFound) {
		return readMarks{}, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read marks of %s: %w", agent, err)
	}
	marks := readMarks{}
	if err := json.Unmarshal(d.Body, &marks); err != nil {
		return nil, 0, fmt.Errorf("decode marks of %s: %w", agent, err)
	}
	return marks, d.Version, nil
}
