package actors

import (
	"errors"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

func (a *visitor) command(c *act.Context, from act.Address, e dispatch.Envelope) {
	_, says := e.Message.(dispatch.ReceiveMessage)
	switch {
	case a.who == nil: // it is new after a crash: nobody has introduced the visitor yet
		a.refuse(c, from, e.Cause, &dispatch.Error{Code: dispatch.CodeOverloaded, Message: "try again"})
	case says:
		a.say(c, visitorMessage{from, e})
	case a.conversation == "":
		a.refuse(c, from, e.Cause, &dispatch.Error{Code: dispatch.CodeNotFound, Message: "there is no conversation"})
	default:
		a.ask(c, from, e)
	}
}

func (a *visitor) refuse(c *act.Context, to act.Address, cause dispatch.Cause, err *dispatch.Error) {
	a.reply(c, to, dispatch.Answer{Cause: cause, Err: err})
}

func (a *visitor) reply(c *act.Context, to act.Address, answer dispatch.Answer) {
	if answer.Cause.Command == "" {
		return
	}
	err := c.Send(to, dispatch.Envelope{To: plain(to), Cause: answer.Cause, Message: answer})
	a.system.untold(err, to.ID, "reply not taken")
}

// ask takes a command to the conversation. What has a command id is carried out once: the conversation keeps the answer.
func (a *visitor) ask(c *act.Context, from act.Address, e dispatch.Envelope) {
	e.To, e.From = a.conversation.Address(), plain(a.address)
	if m, typing := e.Message.(dispatch.SetTyping); typing && a.head != nil {
		m.Author.ID, m.Author.Name = string(a.head.Contact.ID), a.head.Contact.Name
		e.Message, e.From = m, dispatch.Address{}
		a.send(c, e)
		return
	}
	var m any = again{e}
	if _, saw := e.Message.(dispatch.ContactSaw); saw || e.Cause.Command == "" { // repeating it changes nothing, so nothing is kept
		a.asks++
		original := e.Cause
		e.Cause = dispatch.Cause{Principal: string(original.Command), Hash: a.asks}
		m = e
	}
	a.asked[e.Cause] = from
	a.send(c, m)
}

// got is the receipt of a client: what it has was delivered. Nobody waits for an answer.
func (a *visitor) got(c *act.Context, m got) {
	if m.conversation != a.conversation {
		return
	}
	a.send(c, dispatch.Envelope{To: a.conversation.Address(), Message: dispatch.ContactSaw{Seq: m.seq, State: dispatch.DeliveryDelivered}})
}

// answered passes the conversation's answer on.
func (a *visitor) answered(c *act.Context, e dispatch.Envelope) {
	answer, ok := e.Message.(dispatch.Answer)
	to, waits := a.asked[answer.Cause]
	if !ok || !waits {
		return
	}
	delete(a.asked, answer.Cause)
	if !answer.Cause.Durable() {
		answer.Cause = dispatch.Cause{Command: dispatch.CommandID(answer.Cause.Principal)}
	}
	if _, head := answer.Reply.(dispatch.ReplyConversation); head {
		answer.Reply = dispatch.Done{} // the head is for staff
	}
	a.reply(c, to, answer)
}

// failed answers a command on which the conversation crashed; it may be repeated.
func (a *visitor) failed(c *act.Context, m act.Failed) {
	e, ok := carried(m.Msg)
	if r, is := m.Msg.(again); is {
		e, ok = r.Envelope, true
	}
	if ok {
		a.answered(c, dispatch.Envelope{Message: dispatch.Answer{Cause: e.Cause, Err: &dispatch.Error{Code: dispatch.CodeInternal, Message: "internal error"}}})
	}
}

// say puts a message in line. Its place in line is its order of arrival.
func (a *visitor) say(c *act.Context, m visitorMessage) {
	if !a.rate.AllowN(a.system.Now(), 1) {
		a.refuse(c, m.from, m.e.Cause, &dispatch.Error{Code: dispatch.CodeRateLimited, Message: "slower, please"})
		return
	}
	a.outgoing = append(a.outgoing, m)
	a.next(c)
}

// next lets the first message in line go in, off this actor: it may have to wait for several writes.
func (a *visitor) next(c *act.Context) {
	if a.sending || len(a.outgoing) == 0 {
		return
	}
	m, ok := a.outgoing[0].e.Message.(dispatch.ReceiveMessage)
	if !ok {
		a.outgoing = a.outgoing[1:]
		return
	}
	a.sending = true
	who, in := a.who, m.Inbound
	a.system.sending.Go(func() {
		reply, err := a.system.o.Visitors.Deliver(a.system.life, who, in)
		a.system.tellSurely(a.address, delivered{reply, err})
	})
}

// delivered answers the first message in line and follows the conversation that it went to.
func (a *visitor) delivered(c *act.Context, m delivered) {
	if !a.sending || len(a.outgoing) == 0 {
		return
	}
	first := a.outgoing[0]
	a.outgoing, a.sending = a.outgoing[1:], false
	answer := dispatch.Answer{Cause: first.e.Cause, Reply: m.reply}
	if m.err != nil {
		answer.Reply = nil
		if !errors.As(m.err, &answer.Err) {
			a.system.log.Error().Err(m.err).Str("visitor", a.address.ID).Msg("message not delivered")
			answer.Err = &dispatch.Error{Code: dispatch.CodeInternal, Message: "internal error"}
		}
	} else if len(a.sessions.order) > 0 && m.reply.Conversation != a.conversation {
		a.turnTo(c, m.reply.Conversation)
		a.arriving = true
	}
	a.reply(c, first.from, answer)
	a.next(c)
}

// tellSurely sends to an actor whose mailbox may be full for a moment, until the system ends.
func (s *System) tellSurely(to act.Address, m any) {
	for s.act.Send(act.Envelope{To: to, Msg: m}) != nil {
		select {
		case <-s.life.Done():
			return
		case <-time.After(retrySend):
		}
	}
}

const retrySend = 50 * time.Millisecond
