package access

// Action is one thing that can be done; every route, command and job names one. The values are stable: they appear in the
// audit.
type Action string

// The actions.
const (
	// One's own session.
	ReadMe         Action = "me.read"
	EndSession     Action = "session.end"
	IssueWSTicket  Action = "ticket.issue"
	OpenSocket     Action = "socket.open"
	ChangePassword Action = "password.change"
	SetStatus      Action = "status.set"
	ReadStatusLog  Action = "status.log" // what an agent's status and connection were

	// Conversations: reading.
	ListConversations   Action = "conversation.list"   // the list is filtered by ReadConversation
	SearchConversations Action = "conversation.search" // what is found is filtered by ReadConversation
	ReadConversation    Action = "conversation.read"   // head, messages, events, notes
	ReadTranscript      Action = "conversation.transcript"
	ReadWhy             Action = "conversation.why"

	// Conversations: the owner's work.
	AcceptOffer        Action = "offer.accept"
	DeclineOffer       Action = "offer.decline"
	PullConversation   Action = "conversation.pull" // queues in pull mode
	SendMessage        Action = "message.send"
	EditMessage        Action = "message.edit"
	RedactMessage      Action = "message.redact"
	MarkRead           Action = "message.read"
	SetTyping          Action = "typing.set"
	SaveDraft          Action = "draft.save" // whose conversation it is, the agent's actor knows
	AddNote            Action = "note.add"
	StartTransfer      Action = "transfer.start"
	CancelTransfer     Action = "transfer.cancel"
	CloseConversation  Action = "conversation.close"
	HoldConversation   Action = "conversation.hold" // and unhold
	SnoozeConversation Action = "conversation.snooze"
	Unsnooze           Action = "conversation.unsnooze"
	ReopenConversation Action = "conversation.reopen"
	TagConversation    Action = "conversation.tag"
	SearchDirectory    Action = "directory.search"
	ReadSharedConfig   Action = "config.read_shared" // what the desk shows: queues, pause reasons, scripts, canned responses
	WriteOwnCanned     Action = "canned_response.write_own"
	ReadAnnouncements  Action = "announcement.read"  // the list of who writes them
	WriteAnnouncement  Action = "announcement.write" // asked for each queue that it is for
	OwnAnnouncements   Action = "announcement.own"   // those that concern oneself
	UploadAttachment   Action = "attachment.create"
	DownloadAttachment Action = "attachment.read" // of a conversation, or one's own upload

	// Supervision.
	ForceStatus         Action = "status.force"
	AssignConversation  Action = "conversation.assign"
	RequeueConversation Action = "conversation.requeue"
	WatchConversation   Action = "conversation.watch" // unwatch only ends what a session shows
	ChangePriority      Action = "conversation.priority"
	OverrideScript      Action = "conversation.override_script" // close without the script that the queue demands
	TakeOver            Action = "conversation.takeover"
	ReassignAll         Action = "agent.reassign_all" // only what is in the principal's queues
	Whisper             Action = "note.whisper"
	ReadQueue           Action = "queue.live"
	ReadWaiting         Action = "queue.waiting" // who waits, for those who pick too
	ReadLive            Action = "live.read"     // and live.subscribe; the answer is filtered by queue
	ReadReports         Action = "reports.read"

	// Contacts.
	ReadContact        Action = "contact.read"
	UpdateContact      Action = "contact.update"
	ReadContactHistory Action = "contact.history"
	MergeContacts      Action = "contact.merge"  // and unmerge
	RevealContact      Action = "contact.reveal" // what is masked; kept for the audit
	ReadReveals        Action = "contact.reveals"
	ExportContact      Action = "contact.export"
	EraseContact       Action = "contact.erase"

	// Administration.
	ReadConfig    Action = "config.read"
	WriteConfig   Action = "config.write"
	WriteAgents   Action = "agent.write" // apart from WriteConfig: who makes agents can make administrators
	ManageTokens  Action = "api_token.manage"
	SetAnyonesKey Action = "password.set" // another person's password, or a set-up link
	ReadAudit     Action = "audit.read"
	ManageServer  Action = "server.manage" // backup, replay of parked webhooks, read-only mode

	// Channels and customers.
	PutInboundMessage Action = "channel.message"
	UseWidget         Action = "widget.use" // read, write, type, end and rate one's own conversation
)

const (
	readers      = own | former | history
	teamReaders  = readers | team
	ownOrTeam    = own | team
	selfOrTeam   = self | team
	uploader     = self | readers
	teamUploader = self | teamReaders
)

// rules is the whole policy. What is not written is never.
var rules = map[Action]rule{
	ReadMe:         {agent: anyone, supervisor: anyone, admin: anyone, scope: anyScope},
	EndSession:     {agent: anyone, supervisor: anyone, admin: anyone},
	IssueWSTicket:  {agent: anyone, supervisor: anyone, admin: anyone, scope: ScopeLive},
	OpenSocket:     {agent: anyone, supervisor: anyone, admin: anyone, scope: ScopeLive},
	ChangePassword: {agent: self, supervisor: self, admin: self},
	SetStatus:      {agent: self, supervisor: self, admin: self},
	ReadStatusLog:  {agent: self, supervisor: selfOrTeam, admin: anyone, scope: ScopeReports},

	ListConversations:   {agent: anyone, supervisor: anyone, admin: anyone, scope: ScopeConversationsRead},
	SearchConversations: {agent: anyone, supervisor: anyone, admin: anyone, scope: ScopeConversationsRead},
	ReadConversation:    {agent: readers, supervisor: teamReaders, admin: anyone, scope: ScopeConversationsRead},
	ReadTranscript:      {agent: own | former, supervisor: ownOrTeam | former, admin: anyone, scope: ScopeConversationsRead},
	ReadWhy:             {supervisor: team, admin: anyone, scope: ScopeConversationsRead},

	AcceptOffer:        {agent: offered, supervisor: offered, admin: offered},
	DeclineOffer:       {agent: offered, supervisor: offered, admin: offered},
	PullConversation:   {agent: team, supervisor: team, admin: team},
	SendMessage:        {agent: own, supervisor: own, admin: own, scope: ScopeConversationsWrite, owned: true},
	EditMessage:        {agent: own, supervisor: own, admin: own, scope: ScopeConversationsWrite, owned: true},
	RedactMessage:      {agent: own, supervisor: ownOrTeam, admin: anyone, scope: ScopeConversationsWrite, owned: true},
	MarkRead:           {agent: own, supervisor: own, admin: own, owned: true},
	SaveDraft:          {agent: offered, supervisor: offered, admin: offered},
	SetTyping:          {agent: own, supervisor: own, admin: own, owned: true},
	AddNote:            {agent: own, supervisor: ownOrTeam, admin: anyone, scope: ScopeConversationsWrite, owned: true},
	StartTransfer:      {agent: own, supervisor: ownOrTeam, admin: anyone, scope: ScopeConversationsWrite, owned: true},
	CancelTransfer:     {agent: own, supervisor: ownOrTeam, admin: anyone, scope: ScopeConversationsWrite, owned: true},
	CloseConversation:  {agent: own, supervisor: ownOrTeam, admin: anyone, scope: ScopeConversationsWrite, owned: true},
	HoldConversation:   {agent: own, supervisor: own, admin: own, owned: true},
	SnoozeConversation: {agent: own, supervisor: own, admin: own, owned: true},
	Unsnooze:           {agent: own, supervisor: ownOrTeam, admin: anyone, scope: ScopeConversationsWrite, owned: true},
	ReopenConversation: {agent: own, supervisor: ownOrTeam, admin: anyone, scope: ScopeConversationsWrite, owned: true},
	TagConversation:    {agent: own, supervisor: ownOrTeam, admin: anyone, scope: ScopeConversationsWrite, owned: true},
	SearchDirectory:    {agent: anyone, supervisor: anyone, admin: anyone},
	ReadSharedConfig:   {agent: anyone, supervisor: anyone, admin: anyone, scope: ScopeConfigRead},
	ReadAnnouncements:  {supervisor: anyone, admin: anyone, scope: ScopeConfigRead},
	WriteAnnouncement:  {supervisor: team, admin: anyone, scope: ScopeConfigWrite},
	OwnAnnouncements:   {agent: anyone, supervisor: anyone, admin: anyone},
	WriteOwnCanned:     {agent: self, supervisor: self, admin: anyone, scope: ScopeConfigWrite},
	UploadAttachment:   {agent: anyone, supervisor: anyone, admin: anyone, visitor: theirs, scope: ScopeAttachments},
	DownloadAttachment: {agent: uploader, supervisor: teamUploader, admin: anyone, visitor: theirs, scope: ScopeAttachments},

	ForceStatus:         {supervisor: selfOrTeam, admin: anyone},
	AssignConversation:  {supervisor: team, admin: anyone, scope: ScopeConversationsWrite},
	RequeueConversation: {supervisor: team, admin: anyone, scope: ScopeConversationsWrite},
	WatchConversation:   {supervisor: team, admin: anyone},
	ChangePriority:      {supervisor: team, admin: anyone, scope: ScopeConversationsWrite},
	OverrideScript:      {supervisor: team, admin: anyone, scope: ScopeConversationsWrite},
	TakeOver:            {supervisor: team, admin: anyone},
	Whisper:             {supervisor: team, admin: anyone},
	ReassignAll:         {supervisor: team, admin: anyone},
	ReadQueue:           {supervisor: team, admin: anyone, scope: ScopeLive},
	ReadWaiting:         {agent: team, supervisor: team, admin: anyone, scope: ScopeLive},
	ReadLive:            {supervisor: anyone, admin: anyone, scope: ScopeLive},
	ReadReports:         {supervisor: anyone, admin: anyone, scope: ScopeReports},

	ReadContact:        {agent: anyone, supervisor: anyone, admin: anyone, scope: ScopeContactsRead},
	UpdateContact:      {agent: anyone, supervisor: anyone, admin: anyone, scope: ScopeContactsWrite},
	ReadContactHistory: {agent: anyone, supervisor: anyone, admin: anyone, scope: ScopeContactsRead},
	MergeContacts:      {agent: anyone, supervisor: anyone, admin: anyone, scope: ScopeContactsWrite},
	RevealContact:      {agent: history, supervisor: anyone, admin: anyone, scope: ScopeAdmin},
	ReadReveals:        {supervisor: anyone, admin: anyone, scope: ScopeAdmin},
	ExportContact:      {admin: anyone, scope: ScopeAdmin},
	EraseContact:       {admin: anyone, scope: ScopeAdmin},

	ReadConfig:    {admin: anyone, scope: ScopeConfigRead},
	WriteConfig:   {admin: anyone, scope: ScopeConfigWrite},
	WriteAgents:   {admin: anyone, scope: ScopeAdmin},
	ManageTokens:  {admin: anyone, scope: ScopeAdmin},
	SetAnyonesKey: {admin: anyone, scope: ScopeAdmin},
	ReadAudit:     {admin: anyone, scope: ScopeAdmin},
	ManageServer:  {admin: anyone, scope: ScopeAdmin},

	PutInboundMessage: {admin: anyone, channel: true},
	UseWidget:         {visitor: theirs},
}
