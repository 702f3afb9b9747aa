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
	case "agent", "connect", "disconnect", "ready", "notready", "accept", "decline", "leavequeue", "reassign":
		w.runAgent(t, l)
	case "advance":
		w.advance(l.duration(t, l.words[1]))
	case "rules":
		w.runRules(t, l)
	case "queue":
		w.runQueue(t, l)
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
	case "follow":
		w.conversation(ConversationID(l.words[1])).shown = true
	case "why": // decisions are shown from here on
		w.p.why = true
	case "calm": // from here on all must be right again
		w.disturbed = false
	default:
		w.runConversation(t, l)
	}
}

func (w *world) runQueue(t *testing.T, l line) {
	t.Helper()
	q := QueueID(l.words[1])
	s := w.settingsOf(q)
	for k, v := range l.opts {
		switch k {
		case "strategy":
			s.Strategy = Strategy(v)
		case "seed":
			s.Seed = uint64(l.number(k, 0))
		case "relax":
			s.Relax = relaxSteps(t, l, v)
		case "mode":
			s.Mode = QueueMode(v)
		case "parallel":
			s.Parallel = l.number(k, 1)
		case "prefer":
			s.PreferFor = l.duration(t, v)
		case "overflow":
			s.Overflow = overflowRules(t, l, v)
		case "hours":
			s.Waits = hoursOf(t, l, w.now, v)
		case "every":
			s.PositionEvery = l.duration(t, v)
		case "boost":
			s.AgeBoost = l.duration(t, v)
		default:
			t.Fatalf("no setting %s", k)
		}
	}
	w.settings[q] = s
	w.do(q.Address(), ConfigureQueue{Settings: s})
}

// relaxSteps reads "30s:lower:pt:2,60s:drop,90s:tier,2m:queue:q2".
func relaxSteps(t *testing.T, l line, v string) []RelaxStep {
	t.Helper()
	var out []RelaxStep
	for part := range strings.SplitSeq(v, ",") {
		f := append(strings.Split(part, ":"), "", "", "")
		s := RelaxStep{After: l.duration(t, f[0]), Action: RelaxAction(f[1])}
		switch s.Action {
		case RelaxQueue:
			s.Queue = QueueID(f[2])
		case RelaxTier:
			s.By, _ = strconv.Atoi(f[2])
		case RelaxLower, RelaxDrop:
			s.Skill = SkillID(f[2])
			s.By, _ = strconv.Atoi(f[3])
		}
		out = append(out, s)
	}
	return out
}

// overflowRules reads "wait:30s:queue:q2,nobody:1m:message:all_gone,full:5:refuse:sorry,closed::callback:later".
func overflowRules(t *testing.T, l line, v string) []OverflowRule {
	t.Helper()
	names := map[string]OverflowTrigger{"wait": OverflowWait, "nobody": OverflowNobody, "full": OverflowFull, "closed": OverflowClosed}
	var out []OverflowRule
	for part := range strings.SplitSeq(v, ",") {
		f := append(strings.Split(part, ":"), "", "", "", "")
		r := OverflowRule{Trigger: names[f[0]], Action: OverflowAction(f[2]), Text: strings.ReplaceAll(f[3], "_", " ")}
		switch r.Trigger {
		case OverflowFull:
			r.Length, _ = strconv.Atoi(f[1])
		case OverflowWait, OverflowNobody:
			r.After = l.duration(t, f[1])
		case OverflowClosed:
		}
		if r.Action == OverflowToQueue {
			r.Queue, r.Text = QueueID(f[3]), strings.ReplaceAll(f[4], "_", " ")
		}
		if r.Action == OverflowCallback {
			r.Tag = "callback"
		}
		out = append(out, r)
	}
	return out
}

// hoursOf reads "open", "closed", and "closed:5m" for a state that changes then.
func hoursOf(t *testing.T, l line, now time.Time, v string) WaitRules {
	t.Helper()
	state, until, changes := strings.Cut(v, ":")
	r := WaitRules{Closed: state == "closed"}
	if changes {
		r.HoursUntil = now.Add(l.duration(t, until))
	}
	return r
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
		p := AgentProfile{Capacity: l.number("capacity", 4), Ceiling: l.number("ceiling", 0)}
		if silent := l.opts["silent"]; silent != "" {
			p.SilentAfter = l.duration(t, silent)
		}
		if suspect := l.opts["suspect"]; suspect != "" {
			p.SuspectTime = l.duration(t, suspect)
		}
		p.ReasonRequired = l.opts["reasons"] == "required"
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
		p.Ranks = ranks(l)
		if v := l.opts["pause"]; v != "" {
			p.DeclinePause = l.duration(t, v)
		}
		w.do(id.Address(), ConfigureAgent{Profile: p})
	case "connect":
		w.do(id.Address(), SessionOpened{Session: SessionID("s" + l.opts["session"])})
	case "disconnect":
		w.do(id.Address(), SessionClosed{Session: SessionID("s" + l.opts["session"])})
	case "ready":
		w.do(id.Address(), SetStatus{Status: StatusReady, By: id})
	case "notready":
		m := SetStatus{Status: StatusNotReady, Reason: l.opts["reason"], By: id, AfterCurrent: l.opts["after"] != ""}
		if by := AgentID(l.opts["by"]); by != "" {
			m.By = by
		}
		if plan := l.opts["planned"]; plan != "" {
			m.Planned = l.duration(t, plan)
		}
		w.do(id.Address(), m)
	case "accept":
		w.do(id.Address(), AcceptOffer{Offer: w.offerFor(id, l.opts["offer"])})
	case "reassign":
		w.do(id.Address(), ReassignAll{By: "sup", Queue: QueueID(l.opts["queue"])})
	case "decline":
		w.do(id.Address(), DeclineOffer{Offer: w.offerFor(id, l.opts["offer"]), Reason: l.opts["reason"]})
	}
	w.logAnswers()
}

// ranks reads "tiers=q1:2" and "shares=q1:30".
func ranks(l line) []QueueRank {
	var out []QueueRank
	queues, tiers := pairs(l.opts["tiers"])
	for i, q := range queues {
		out = append(out, QueueRank{Queue: QueueID(q), Tier: tiers[i], Share: 1})
	}
	queues, shares := pairs(l.opts["shares"])
	for i, q := range queues {
		out = append(out, QueueRank{Queue: QueueID(q), Tier: 1, Share: shares[i]})
	}
	return out
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
			r.GoneRequeue = v == "yes"
		case "gone":
			r.GoneRequeue, r.GoneAfter = true, l.duration(t, v)
		case "window":
			r.Window = l.duration(t, v)
		case "outbox":
			r.Outbox = v == "yes"
		case "wrapup":
			r.Wrapup = WrapupMode(v)
		case "place":
			r.QueueName, r.PositionText = "Sales", strings.ReplaceAll(v, "_", " ")
		case "every":
			r.PositionEvery = l.duration(t, v)
		case "afterhours":
			r.AfterHours, r.Waits.Closed = strings.ReplaceAll(v, "_", " "), true
		case "goodbye":
			r.Closing = strings.ReplaceAll(v, "_", " ")
		case "greeting":
			r.QueueName, r.Greeting = "Sales", strings.ReplaceAll(v, "_", " ")
		case "default":
			r.WrapupReason = v
		case "rating":
			r.Rating = v == "asked"
		case "nudge":
			r.AgentNudge = l.duration(t, v)
		case "alert":
			r.AgentAlert = l.duration(t, v)
		case "warn":
			r.Inactivity.WarnAfter, r.Inactivity.WarnText = l.duration(t, v), "are you there?"
		case "closing":
			r.Inactivity.CloseAfter, r.Inactivity.CloseText = l.duration(t, v), "closed"
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
		o := ConversationOpened{Preferred: AgentID(l.opts["prefer"]), Queue: QueueID(l.opts["queue"]), Priority: l.number("priority", 0), Channel: "web", Contact: Contact{ID: "con", Name: l.opts["name"]}, Protocol: l.opts["protocol"]}
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
		return AddNote{By: by, Note: Note{ID: "n", Text: text, Whisper: l.opts["whisper"] == "yes"}}
	case "delivery":
		return ReportDelivery{Seq: uint64(l.number("seq", 0)), State: DeliveryState(l.opts["state"])}
	case "saw":
		return ContactSaw{Seq: uint64(l.number("seq", 0)), State: DeliveryState(l.opts["state"])}
	case "transfer":
		return StartTransfer{ID: OfferID(l.opts["id"]), By: by, ToAgent: AgentID(l.opts["agent"]), ToQueue: QueueID(l.opts["queue"]), Note: text}
	case "cancel":
		return CancelTransfer{By: by}
	case "close":
		c := CloseConversation{By: by, Override: l.opts["override"] == "yes"}
		if reason, ok := l.opts["script"]; ok {
			c.Script = &ScriptAnswer{Reason: reason, Resolved: true, Answers: map[string]string{"q1": l.opts["q1"]}}
		}
		return c
	case "leaves":
		return LeaveConversation{}
	case "tag":
		return TagConversation{By: by, Add: words(l.opts["add"]), Remove: words(l.opts["remove"])}
	case "reopen":
		return ReopenConversation{ID: OfferID(l.opts["id"]), By: by}
	case "snooze":
		return SnoozeConversation{By: by, Until: t0.Add(time.Duration(l.number("minute", 0)) * time.Minute)}
	case "unsnooze":
		return UnsnoozeConversation{By: by}
	case "rate":
		return RateConversation{Score: l.number("score", 0), Comment: text}
	case "priority":
		return ChangePriority{By: by, Priority: l.number("to", 0)}
	case "hold":
		return SetHold{By: by, On: l.opts["on"] == "yes"}
	case "assign":
		return AssignConversation{ID: OfferID(l.opts["id"]), By: by, Agent: AgentID(l.opts["agent"])}
	case "takeover":
		return TakeOver{ID: OfferID(l.opts["id"]), By: by}
	case "pick":
		return PickConversation{ID: OfferID(l.opts["id"]), By: by}
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

// words reads "one,two_words".
func words(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(s, "_", " "), ",")
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

// resting shows what weighs on the ceiling only.
func resting(a *checkedAgent, now time.Time) string {
	if a.Total() == a.Load(now) {
		return ""
	}
	return fmt.Sprintf(" in all %d/%d", a.Total(), a.profile.ceiling())
}

func (w *world) logState() {
	for _, id := range sortedKeys(w.convs) {
		w.logf("  %v", w.p.head(w.convs[id].Head()))
	}
	for _, id := range sortedKeys(w.agents) {
		a := w.agents[id]
		dot, why := a.Dot(w.now)
		w.logf("  %v %v %v load=%d/%d%v%v", id, a.s.Status, dot, a.Load(w.now), a.profile.Capacity, resting(a, w.now), optional(" ", why))
	}
	for _, id := range sortedKeys(w.queues) {
		w.logf("  %v waiting=%d", id, w.queues[id].Waiting())
	}
}
