package transport

import (
	"context"
	"strconv"
	"strings"

	"pronto/dispatch"
	"pronto/protocol"
)

// Kinds of the documents that hold configuration.
const (
	KindQueue          = "queue"
	KindAgent          = "agent"
	KindChannel        = "channel"
	KindScript         = "script"
	KindCannedResponse = "canned_response"
	KindPauseReason    = "pause_reason"
	KindSkill          = "skill"
	KindBusinessHours  = "business_hours"
	KindContactField   = "contact_field"
	KindAnnouncement   = "announcement"
	KindContactPrivacy = "contact_privacy" // one document, of the same id

	KindAttachmentLimits = "attachment_limits" // one document, of the same id
)

func (s *Server) registerConfiguration() {
	(&resource[protocol.Queue, *protocol.Queue]{
		s: s, path: "/queues", tag: "queues", kind: KindQueue, prefix: "que", read: ActReadShared, write: ActWriteConfig,
		unique:  func(q *protocol.Queue) []Unique { return uniqueName("queue_name", q.Name) },
		refs:    queueRefs,
		prepare: s.prepareQueue,
	}).register()
	s.registerAgents()
	(&resource[protocol.Channel, *protocol.Channel]{
		s: s, path: "/channels", tag: "channels", kind: KindChannel, prefix: "chn", read: ActReadConfig, write: ActWriteConfig,
		unique: func(c *protocol.Channel) []Unique { return uniqueName("channel_name", c.Name) },
		refs: func(c *protocol.Channel) []reference {
			return someReference("/queue_id", KindQueue, c.QueueID)
		},
		prepare: prepareChannel, show: protocol.Channel.Redacted,
	}).register()
	(&resource[protocol.Script, *protocol.Script]{
		s: s, path: "/scripts", tag: "scripts", kind: KindScript, prefix: "scr", read: ActReadShared, write: ActWriteConfig,
		unique: func(v *protocol.Script) []Unique { return uniqueName("script_name", v.Name) },
		prepare: func(_ context.Context, _, v *protocol.Script) error {
			v.FillIDs(func() string { return s.o.IDs("rsn", 0) })
			return nil
		},
	}).register()
	s.registerCannedResponses()
	(&resource[protocol.PauseReason, *protocol.PauseReason]{
		s: s, path: "/pause-reasons", tag: "pause reasons", kind: KindPauseReason, prefix: "pau",
		read: ActReadShared, write: ActWriteConfig,
		unique: func(v *protocol.PauseReason) []Unique { return uniqueName("pause_reason_name", v.Name) },
	}).register()
	(&resource[protocol.BusinessHours, *protocol.BusinessHours]{
		s: s, path: "/business-hours", tag: "business hours", kind: KindBusinessHours, prefix: "hrs", read: ActReadShared, write: ActWriteConfig,
		unique: func(v *protocol.BusinessHours) []Unique { return uniqueName("business_hours_name", v.Name) },
	}).register()
	(&resource[protocol.Skill, *protocol.Skill]{
		s: s, path: "/skills", tag: "skills", kind: KindSkill, prefix: "skl", read: ActReadShared, write: ActWriteConfig,
		unique: func(v *protocol.Skill) []Unique { return uniqueName("skill_name", v.Name) },
	}).register()
	s.registerContactConfiguration()
	s.registerAnnouncements()
	s.registerWebhooks()
}

// prepareQueue checks what the fields alone cannot say: the default reason is one of the queue's script.
func (s *Server) prepareQueue(ctx context.Context, _, q *protocol.Queue) error {
	if err := s.noOverflowCircle(ctx, q); err != nil {
		return err
	}
	if q.Wrapup.DefaultReasonID == "" {
		return nil
	}
	script, err := s.scriptOf(ctx, q.ScriptID)
	if err != nil || script == nil {
		return err // one that is not there is told with the other references
	}
	if !script.Leaf(q.Wrapup.DefaultReasonID) {
		return refuseField("/wrapup/default_reason_id", protocol.FieldNotFound)
	}
	return nil
}

func relaxationRefs(steps []protocol.RelaxationStep) []reference {
	var refs []reference
	for i, step := range steps {
		at := "/skills_relaxation/" + strconv.Itoa(i)
		refs = append(refs, someReference(at+"/skill_id", KindSkill, step.SkillID)...)
		refs = append(refs, someReference(at+"/queue_id", KindQueue, step.QueueID)...)
	}
	return refs
}

func queueRefs(q *protocol.Queue) []reference {
	refs := append(someReference("/script_id", KindScript, q.ScriptID), relaxationRefs(q.SkillsRelaxation)...)
	refs = append(refs, overflowRefs(q.Overflow)...)
	return append(refs, someReference("/hours_id", KindBusinessHours, q.HoursID)...)
}

func (s *Server) registerAgents() {
	(&resource[protocol.Agent, *protocol.Agent]{
		s: s, path: "/agents", tag: "agents", kind: KindAgent, prefix: "agt", read: ActReadConfig, write: ActWriteAgents,
		unique: func(a *protocol.Agent) []Unique {
			return []Unique{{Key: "agent_login", Value: fold(a.Login), Pointer: "/login"}}
		},
		refs: agentRefs, prepare: prepareAgent, after: s.afterAgent, secret: true,
		show: func(a protocol.Agent) protocol.Agent { a.Password = ""; return a },
	}).register()
}

func agentRefs(a *protocol.Agent) []reference {
	refs := references("/queue_ids", KindQueue, a.QueueIDs)
	for i, skill := range a.Skills {
		refs = append(refs, reference{"/skills/" + strconv.Itoa(i) + "/id", KindSkill, skill.ID})
	}
	return refs
}

func prepareAgent(_ context.Context, _, a *protocol.Agent) error {
	a.Login = strings.TrimSpace(a.Login)
	if a.Login == "" {
		return refuseField("/login", protocol.FieldRequired)
	}
	return nil
}

// afterAgent brings the credential in line with the agent: a given password is set, sessions of a disabled agent end, a
// removed agent's credential goes. When it fails the agent is saved and the request can be repeated.
func (s *Server) afterAgent(ctx context.Context, id string, a *protocol.Agent) error {
	agent := dispatch.AgentID(id)
	switch {
	case a == nil:
		return s.o.Accounts.Forget(ctx, agent)
	case a.Password != "":
		return s.o.Accounts.SetPassword(ctx, agent, a.Password)
	case a.Disabled:
		return s.o.Accounts.RevokeAll(ctx, agent)
	default:
		return nil
	}
}

func prepareChannel(_ context.Context, before, c *protocol.Channel) error {
	c.SecretsSet = []string{}
	if c.Widget.RequireIdentity && c.Config["identity_secret"] == "" { // it was only said to be set
		return refuseField("/config/identity_secret", protocol.FieldRequired)
	}
	if c.Inactivity == nil {
		c.Inactivity = protocol.DefaultInactivity(c.Kind)
	}
	if before != nil && before.Kind != c.Kind {
		return refuseField("/kind", protocol.FieldReadOnly)
	}
	return nil
}

// registerCannedResponses: everybody reads the shared ones and their own; people write their own, administrators all.
func (s *Server) registerCannedResponses() {
	(&resource[protocol.CannedResponse, *protocol.CannedResponse]{
		s: s, path: "/canned-responses", tag: "canned responses", kind: KindCannedResponse, prefix: "can",
		read: ActReadShared, write: ActWriteCanned,
		unique: func(c *protocol.CannedResponse) []Unique {
			return []Unique{{Key: "canned_shortcut", Value: c.OwnerAgentID + "/" + fold(c.Shortcut), Pointer: "/shortcut"}}
		},
		refs: func(c *protocol.CannedResponse) []reference {
			return append(references("/queue_ids", KindQueue, c.QueueIDs), someReference("/owner_agent_id", KindAgent, c.OwnerAgentID)...)
		},
		visible: func(p Principal, c *protocol.CannedResponse) bool {
			return c.OwnerAgentID == "" || s.mayWriteCanned(p, c) == nil
		},
		mayWrite: s.mayWriteCanned,
	}).register()
}

func (s *Server) mayWriteCanned(p Principal, c *protocol.CannedResponse) error {
	if c.OwnerAgentID == "" {
		return s.o.Gate.Can(p, ActWriteConfig, Object{})
	}
	return s.o.Gate.Can(p, ActWriteCanned, Object{Agent: dispatch.AgentID(c.OwnerAgentID)})
}

func uniqueName(key, name string) []Unique {
	return []Unique{{Key: key, Value: fold(name), Pointer: "/name"}}
}

// fold makes texts that people take for the same equal: case and outer and repeated blanks do not matter.
func fold(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

func someReference(pointer, kind, id string) []reference {
	if id == "" {
		return nil
	}
	return []reference{{pointer, kind, id}}
}

func references(pointer, kind string, ids []string) []reference {
	refs := make([]reference, len(ids))
	for i, id := range ids {
		refs[i] = reference{pointer + "/" + strconv.Itoa(i), kind, id}
	}
	return refs
}
