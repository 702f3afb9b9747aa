package protocol

// AppendJSON appends the head as JSON. Lists and maps are as in encoding/json.
func (h *ConversationHead) AppendJSON(b []byte) []byte {
	o := object{b: b}
	o.open()
	o.text("id", h.ID)
	o.text("protocol_number", h.ProtocolNumber)
	o.text("state", h.State)
	o.number("version", h.Version)
	o.ref("queue", h.Queue)
	o.channel(h.Channel)
	o.contact(h.Contact)
	o.text("subject", h.Subject)
	o.number("priority", int64(h.Priority))
	o.some("owner_agent_id", h.OwnerAgentID)
	o.flag("on_hold", h.OnHold)
	h.transfer(&o)
	o.time("enqueued_at", h.EnqueuedAt)
	o.sometime("assigned_at", h.AssignedAt)
	o.sometime("closed_at", h.ClosedAt)
	o.number("last_seq", h.LastSeq)
	o.number("read_seq", h.ReadSeq)
	o.number("unread", int64(h.Unread))
	if h.LastMessage != nil {
		o.key("last_message")
		o.b = h.LastMessage.AppendJSON(o.b)
	}
	o.flag("script_required", h.ScriptRequired)
	o.sometime("window_expires_at", h.WindowExpiresAt)
	o.time("opened_at", h.OpenedAt)
	o.some("previous_id", h.PreviousID)
	h.script(&o)
	o.texts("attributes", h.Attributes)
	o.sometime("wrapup_until", h.WrapupUntil)
	o.list("tags", h.Tags)
	o.some("close_cause", h.CloseCause)
	o.sometime("snoozed_until", h.SnoozedUntil)
	h.rating(&o)
	o.close()
	return o.b
}

func (h *ConversationHead) transfer(o *object) {
	if h.Transfer == nil {
		return
	}
	o.key("transfer")
	o.open()
	o.text("id", h.Transfer.ID)
	o.key("to")
	o.open()
	o.some("agent_id", h.Transfer.To.AgentID)
	o.some("queue_id", h.Transfer.To.QueueID)
	o.close()
	o.text("to_name", h.Transfer.ToName)
	o.time("expires_at", h.Transfer.ExpiresAt)
	o.close()
}

func (h *ConversationHead) script(o *object) {
	if h.Script == nil {
		return
	}
	o.key("script")
	o.open()
	o.text("reason_id", h.Script.ReasonID)
	o.flag("resolved", h.Script.Resolved)
	o.texts("answers", h.Script.Answers)
	o.flag("automatic", h.Script.Automatic)
	o.close()
}

func (h *ConversationHead) rating(o *object) {
	if h.Rating == nil {
		return
	}
	o.key("rating")
	o.open()
	o.number("score", int64(h.Rating.Score))
	o.some("comment", h.Rating.Comment)
	o.time("at", h.Rating.At)
	o.sometime("changed_at", h.Rating.ChangedAt)
	o.close()
}

// AppendJSON appends the message as JSON; a nil list of attachments is written as an empty one.
func (m *Message) AppendJSON(b []byte) []byte {
	o := object{b: b}
	o.open()
	o.text("id", m.ID)
	o.text("conversation_id", m.ConversationID)
	o.number("seq", m.Seq)
	o.key("author")
	o.open()
	o.text("kind", m.Author.Kind)
	o.some("id", m.Author.ID)
	o.text("name", m.Author.Name)
	o.some("identity", m.Author.Identity)
	o.close()
	o.text("text", m.Text)
	o.key("attachments")
	o.b = append(o.b, '[')
	for i := range m.Attachments {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = m.Attachments[i].appendJSON(o.b)
	}
	o.b = append(o.b, ']')
	o.time("at", m.At)
	o.sometime("sent_at", m.SentAt)
	o.some("reply_to", m.ReplyTo)
	o.some("delivery", m.Delivery)
	o.some("error", m.Error)
	o.some("canned_response_id", m.CannedID)
	o.sometime("edited_at", m.EditedAt)
	o.sometime("redacted_at", m.RedactedAt)
	if m.Redacted {
		o.flag("redacted", true)
	}
	o.close()
	return o.b
}

func (a *Attachment) appendJSON(b []byte) []byte {
	o := object{b: b}
	o.open()
	o.text("id", a.ID)
	o.text("name", a.Name)
	o.number("size", a.Size)
	o.text("type", a.Type)
	o.text("state", a.State)
	o.some("reason", a.Reason)
	o.someNumber("width", int64(a.Width))
	o.someNumber("height", int64(a.Height))
	o.some("thumbnail", a.Thumbnail)
	o.close()
	return o.b
}

// AppendJSON appends the offer as JSON.
func (f *Offer) AppendJSON(b []byte) []byte {
	o := object{b: b}
	o.open()
	o.text("id", f.ID)
	o.text("conversation_id", f.ConversationID)
	o.ref("queue", f.Queue)
	o.channel(f.Channel)
	o.contact(f.Contact)
	o.text("subject", f.Subject)
	o.number("priority", int64(f.Priority))
	o.time("enqueued_at", f.EnqueuedAt)
	o.number("wait_ms", f.WaitMS)
	o.number("attempt", int64(f.Attempt))
	o.flag("returned", f.Returned)
	o.text("kind", f.Kind)
	if f.FromAgent != nil {
		o.ref("from_agent", *f.FromAgent)
	}
	o.some("note", f.Note)
	o.time("expires_at", f.ExpiresAt)
	o.text("last_text", f.LastText)
	if len(f.Relaxed) > 0 {
		o.key("relaxed")
		o.b = appendRelaxed(o.b, f.Relaxed)
	}
	o.close()
	return o.b
}

func appendRelaxed(b []byte, list []Relaxation) []byte {
	b = append(b, '[')
	for i, r := range list {
		if i > 0 {
			b = append(b, ',')
		}
		o := object{b: b}
		o.open()
		o.text("action", r.Action)
		o.some("skill_id", r.SkillID)
		if r.Level != 0 {
			o.number("level", int64(r.Level))
		}
		if r.Tier != 0 {
			o.number("tier", int64(r.Tier))
		}
		o.number("after_ms", r.AfterMS)
		o.close()
		b = o.b
	}
	return append(b, ']')
}

// AppendJSON appends the data of conversation.message.
func (m *ConversationMessage) AppendJSON(b []byte) []byte {
	o := object{b: b}
	o.open()
	o.text("conversation_id", m.ConversationID)
	o.key("message")
	o.b = m.Message.AppendJSON(o.b)
	o.number("version", m.Version)
	o.number("unread", int64(m.Unread))
	o.close()
	return o.b
}

// AppendJSON appends the reply.
func (r *ConversationReply) AppendJSON(b []byte) []byte {
	o := object{b: b}
	o.open()
	o.key("conversation")
	o.b = r.Conversation.AppendJSON(o.b)
	o.close()
	return o.b
}

// AppendJSON appends the reply.
func (r *MessageReply) AppendJSON(b []byte) []byte {
	o := object{b: b}
	o.open()
	o.key("message")
	o.b = r.Message.AppendJSON(o.b)
	o.close()
	return o.b
}
