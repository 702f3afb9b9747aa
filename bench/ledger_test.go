package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pronto/protocol"
)

// answers are what a correct server says of a few conversations that are over, beside the ledger of them.
type answers struct {
	cycles   []*cycle
	heads    []protocol.ConversationHead
	owned    map[string][]protocol.ConversationHead
	messages map[string][]protocol.Message
}

func rightAnswers() answers {
	a := answers{owned: map[string][]protocol.ConversationHead{"agt_1": nil, "agt_2": nil}, messages: map[string][]protocol.Message{}}
	for i := range int64(3) {
		c := newCycle(DefaultScenario(), "run", i, []string{"que_1"})
		c.id, c.owner, c.closed = fmt.Sprintf("cnv_%d", i), fmt.Sprintf("agt_%d", 1+i%2), true
		var said []protocol.Message
		for seq := range int64(9) {
			id, kind := fmt.Sprintf("msg_%d_%d", i, seq), "contact"
			if seq%2 == 1 {
				kind = "agent"
				c.answered++
			} else {
				c.written++
			}
			c.acknowledge(int(seq), id)
			said = append(said, protocol.Message{ID: id, Seq: seq + 1, Author: protocol.Author{Kind: kind}})
		}
		h := protocol.ConversationHead{ID: c.id, State: "closed", LastSeq: 9, Contact: protocol.ContactRef{Identity: c.contact}}
		a.cycles, a.heads, a.messages[c.id] = append(a.cycles, c), append(a.heads, h), said
		a.owned[c.owner] = append(a.owned[c.owner], h)
	}
	return a
}

func (a *answers) check() Check {
	var k Check
	k.heads(a.cycles, a.heads)
	k.owners(a.cycles, a.owned)
	for _, c := range a.cycles {
		k.messages(c, a.messages[c.id])
	}
	return k
}

func TestTheLedgerFindsNothingWrongWithRightAnswers(t *testing.T) {
	a := rightAnswers()
	if k := a.check(); k.Wrong != 0 || k.Conversations != 3 || k.Messages != 3 {
		t.Errorf("%+v", k)
	}
}

func TestTheLedgerCatchesEveryPlantedWrongAnswer(t *testing.T) {
	for name, plant := range map[string]struct {
		change func(*answers)
		want   string
	}{
		"lost":                 {func(a *answers) { a.heads = a.heads[1:] }, `conversation "cnv_0" is listed 0 times`},
		"twice":                {func(a *answers) { a.heads = append(a.heads, a.heads[2]) }, `conversation "cnv_2" is listed 2 times`},
		"from nowhere":         {func(a *answers) { a.heads = append(a.heads, protocol.ConversationHead{ID: "cnv_9"}) }, "cnv_9"},
		"another contact":      {func(a *answers) { a.heads[1].Contact.Identity = "x" }, "contact x, acknowledged to run-1"},
		"open again":           {func(a *answers) { a.heads[0].State = "active" }, "cnv_0: active"},
		"a message too few":    {func(a *answers) { a.heads[0].LastSeq = 8 }, "8 messages, acknowledged were 9"},
		"a message too many":   {func(a *answers) { a.heads[0].LastSeq = 10 }, "10 messages, acknowledged were 9"},
		"another owner":        {func(a *answers) { a.owned["agt_1"], a.owned["agt_2"] = a.owned["agt_2"], a.owned["agt_1"] }, `accepted by "agt_1"`},
		"two owners":           {func(a *answers) { a.owned["agt_2"] = append(a.owned["agt_2"], a.heads[0]) }, `["agt_1" "agt_2"]`},
		"no owner":             {func(a *answers) { a.owned["agt_2"] = nil }, `among the conversations of []`},
		"messages swapped":     {func(a *answers) { m := a.messages["cnv_1"]; m[2].ID, m[4].ID = m[4].ID, m[2].ID }, "message 3 is msg_1_4"},
		"a message replaced":   {func(a *answers) { a.messages["cnv_1"][8].ID = "msg_x" }, `message 9 is msg_x, acknowledged was "msg_1_8"`},
		"a gap":                {func(a *answers) { a.messages["cnv_1"][3].Seq = 5 }, "message 4 has seq 5"},
		"another author":       {func(a *answers) { a.messages["cnv_1"][3].Author.Kind = "contact" }, "message 4 is of contact"},
		"messages of the list": {func(a *answers) { a.messages["cnv_1"] = a.messages["cnv_1"][:8] }, "8 messages are listed"},
	} {
		a := rightAnswers()
		plant.change(&a)
		k := a.check()
		if k.Wrong == 0 || !slices.ContainsFunc(k.Examples, func(e string) bool { return strings.Contains(e, plant.want) }) {
			t.Errorf("%s: %+v, wanted %q", name, k, plant.want)
		}
	}
}

func TestWhatIsOpenMayHaveGoneOnButNotBack(t *testing.T) {
	a := rightAnswers()
	a.cycles[0].closed = false
	a.heads[0].State, a.heads[0].LastSeq = "active", 10 // one more, whose acknowledgement was on its way
	var k Check
	k.heads(a.cycles, a.heads)
	if k.Wrong != 0 {
		t.Errorf("%+v", k)
	}
	a.heads[0].LastSeq = 8
	k.heads(a.cycles, a.heads)
	if k.Wrong != 1 {
		t.Errorf("%+v", k)
	}
}

func TestTheLedgerShowsAFewExamplesOfManyWrongAnswers(t *testing.T) {
	var k Check
	for range 3 * maxExamples {
		k.wrong("x")
	}
	if k.Wrong != 3*maxExamples || len(k.Examples) != maxExamples {
		t.Errorf("%d, %d", k.Wrong, len(k.Examples))
	}
}
