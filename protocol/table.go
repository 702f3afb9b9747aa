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
		[]Code{CodeNotOwner, CodeConversationClosed, CodeWindowClosed, CodeEmptyMessage, CodeTooLong},
		RoleAgent,
		"Write to the contact.",
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
		"directory.search",
		DirectorySearch{},
		Directory{},
		nil, RoleAgent,
		"Find targets of a transfer by name.",
	},
	{
		"status.force",
		StatusForce{},
		StatusReply{},
		nil, RoleSupervisor,
		"Set another agent's status.",
	},
	{
		"conversation.assign",
		ConversationAssign{},
		ConversationReply{},
		[]Code{CodeConversationClosed, CodeTargetUnavailable},
		RoleSupervisor,
		"Give a conversation to an agent without an offer.",
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
func CommandByName(name string) (CommandInfo, bool) {
	for _, row := range Commands {
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
	EventConversationUpdated  = "conversation.updated"
	EventConversationRead     = "conversation.read"
	EventConversationTyping   = "conversation.typing"
	EventConversationNote     = "conversation.note"
	EventConversationDelivery = "conversation.delivery"
	EventTransferPending      = "transfer.pending"
	EventTransferEnded        = "transfer.ended"
	EventConversationRemoved  = "conversation.removed"
	EventStatusChanged        = "status.changed"
	EventContactUpdated       = "contact.updated"
	EventConfigChanged        = "config.changed"
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
	{EventConversationUpdated, ConversationHead{}, "The head of an owned conversation changed."},
	{EventConversationRead, ConversationRead{}, "Read, perhaps in another of the agent's sessions."},
	{EventConversationTyping, ConversationTyping{}, "The contact types. May be left out under load."},
	{EventConversationNote, ConversationNote{}, "An internal note."},
	{EventConversationDelivery, ConversationDelivery{}, "The delivery of a message moved forward."},
	{EventTransferPending, TransferPending{}, "The transfer awaits its acceptance."},
	{EventTransferEnded, TransferEnded{}, "The transfer is over."},
	{EventConversationRemoved, ConversationRemoved{}, "The agent has the conversation no longer."},
	{EventStatusChanged, StatusChanged{}, "The agent's status changed, by whomever."},
	{EventContactUpdated, ContactUpdated{}, "Details of a contact changed; for the agents who have its conversations."},
	{EventConfigChanged, ConfigChanged{}, "Configuration changed; read it again where it is shown."},
}
