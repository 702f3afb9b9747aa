package dispatch

// CodeTaken is internal: a unique claim of the decision belongs to somebody else, so the decision was not made.
// Whoever gets it looks again. It never travels on the wire.
const CodeTaken Code = "taken"

// Found is what storage knows about an inbound message before it is delivered.
type Found struct {
	Duplicate *ReplyInbound  // the same (channel, external id) was taken before: this is the answer
	Open      ConversationID // the open conversation of (channel, contact)
	Last      ConversationID // else the one that was closed last
	Past      ConversationID // else the one that was closed last, of a contact that was merged: it stays closed
}

// Arrival takes one inbound message to its conversation: to the open one of (channel, contact), to the closed one if
// that reopens, else to a new one. The claims of storage make it right when many arrive at once; Arrival only reacts to
// what they refuse. It lives as long as the request.
type Arrival struct {
	open  OpenConversation
	tried ConversationID // asked last
	last  ConversationID // closed: the new conversation follows it
	turns int
}

// ArrivalStep is what to do next: exactly one of Look, Ask, Done and Err is set.
type ArrivalStep struct {
	Look bool         // read Found, then call Found
	Ask  *Envelope    // deliver, then call Answered with the answer
	Open bool         // with Ask: it may open a conversation, which needs a protocol number
	Done ReplyInbound // the end, when Message is set
	Err  *Error
}

const maxArrivalTurns = 12 // each turn but the first needs somebody else's progress in between

// NewArrival prepares the delivery of open.First. open.Opened says what a new conversation would be, with its id.
func NewArrival(open OpenConversation) *Arrival { return &Arrival{open: open} }

// Start is the first step.
func (a *Arrival) Start() ArrivalStep { return ArrivalStep{Look: true} }

// Found takes what storage knows.
func (a *Arrival) Found(f Found) ArrivalStep {
	switch {
	case f.Duplicate != nil:
		return ArrivalStep{Done: *f.Duplicate}
	case f.Open != "":
		return a.receive(f.Open)
	case f.Last != "" && f.Last != a.last:
		return a.receive(f.Last)
	case f.Past != "":
		a.last = f.Past
	}
	return a.create()
}

// Number gives the conversation that may be opened its protocol number; the step asks for it.
func (a *Arrival) Number(protocol string) ArrivalStep {
	a.open.Opened.Protocol = protocol
	return a.create()
}

// Prefer gives the conversation that may be opened the agent who should have it first.
func (a *Arrival) Prefer(who AgentID) { a.open.Opened.Preferred = who }

// Answered takes the conversation's answer.
func (a *Arrival) Answered(answer Answer) ArrivalStep {
	if answer.Err == nil {
		if r, ok := answer.Reply.(ReplyInbound); ok {
			return ArrivalStep{Done: r}
		}
		return ArrivalStep{Err: refuse(CodeInternal, "unexpected answer")}
	}
	switch code := answer.Err.Code; {
	case code == CodeConversationClosed, code == CodeContactMerged && a.tried != a.open.Opened.ID: // and stays closed
		a.last = a.tried
		return a.look()
	case code == CodeTaken, code == CodeNotFound:
		return a.look()
	default: // a new one for a contact that was merged, too: whose message it is must be found out anew
		return ArrivalStep{Err: answer.Err}
	}
}

func (a *Arrival) look() ArrivalStep {
	if a.turns++; a.turns > maxArrivalTurns {
		return ArrivalStep{Err: refuse(CodeOverloaded, "the conversation changes faster than the message arrives")}
	}
	return ArrivalStep{Look: true}
}

func (a *Arrival) receive(to ConversationID) ArrivalStep {
	a.tried = to
	return ArrivalStep{Ask: &Envelope{To: to.Address(), Message: ReceiveMessage{Inbound: a.open.First}}}
}

func (a *Arrival) create() ArrivalStep {
	a.tried = a.open.Opened.ID
	m := a.open
	m.Opened.Previous = a.last
	return ArrivalStep{Ask: &Envelope{To: a.tried.Address(), Message: m}, Open: true}
}
