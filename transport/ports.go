package transport

import (
	"context"
	"net/netip"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// Principal is whoever acts, as the Accounts port gave it.
type Principal struct {
	ID         string           // agt_… or tok_…
	Name       string           //
	Role       string           // agent, supervisor, admin, integrator
	Scopes     []string         // integrators only
	Agent      dispatch.AgentID // empty for integrators
	Credential string           // public name of what proved it: key of rates and idempotency; not usable as proof
	ExpiresAt  time.Time        // zero for never
	Grant      any              // what the gate wants back; opaque here
}

// SignedIn is a new session of a person.
type SignedIn struct {
	Token     string
	ExpiresAt time.Time
	Principal Principal
}

// Accounts says who is behind a credential. Refusals are *Refusal; an invalid credential is CodeUnauthorized.
type Accounts interface {
	Login(ctx context.Context, login, password string, from netip.Addr) (SignedIn, error)
	Logout(ctx context.Context, p Principal) error
	ByToken(ctx context.Context, token string) (Principal, error)
	IssueTicket(ctx context.Context, p Principal) (ticket string, expires time.Time, err error)
	RedeemTicket(ctx context.Context, ticket string) (Principal, error)
	// SetPassword ends all sessions of the agent. RevokeAll does only that; Forget also deletes the credential.
	SetPassword(ctx context.Context, agent dispatch.AgentID, password string) error
	RevokeAll(ctx context.Context, agent dispatch.AgentID) error
	Forget(ctx context.Context, agent dispatch.AgentID) error
}

// Tokens manages API tokens. Create refuses an unknown scope with CodeBadRequest and its field.
type Tokens interface {
	Create(ctx context.Context, by Principal, spec protocol.APIToken) (protocol.APIToken, error)
	Get(ctx context.Context, id string) (protocol.APIToken, error)
	List(ctx context.Context, after string, limit int) ([]protocol.APIToken, error)
	Revoke(ctx context.Context, id string) error
}

// Action is one thing that can be done; every route and command names one.
type Action string

// Object is what an action is about, as far as the gate needs to know it. A missing field only makes the answer stricter.
type Object struct {
	Agent     dispatch.AgentID   // the agent acted upon
	Owner     dispatch.AgentID   // owner of the conversation, the last one when it is closed
	OfferedTo dispatch.AgentID   // addressee of an offer
	Queues    []dispatch.QueueID // of the conversation, of the target, or memberships
	Channel   dispatch.ChannelID // that a message comes in through
	Contact   dispatch.ContactID // whose conversation it is
	Former    bool               // the principal owned the conversation before
	History   bool               // the principal owns another open conversation of the same contact
}

// Gate decides who may do what: nil, or a *Refusal with CodeForbidden, CodeNotOwner or CodeNotFound.
type Gate interface {
	Can(p Principal, a Action, o Object) error
	// Declared reports whether the gate knows the action; a route whose action is not declared does not register.
	Declared(a Action) bool
}

// Document is one configuration object: Body is the JSON of its protocol type.
type Document struct {
	Kind    string
	ID      string
	Version uint64 // +1 with every write, from 1
	Body    []byte
}

// Change writes one document.
type Change struct {
	Document           // Version is the expected one; 0: it must not exist
	Unique   []Unique  // every value that must belong to nobody else; those of the old version are given up
	By       Principal // for the audit
}

// Unique is one value that only one document may have.
type Unique struct {
	Key     string // such as queue_name
	Value   string // in the spelling that is compared
	Pointer string // the field, for the answer
}

// Documents keeps configuration. Writes are durable and in force when they return.
//
// Refusals: CodeNotFound; CodeVersionMismatch when the stored version is another one; CodeAlreadyExists with Fields when
// a unique value is taken; CodeInUse when a running part needs the object.
type Documents interface {
	Get(ctx context.Context, kind, id string) (Document, error)
	// List returns up to limit documents of a kind with ids above after, by id.
	List(ctx context.Context, kind, after string, limit int) ([]Document, error)
	Put(ctx context.Context, c Change) (version uint64, err error)
	Delete(ctx context.Context, kind, id string, version uint64, by Principal) error
}

// Answers keeps the answers of requests with an Idempotency-Key for 24 h.
type Answers interface {
	// Find returns the stored answer of (principal, key), or false.
	Find(ctx context.Context, principal, key string) (StoredAnswer, bool, error)
	Keep(ctx context.Context, principal, key string, a StoredAnswer) error
}

// StoredAnswer is the first answer of a request with an Idempotency-Key.
type StoredAnswer struct {
	Request string            `json:"request"` // hash of method, path and body
	Status  int               `json:"status"`
	Header  map[string]string `json:"header"`
	Body    []byte            `json:"body"`
}

// Dispatch carries out a command: the same ones as over the websocket. It returns *dispatch.Error for refusals, after
// the change is durable otherwise. A command whose Cause was seen before gets the first answer.
type Dispatch interface {
	Do(ctx context.Context, command dispatch.Envelope) (dispatch.Reply, error)
}

// Conversation is a head with what the gate needs to know about it for one principal.
type Conversation struct {
	Head   dispatch.Head
	Object Object
}

// Filter selects conversations. Empty fields select all; a conversation must match every field.
type Filter struct {
	States   []dispatch.ConversationState
	Queue    dispatch.QueueID
	Agent    dispatch.AgentID // owner, or the last one
	Contact  dispatch.ContactID
	Channel  dispatch.ChannelID
	From, To time.Time // opened at or after From, before To
	Text     string    // full text
	Cursor   string    // where the last page ended
	Limit    int
}

// StoredRecord is one durable fact with its place in the conversation.
type StoredRecord struct {
	Seq    uint64
	At     time.Time
	Record dispatch.Record
}

// Conversations reads. CodeNotFound for a conversation that is not there.
type Conversations interface {
	Get(ctx context.Context, p Principal, id dispatch.ConversationID) (Conversation, error)
	// List returns newest first. It need not apply the gate; the caller does.
	List(ctx context.Context, p Principal, f Filter) (page []Conversation, next string, err error)
	// Messages with a sequence above after, in order, with their delivery of now.
	Messages(ctx context.Context, id dispatch.ConversationID, after uint64, limit int) ([]dispatch.Chat, error)
	// Records with a sequence above after, in order.
	Records(ctx context.Context, id dispatch.ConversationID, after uint64, limit int) ([]StoredRecord, error)
	// Notes in order; cursor is where the last page ended, next is empty at the end.
	Notes(ctx context.Context, id dispatch.ConversationID, cursor string, limit int) (notes []dispatch.Note, next string, err error)
}

// Contacts reads and changes customers. Put refuses like Documents; c.Version is the expected one.
type Contacts interface {
	Get(ctx context.Context, id dispatch.ContactID) (protocol.Contact, error)
	Put(ctx context.Context, by Principal, c protocol.Contact) (protocol.Contact, error)
}

// Delivered is where an inbound message went.
type Delivered struct {
	Conversation dispatch.ConversationID
	Message      dispatch.MessageID
	Created      bool // it opened the conversation
	Duplicate    bool // external_id was known: the first answer again
}

// Inbound takes a contact's message in. It is durable when Deliver returns. CodeNotFound for an unknown channel,
// CodeBadRequest with Fields for an identity that is malformed, CodeOverloaded when it is not admitted.
type Inbound interface {
	Deliver(ctx context.Context, channel dispatch.ChannelID, m protocol.InboundMessage) (Delivered, error)
}

// WhatsApp takes the provider's webhook. Nil from Receive means that everything in the body is durable.
type WhatsApp interface {
	// Verify returns the challenge to answer, or a refusal.
	Verify(ctx context.Context, channel dispatch.ChannelID, mode, token, challenge string) (string, error)
	// Receive checks signature (the header X-Hub-Signature-256) over the raw body first.
	Receive(ctx context.Context, channel dispatch.ChannelID, body []byte, signature string) error
}

// Catalog answers from memory, without blocking: it is asked for every frame.
type Catalog interface {
	QueueName(id dispatch.QueueID) string
	AgentName(id dispatch.AgentID) string
	AgentQueues(id dispatch.AgentID) []dispatch.QueueID // not to be changed
	Channel(id dispatch.ChannelID) (kind, name string)
	// Queues, PauseReasons and Scripts are what snapshots carry. The answers are shared and must not be changed; their
	// own lists are not nil.
	Queues() []protocol.Ref
	PauseReasons() []protocol.PauseReason
	// Scripts of these queues; nil: of all.
	Scripts(queues []dispatch.QueueID) []protocol.Script
}

// Directory finds targets of transfers; ones that can take a conversation come first.
type Directory interface {
	Search(ctx context.Context, p Principal, text string, limit int) ([]protocol.DirectoryAgent, error)
}

// Edge opens sessions.
type Edge interface {
	// Open begins a session for a connection. It is called once per connection, before any frame. A *Refusal closes the
	// connection: CodeForbidden with 4003, CodeOverloaded with 1013.
	Open(p Principal, c *Conn) (Peer, Greeting, error)
}

// Greeting is what the hello frame tells.
type Greeting struct {
	Session     dispatch.SessionID
	ResumeToken string
	Epoch       string
	Now         time.Time
}

// Resume is what a client says to continue a session.
type Resume struct {
	Session dispatch.SessionID
	Token   string
	Epoch   string
	Seq     uint64
}

// Peer is the session behind a connection. All calls come from the connection's reader, one at a time and in order; they
// must not wait for anything but a mailbox. After the greeting either Start or Resume is called once, then Command and
// Pong any number of times. Closed is the last call and always comes.
type Peer interface {
	Start()
	Resume(r Resume)
	// Command hands over a parsed command; its reply goes out by Conn.Reply with Cause.Command as id. A command with an
	// empty Cause expects none.
	Command(e dispatch.Envelope)
	Pong(n, seq uint64)
	Closed(err error)
}

// SnapshotView is an agent's state for the snapshot frame.
type SnapshotView struct {
	Agent         AgentView
	Offers        []dispatch.Offer
	Conversations []dispatch.Head
}

// AgentView is the agent as the snapshot shows it.
type AgentView struct {
	ID       dispatch.AgentID
	Status   dispatch.AgentStatus
	Reason   string
	Since    time.Time
	Capacity int
	Load     int
	Queues   []dispatch.QueueID
}

// IDs makes an id with a prefix, such as msg, in a partition. Safe for concurrent use.
type IDs func(prefix string, p dispatch.Partition) string
