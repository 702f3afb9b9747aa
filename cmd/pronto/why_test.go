package main

import (
	"bytes"
	"strings"
	"testing"

	"pronto/protocol"
)

func TestWhyPrintsWhatAPickPassedOver(t *testing.T) {
	bia := protocol.Ref{ID: "agt_1", Name: "Bia"}
	d := protocol.QueueDecision{
		Queue: protocol.Ref{Name: "Financeiro"}, Agent: &bia, Summary: "Bia: 1 pull_mode", Pick: &protocol.PickSight{Position: 3, Passed: 2, First: "cnv_9"},
		Candidates: []protocol.DecisionCandidate{{Agent: bia, Cause: "picked"}, {Agent: protocol.Ref{Name: "Ana"}, Cause: "pull_mode"}},
	}
	first := d
	first.Pick = &protocol.PickSight{Position: 1}
	var out bytes.Buffer
	if err := printWhy(world{out: &out}, &protocol.ConversationWhy{Items: []protocol.QueueDecision{d, first}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"    picked from place 3, before 2 that Bia could have picked, first cnv_9\n", "    picked from place 1\n", "    Bia  picked\n    Ana  pull_mode\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}
