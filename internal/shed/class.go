package shed

import "time"

// Class is a kind of work that may be refused. The lowest is refused first.
type Class uint8

// The classes, in the order in which they are refused.
const (
	Trifles  Class = iota // who is typing: left out without a word
	Reports               // searches, audit, transcripts, exports
	Live                  // supervisors' live views
	Visits                // new pages of customers
	SignIns               // of agents
	Webhooks              // providers repeat them
	Arrivals              // messages that would open a conversation
	classes
)

var names = [classes]string{"typing", "reports", "live", "visits", "sign_ins", "webhooks", "arrivals"}

// String is the class in metrics.
func (c Class) String() string { return names[c] }

// Classes are all, the first to be refused first.
func Classes() []Class {
	out := make([]Class, classes)
	for i := range out {
		out[i] = Class(i)
	}
	return out
}

// patience is how long work of a class waits for a place, at most. People who sign in wait longest; a customer's program repeats.
var patience = [classes]time.Duration{
	Reports: 2 * time.Second, Live: 2 * time.Second, Visits: 2 * time.Second, SignIns: 8 * time.Second, Webhooks: time.Second, Arrivals: time.Second,
}

// spread: a class's patience is shorter by up to one part of so many. Those who came together must not be refused together,
// since they ask again: in a flood of two cores a thousand at a time, once a second, stood in the way for 300 ms.
const spread = 4

// quarters is how much of the places work of a class and of those below it may have, in quarters: what takes long and is
// refused first must not keep the others out.
var quarters = [classes]int{Reports: 1, Live: 1, Visits: 2, SignIns: 2, Webhooks: 3, Arrivals: 4}

// calm is how long nobody of a higher class must have waited before work of a lower one begins.
const calm = 500 * time.Millisecond

// momentary is a wait that says nothing: a few came at the same time.
const momentary = 100 * time.Millisecond

// maxWaiting bounds how many of a class wait; more are refused at once. It is about as many as can be carried out within
// their patience. A refusal costs nearly as much as the work before it, and who is refused asks again, while who waits does
// not: with a quarter as many, refusals alone kept two cores busy.
const maxWaiting = 2048

// memoryFrom and memoryStep say at which part of the memory's budget a class is refused: typing from 55 % on, new
// conversations from 70 % on. What is alive doubles before Go collects, so from a half on the limit makes it collect more
// often, and at two thirds that was measured to take half of the CPU.
const (
	memoryFrom = 0.55
	memoryStep = 0.025
)
