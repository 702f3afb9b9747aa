package dispatch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestTraces plays the stories in testdata/traces: each line of input is a command to the world, and the output is every
// record, message and event that it caused. Rewrite with -rewrite and read the difference.
func TestTraces(t *testing.T) {
	datadriven.Walk(t, "testdata/traces", func(t *testing.T, path string) {
		w := newWorld()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "world" {
				t.Fatalf("%s: unknown directive %s", d.Pos, d.Cmd)
			}
			var out []string
			for line := range strings.Lines(d.Input) {
				w.run(t, parseLine(line))
				out = append(out, "> "+strings.TrimSpace(line), w.take())
				if err := w.atRest(); err != nil {
					t.Errorf("%s: after %q: %v", d.Pos, strings.TrimSpace(line), err)
				}
			}
			if w.bad != nil {
				t.Errorf("%s: %v", d.Pos, w.bad)
			}
			return strings.Join(out, "\n")
		})
	})
}

// line is one command: words, and key=value options.
type line struct {
	words []string
	opts  map[string]string
}

func parseLine(s string) line {
	l := line{opts: map[string]string{}}
	for _, f := range strings.Fields(s) {
		if k, v, ok := strings.Cut(f, "="); ok {
			l.opts[k] = v
		} else {
			l.words = append(l.words, f)
		}
	}
	l.words = append(l.words, "", "", "")
	return l
}

func (l line) duration(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatalf("%v: %v", l.words, err)
	}
	return d
}

func (l line) number(key string, otherwise int) int {
	if n, err := strconv.Atoi(l.opts[key]); err == nil {
		return n
	}
	return otherwise
}

// pairs reads "pt:3,en:1".
func pairs(s string) (ids []string, levels []int) {
	for part := range strings.SplitSeq(s, ",") {
		id, level, _ := strings.Cut(part, ":")
		n, _ := strconv.Atoi(level)
		if id != "" {
			ids, levels = append(ids, id), append(levels, n)
		}
	}
	return ids, levels
}

func (w *world) run(t *testing.T, l line) {
	t.Helper()
	switch l.words[0] {
	case "agent", "connect", "disconnect", "ready", "notready", "accept", "decline", "leavequeue":
		w.runAgent(t, l)
	case "advance":
		w.advance(l.duration(t, l.words[1]))
	case "rules":
		w.runRules(t, l)
	case "queue":
		q := QueueID(l.words[1])
		w.strategy[q] = Strategy(l.opts["strategy"])
		w.do(q.Address(), ConfigureQueue{Strategy: w.strategy[q]})
	case "lose", "delay", "repeat", "echo":
		f := fault{message: l.words[1], what: l.words[0]}
		if f.what == "delay" || f.what == "echo" {
			f.by = l.duration(t, l.words[2])
		}
		w.faults = append(w.faults, f)
	case "crash":
		w.crash(t, l.words[1])
	case "state":
		w.logState()
	case "calm": // from here on all must be right again
		w.disturbed = false
	default:
		w.runConversation(t, l)
	}
}

func (w *world) crash(t *testing.T, name string) {
	t.Helper()
	switch {
	case w.convs[ConversationID(name)] != nil:
		w.recover(ConversationID(name).Address())
	case w.agents[AgentID(name)] != nil:
		w.recover(AgentID(name).Address())
	case w.queues[QueueID(name)] != nil:
		w.recover(QueueID(name).Address())
	default:
		t.Fatalf("nobody is called %s", name)
	}
	w.rest()
}

func (w *world) runAgent(t *testing.T, l line) {
	t.Helper()
	id := AgentID(l.words[1])
	switch l.words[0] {
	case "agent":
		if w.agents[id] == nil {
			w.agents[id] = newCheckedAgent(id, w.now)
			w.step(Envelope{To: id.Address(), Message: AdoptSlots{}})
		}
		p := AgentProfile{Capacity: l.number("capacity", 4)}
		queues, _ := pairs(l.opts["queues"])
		for _, q := range queues {
			p.Queues = append(p.Queues, QueueID(q))
			if !slices.Contains(w.members[QueueID(q)], id) {
				w.members[QueueID(q)] = append(w.members[QueueID(q)], id)
			}
		}
		skills, levels := pairs(l.opts["skills"])
		for i, s := range skills {
			p.Skills = append(p.Skills, SkillLevel{SkillID(s), levels[i]})
		}
		w.do(id.Address(), ConfigureAgent{Profile: p})
	case "connect":
		w.do(id.Address(), SessionOpened{Session: SessionID("s" + l.opts["session"])})
	case "disconnect":
		w.do(id.Address(), SessionClosed{Session: SessionID("s" + l.opts["session"])})
	case "ready":
		w.do(id.Address(), SetStatus{Status: StatusReady, By: id})
	case "notready":
		w.do(id.Address(), SetStatus{Status: StatusNotReady, Reason: l.opts["reason"], By: id, AfterCurrent: l.opts["after"] != ""})
	case "accept":
		w.do(id.Address(), AcceptOffer{Offer: w.offerFor(id, l.opts["offer"])})
	case "decline":
		w.do(id.Address(), DeclineOffer{Offer: w.offerFor(id, l.opts["offer"]), Reason: l.opts["reason"]})
	}
	w.logAnswers()
}

// offerFor finds an offer by its printed name, else the one that the agent holds.
func (w *world) offerFor(agent AgentID, name string) OfferID {
	for id, n := range w.p.offers {
		if n == name {
			return id
		}
	}
	if name != "" {
		return OfferID(name)
	}
	for _, s := range w.agents[agent].Slots() {
		if s.Kind == SlotOffered {
			return s.Offer.ID
		}
	}
	return "none"
}

func (w *world) runRules(t *testing.T, l line) {
	t.Helper()
	q := QueueID(l.words[1])
	r := w.ruleOf(q)
	for k, v := range l.opts {
		switch k {
		case "offer":
			r.OfferTime = l.duration(t, v)
		case "transfer":
			r.TransferTime = l.duration(t, v)
		case "reopen":
			r.ReopenWindow = l.duration(t, v)
		case "misses":
			r.MaxMisses = l.number(k, 2)
		case "weight":
			r.Weight = l.number(k, 1)
		case "live":
			r.Live = v == "yes"
		case "window":
			r.Window = l.duration(t, v)
		case "outbox":
			r.Outbox = v == "yes"
		case "wrapup":
			r.Wrapup = WrapupMode(v)
		case "script":
			r.ScriptRequired = v == "required"
			r.Script = &ScriptRules{Reasons: map[string]bool{"billing": true, "other": true}, Required: []string{"q1"}}
		default:
			t.Fatalf("no rule %s", k)
		}
	}
	w.rules[q] = r
}

func (w *world) runConversation(t *testing.T, l line) {
	t.Helper()
	id := ConversationID(l.words[1])
	m := conversationCommand(l)
	if m == nil {
		t.Fatalf("no command %v", l.words)
	}
	if o, ok := m.(OpenConversation); ok {
		o.First.ID = MessageID(fmt.Sprintf("m%d", w.steps))
		m = o
	}
	w.do(id.Address(), m)
	w.logAnswers()
}

func conversationCommand(l line) Message {
	by := Actor{Agent: AgentID(l.opts["by"]), Supervisor: l.opts["by"] == "sup"}
	contact := Author{Kind: AuthorContact, ID: "con"}
	text := strings.ReplaceAll(l.opts["text"], "_", " ")
	switch l.words[0] {
	case "inbound":
		o := ConversationOpened{Queue: QueueID(l.opts["queue"]), Priority: l.number("priority", 0), Channel: "web", Contact: Contact{ID: "con"}}
		skills, levels := pairs(l.opts["skills"])
		for i, s := range skills {
			o.Skills = append(o.Skills, SkillNeed{SkillID(s), levels[i]})
		}
		return OpenConversation{Opened: o, First: InboundChat{Author: contact, Text: "hello"}}
	case "writes":
		return ReceiveMessage{Inbound: InboundChat{ID: "m", Author: contact, Text: text}}
	case "send":
		return SendMessage{ID: "m", Author: Author{Kind: AuthorAgent, ID: string(by.Agent)}, By: by, Text: text}
	case "read":
		return ReadMessages{By: by, Seq: uint64(l.number("seq", 0))}
	case "typing":
		return SetTyping{By: by, Author: contact, Typing: true}
	case "note":
		return AddNote{By: by, Note: Note{ID: "n", Text: text}}
	case "delivery":
		return ReportDelivery{Seq: uint64(l.number("seq", 0)), State: DeliveryState(l.opts["state"])}
	case "transfer":
		return StartTransfer{ID: OfferID(l.opts["id"]), By: by, ToAgent: AgentID(l.opts["agent"]), ToQueue: QueueID(l.opts["queue"]), Note: text}
	case "cancel":
		return CancelTransfer{By: by}
	case "close":
		c := CloseConversation{By: by}
		if reason, ok := l.opts["script"]; ok {
			c.Script = &ScriptAnswer{Reason: reason, Resolved: true, Answers: map[string]string{"q1": l.opts["q1"]}}
		}
		return c
	case "leaves":
		return LeaveConversation{}
	case "hold":
		return SetHold{By: by, On: l.opts["on"] == "yes"}
	case "assign":
		return AssignConversation{ID: OfferID(l.opts["id"]), By: by, Agent: AgentID(l.opts["agent"])}
	case "requeue":
		r := RequeueConversation{By: by, Queue: QueueID(l.opts["queue"])}
		if _, ok := l.opts["priority"]; ok {
			n := l.number("priority", 0)
			r.Priority = &n
		}
		return r
	}
	return nil
}

func (w *world) logAnswers() {
	for _, a := range w.answers {
		if a.Err != nil {
			w.logf("  answer: %v", a.Err)
		} else if a.Reply != nil {
			w.logf("  answer: %v", a.Reply)
		}
	}
}

func (w *world) logState() {
	for _, id := range sortedKeys(w.convs) {
		w.logf("  %v", w.p.head(w.convs[id].Head()))
	}
	for _, id := range sortedKeys(w.agents) {
		a := w.agents[id]
		dot, why := a.Dot()
		w.logf("  %v %v %v load=%d/%d%v", id, a.s.Status, dot, a.Load(), a.profile.Capacity, optional(" ", why))
	}
	for _, id := range sortedKeys(w.queues) {
		w.logf("  %v waiting=%d", id, w.queues[id].Waiting())
	}
}
