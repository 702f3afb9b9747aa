package actors

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"pronto/dispatch"
	"pronto/internal/act"
)

// Visitor is a customer on a web page, as the edge found out who it is. It is not changed once made.
type Visitor struct {
	Channel dispatch.ChannelID
	Key     string // who it is on the channel: the Route of its conversations
	Token   string // what its client shows next time; empty for one that the host site vouches for
	Fresh   bool   // made up just now, because the client showed nothing
	Name    string
	Limits  VisitorLimits
	Sender  any // what the Visitors port needs to know; opaque here
}

// VisitorLimits bounds what one visitor may do. Zero fields get the defaults.
type VisitorLimits struct {
	Sessions          int // pages and tabs at once; 8
	MessagesPerMinute int // sustained; twice as many at once; 30
}

func (l VisitorLimits) withDefaults() VisitorLimits {
	if l.Sessions == 0 {
		l.Sessions = 8
	}
	if l.MessagesPerMinute == 0 {
		l.MessagesPerMinute = 30
	}
	return l
}

// Visitors finds and feeds the conversations of visitors.
type Visitors interface {
	// Conversation is the visitor's open conversation, else its last one; empty: none.
	Conversation(v *Visitor) (dispatch.ConversationID, error)
	// Hours says whether the visitor's channel is open now.
	Hours(v *Visitor) dispatch.ContactHours
	// Settings stands for what an administrator set of the visitor's channel: equal while that is the same. Never nil.
	Settings(v *Visitor) any
	// Deliver takes a message in, durable when it returns. The same External gets the first answer again.
	Deliver(ctx context.Context, v *Visitor, m dispatch.InboundChat) (dispatch.ReplyMessage, error)
}

// VisitorView is a visitor's world for a snapshot.
type VisitorView struct {
	Visitor      *Visitor
	Conversation *dispatch.ContactView // nil: none yet
	Messages     []dispatch.Chat       // the last ones, in order
	More         bool                  // there are earlier ones
	Hours        dispatch.ContactHours
}

// visitor stands for one customer of a web channel while a page of theirs is connected: it owns the list of the pages'
// sessions and nothing durable. It follows the customer's conversation and passes on what a contact may see.
//
// It receives commands of sessions and what happens to the conversation; it tells sessions and the conversation. Messages
// go in one after the other, so that they keep their order. After a crash the sessions introduce it anew.
type visitor struct {
	address act.Address
	system  *System

	who      *Visitor
	sessions sessionSet           // all that get events, connected or not
	lost     []dispatch.SessionID // those without a connection, oldest first: the first to give way
	behind   []behindPage         // that wait for a snapshot
	rate     *rate.Limiter

	conversation dispatch.ConversationID
	looked       bool           // storage was asked which one
	head         *dispatch.Head // as of the last event; nil: not followed yet
	told         dispatch.ContactView
	unread       []mark // the contact's own messages that the agent's side has not read yet
	arriving     bool   // the conversation is new to the sessions: its messages so far are to be told
	outgoing     []visitorMessage
	sending      bool
	asked        map[dispatch.Cause]act.Address
	asks         uint64
	retryAt      time.Time // when to tell again what was not taken; zero: nothing
	hours        dispatch.ContactHours
	settings     any       // of the channel, as the sessions were shown them; nil: none yet
	placeAt      time.Time // when to ask where the conversation stands in line; zero: it does not wait
}

// behindPage is a session that gets no events until it gets a snapshot, and why it gets one.
type behindPage struct {
	session dispatch.SessionID
	reason  string
}

// mark is a message by id and place.
type mark struct {
	id  dispatch.MessageID
	seq uint64
}

type visitorMessage struct {
	from act.Address
	e    dispatch.Envelope
}

// delivered says what became of the first of the outgoing messages.
type delivered struct {
	reply dispatch.ReplyMessage
	err   error
}

// rejoin asks a session to introduce itself again.
type rejoin struct{}

const (
	visitorInbox, visitorLimit = 4, 2048
	shownMessages              = 50  // of a snapshot; the rest is read page by page
	keptMarks                  = 256 // receipts of older messages are not told one by one
	placeEvery                 = 5 * time.Second
	waitStep                   = 30 * time.Second // an estimate that changes by less is not told again
)

func (v *Visitor) address() act.Address {
	return act.Address{Kind: kindVisitor, ID: string(v.Channel) + "/" + v.Key}
}

// Visits reports whether a page of the visitor is connected, or was a moment ago.
func (s *System) Visits(v *Visitor) bool { return s.links.any(v.address()) }

func (s *System) newVisitor(id string) act.Actor {
	return &visitor{address: act.Address{Kind: kindVisitor, ID: id}, system: s, asked: map[dispatch.Cause]act.Address{}}
}

// Receive takes what concerns sessions, then what concerns the conversation.
func (a *visitor) Receive(c *act.Context, e act.Envelope) {
	defer a.arm(c)
	switch m := e.Msg.(type) {
	case attach:
		a.attach(c, m)
	case detach:
		if a.sessions.has(m.session) {
			a.lost = append(a.lost, m.session)
		}
	case forget:
		a.forget(c, m)
	case handOver:
		a.handOver(m)
	case command:
		a.command(c, e.From, *m.Envelope)
	case delivered:
		a.delivered(c, m)
	case got:
		a.got(c, m)
	case followed:
		a.followed(c, m)
	case happened:
		a.happened(c, m)
	case dispatch.Envelope:
		a.answered(c, m)
	case *dispatch.Envelope:
		a.answered(c, *m)
	case act.Failed:
		a.failed(c, m)
	case placeIs:
		a.placed(m.conversation, m.place)
	case lookAtHours:
		a.lookAtHours()
	case act.Wake:
		a.wake(c)
	case act.Restarted:
		for _, id := range a.system.links.live(a.address) {
			a.system.tellSession(id, rejoin{})
		}
	}
}

// CanRetire: no session, and nothing on its way.
func (a *visitor) CanRetire() bool {
	return len(a.sessions.order) == 0 && !a.sending && len(a.asked) == 0
}

// attach makes a session a receiver; its snapshot comes once the conversation is followed.
func (a *visitor) attach(c *act.Context, m attach) {
	limits := m.visitor.Limits.withDefaults()
	if !a.sessions.has(m.session) && !a.makeRoom(c, limits.Sessions) {
		a.system.tellSession(m.session, turnedAway{})
		return
	}
	a.who = m.visitor
	if a.rate == nil {
		a.rate = rate.NewLimiter(rate.Limit(limits.MessagesPerMinute)/60, 2*limits.MessagesPerMinute)
	}
	if len(a.sessions.order) == 0 {
		a.hours, a.settings = a.system.o.Visitors.Hours(a.who), a.system.o.Visitors.Settings(a.who)
	}
	a.sessions.add(m.session)
	if !a.looked {
		id, err := a.system.o.Visitors.Conversation(a.who)
		if err != nil {
			panic(fmt.Errorf("find conversation of visitor: %w", err))
		}
		a.looked = true
		a.turnTo(c, id)
	}
	if a.conversation != "" && a.head == nil {
		a.fallsBehind(m.session, "start") // followed brings it up to date
		return
	}
	a.system.tellSession(m.session, snapshotNow{view: a.snapshot(), reason: "start"})
}

// makeRoom reports whether one more session fits. A page that may come back gives way to one that is there.
func (a *visitor) makeRoom(c *act.Context, limit int) bool {
	if len(a.sessions.order) < limit {
		return true
	}
	if len(a.lost) == 0 {
		return false
	}
	s := a.lost[0]
	a.forget(c, forget{s})
	a.system.tellSession(s, giveWay{})
	return true
}

// turnTo follows another conversation.
func (a *visitor) turnTo(c *act.Context, id dispatch.ConversationID) {
	if id == a.conversation {
		return
	}
	a.turnAway(c)
	a.conversation = id
	if id != "" {
		a.send(c, follow{})
	}
}

// unfollow is said again when a conversation goes on telling: it may not have heard.
func (a *visitor) unfollow(c *act.Context, id dispatch.ConversationID) {
	a.system.untold(c.Send(address(id.Address()), unfollow{}), string(id), "conversation not told")
}

func (a *visitor) turnAway(c *act.Context) {
	if a.conversation != "" {
		a.unfollow(c, a.conversation)
	}
	a.conversation, a.head, a.told, a.unread, a.placeAt = "", nil, dispatch.ContactView{}, nil, time.Time{}
}

// wake tells again what was not taken, and asks where a waiting conversation stands: places change with every
// conversation before it, so they are asked for while somebody looks, not told.
func (a *visitor) wake(c *act.Context) {
	now := a.system.Now()
	if !a.retryAt.IsZero() && !now.Before(a.retryAt) {
		a.retryAt = time.Time{}
		a.catchUp(c)
	}
	if !a.placeAt.IsZero() && !now.Before(a.placeAt) {
		a.askPlace(c)
	}
	if at := a.hours.Until; !at.IsZero() && !now.Before(at) {
		a.lookAtHours()
	}
}

func (a *visitor) arm(c *act.Context) {
	var at time.Time
	for _, t := range []time.Time{a.retryAt, a.placeAt, a.hours.Until} {
		if at.IsZero() || !t.IsZero() && t.Before(at) {
			at = t
		}
	}
	arm(c, at)
}

func (a *visitor) retry() { a.retryAt = a.system.Now().Add(dispatch.RetryPause) }

func (a *visitor) send(c *act.Context, m any) {
	a.system.untold(c.Send(address(a.conversation.Address()), m), string(a.conversation), "conversation not told")
}

func (a *visitor) forget(c *act.Context, m forget) {
	a.sessions.drop(m.session)
	a.behind = slices.DeleteFunc(a.behind, func(b behindPage) bool { return b.session == m.session })
	a.lost = slices.DeleteFunc(a.lost, func(s dispatch.SessionID) bool { return s == m.session })
	if len(a.sessions.order) == 0 {
		a.turnAway(c)
		a.looked, a.rate, a.hours, a.settings = false, nil, dispatch.ContactHours{}, nil
	}
}

func (a *visitor) handOver(m handOver) {
	a.sessions.replace(m.session, m.next)
	if i := a.indexBehind(m.session); i >= 0 {
		a.behind[i].session = m.next
	}
	a.lost = slices.DeleteFunc(a.lost, func(s dispatch.SessionID) bool { return s == m.session })
	a.system.tellSession(m.session, handedOver{next: m.next})
}

// onChannel reports whether a hub is a visitor of the channel.
func onChannel(hub act.Address, channel dispatch.ChannelID) bool {
	return hub.Kind == kindVisitor && strings.HasPrefix(hub.ID, string(channel)+"/")
}
