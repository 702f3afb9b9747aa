package storage

import "pronto/dispatch"

// The state of a conversation, read by hand where it is what most have.

func (r *terseReader) state(v *dispatch.ConversationSnapshot) {
	for key := range r.fields {
		switch key {
		case 1:
			v.ID = dispatch.ConversationID(r.text())
		case 2:
			v.Version = r.uint()
		case 3:
			v.State = dispatch.ConversationState(r.text())
		case 4:
			v.Epoch = r.uint()
		case 5:
			v.Channel = dispatch.ChannelID(r.text())
		case 6:
			r.contact(&v.Contact)
		case 7:
			v.Queue = dispatch.QueueID(r.text())
		case 8:
			v.Subject = r.text()
		case 9:
			v.Priority = r.int()
		case 12:
			v.Protocol = r.text()
		case 13:
			v.Previous = dispatch.ConversationID(r.text())
		case 14:
			v.Weight = r.int()
		case 20:
			v.OpenedAt = r.time()
		case 21:
			v.EnqueuedAt = r.time()
		case 22:
			v.AssignedAt = r.time()
		case 23:
			v.ClosedAt = r.time()
		case 30:
			v.Owner = dispatch.AgentID(r.text())
		case 31:
			v.LastOwner = dispatch.AgentID(r.text())
		case 32:
			v.LostAt = r.time()
		case 33:
			v.RequeueAt = r.time()
		case 34:
			v.OnHold = r.bool()
		case 40:
			v.Offer = new(dispatch.Offer)
			r.offer(v.Offer)
		case 41:
			v.Attempt = r.int()
		case 42:
			v.Round = r.int()
		case 43:
			v.Excluded = textList[dispatch.AgentID](r)
		case 44:
			v.Refusers = textList[dispatch.AgentID](r)
		case 45:
			v.RelaxAt = r.time()
		case 46:
			v.Placed = r.uint()
		case 47:
			v.Ended = r.ended()
		case 49:
			v.Note = r.text()
		default:
			r.said(v, key)
		}
	}
}

// said reads a field of what was said, and of how it ended.
func (r *terseReader) said(v *dispatch.ConversationSnapshot, key byte) {
	switch key {
	case 60:
		v.LastSeq = r.uint()
	case 61:
		v.ReadSeq = r.uint()
	case 62:
		v.UnreadSeqs = r.uints()
	case 63:
		v.LastMessage = new(dispatch.Chat)
		r.chat(v.LastMessage)
	case 64:
		v.LastText = r.text()
	case 65:
		v.LastInbound = r.time()
	case 66:
		v.WindowEnds = r.time()
	case 67:
		v.Deliveries = r.bytes()
	case 68:
		v.OutboundIDs = r.outbound()
	case 69:
		v.Outbox = r.uints()
	case 70:
		v.Script = new(dispatch.ScriptAnswer)
		r.script(v.Script)
	case 71:
		v.WrapupUntil = r.time()
	case 72:
		v.CloseCause = dispatch.CloseCause(r.text())
	case 73:
		v.ReleaseCause = dispatch.RemovalCause(r.text())
	case 74:
		v.AlertedAt = r.time()
	case 80:
		v.QuietAt = r.time()
	case 81:
		v.QuietStep = r.step()
	case 82:
		v.Tags = textList[string](r)
	case 85:
		v.LastTextSeq = r.uint()
	case 86:
		v.SnoozedUntil = r.time()
	case 100:
		v.QueuedAt = r.time()
	case 101:
		v.Preferred = dispatch.AgentID(r.text())
	case 103:
		v.Parallel = r.int()
	case 104:
		v.Valid = r.uint()
	case 110:
		v.Joined = new(dispatch.Joined)
		r.joined(v.Joined)
	case 111:
		v.Service = new(dispatch.ServiceSample)
		r.service(v.Service)
	case 113:
		v.Told = r.int()
	case 114:
		v.ToldAt = r.time()
	case 115:
		v.Considered = r.uint()
	case 116:
		v.ByWord = r.bool()
	case 125:
		v.SilentSince = r.time()
	case 126:
		v.Top = r.bool()
	default:
		r.fail()
	}
}

func (r *terseReader) script(v *dispatch.ScriptAnswer) {
	for key := range r.fields {
		switch key {
		case 1:
			v.Reason = r.text()
		case 2:
			v.Resolved = r.bool()
		case 4:
			v.Automatic = r.bool()
		default:
			r.fail()
		}
	}
}

func (r *terseReader) joined(v *dispatch.Joined) {
	for key := range r.fields {
		switch key {
		case 1:
			v.At = r.time()
		case 2:
			v.Wait = r.span()
		default:
			r.fail()
		}
	}
}

func (r *terseReader) service(v *dispatch.ServiceSample) {
	for key := range r.fields {
		switch key {
		case 1:
			v.At = r.time()
		case 2:
			v.Handling = r.span()
		case 3:
			v.AnsweredAt = r.time()
		case 4:
			v.Expected = r.span()
		case 5:
			v.Waited = r.span()
		default:
			r.fail()
		}
	}
}

func (r *terseReader) ended() []dispatch.EndedOffer {
	list := make([]dispatch.EndedOffer, r.list(1))
	for i := range list {
		for key := range r.fields {
			switch key {
			case 1:
				list[i].ID = dispatch.OfferID(r.text())
			case 2:
				list[i].Cause = dispatch.EndCause(r.text())
			default:
				r.fail()
			}
		}
	}
	return list
}

func (r *terseReader) outbound() []dispatch.OutboundID {
	list := make([]dispatch.OutboundID, r.list(1))
	for i := range list {
		for key := range r.fields {
			switch key {
			case 1:
				list[i].Seq = r.uint()
			case 2:
				list[i].ID = dispatch.MessageID(r.text())
			default:
				r.fail()
			}
		}
	}
	return list
}

func (r *terseReader) uints() []uint64 {
	list := make([]uint64, r.list(1))
	for i := range list {
		list[i] = r.uint()
	}
	return list
}

func (r *terseReader) bytes() []byte {
	n := r.item(2)
	if n > uint64(len(r.d.b)) {
		r.fail()
		return nil
	}
	b := append([]byte{}, r.d.b[:n]...)
	r.d.b = r.d.b[n:]
	return b
}

func textList[T ~string](r *terseReader) []T {
	list := make([]T, r.list(1))
	for i := range list {
		list[i] = T(r.text())
	}
	return list
}
