package proof

import (
	"fmt"
	"math"
	"sync"
)

// Kind is what an operation does.
type Kind string

// The operations of a history.
const (
	Open          Kind = "open"           // the first message of a contact
	Offered       Kind = "offered"        // an offer was seen, in an event or a snapshot
	Accept        Kind = "accept"         // offer.accept
	Decline       Kind = "decline"        // offer.decline
	TransferQueue Kind = "transfer queue" // transfer.start to a queue
	TransferAgent Kind = "transfer agent" // transfer.start to an agent
	Close         Kind = "close"          // conversation.close
	Assign        Kind = "assign"         // conversation.assign, a supervisor's
	TakeOver      Kind = "take over"      // conversation.takeover, a supervisor's
	Requeue       Kind = "requeue"        // conversation.requeue, a supervisor's
	Read          Kind = "read"           // GET of the head
)

// Wish is what was asked for.
type Wish struct {
	Kind         Kind
	Conversation string
	Agent        string // who asks; Offered: the addressee
	Offer        string // Accept, Decline, Offered
	To           string // TransferAgent, Assign: the agent who shall have it
	Transfer     bool   // Offered: a transfer's, not the queue's
	Supervisor   bool   // who asks may act for the owner
}

// Answer is what came back. The zero value is an answer that was lost.
type Answer struct {
	Known   bool
	Code    string // why it was refused; "" = carried out
	State   string // of the conversation after it, where the answer has the head
	Owner   string
	Version uint64 // of the head; 0: the answer has none
	Offer   string // TransferAgent, Read: the transfer that awaits its acceptance
}

// Operation is a wish with its answer; Call and Return are ticks of one clock.
type Operation struct {
	Client       int
	Call, Return int64
	Wish         Wish
	Answer       Answer
}

// never is the return of an operation whose answer was lost.
const never = math.MaxInt64

func (o Operation) String() string {
	end := "never answered"
	if o.Return != never {
		end = fmt.Sprint(o.Return)
	}
	return fmt.Sprintf("%6d … %-14s client %2d %+v → %+v", o.Call, end, o.Client, o.Wish, o.Answer)
}

// Recorder writes a history down.
type Recorder struct {
	mu   sync.Mutex
	now  int64
	done []Operation
	seen map[string]bool // offers
}

// NewRecorder returns an empty history.
func NewRecorder() *Recorder { return &Recorder{seen: map[string]bool{}} }

// Call is the moment just before a request leaves.
func (r *Recorder) Call() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now++
	return r.now
}

// Returned writes down an answered operation, at the moment just after its answer came. An answer that says nothing of the
// conversation, such as a rate limit, is left out: it was not carried out.
func (r *Recorder) Returned(client int, call int64, w Wish, a Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now++
	a.Known = true
	if a.Code == "internal" {
		r.done = append(r.done, Operation{Client: client, Call: call, Return: never, Wish: w})
		return
	}
	if a.Code != "" && !tells(a.Code) {
		return
	}
	r.done = append(r.done, Operation{Client: client, Call: call, Return: r.now, Wish: w, Answer: a})
}

// Lost writes down an operation whose answer will not come any more.
func (r *Recorder) Lost(client int, call int64, w Wish) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = append(r.done, Operation{Client: client, Call: call, Return: never, Wish: w})
}

// Saw writes down that an offer is there: it was made at some moment before. Only the first sight counts.
func (r *Recorder) Saw(client int, w Wish) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[w.Offer] {
		return
	}
	r.seen[w.Offer] = true
	r.now++
	r.done = append(r.done, Operation{Client: client, Call: 0, Return: r.now, Wish: w, Answer: Answer{Known: true}})
}

// History is what was written down so far.
func (r *Recorder) History() []Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Operation(nil), r.done...)
}
