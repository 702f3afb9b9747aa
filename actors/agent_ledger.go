package actors

import (
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// ledger knows the commands of one agent that have no answer yet. Answers that were given are in storage; known tells
// which commands have one, so that a new command costs no look-up.
type ledger struct {
	open  map[dispatch.CommandID]*openCommand
	known map[uint64]struct{} // hashes of answered commands; nil: not read yet, or too many to keep
	full  bool
}

// maxKnown bounds known to about 300 KB for the busiest agent; beyond it every command is looked up.
const maxKnown = 16_384

var commandSeed = maphash.MakeSeed()

// mayBeAnswered is false only for a command that surely has no answer in storage.
func (l *ledger) mayBeAnswered(store Store, principal string, id dispatch.CommandID) (bool, error) {
	if l.full {
		return true, nil
	}
	if l.known == nil {
		l.known = map[uint64]struct{}{}
		err := store.Answered(principal, func(id dispatch.CommandID) error {
			l.know(id)
			return nil
		})
		if err != nil {
			l.known = nil
			return false, err
		}
	}
	_, found := l.known[maphash.String(commandSeed, string(id))]
	return found || l.full, nil
}

func (l *ledger) know(id dispatch.CommandID) {
	switch {
	case l.full || l.known == nil:
	case len(l.known) >= maxKnown:
		l.known, l.full = nil, true
	default:
		l.known[maphash.String(commandSeed, string(id))] = struct{}{}
	}
}

// openCommand waits for its answer, maybe for more than one connection that sent it.
type openCommand struct {
	hash    uint64
	since   time.Time
	offer   dispatch.OfferID // of an accept
	waiters []act.Address
	first   [1]act.Address // mostly the only one
}

// commandPatience is after what time a command without an answer is carried out again when it is repeated: its first
// copy was lost, or its answer was and is in storage.
const commandPatience = 5 * time.Second

// commandDoubt is longer than a command can wait for a conversation whose disk hangs.
const commandDoubt = time.Minute

// acceptor is the session whose accept of the offer is under way.
func (l *ledger) acceptor(offer dispatch.OfferID) dispatch.SessionID {
	for _, o := range l.open {
		if o.offer == offer && len(o.waiters) > 0 && o.waiters[0].Kind == kindSession {
			return dispatch.SessionID(o.waiters[0].ID)
		}
	}
	return ""
}

// command carries out a command once: a repeat gets the first answer, or waits for it.
func (a *agent) command(c *act.Context, from act.Address, e *dispatch.Envelope) {
	if a.sidework(c, from, *e) {
		return
	}
	if !e.Cause.Durable() {
		e.From = plain(from)
		a.route(c, e)
		return
	}
	id, now := e.Cause.Command, a.system.Now()
	if o := a.ledger.open[id]; o != nil && now.Sub(o.since) < commandPatience {
		if o.hash != e.Cause.Hash {
			a.reply(c, from, dispatch.Answer{Cause: e.Cause, Err: errReused})
			return
		}
		o.waiters = append(o.waiters, from)
		return
	}
	kept, ok, err := a.firstAnswer(e.Cause)
	if err != nil {
		panic(fmt.Errorf("look up command: %w", err))
	}
	if ok {
		a.replyKept(c, from, e.Cause, kept)
		return
	}
	a.ledger.know(id)
	repeat := a.ledger.open[id] != nil || now.Before(a.doubtUntil)
	o := &openCommand{hash: e.Cause.Hash, since: now, first: [1]act.Address{from}}
	o.waiters = o.first[:]
	if accept, is := e.Message.(dispatch.AcceptOffer); is {
		o.offer = accept.Offer
	}
	a.ledger.open[id] = o
	e.From = a.id.Address()
	if repeat && e.To.Kind == dispatch.KindConversation {
		a.forward(c, e, again{*e})
		return
	}
	a.route(c, e)
}

// again is a command that may have reached its conversation before: it is carried out unless it has an answer by then.
type again struct{ dispatch.Envelope }

// firstAnswer is the answer that the command had before. The set of known commands is this agent's own.
func (a *agent) firstAnswer(cause dispatch.Cause) (kept dispatch.CommandAnswered, ok bool, err error) {
	if cause.Principal == string(a.id) {
		may, err := a.ledger.mayBeAnswered(a.system.o.Store, cause.Principal, cause.Command)
		if err != nil || !may {
			return kept, false, err
		}
	}
	return a.system.o.Store.Answer(cause.Principal, cause.Command)
}

// route takes a command to its machine: this agent's own, or another actor's.
func (a *agent) route(c *act.Context, e *dispatch.Envelope) {
	if e.To == a.id.Address() || e.To == (dispatch.Address{}) {
		a.run(c, *e)
		return
	}
	a.forward(c, e, e)
}

// forward gives m, which is or has e, to the machine that e is for.
func (a *agent) forward(c *act.Context, e *dispatch.Envelope, m any) {
	err := c.Forward(address(e.To), act.Envelope{From: address(e.From)}, m)
	if err != nil { // nobody else has e
		a.tell(c, refusal(*e, asRefusal(err)))
	}
}

func (a *agent) replyKept(c *act.Context, from act.Address, cause dispatch.Cause, kept dispatch.CommandAnswered) {
	answer := dispatch.Answer{Cause: cause}
	reply, err := repeated(cause, kept, nil)
	answer.Reply = reply
	if err != nil && !errors.As(err, &answer.Err) {
		panic(fmt.Errorf("kept answer: %w", err))
	}
	a.reply(c, from, answer)
}

// answered closes a command: everybody who sent it gets the answer, the first one in the envelope in which it came.
func (a *agent) answered(c *act.Context, e *dispatch.Envelope) {
	answer, _ := e.Message.(dispatch.Answer)
	o := a.ledger.open[answer.Cause.Command]
	if o == nil || o.hash != answer.Cause.Hash {
		return
	}
	delete(a.ledger.open, answer.Cause.Command)
	for _, w := range o.waiters[1:] {
		more := *e
		a.pass(c, w, &more)
	}
	a.pass(c, o.waiters[0], e)
}

func (a *agent) reply(c *act.Context, to act.Address, answer dispatch.Answer) {
	a.pass(c, to, &dispatch.Envelope{Cause: answer.Cause, Message: answer})
}

func (a *agent) pass(c *act.Context, to act.Address, answer *dispatch.Envelope) {
	answer.To, answer.From = plain(to), a.id.Address()
	a.system.untold(c.Send(to, answer), to.ID, "reply not taken")
}

// commandFailed answers a command whose actor crashed on it; it may be repeated.
func (a *agent) commandFailed(c *act.Context, m act.Failed) {
	if _, is := m.Msg.(follow); is {
		a.followFailed(c)
		return
	}
	e, ok := carried(m.Msg)
	if r, is := m.Msg.(again); is {
		e, ok = r.Envelope, true
	}
	if ok && e.Cause.Durable() {
		a.answered(c, &dispatch.Envelope{Cause: e.Cause, Message: dispatch.Answer{
			Cause: e.Cause, Err: &dispatch.Error{Code: dispatch.CodeInternal, Message: "internal error"},
		}})
	}
}
