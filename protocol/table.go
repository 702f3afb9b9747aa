package protocol

// Role is a minimum role: a supervisor may do what an agent may, an administrator what a supervisor may.
type Role string

// The roles of people.
const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleAdmin      Role = "admin"
)

// CommandInfo is one row of the table of commands. Data and Reply are zero values of the structs.
type CommandInfo struct {
	Name   string
	Data   any
	Reply  any
	Errors []Code // besides bad_request, forbidden, not_found, rate_limited, internal
	Role   Role   // the least role that may send it
	Doc    string
}

var transferErrors = []Code{CodeNotOwner, CodeConversationClosed, CodeTargetUnavailable, CodeTransferPending}

// Commands is every command that this version carries out, in the order of the documentation.
var Commands = []CommandInfo{
	{
		"status.set",
		StatusSet{},
		StatusReply{},
		[]Code{CodeReasonRequired},
		RoleAgent,
		"Become ready or not ready. Leaving ready takes back the open offer.",
	},
	{
		"offer.accept",
		OfferAccept{},
		ConversationReply{},
		[]Code{CodeOfferExpired, CodeOfferWithdrawn, CodeOfferTaken, CodeNotReady},
		RoleAgent,
		"Take the conversation of an offer.",
	},
	{
		"offer.decline",
		OfferDecline{},
		Empty{},
		[]Code{CodeOfferExpired, CodeOfferWithdrawn, CodeOfferTaken},
		RoleAgent,
		"Leave the conversation to others. The agent stays ready.",
	},
	{
		"message.send",
		MessageSend{},
		MessageReply{},
		[]Code{CodeNotOwner, CodeConversationClosed, CodeWindowClosed, CodeEmptyMessage, CodeTooLong, CodeNotAvailable},
		RoleAgent,
		"Write to the contact.",
	},
	{
		"message.edit",
		MessageEdit{},
		MessageReply{},
		[]Code{CodeNotOwner, CodeConversationClosed, CodeNotChangeable, CodeEmptyMessage, CodeTooLong},
		RoleAgent,
		"Change the text of one's own message within 15 minutes; on web and generic channels.",
	},
	{
		"message.redact",
		MessageRedact{},
		MessageReply{},
		[]Code{CodeNotOwner, CodeNotChangeable},
		RoleAgent,
		"Hide a message from every reader, for good: one's own within 15 minutes, a supervisor any, in any state.",
	},
	{
		"message.read",
		MessageRead{},
		Empty{},
		nil, RoleAgent,
		"Mark messages as read up to a seq.",
	},
	{
		"typing.set",
		TypingSet{},
		Empty{},
		nil, RoleAgent,
		"Show or hide that the agent types. Not durable.",
	},
	{
		"draft.save",
		DraftSave{},
		Empty{},
		[]Code{CodeNotOwner},
		RoleAgent,
		"Keep what is written so far in a conversation of one's own. It is gone when the conversation leaves its owner.",
	},
	{
		"note.add",
		NoteAdd{},
		NoteReply{},
		nil, RoleAgent,
		"Add an internal note; it never leaves to a channel.",
	},
	{
		"transfer.start",
		TransferStart{},
		TransferReply{},
		transferErrors, RoleAgent,
		"Hand over to an agent (an offer; the sender keeps it until accepted) or to a queue (at once).",
	},
	{
		"transfer.cancel",
		ConversationID{},
		Empty{},
		[]Code{CodeNoTransfer, CodeNotOwner},
		RoleAgent,
		"Take a pending transfer back.",
	},
	{
		"conversation.close",
		ConversationClose{},
		ConversationReply{},
		[]Code{CodeNotOwner, CodeScriptRequired, CodeConversationClosed},
		RoleAgent,
		"Close, with the script where the queue demands it.",
	},
	{
		"conversation.hold",
		ConversationID{},
		ConversationReply{},
		[]Code{CodeNotOwner, CodeConversationClosed},
		RoleAgent,
		"Put on hold.",
	},
	{
		"conversation.unhold",
		ConversationID{},
		ConversationReply{},
		[]Code{CodeNotOwner, CodeConversationClosed},
		RoleAgent,
		"Take off hold.",
	},
	{
		"conversation.snooze",
		ConversationSnooze{},
		ConversationReply{},
		[]Code{CodeNotOwner, CodeConversationClosed, CodeTransferPending},
		RoleAgent,
		"Put away for a minute to 30 days: it takes no slot. It comes back at its time or when the contact writes, to its owner, or to the queue where that one cannot take it.",
	},
	{
		"conversation.unsnooze",
		ConversationID{},
		ConversationReply{},
		[]Code{CodeNotOwner, CodeConversationClosed, CodeTransferPending, CodeTargetUnavailable},
		RoleAgent,
		"Take it back before its time; it sleeps on where its owner has no room.",
	},
	{
		"conversation.reopen",
		ConversationID{},
		ConversationReply{},
		[]Code{CodeNotOwner, CodeConversationClosed, CodeConversationOpen, CodeContactMerged, CodeTargetUnavailable},
		RoleAgent,
		"Reopen within the reopen window: who had it last owns it again; by a supervisor's word it waits, for that one first.",
	},
	{
		"conversation.tag",
		ConversationTag{},
		ConversationReply{},
		[]Code{CodeNotOwner},
		RoleAgent,
		"Add and remove tags; in any state, by the owner or the last one.",
	},
	{
		"conversation.pick",
		ConversationID{},
		ConversationReply{},
		[]Code{CodeNotReady, CodeOfferTaken, CodeConversationClosed, CodeTargetUnavailable},
		RoleAgent,
		"Take a conversation that waits in a queue of the mode pull; the first one gets it.",
	},
	{
		"directory.search",
		DirectorySearch{},
		Directory{},
		nil, RoleAgent,
		"Find targets of a transfer by name.",
	},
	{
		"directory.subscribe",
		DirectorySubscribe{},
		Empty{},
		nil, RoleAgent,
		"See one's queues, or who could take a conversation, live: all of it first, then what changes, at most four times a second. A repeat replaces the selection, without any it ends.",
	},
	{
		"status.force",
		StatusForce{},
		StatusReply{},
		[]Code{CodeReasonRequired},
		RoleSupervisor,
		"Set another agent's status. The agent's desk is told who did.",
	},
	{
		"conversation.assign",
		ConversationAssign{},
		ConversationReply{},
		[]Code{CodeConversationClosed, CodeTargetUnavailable, CodeTransferPending},
		RoleSupervisor,
		"Give a conversation to an agent without an offer, also beyond the agent's capacity, never beyond the hard one; an open offer is taken back.",
	},
	{
		"conversation.takeover",
		ConversationID{},
		ConversationReply{},
		[]Code{CodeConversationClosed, CodeTargetUnavailable, CodeTransferPending},
		RoleSupervisor,
		"Own a conversation at once, whatever one's status, within the hard capacity; whoever had it gets conversation.removed.",
	},
	{
		"conversation.watch",
		ConversationID{},
		Empty{},
		[]Code{CodeTargetUnavailable},
		RoleSupervisor,
		"See a conversation live without owning it: conversation.watched, then its events. It lasts until unwatch or the end of the session, also over a resume. A repeat shows it anew.",
	},
	{
		"conversation.unwatch",
		ConversationID{},
		Empty{},
		nil, RoleSupervisor,
		"See it no longer.",
	},
	{
		"live.subscribe",
		LiveSubscribe{},
		Empty{},
		nil, RoleSupervisor,
		"See queues and agents live: all of them first, then what changes, at most four times a second. A repeat replaces the selection.",
	},
	{
		"live.unsubscribe",
		Empty{},
		Empty{},
		nil, RoleSupervisor,
		"See them no longer.",
	},
	{
		"note.whisper",
		NoteWhisper{},
		NoteReply{},
		[]Code{CodeConversationClosed, CodeEmptyMessage, CodeTooLong},
		RoleSupervisor,
		"Add a note that only the owner and supervisors see.",
	},
	{
		"agent.reassign_all",
		AgentReassignAll{},
		ReassignReply{},
		nil, RoleSupervisor,
		"Take all that an agent has in progress, in the supervisor's queues, back to a queue, to its top.",
	},
	{
		"conversation.priority",
		ConversationPriority{},
		ConversationReply{},
		[]Code{CodeConversationClosed},
		RoleSupervisor,
		"Change the priority; who waits moves to its new place and keeps its waiting time.",
	},
	{
		"conversation.requeue",
		ConversationRequeue{},
		ConversationReply{},
		[]Code{CodeConversationClosed},
		RoleSupervisor,
		"Put a conversation back into a queue; its waiting time is kept.",
	},
}

// CommandByName returns the row of a command.
func CommandByName(name string) (CommandInfo, bool) { return byName(Commands, name) }

func byName(table []CommandInfo, name string) (CommandInfo, bool) {
	for _, row := range table {
		if row.Name == name {
			return row, true
		}
	}
	return CommandInfo{}, false
}

// Names of events.
const (
	EventOfferCreated         = "offer.created"
	EventOfferEnded           = "offer.ended"
	EventConversationAssigned = "conversation.assigned"
	EventConversationMessage  = "conversation.message"
	EventMessageChanged       = "conversation.message_changed"
	EventConversationUpdated  = "conversation.updated"
	EventConversationRead     = "conversation.read"
	EventConversationTyping   = "conversation.typing"
	EventConversationNote     = "conversation.note"
	EventConversationDelivery = "conversation.delivery"
	EventUnanswered           = "conversation.unanswered"
	EventTransferPending      = "transfer.pending"
	EventTransferEnded        = "transfer.ended"
	EventConversationRemoved  = "conversation.removed"
	EventConversationWatched  = "conversation.watched"
	EventWatchEnded           = "conversation.watch_ended"
	EventLiveQueues           = "live.queues"
	EventLiveAgents           = "live.agents"
	EventLiveAlerts           = "live.alerts"
	EventDirectoryQueues      = "directory.queues"
	EventDirectoryAgents      = "directory.agents"
	EventAlertRaised          = "alert.raised"
	EventAlertCleared         = "alert.cleared"
	EventStatusChanged        = "status.changed"
	EventAttachmentUpdated    = "attachment.updated"
	EventContactUpdated       = "contact.updated"
	EventConfigChanged        = "config.changed"
	EventDraftSaved           = "draft.saved"
	EventQueueWaiting         = "queue.waiting"
)

// EventInfo is one row of the table of events. Data is the zero value of the struct.
type EventInfo struct {
	Name string
	Data any
	Doc  string
}

// Events is every event to an agent's session, in the order of the documentation.
var Events = []EventInfo{
	{EventOfferCreated, Offer{}, "A conversation is offered."},
	{EventOfferEnded, OfferEnded{}, "The offer is over, however it ended."},
	{EventConversationAssigned, ConversationHead{}, "The agent owns a conversation now."},
	{EventConversationMessage, ConversationMessage{}, "A message of an owned conversation, in either direction."},
	{EventMessageChanged, MessageChanged{}, "A message was edited or redacted; show it instead of what was shown."},
	{EventConversationUpdated, ConversationHead{}, "The head of an owned conversation changed."},
	{EventConversationRead, ConversationRead{}, "Read, perhaps in another of the agent's sessions."},
	{EventConversationTyping, ConversationTyping{}, "The contact types. May be left out under load."},
	{EventConversationNote, ConversationNote{}, "An internal note."},
	{EventConversationDelivery, ConversationDelivery{}, "The delivery of a message moved forward."},
	{EventUnanswered, ConversationUnanswered{}, "The contact waits for the owner's answer; also to the supervisors when it takes too long."},
	{EventTransferPending, TransferPending{}, "The transfer awaits its acceptance."},
	{EventTransferEnded, TransferEnded{}, "The transfer is over."},
	{EventConversationRemoved, ConversationRemoved{}, "The agent has the conversation no longer."},
	{EventConversationWatched, ConversationWatched{}, "The whole of a watched conversation, at the start and when events may have been lost."},
	{EventWatchEnded, WatchEnded{}, "A watched conversation went to a queue that one does not supervise."},
	{EventLiveQueues, LiveQueues{}, "After live.subscribe: how queues stand."},
	{EventLiveAgents, LiveAgents{}, "After live.subscribe: what agents do."},
	{EventLiveAlerts, LiveAlerts{}, "After live.subscribe, once: every alert that is raised."},
	{EventDirectoryQueues, DirectoryQueues{}, "After directory.subscribe: how many wait in one's queues."},
	{EventDirectoryAgents, DirectoryAgents{}, "After directory.subscribe: who could take a conversation."},
	{EventAlertRaised, Alert{}, "After live.subscribe: a limit is passed, or somebody should look."},
	{EventAlertCleared, Alert{}, "It is over."},
	{EventStatusChanged, StatusChanged{}, "The agent's status changed, by whomever."},
	{EventAttachmentUpdated, AttachmentUpdated{}, "The state of a file changed: it was fetched, or looked into."},
	{EventContactUpdated, ContactUpdated{}, "Details of a contact changed; for the agents who have its conversations."},
	{EventDraftSaved, Draft{}, "Another session of the agent has written; to all but that one."},
	{EventQueueWaiting, QueueWaiting{}, "The list of a queue of the mode pull changed; to its members, at most four times a second."},
	{EventConfigChanged, ConfigChanged{}, "Configuration changed; read it again where it is shown."},
}
