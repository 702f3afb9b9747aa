package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/internal/proof"
)

// missing are the kinds of operations of which none was carried out.
func missing(history []proof.Operation) []proof.Kind {
	seen := map[proof.Kind]bool{}
	for _, o := range history {
		if o.Answer.Known && o.Answer.Code == "" {
			seen[o.Wish.Kind] = true
		}
	}
	return slices.DeleteFunc([]proof.Kind{
		proof.Open, proof.Offered, proof.Accept, proof.Decline, proof.TransferQueue, proof.TransferAgent, proof.Close, proof.Assign,
		proof.TakeOver, proof.Requeue, proof.Read,
	}, func(k proof.Kind) bool { return seen[k] })
}

// count fails when the clients did not quarrel.
func count(t *testing.T, history []proof.Operation, kills int) {
	t.Helper()
	seen := map[string]int{}
	for _, o := range history {
		what := string(o.Wish.Kind)
		if !o.Answer.Known {
			what = "unknown"
		} else if o.Answer.Code != "" {
			what += " " + o.Answer.Code
		}
		seen[what]++
	}
	var lines []string
	for _, what := range slices.Sorted(maps.Keys(seen)) {
		lines = append(lines, fmt.Sprintf("%s: %d", what, seen[what]))
	}
	t.Logf("%d operations over %d kills; %s", len(history), kills, strings.Join(lines, ", "))
	for _, what := range missing(history) {
		t.Errorf("no %s was carried out", what)
	}
	if seen["unknown"] == 0 {
		t.Error("no answer was lost")
	}
}

// doctor gives an accepted offer to a second agent as well: the checker must not let that pass.
func doctor(t *testing.T, history []proof.Operation) {
	t.Helper()
	for _, o := range history {
		if o.Wish.Kind != proof.Accept || !o.Answer.Known || o.Answer.Code != "" {
			continue
		}
		second := o
		second.Wish.Agent, second.Answer.Owner = "agt_other", "agt_other"
		var one []proof.Operation
		for _, other := range history {
			if other.Wish.Conversation == o.Wish.Conversation {
				one = append(one, other)
			}
		}
		if bad := proof.Check(append(one, second), time.Minute); len(bad) != 1 || bad[0].Undecided {
			t.Errorf("two winners of %s passed", o.Wish.Offer)
		}
		return
	}
	t.Error("nothing was accepted")
}
