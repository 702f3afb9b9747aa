package storage

import "pronto/dispatch"

func (r *terseReader) contact(v *dispatch.Contact) {
	for key := range r.fields {
		switch key {
		case 1:
			v.ID = dispatch.ContactID(r.text())
		case 2:
			v.Name = r.text()
		case 3:
			v.Identity = r.text()
		case 4:
			v.Route = r.text()
		default:
			r.fail()
		}
	}
}

func (r *terseReader) opened(v *dispatch.ConversationOpened) {
	for key := range r.fields {
		switch key {
		case 1:
			v.ID = dispatch.ConversationID(r.text())
		case 2:
			v.Channel = dispatch.ChannelID(r.text())
		case 3:
			r.contact(&v.Contact)
		case 4:
			v.Queue = dispatch.QueueID(r.text())
		case 5:
			v.Subject = r.text()
		case 6:
			v.Priority = r.int()
		case 9:
			v.Protocol = r.text()
		case 10:
			v.Previous = dispatch.ConversationID(r.text())
		case 11:
			v.Weight = r.int()
		case 12:
			v.At = r.time()
		case 13:
			v.Preferred = dispatch.AgentID(r.text())
		default:
			r.fail()
		}
	}
}

func (r *terseReader) accepted(v *dispatch.OfferAccepted) {
	for key := range r.fields {
		switch key {
		case 1:
			v.Offer = dispatch.OfferID(r.text())
		case 2:
			v.Agent = dispatch.AgentID(r.text())
		case 3:
			v.Epoch = r.uint()
		case 4:
			v.At = r.time()
		case 10:
			r.quiet(&v.Quiet)
		default:
			r.fail()
		}
	}
}

func (r *terseReader) offerMade(v *dispatch.OfferMade) {
	for key := range r.fields {
		switch key {
		case 1:
			r.offer(&v.Offer)
		case 2:
			v.NewRound = r.bool()
		case 85:
			v.Why = new(dispatch.Decision)
			r.decision(v.Why)
		case 100:
			v.Parallel = r.int()
		default:
			r.fail()
		}
	}
}

func (r *terseReader) offer(v *dispatch.Offer) {
	for key := range r.fields {
		switch key {
		case 1:
			v.ID = dispatch.OfferID(r.text())
		case 2:
			v.Conversation = dispatch.ConversationID(r.text())
		case 3:
			v.Agent = dispatch.AgentID(r.text())
		case 4:
			v.Kind = dispatch.OfferKind(r.text())
		case 5:
			v.Queue = dispatch.QueueID(r.text())
		case 6:
			v.Channel = dispatch.ChannelID(r.text())
		case 7:
			r.contact(&v.Contact)
		case 8:
			v.Subject = r.text()
		case 9:
			v.Priority = r.int()
		case 10:
			v.EnqueuedAt = r.time()
		case 11:
			v.MadeAt = r.time()
		case 12:
			v.ExpiresAt = r.time()
		case 13:
			v.Attempt = r.int()
		case 14:
			v.Returned = r.bool()
		case 15:
			v.From = dispatch.AgentID(r.text())
		case 16:
			v.Note = r.text()
		case 17:
			v.LastText = r.text()
		case 18:
			v.Weight = r.int()
		case 19:
			v.MaxMisses = r.int()
		default:
			r.fail()
		}
	}
}

func (r *terseReader) decision(v *dispatch.Decision) {
	for key := range r.fields {
		switch key {
		case 1:
			v.Strategy = dispatch.Strategy(r.text())
		case 2:
			v.Waiting = r.int()
		case 3:
			v.Candidates = make([]dispatch.Candidate, r.list(3))
			for i := range v.Candidates {
				r.pair()
				v.Candidates[i].Agent = dispatch.AgentID(r.text())
				v.Candidates[i].Why = r.why()
			}
		case 4:
			v.Counts = make([]dispatch.WhyCount, r.list(3))
			for i := range v.Counts {
				r.pair()
				v.Counts[i].Why = r.why()
				v.Counts[i].N = r.int()
			}
		case 5:
			v.Unseen = r.int()
		default:
			r.fail()
		}
	}
}

// list enters a list, whose elements take at least size bytes each.
func (r *terseReader) list(size int) int {
	n := r.item(4)
	if n > uint64(len(r.d.b)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *terseReader) pair() {
	if r.item(4) != 2 {
		r.fail()
	}
}

func (r *terseReader) why() dispatch.Why {
	n := r.uint()
	if n > 0xff {
		r.fail()
	}
	return dispatch.Why(n)
}
