package dispatch

import "time"

// Why says why an agent does not get a conversation.
type Why uint8

// The causes. Up to WhyUnknown their order is how near an agent is to getting it: the nearest are named first. The numbers are
// stored.
const (
	WhyNone       Why = iota
	WhyChosen         // it gets it
	WhyLower          // others come first by the strategy
	WhyPreferred      // the conversation prefers another one
	WhyKept           // the conversation is kept for its preferred agent, who is busy
	WhyDeclined       // it declined or missed it in this round
	WhySkipped        // it refused the reservation a moment ago
	WhyShut           // the queue is closed
	WhySkills         // it lacks a skill
	WhyTier           // its tier is not due yet
	WhyRoom           // it has room, and not for this weight
	WhyAsked          // it is being asked for another conversation
	WhyOfferOpen      // it has an open offer
	WhyFull           // its capacity is used up
	WhyCeiling        // its ceiling is reached, resting conversations included
	WhyPaused         // it declined something and has its pause
	WhyRecovering     // its state is being rebuilt
	WhySuspect        // it has lost its connection
	WhyNotReady       // it is not ready
	WhyOffline        // it is gone
	WhyLeft           // it is no agent of the queue any more
	WhyUnknown        // it has not told yet
	WhyPull           // it could pick it: a queue in the mode pull offers nothing
	WhyPicked         // it picked it
	whys
)

// WhyWords are the causes as they travel.
var WhyWords = [whys]string{
	WhyChosen: "chosen", WhyLower: "ranked_lower", WhyPreferred: "another_preferred", WhyKept: "kept_for_preferred", WhyDeclined: "declined",
	WhySkipped: "refused_reservation", WhyShut: "queue_closed", WhySkills: "skills", WhyTier: "tier", WhyRoom: "weight", WhyAsked: "being_asked",
	WhyOfferOpen: "offer_open", WhyFull: "full", WhyCeiling: "ceiling", WhyPaused: "paused_after_decline", WhyRecovering: "recovering",
	WhySuspect: "suspect", WhyNotReady: "not_ready", WhyOffline: "offline", WhyLeft: "left_queue", WhyUnknown: "not_told", WhyPull: "pull_mode", WhyPicked: "picked",
}

func (y Why) String() string {
	if y >= whys {
		return "unknown"
	}
	return WhyWords[y]
}

// ownWords are the causes that an agent itself gives for having nothing free.
var ownWords = map[string]Why{
	"offline": WhyOffline, "suspect": WhySuspect, "not_ready": WhyNotReady, "recovering": WhyRecovering, "paused_after_decline": WhyPaused,
	"full": WhyFull, "ceiling": WhyCeiling, "offer_open": WhyOfferOpen, "not_member": WhyLeft,
}

// Candidate is one agent in a decision.
type Candidate struct {
	_     struct{} `cbor:",toarray"`
	Agent AgentID
	Why   Why
}

// WhyCount is how many further agents have one cause.
type WhyCount struct {
	_   struct{} `cbor:",toarray"`
	Why Why
	N   int
}

// Decision is what a queue knew of its agents when it chose one for a conversation, or none. Candidates, Counts and Unseen
// are all agents that the queue knows, each once.
type Decision struct {
	Strategy   Strategy    `cbor:"1,keyasint,omitempty"`
	Waiting    int         `cbor:"2,keyasint,omitempty"` // in the queue, this one too
	Candidates []Candidate `cbor:"3,keyasint,omitempty"` // MaxCandidates at most, who gets it first
	Counts     []WhyCount  `cbor:"4,keyasint,omitempty"` // of the others
	Unseen     int         `cbor:"5,keyasint,omitempty"` // free agents that the bounded look did not reach
	Pick       *PickSight  `cbor:"6,keyasint,omitempty"` // the first of them picked it
}

// MaxCandidates is how many agents a decision names.
const MaxCandidates = 20

// maxLooked bounds the free agents that are passed over, while those who do not fit are named for a decision's record.
const maxLooked = 32

// NobodyFound tells that a conversation came back to the line of its queue and nobody could have it.
type NobodyFound struct {
	conversationFact
	Queue QueueID   `cbor:"1,keyasint"`
	Why   *Decision `cbor:"2,keyasint"`
	At    time.Time `cbor:"3,keyasint"`
}

// Messages about decisions.
type (
	// AskWhy asks a queue why a conversation waits; answered by [ReplyWhy], refused with not_found unless it waits here.
	AskWhy struct {
		isMessage
		Conversation ConversationID
	}
	// AskPreview asks a queue who would get a conversation that does not exist. Nothing comes of it; answered by [ReplyWhy],
	// whose place is the one that it would have.
	AskPreview struct {
		isMessage
		Weight    int // slots; 0: 1
		Priority  int
		Skills    []SkillNeed
		Preferred AgentID
		Waited    time.Duration // as if it had waited here for so long
	}
	// ReplyWhy answers AskWhy and AskPreview.
	ReplyWhy struct {
		isReply
		Decision Decision `cbor:"1,keyasint"`
		Place    Place    `cbor:"2,keyasint"`
	}
)

// DecisionOf is the decision that a record holds, and its queue; nil: none.
func DecisionOf(r Record) (*Decision, QueueID) {
	switch r := r.(type) {
	case OfferMade:
		return r.Why, r.Offer.Queue
	case QueueJoined:
		return r.Why, r.Queue
	case NobodyFound:
		return r.Why, r.Queue
	}
	return nil, ""
}
