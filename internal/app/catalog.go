package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pronto/dispatch"
	"pronto/internal/access"
	"pronto/internal/contact"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// catalog is the configuration in memory. Readers get one consistent state without waiting; a write replaces it.
type catalog struct {
	mu    sync.Mutex // held by writers
	now   atomic.Pointer[configuration]
	clock func() time.Time // set before anybody asks
}

// configuration is one state. It is never changed once it can be seen.
type configuration struct {
	queues   map[dispatch.QueueID]*protocol.Queue
	agents   map[dispatch.AgentID]*protocol.Agent
	channels map[dispatch.ChannelID]*protocol.Channel
	scripts  map[string]*protocol.Script
	pauses   []protocol.PauseReason // by name
	refs     []protocol.Ref         // queues by name
	ids      []dispatch.QueueID     // of queues, sorted
	working  []dispatch.AgentID     // agents who may sign in, sorted
	logins   map[string]dispatch.AgentID
	members  map[dispatch.QueueID][]dispatch.AgentID
	rules    map[string]*dispatch.ScriptRules // by script
	ofQueue  map[dispatch.QueueID]*queueRules
	on       map[dispatch.ChannelID]*channelRules
	profiles map[dispatch.AgentID]dispatch.AgentProfile
	custom   map[string]*protocol.ContactField // by id
	privacy  *protocol.ContactPrivacy          // nil: the defaults
	contacts *contact.Rules
	org      *protocol.Organisation
	files    *protocol.AttachmentLimits // what files are taken
	hours    map[string]*openingHours
	notices  map[string]*protocol.Announcement
	hooks    map[string]*protocol.Webhook
}

func emptyConfiguration() *configuration {
	return &configuration{
		queues: map[dispatch.QueueID]*protocol.Queue{}, agents: map[dispatch.AgentID]*protocol.Agent{},
		channels: map[dispatch.ChannelID]*protocol.Channel{}, scripts: map[string]*protocol.Script{},
		custom: map[string]*protocol.ContactField{}, org: defaultOrganisation(), files: defaultFileLimits(),
		hours: map[string]*openingHours{}, notices: map[string]*protocol.Announcement{}, hooks: map[string]*protocol.Webhook{},
	}
}

// loadCatalog reads every configuration document.
func loadCatalog(db *storage.DB) (*catalog, error) {
	c := emptyConfiguration()
	for _, kind := range []string{
		transport.KindQueue, transport.KindAgent, transport.KindChannel, transport.KindScript, transport.KindPauseReason,
		transport.KindContactField, transport.KindContactPrivacy, transport.KindOrganisation, transport.KindAttachmentLimits, transport.KindBusinessHours,
		transport.KindAnnouncement, transport.KindWebhook,
	} {
		after := ""
		for {
			page, err := db.Documents(kind, after, storage.MaxDocuments)
			if err != nil {
				return nil, fmt.Errorf("load catalogue: %w", err)
			}
			for _, d := range page {
				if err := c.put(d.Kind, d.ID, d.Body); err != nil {
					return nil, fmt.Errorf("load catalogue: %w", err)
				}
				after = d.ID
			}
			if len(page) < storage.MaxDocuments {
				break
			}
		}
	}
	c.index()
	out := &catalog{clock: time.Now}
	out.now.Store(c)
	return out, nil
}

// change brings in one document that was written or deleted, and returns the states before and after. It reads what is
// stored: of two writes the one that was stored first may come here last. stored returns nil for what is not there.
func (c *catalog) change(kind, id string, stored func() ([]byte, error)) (before, after *configuration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := stored()
	if err != nil {
		return nil, nil, err
	}
	before = c.now.Load()
	after = before.clone()
	if body == nil {
		after.drop(kind, id)
	} else if err := after.put(kind, id, body); err != nil {
		return nil, nil, err
	}
	after.index()
	c.now.Store(after)
	return before, after, nil
}

func (c *configuration) clone() *configuration {
	n := *c
	n.queues, n.agents = cloneMap(c.queues), cloneMap(c.agents)
	n.channels, n.scripts = cloneMap(c.channels), cloneMap(c.scripts)
	n.custom, n.hours, n.notices = cloneMap(c.custom), cloneMap(c.hours), cloneMap(c.notices)
	n.hooks = cloneMap(c.hooks)
	n.pauses = slices.Clone(c.pauses)
	return &n
}

func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (c *configuration) put(kind, id string, body []byte) error {
	switch kind {
	case transport.KindQueue:
		return decodeInto(body, id, func(q *protocol.Queue) { c.queues[dispatch.QueueID(id)] = q })
	case transport.KindAgent:
		return decodeInto(body, id, func(a *protocol.Agent) { c.agents[dispatch.AgentID(id)] = a })
	case transport.KindChannel:
		return decodeInto(body, id, func(ch *protocol.Channel) { c.channels[dispatch.ChannelID(id)] = ch })
	case transport.KindScript:
		return decodeInto(body, id, func(s *protocol.Script) { c.scripts[id] = s })
	case transport.KindOrganisation:
		return decodeInto(body, id, func(o *protocol.Organisation) { c.org = o })
	case transport.KindPauseReason:
		return decodeInto(body, id, func(p *protocol.PauseReason) {
			c.drop(kind, id)
			c.pauses = append(c.pauses, *p)
		})
	case transport.KindBusinessHours:
		h, err := decodeHours(id, body)
		c.hours[id] = h
		return err
	case transport.KindAnnouncement:
		return decodeInto(body, id, func(a *protocol.Announcement) { c.notices[id] = a })
	case transport.KindWebhook:
		return decodeInto(body, id, func(w *protocol.Webhook) { c.hooks[id] = w })
	case transport.KindContactField:
		return decodeInto(body, id, func(f *protocol.ContactField) { c.custom[id] = f })
	case transport.KindAttachmentLimits:
		c.files = defaultFileLimits()
		if err := json.Unmarshal(body, c.files); err != nil {
			return fmt.Errorf("decode %s: %w", id, err)
		}
	case transport.KindContactPrivacy:
		c.privacy = new(protocol.ContactPrivacy)
		if err := json.Unmarshal(body, c.privacy); err != nil {
			return fmt.Errorf("decode %s: %w", id, err)
		}
	}
	return nil
}

// decodeInto reads a stored object. Its id is the document's, whatever the body says.
func decodeInto[T any, P interface {
	*T
	Meta() protocol.Meta
}](body []byte, id string, keep func(*T)) error {
	v := new(T)
	protocol.SetDefaults(v)
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("decode %s: %w", id, err)
	}
	protocol.FillLists(v)
	*P(v).Meta().ID = id
	keep(v)
	return nil
}

func (c *configuration) drop(kind, id string) {
	switch kind {
	case transport.KindQueue:
		delete(c.queues, dispatch.QueueID(id))
	case transport.KindAgent:
		delete(c.agents, dispatch.AgentID(id))
	case transport.KindChannel:
		delete(c.channels, dispatch.ChannelID(id))
	case transport.KindScript:
		delete(c.scripts, id)
	case transport.KindOrganisation:
		c.org = defaultOrganisation()
	case transport.KindBusinessHours:
		delete(c.hours, id)
	case transport.KindPauseReason:
		c.pauses = slices.DeleteFunc(slices.Clone(c.pauses), func(p protocol.PauseReason) bool { return p.ID == id })
	case transport.KindAnnouncement:
		delete(c.notices, id)
	case transport.KindWebhook:
		delete(c.hooks, id)
	case transport.KindContactField:
		delete(c.custom, id)
	}
}

// index derives what is looked up.
func (c *configuration) index() {
	c.logins, c.members, c.rules = map[string]dispatch.AgentID{}, map[dispatch.QueueID][]dispatch.AgentID{}, map[string]*dispatch.ScriptRules{}
	c.profiles = map[dispatch.AgentID]dispatch.AgentProfile{}
	for id, a := range c.agents {
		c.logins[plainLogin(a.Login)] = id
		c.profiles[id] = profileOf(a, c.org)
		if a.Disabled {
			continue
		}
		for _, q := range a.QueueIDs {
			c.members[dispatch.QueueID(q)] = append(c.members[dispatch.QueueID(q)], id)
		}
	}
	for _, m := range c.members {
		slices.Sort(m)
	}
	c.refs, c.ids, c.working = make([]protocol.Ref, 0, len(c.queues)), slices.Sorted(maps.Keys(c.queues)), nil
	for _, id := range slices.Sorted(maps.Keys(c.agents)) {
		if !c.agents[id].Disabled {
			c.working = append(c.working, id)
		}
	}
	for id, q := range c.queues {
		c.refs = append(c.refs, protocol.Ref{ID: string(id), Name: q.Name})
	}
	slices.SortFunc(c.refs, func(a, b protocol.Ref) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(c.pauses, func(a, b protocol.PauseReason) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	for id, s := range c.scripts {
		c.rules[id] = scriptRules(s)
	}
	c.contacts = contactRules(c)
	c.indexRules()
}

func contactRules(c *configuration) *contact.Rules {
	r := &contact.Rules{Fields: make(map[string]*protocol.ContactField, len(c.custom))}
	for _, f := range c.custom {
		r.Fields[f.Key] = f
	}
	if c.privacy != nil {
		r.MaskedDocuments = c.privacy.MaskedDocuments
	}
	return r
}

func scriptRules(s *protocol.Script) *dispatch.ScriptRules {
	r := &dispatch.ScriptRules{Reasons: map[string]bool{}}
	s.Tree(func(_ string, _ int, reason *protocol.Reason) {
		if len(reason.Children) == 0 {
			r.Reasons[reason.ID] = true
		}
	})
	for _, q := range s.Questions {
		if q.Required {
			r.Required = append(r.Required, q.ID)
		}
	}
	return r
}

// maxWeight of a conversation: the largest capacity of an agent, so that somebody can be made to take it.
const maxWeight = 10

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// Profile of an agent who is gone or disabled has no capacity and no queues.
func (c *catalog) Profile(agent dispatch.AgentID) dispatch.AgentProfile {
	return c.now.Load().profiles[agent]
}

func profileOf(a *protocol.Agent, org *protocol.Organisation) dispatch.AgentProfile {
	if a.Disabled {
		return dispatch.AgentProfile{}
	}
	p := dispatch.AgentProfile{
		Capacity: a.Capacity, Ceiling: a.HardCapacity, SilentAfter: milliseconds(org.SilentAfterMS),
		SuspectTime: milliseconds(org.SuspectMS), ReasonRequired: org.ReasonRequired,
	}
	for _, q := range a.QueueIDs {
		p.Queues = append(p.Queues, dispatch.QueueID(q))
	}
	slices.Sort(p.Queues)
	for _, s := range a.Skills {
		p.Skills = append(p.Skills, dispatch.SkillLevel{ID: dispatch.SkillID(s.ID), Level: s.Level})
	}
	p.Ranks, p.DeclinePause = ranksOf(a.QueueSettings), milliseconds(a.DeclinePauseMS)
	return p
}

func (c *catalog) Members(queue dispatch.QueueID) []dispatch.AgentID {
	return c.now.Load().members[queue]
}

func (c *catalog) QueueIDs() []dispatch.QueueID { return c.now.Load().ids }

func (c *catalog) AgentIDs() []dispatch.AgentID { return c.now.Load().working }

func (c *catalog) Supervised(agent dispatch.AgentID) (of []dispatch.QueueID, all bool) {
	a := c.now.Load().agents[agent]
	if a == nil || a.Disabled || a.Role == string(access.RoleAgent) {
		return nil, false
	}
	p := person(agent, a)
	slices.Sort(p.Queues)
	return p.Queues, p.AllQueues
}

func (c *catalog) Supervises(agent dispatch.AgentID, queue dispatch.QueueID) bool {
	a := c.now.Load().agents[agent]
	if a == nil || a.Disabled || a.Role == string(access.RoleAgent) {
		return false
	}
	p := person(agent, a)
	return p.AllQueues || slices.Contains(p.Queues, queue)
}

// The edge's catalogue.

func (c *catalog) QueueName(id dispatch.QueueID) string {
	if q := c.now.Load().queues[id]; q != nil {
		return q.Name
	}
	return ""
}

func (c *catalog) AgentName(id dispatch.AgentID) string {
	if a := c.now.Load().agents[id]; a != nil {
		return a.Name
	}
	return ""
}

func (c *catalog) AgentQueues(id dispatch.AgentID) []dispatch.QueueID { return c.Profile(id).Queues }

func (c *catalog) Channel(id dispatch.ChannelID) (kind, name string) {
	if ch := c.now.Load().channels[id]; ch != nil {
		return ch.Kind, ch.Name
	}
	return "", ""
}

func (c *catalog) Queues() []protocol.Ref { return c.now.Load().refs }

func (c *catalog) PauseReasons() []protocol.PauseReason { return c.now.Load().pauses }

func (c *catalog) Scripts(queues []dispatch.QueueID) []protocol.Script {
	now := c.now.Load()
	var out []protocol.Script
	if queues == nil {
		for _, s := range now.scripts {
			out = append(out, *s)
		}
		slices.SortFunc(out, func(a, b protocol.Script) int { return cmp.Compare(a.ID, b.ID) })
		return out
	}
	seen := map[string]bool{}
	for _, id := range queues {
		q := now.queues[id]
		if q == nil || seen[q.ScriptID] {
			continue
		}
		seen[q.ScriptID] = true
		if s := now.scripts[q.ScriptID]; s != nil {
			out = append(out, *s)
		}
	}
	return out
}

// People, for sign-in and the gate.

func (c *catalog) PersonByID(_ context.Context, id dispatch.AgentID) (access.Person, error) {
	a := c.now.Load().agents[id]
	if a == nil {
		return access.Person{}, access.ErrNotFound
	}
	return person(id, a), nil
}

func (c *catalog) PersonByLogin(ctx context.Context, login string) (access.Person, error) {
	id, ok := c.now.Load().logins[plainLogin(login)]
	if !ok {
		return access.Person{}, access.ErrNotFound
	}
	return c.PersonByID(ctx, id)
}

func (c *catalog) login(id dispatch.AgentID) string {
	if a := c.now.Load().agents[id]; a != nil {
		return a.Login
	}
	return ""
}

func person(id dispatch.AgentID, a *protocol.Agent) access.Person {
	p := access.Person{ID: id, Name: a.Name, Role: access.Role(a.Role), Disabled: a.Disabled}
	// A supervisor's teams are the queues given; one without any supervises all.
	p.AllQueues = a.Role == "admin" || a.Role == "supervisor" && len(a.QueueIDs) == 0
	for _, q := range a.QueueIDs {
		p.Queues = append(p.Queues, dispatch.QueueID(q))
	}
	return p
}
