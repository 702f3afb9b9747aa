package transport

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

func (s *Server) registerWhy() {
	handle(s, route{
		method: http.MethodGet, path: "/conversations/{id}/why", tag: "conversations", summary: "Why it was offered to whom, or to nobody: every decision with its candidates",
		action: ActWhy, late: true, class: shed.Reports,
	}, s.why)
}

func (s *Server) why(ctx context.Context, in *afterIn) (*bodyOf[protocol.ConversationWhy], error) {
	known, err := conversationID(in.ID)
	if err != nil {
		return nil, err
	}
	p := callOf(ctx).principal
	c, err := s.o.Conversations.Get(ctx, p, known)
	if err != nil {
		return nil, err
	}
	if err := s.o.Gate.Can(p, ActWhy, c.Object); err != nil {
		return nil, err
	}
	out, err := s.Why(ctx, known, uint64(max(in.After, in.Cursor)), in.Limit)
	if err != nil {
		return nil, err
	}
	if out.NextCursor == "" && c.Head.State == dispatch.ConversationQueued {
		if out.Now, err = s.whyNow(ctx, &c.Head); err != nil {
			return nil, err
		}
	}
	return answer(out), nil
}

// Why lists the recorded decisions about a conversation. The caller has asked the gate.
func (s *Server) Why(ctx context.Context, id dispatch.ConversationID, after uint64, limit int) (protocol.ConversationWhy, error) {
	out := protocol.ConversationWhy{ConversationID: string(id), Items: []protocol.QueueDecision{}}
	records, err := s.o.Conversations.Decisions(ctx, id, after, limit)
	if err != nil {
		return out, err
	}
	w := wire{s.o.Catalog}
	for i := range records {
		r := &records[i]
		d, queue := dispatch.DecisionOf(r.Record)
		if d == nil {
			continue
		}
		item := w.decision(d, queue)
		item.Seq, item.At = int64(r.Seq), protocol.At(r.At)
		if made, ok := r.Record.(dispatch.OfferMade); ok {
			item.OfferID = string(made.Offer.ID)
		}
		out.Items = append(out.Items, item)
	}
	if n := len(records); n == limit {
		out.NextCursor = strconv.FormatUint(records[n-1].Seq, 10)
	}
	return out, nil
}

// whyNow asks the queue. It may just have let the conversation go: then there is nothing to say.
func (s *Server) whyNow(ctx context.Context, h *dispatch.Head) (*protocol.QueueDecision, error) {
	d, at, err := s.o.Live.Why(ctx, h.Queue, h.ID)
	if refused, ok := asRefusal(err); ok && refused.Code == protocol.CodeNotFound {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, err
	}
	item := wire{s.o.Catalog}.decision(&d, h.Queue)
	item.At = protocol.At(at)
	return &item, nil
}

func (w wire) decision(d *dispatch.Decision, queue dispatch.QueueID) protocol.QueueDecision {
	out := protocol.QueueDecision{
		Queue: w.queue(queue), Strategy: string(d.Strategy), Waiting: d.Waiting, Unseen: d.Unseen,
		Candidates: make([]protocol.DecisionCandidate, 0, len(d.Candidates)), Others: make([]protocol.DecisionCount, 0, len(d.Counts)),
	}
	var counts [len(dispatch.WhyWords)]int
	for _, c := range d.Candidates {
		out.Candidates = append(out.Candidates, protocol.DecisionCandidate{Agent: *w.agent(c.Agent), Cause: c.Why.String()})
		if c.Why == dispatch.WhyChosen || c.Why == dispatch.WhyPicked {
			out.Agent = w.agent(c.Agent)
		} else if int(c.Why) < len(counts) {
			counts[c.Why]++
		}
	}
	for _, n := range d.Counts {
		out.Others = append(out.Others, protocol.DecisionCount{Cause: n.Why.String(), Count: n.N})
		if int(n.Why) < len(counts) {
			counts[n.Why] += n.N
		}
	}
	out.Summary = summary(out.Agent, counts[:], d.Unseen)
	if p := d.Pick; p != nil {
		out.Pick = &protocol.PickSight{Position: p.Position, Passed: p.Passed, First: string(p.First)}
	}
	return out
}

// summary says it in one line: "nobody: 12 not_ready, 3 full".
func summary(chosen *protocol.Ref, counts []int, unseen int) string {
	var parts []string
	for why := len(counts) - 1; why > 0; why-- {
		if counts[why] > 0 {
			parts = append(parts, fmt.Sprint(counts[why], " ", dispatch.Why(why)))
		}
	}
	if unseen > 0 {
		parts = append(parts, fmt.Sprint(unseen, " not looked at"))
	}
	if len(parts) == 0 {
		parts = append(parts, "no other agent")
	}
	who := "nobody"
	if chosen != nil {
		who = chosen.Name
	}
	return who + ": " + strings.Join(parts, ", ")
}
