package protocol

// Meta gives access to the id and the version of a configuration object, which the server sets.
type Meta struct {
	ID      *string
	Version *int64
}

// Meta of the queue.
func (q *Queue) Meta() Meta { return Meta{&q.ID, &q.Version} }

// Meta of the agent.
func (a *Agent) Meta() Meta { return Meta{&a.ID, &a.Version} }

// Meta of the channel.
func (c *Channel) Meta() Meta { return Meta{&c.ID, &c.Version} }

// Meta of the script.
func (s *Script) Meta() Meta { return Meta{&s.ID, &s.Version} }

// Meta of the canned response.
func (c *CannedResponse) Meta() Meta { return Meta{&c.ID, &c.Version} }

// Meta of the pause reason.
func (p *PauseReason) Meta() Meta { return Meta{&p.ID, &p.Version} }

// Meta of the limits of files, of which there is one object.
func (l *AttachmentLimits) Meta() Meta { return Meta{&l.ID, &l.Version} }

// Meta of the skill.
func (s *Skill) Meta() Meta { return Meta{&s.ID, &s.Version} }

// Meta of the contact field.
func (f *ContactField) Meta() Meta { return Meta{&f.ID, &f.Version} }
