package sim

import (
	"fmt"
	"time"

	"pronto/dispatch"
)

type channel struct {
	id    dispatch.ChannelID
	queue dispatch.QueueID
}

// customer writes on one channel or several.
type customer struct {
	contact dispatch.Contact
	skills  []dispatch.SkillNeed
	sent    int
	last    dispatch.ConversationID
}

// inbound is one message of a customer on its way: it is repeated with the same external id until it is taken.
type inbound struct {
	from     *customer
	channel  channel
	external dispatch.ExternalID
	text     string
	tries    int
	answer   string
}

// arrival is one request with an inbound message.
type arrival struct {
	id   string
	in   *inbound
	m    *dispatch.Arrival
	open dispatch.OpenConversation
	root dispatch.ContactID
	kin  []dispatch.ContactID
}

// customersWrite lets somebody write: often somebody who just did.
func (s *Sim) customersWrite() {
	s.after(s.rng.dur(s.p.Arrive/4, 2*s.p.Arrive), classWorld, s.customersWrite)
	if s.calm {
		return
	}
	cu := s.customers[s.rng.n(s.rng.between(1, len(s.customers)))]
	if cu.last != "" && s.rng.chance(60) {
		s.send(dispatch.Envelope{To: cu.last.Address(), Message: dispatch.LeaveConversation{}})
		return
	}
	if cu.last != "" && s.rng.chance(100) { // a receipt of the customer's own client, maybe late, maybe of what is not there
		seen := dispatch.ContactSaw{Seq: uint64(s.rng.n(int(s.model.conv(cu.last).s.LastSeq) + 2)), State: pick(s.rng, []dispatch.DeliveryState{dispatch.DeliveryDelivered, dispatch.DeliveryRead})}
		s.send(dispatch.Envelope{To: cu.last.Address(), Message: seen})
		return
	}
	if cu.last != "" && s.rng.chance(80) {
		s.rateIt(cu.last)
		return
	}
	ch := pick(s.rng, s.channels)
	burst := 1
	if s.rng.chance(100) {
		burst = s.rng.between(2, 5)
	}
	for range burst {
		cu.sent++
		in := &inbound{from: cu, channel: ch, external: dispatch.ExternalID(fmt.Sprintf("ext-%s-%d", cu.contact.ID, cu.sent)), text: fmt.Sprint("message ", cu.sent)}
		s.arrive(in)
		if s.rng.chance(100) { // the provider sends it twice at once
			s.arrive(in)
		}
		if s.rng.chance(30) && len(s.channels) > 1 { // the same external id on another channel is another message
			twin := *in
			twin.channel = pick(s.rng, s.channels)
			if twin.channel != in.channel {
				s.arrive(&twin)
			}
		}
	}
}

// arrive is one request of the provider.
func (s *Sim) arrive(in *inbound) {
	if in.answer != "" || in.tries == maxTries {
		return
	}
	in.tries++
	a := &arrival{id: fmt.Sprintf("arr_%d", s.ids), in: in}
	a.root, a.kin = s.kin(in.from.contact.ID)
	contact := in.from.contact
	contact.ID = a.root
	a.open = dispatch.OpenConversation{
		Opened: dispatch.ConversationOpened{
			ID: dispatch.ConversationID(s.newID("cnv")), Channel: in.channel.id, Contact: contact, Queue: in.channel.queue,
			Skills: in.from.skills, Priority: s.rng.between(-1, 1), Protocol: fmt.Sprint("2026-", s.ids),
		},
		First: dispatch.InboundChat{
			ID: dispatch.MessageID(s.newID("msg")), External: in.external, Text: in.text,
			Author: dispatch.Author{Kind: dispatch.AuthorContact, ID: string(a.root)},
		},
	}
	if s.rng.chance(700) {
		a.open.Opened.Priority = 0
	}
	if s.rng.chance(250) {
		a.open.Opened.Preferred = pick(s.rng, s.agents).id
	}
	a.id = string(a.open.First.ID)
	a.m = dispatch.NewArrival(a.open)
	s.arrivals[a.id] = a
	s.mergeMeanwhile(in.from.contact.ID)
	s.arrivalStep(a, a.m.Start())
	s.after(s.rng.dur(2*time.Second, 6*time.Second), classWorld, func() { s.arrive(in) })
}

func (s *Sim) arrivalStep(a *arrival, step dispatch.ArrivalStep) {
	who := dispatch.Address{Kind: kindArrival, ID: a.id}
	switch {
	case step.Look:
		s.after(s.rng.dur(0, 2*time.Millisecond), classInside, func() {
			found, err := s.disk.db.FindArrival(a.in.channel.id, a.root, a.kin, a.in.external)
			s.must(who, err)
			s.withoutChannel(a.in, &found)
			s.arrivalStep(a, a.m.Found(found))
		})
	case step.Ask != nil:
		e := *step.Ask
		e.From = who
		s.send(e)
	case step.Err != nil:
		delete(s.arrivals, a.id)
		if step.Err.Code == dispatch.CodeContactMerged { // meanwhile: the server finds out anew whose it is
			s.arrive(a.in)
			return
		}
		if step.Err.Code != dispatch.CodeOverloaded {
			s.fail("I18", who, "arrival refused: %v", step.Err)
		}
	default:
		delete(s.arrivals, a.id)
		s.acknowledged(a.in, who, step.Done)
	}
}

func (s *Sim) arrivalAnswered(id string, answer dispatch.Answer) {
	if a := s.arrivals[id]; a != nil {
		s.arrivalStep(a, a.m.Answered(answer))
	}
}

// acknowledged: the provider has its 200; from now on the message is never lost, and a repeat gets the same answer.
func (s *Sim) acknowledged(in *inbound, who dispatch.Address, r dispatch.ReplyInbound) {
	kept, ok := s.model.externals[externalKey{in.channel.id, in.external}]
	text := answerText(r, nil)
	switch {
	case !ok:
		s.fail("I19", who, "external id %s is acknowledged and not durable", in.external)
	case text != answerText(kept, nil):
		s.fail("I14", who, "external id %s is answered %q, the record says %q", in.external, text, answerText(kept, nil))
	}
	in.answer = text
	in.from.last = r.Conversation
}
