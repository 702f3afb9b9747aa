package dispatch

// Transition says that a record may happen in any of From and leads to To. An empty To keeps the state.
type Transition struct {
	Record string
	From   []ConversationState
	To     ConversationState
	Why    string // one sentence for docs/states.md
}

var (
	anyOpen = []ConversationState{ConversationQueued, ConversationOffered, ConversationActive, ConversationWrapup}
	inWork  = []ConversationState{ConversationActive, ConversationWrapup}
	exists  = []ConversationState{ConversationQueued, ConversationOffered, ConversationActive, ConversationWrapup, ConversationClosed}
)

// Transitions is the one table of what may happen to a conversation in which state; docs/states.md is generated from it.
// OfferMade and the records that end an offer appear three times: from the queue they move the state, unless others are asked at
// the same time; for a transfer the conversation stays with its owner.
var Transitions = []Transition{
	{"ConversationOpened", []ConversationState{ConversationNone}, ConversationQueued, "the first message of a contact opens it"},
	{"OfferMade", []ConversationState{ConversationQueued}, ConversationOffered, "an agent's slot is held and the offer is shown"},
	{"OfferMade", []ConversationState{ConversationOffered}, ConversationOffered, "one more agent is asked at the same time"},
	{"OfferMade", []ConversationState{ConversationActive}, ConversationActive, "a transfer: the sender keeps it until the target accepts"},
	{"OfferAccepted", []ConversationState{ConversationOffered}, ConversationActive, "the addressee becomes the owner"},
	{"OfferAccepted", []ConversationState{ConversationActive}, ConversationActive, "a transfer: the target becomes the owner"},
	{"OfferDeclined", []ConversationState{ConversationOffered}, ConversationQueued, "another agent gets it; if there is none, the same one after the pause"},
	{"OfferDeclined", []ConversationState{ConversationOffered}, ConversationOffered, "others are still being asked"},
	{"OfferDeclined", []ConversationState{ConversationActive}, ConversationActive, "a transfer returns to its sender"},
	{"OfferExpired", []ConversationState{ConversationOffered}, ConversationQueued, "nobody answered before the deadline: as declined, and a miss is counted"},
	{"OfferExpired", []ConversationState{ConversationOffered}, ConversationOffered, "others are still being asked"},
	{"OfferExpired", []ConversationState{ConversationActive}, ConversationActive, "a transfer returns to its sender"},
	{"OfferWithdrawn", []ConversationState{ConversationOffered}, ConversationQueued, "the agent cannot take it any more, or a supervisor or the customer decided otherwise"},
	{"OfferWithdrawn", []ConversationState{ConversationOffered}, ConversationOffered, "others are still being asked, or one of them has just accepted"},
	{"OfferWithdrawn", []ConversationState{ConversationActive}, ConversationActive, "a transfer is cancelled or its target is gone"},
	{"ConversationAssigned", []ConversationState{ConversationQueued, ConversationActive}, ConversationActive, "a supervisor chose the owner"},
	{"ConversationTakenOver", []ConversationState{ConversationQueued, ConversationActive}, ConversationActive, "a supervisor took it"},
	{"ConversationRequeued", []ConversationState{ConversationQueued, ConversationActive, ConversationWrapup}, ConversationQueued, "transfer to a queue, requeue by a supervisor, or an owner without a session"},
	{"WrapupStarted", []ConversationState{ConversationActive}, ConversationWrapup, "over for the customer; the owner files it"},
	{"WrapupInterrupted", []ConversationState{ConversationWrapup}, ConversationActive, "the customer wrote again"},
	{"ConversationEnded", []ConversationState{ConversationQueued, ConversationActive, ConversationWrapup}, ConversationClosed, "closed with its script, left by the customer, or wrap-up timed out; an open offer is withdrawn in the same commit"},
	{"ConversationReopened", []ConversationState{ConversationClosed}, ConversationQueued, "the customer wrote again within the reopen window, or its last owner or a supervisor reopened it"},
	{"QueueJoined", []ConversationState{ConversationQueued}, "", "nobody is free at once: it waits in line"},
	{"ConversationOverflowed", []ConversationState{ConversationQueued}, "", "a rule of its queue was for it: it moves, is told something, marked or closed with the next records, or stays"},
	{"NobodyFound", []ConversationState{ConversationQueued}, "", "it came back to the line, and nobody could have it: why is kept"},
	{"PositionTold", []ConversationState{ConversationQueued}, "", "the contact was told its new place in line"},
	{"MessageAppended", anyOpen, "", "the next message"},
	{"MessagesRead", inWork, "", "the owner has read up to a message"},
	{"NoteAdded", exists, "", "an internal remark"},
	{"HoldChanged", []ConversationState{ConversationActive}, "", "put on hold, or taken off it"},
	{"ConversationSnoozed", []ConversationState{ConversationActive}, "", "put away for a time: the owner's slot is free"},
	{"SnoozeEnded", []ConversationState{ConversationActive}, "", "the owner has its slot again: the time came, the contact wrote, or somebody said so"},
	{"TagsChanged", exists, "", "tags were added or removed"},
	{"PriorityChanged", anyOpen, "", "a supervisor changed the priority; who waits moves to its new place"},
	{"MessageEdited", inWork, "", "the owner changed the text of a message of its own"},
	{"MessageRedacted", exists, "", "a message is hidden from every reader"},
	{"ChangeSent", exists, "", "the channel's driver has taken the change of a message, or never will"},
	{"ConversationRated", []ConversationState{ConversationWrapup, ConversationClosed}, "", "the contact rated it, or changed its rating"},
	{"SilenceNoted", []ConversationState{ConversationActive}, "", "the owner was reminded, the supervisors were told, or the contact was warned"},
	{"DeliveryChanged", exists, "", "an outbound message moved forward on its way"},
	{"MessagesSeen", exists, "", "the contact's client has got, or shown, the messages up to one"},
	{"OwnerLost", inWork, "", "the owner has no session any more"},
	{"OwnerReturned", inWork, "", "the owner is connected again"},
}
