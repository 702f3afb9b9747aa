package proof

import (
	"testing"
	"time"
)

const cnv = "cnv_1"

// op is an answered operation from one tick to another.
func op(call, ret int64, w Wish, a Answer) Operation {
	w.Conversation, a.Known = cnv, true
	return Operation{Call: call, Return: ret, Wish: w, Answer: a}
}

func lost(call int64, w Wish) Operation {
	w.Conversation = cnv
	return Operation{Call: call, Return: never, Wish: w}
}

func opened() Operation { return op(1, 2, Wish{Kind: Open}, Answer{}) }

func saw(at int64, offer, agent string) Operation {
	return op(0, at, Wish{Kind: Offered, Offer: offer, Agent: agent}, Answer{})
}

func accepts(call, ret int64, offer, agent string, version uint64) Operation {
	return op(call, ret, Wish{Kind: Accept, Offer: offer, Agent: agent}, Answer{State: active, Owner: agent, Version: version})
}

func reads(call, ret int64, state, owner string, version uint64) Operation {
	return op(call, ret, Wish{Kind: Read}, Answer{State: state, Owner: owner, Version: version})
}

// takes and requeues are the supervisor's.
func takes(call, ret int64, version uint64) Operation {
	return op(call, ret, Wish{Kind: TakeOver, Agent: "s"}, Answer{State: active, Owner: "s", Version: version})
}

func requeues(call, ret int64, version uint64) Operation {
	return op(call, ret, Wish{Kind: Requeue, Agent: "s"}, Answer{State: queued, Version: version})
}

func TestDoctoredHistoriesAreRefused(t *testing.T) {
	closes := func(call, ret int64, agent string) Operation {
		return op(call, ret, Wish{Kind: Close, Agent: agent}, Answer{State: closed, Owner: agent, Version: 9})
	}
	for name, history := range map[string][]Operation{
		"two winners of one offer":                       {opened(), saw(3, "o", "a"), accepts(4, 9, "o", "a", 5), accepts(5, 8, "o", "a", 6)},
		"two winners of two offers, without a release":   {opened(), saw(3, "o", "a"), saw(4, "p", "b"), accepts(5, 9, "o", "a", 5), accepts(6, 8, "p", "b", 6)},
		"accepted by another than the addressee":         {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "b", 5)},
		"accepted after it was declined":                 {opened(), saw(3, "o", "a"), op(4, 5, Wish{Kind: Decline, Offer: "o", Agent: "a"}, Answer{}), accepts(6, 7, "o", "a", 5)},
		"an acknowledged acceptance is lost":             {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), reads(6, 7, queued, "", 6)},
		"an acknowledged close is lost":                  {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), closes(6, 7, "a"), reads(8, 9, active, "a", 10)},
		"closed by who does not own it":                  {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), closes(6, 7, "b")},
		"an old head after a newer one":                  {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), reads(6, 7, active, "a", 6), reads(8, 9, active, "a", 5)},
		"an open offer is refused to its addressee":      {opened(), saw(3, "o", "a"), op(4, 5, Wish{Kind: Accept, Offer: "o", Agent: "a"}, Answer{Code: "offer_withdrawn"}), accepts(6, 7, "o", "a", 5)},
		"the owner is told not to own it":                {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), op(6, 7, Wish{Kind: Close, Agent: "a"}, Answer{Code: "not_owner"}), closes(8, 9, "a")},
		"assigned after the close":                       {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), closes(6, 7, "a"), op(8, 9, Wish{Kind: Assign, To: "b"}, Answer{State: active, Owner: "b", Version: 11})},
		"closed by its owner after it was taken over":    {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), takes(6, 7, 7), closes(8, 9, "a")},
		"taken over after the close":                     {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), closes(6, 7, "a"), takes(8, 9, 11)},
		"taken over, and the former owner has it":        {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), takes(6, 7, 7), reads(8, 9, active, "a", 8)},
		"closed by its owner after it was put back":      {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), requeues(6, 7, 7), closes(8, 9, "a")},
		"an offer accepted that a requeue has withdrawn": {opened(), saw(3, "o", "a"), requeues(4, 5, 5), accepts(6, 7, "o", "a", 7)},
		"a lost close cannot explain who owns it now":    {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), lost(6, Wish{Kind: Close, Agent: "a"}), reads(8, 9, active, "b", 6)},
		"opened twice": {opened(), op(3, 4, Wish{Kind: Open}, Answer{})},
		"transferred to one agent, accepted by a second": {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), op(6, 7, Wish{Kind: TransferAgent, Agent: "a", To: "b"}, Answer{Offer: "t"}), accepts(8, 9, "t", "c", 8)},
	} {
		bad := Check(history, time.Minute)
		if len(bad) != 1 || bad[0].Undecided {
			t.Errorf("%s: passed, or undecided: %v", name, bad)
		}
	}
}

func TestSoundHistoriesPass(t *testing.T) {
	transferred := Wish{Kind: TransferAgent, Agent: "a", To: "b"}
	for name, history := range map[string][]Operation{
		"accepted, read while it was going on":  {opened(), saw(3, "o", "a"), accepts(4, 9, "o", "a", 5), reads(5, 6, offered, "", 4), reads(7, 8, active, "a", 5)},
		"the answer was lost, but it counts":    {opened(), saw(3, "o", "a"), lost(4, Wish{Kind: Accept, Offer: "o", Agent: "a"}), reads(5, 6, active, "a", 5)},
		"the answer was lost, and it does not":  {opened(), saw(3, "o", "a"), lost(4, Wish{Kind: Accept, Offer: "o", Agent: "a"}), reads(5, 6, offered, "", 4)},
		"it counts later than one would think":  {opened(), saw(3, "o", "a"), lost(4, Wish{Kind: Accept, Offer: "o", Agent: "a"}), reads(5, 6, offered, "", 4), reads(7, 8, active, "a", 5)},
		"an offer seen late":                    {opened(), reads(3, 4, offered, "", 3), saw(5, "o", "a"), accepts(6, 7, "o", "a", 5)},
		"taken over, closed by who has it":      {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), takes(6, 7, 7), op(8, 9, Wish{Kind: Close, Agent: "s"}, Answer{})},
		"put back, and offered again":           {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), requeues(6, 7, 7), saw(8, "p", "b"), accepts(9, 10, "p", "b", 9)},
		"closed by a supervisor for its owner":  {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), op(6, 7, Wish{Kind: Close, Agent: "s", Supervisor: true}, Answer{}), reads(8, 9, closed, "", 6)},
		"put back while it waits":               {opened(), requeues(3, 4, 4), reads(5, 6, queued, "", 4)},
		"assigned over an offer":                {opened(), saw(3, "o", "a"), op(4, 8, Wish{Kind: Assign, To: "b"}, Answer{State: active, Owner: "b", Version: 6}), op(5, 7, Wish{Kind: Accept, Offer: "o", Agent: "a"}, Answer{Code: "offer_withdrawn"})},
		"transferred, its answer lost":          {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), lost(6, transferred), op(0, 7, Wish{Kind: Offered, Offer: "t", Agent: "b", Transfer: true}, Answer{}), accepts(8, 9, "t", "b", 8)},
		"transferred, declined, the sender has": {opened(), saw(3, "o", "a"), accepts(4, 5, "o", "a", 5), op(6, 7, transferred, Answer{Offer: "t"}), op(8, 9, Wish{Kind: Decline, Offer: "t", Agent: "b"}, Answer{}), reads(10, 11, active, "a", 9)},
	} {
		if bad := Check(history, time.Minute); len(bad) != 0 {
			t.Errorf("%s: %v", name, bad)
		}
	}
}

func TestAnswersThatSayNothingAreLeftOut(t *testing.T) {
	r := NewRecorder()
	w := Wish{Kind: Accept, Conversation: cnv, Offer: "o", Agent: "a"}
	r.Returned(1, r.Call(), w, Answer{Code: "rate_limited"})
	if h := r.History(); len(h) != 0 {
		t.Errorf("kept: %v", h)
	}
	r.Returned(1, r.Call(), w, Answer{Code: "internal"})
	if h := r.History(); len(h) != 1 || h[0].Answer.Known || h[0].Return != never {
		t.Errorf("an internal error is not unknown: %v", h)
	}
	r.Saw(1, w)
	r.Saw(2, w)
	if h := r.History(); len(h) != 2 {
		t.Errorf("an offer was seen twice: %v", h)
	}
}
