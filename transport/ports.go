package transport

import (
	"context"
	"io"
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
	// Current is who is behind the credential of p now, which is used by that: their role and queues may be others. It is p
	// itself while nothing changed, and never changes p.
	Current(ctx context.Context, p *Principal) (*Principal, error)
	// SetPassword ends all sessions of the agent. RevokeAll does only that; Forget also deletes the credential.
	SetPassword(ctx context.Context, agent dispatch.AgentID, password string) error
	RevokeAll(ctx context.Context, agent dispatch.AgentID) error
	// Sessions are the open ones of the agent, the newest first; EndSessions ends those that which selects by the public
	// name of their credential, and says how many that were.
	Sessions(ctx context.Context, agent dispatch.AgentID) ([]protocol.OpenSession, error)
	EndSessions(ctx context.Context, agent dispatch.AgentID, which func(credential string) bool) (int, error)
	Forget(ctx context.Context, agent dispatch.AgentID) error
}

// PasswordLinks are one-time links with which people set their own password. A link that is wrong, over, used, replaced or
// of somebody who may not sign in is CodeNotFound; CodeRateLimited after failures, as in Login.
type PasswordLinks interface {
	// Issue makes one in place of any earlier one. CodeConflict for an agent who is disabled.
	Issue(ctx context.Context, agent dispatch.AgentID) (token string, expires time.Time, err error)
	Check(ctx context.Context, token string, from netip.Addr) (protocol.PasswordLinkOwner, error)
	// Use sets the password and ends all sessions of the agent. Of several at once one wins.
	Use(ctx context.Context, token, password string, from netip.Addr) error
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

// SeesRating: what the contact thinks of a conversation is for its owner and for supervisors.
func (o *Object) SeesRating(p Principal) bool {
	return p.Role != string(protocol.RoleAgent) || p.Agent != "" && o.Owner == p.Agent
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
	Tags     []string  // all of them; in their normal spelling
	From, To time.Time // opened at or after From, before To
	Text     string    // words of one of its messages or notes
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
	// List returns newest first; with a text, by the newest text that matches. It need not apply the gate; the caller does.
	List(ctx context.Context, p Principal, f Filter) (page []Conversation, next string, err error)
	// Messages with a sequence above after, in order, with their delivery of now.
	Messages(ctx context.Context, id dispatch.ConversationID, after uint64, limit int) ([]dispatch.Chat, error)
	// Message by its seq, or with seq 0 by its id, as it is now; without an ID when there is none.
	Message(ctx context.Context, id dispatch.ConversationID, seq uint64, message dispatch.MessageID) (dispatch.Chat, error)
	// Records with a sequence above after, in order.
	Records(ctx context.Context, id dispatch.ConversationID, after uint64, limit int) ([]StoredRecord, error)
	// Decisions are the records with a sequence above after that hold a decision of a queue, in order.
	Decisions(ctx context.Context, id dispatch.ConversationID, after uint64, limit int) ([]StoredRecord, error)
	// Notes in order; cursor is where the last page ended, next is empty at the end.
	Notes(ctx context.Context, id dispatch.ConversationID, cursor string, limit int) (notes []dispatch.Note, next string, err error)
}

// Contacts reads and changes customers. CodeNotFound for a contact that is not there. The id of one that was merged leads to
// the one that stands for it.
type Contacts interface {
	// Object is what the gate needs to know about a contact for one principal.
	Object(ctx context.Context, p Principal, id dispatch.ContactID) (Object, error)
	Get(ctx context.Context, id dispatch.ContactID) (protocol.Contact, error)
	// Find returns contacts whose name, identities and documents have everything in text; all contacts when it is empty.
	// A page may have fewer than limit, or none, and still a next one.
	Find(ctx context.Context, text, cursor string, limit int) (page []protocol.Contact, next string, err error)
	// Patch applies a merge patch to what it names, also when others change the rest meanwhile. With a version other
	// than 0 it is refused with CodeVersionMismatch when something that it names was changed since.
	Patch(ctx context.Context, by Principal, id dispatch.ContactID, patch []byte, version uint64) (protocol.Contact, error)
	// Merge lets id stand for other from now on; Unmerge ends that. Both are kept in the audit. CodeContactMerged, with the
	// id of the contact that stands for it as the reason, when one of the two was merged before; CodeConflict when id was not.
	Merge(ctx context.Context, by Principal, id, other dispatch.ContactID) (protocol.Contact, error)
	Unmerge(ctx context.Context, by Principal, id dispatch.ContactID) (protocol.Contact, error)
	// Reveal answers with the given pointers unmasked, all of them when there are none, once that is kept for the audit.
	Reveal(ctx context.Context, by Principal, id dispatch.ContactID, b protocol.RevealBody) (protocol.Contact, error)
}

// Said keeps what is said about contacts: notes, consents, reveals. Lists are in order; cursor is where the last page
// ended, next is empty at the end.
type Said interface {
	AddNote(ctx context.Context, by Principal, id dispatch.ContactID, text string) (protocol.ContactNote, error)
	AddConsent(ctx context.Context, by Principal, id dispatch.ContactID, b protocol.ConsentBody) (protocol.Consent, error)
	Notes(ctx context.Context, id dispatch.ContactID, cursor string, limit int) (notes []protocol.ContactNote, next string, err error)
	Consents(ctx context.Context, id dispatch.ContactID, cursor string, limit int) (consents []protocol.Consent, next string, err error)
	Reveals(ctx context.Context, id dispatch.ContactID, cursor string, limit int) (reveals []protocol.Reveal, next string, err error)
}

// Delivered is where an inbound message went.
type Delivered struct {
	Conversation dispatch.ConversationID
	Message      dispatch.MessageID
	Created      bool // it opened the conversation
	Duplicate    bool // external_id was known: the first answer again
}

// Inbound takes a contact's message in. It is durable when Deliver returns. CodeNotFound for an unknown channel,
// CodeBadRequest with Fields for an identity that is malformed or an attachment that is not the caller's, CodeOverloaded when it is not admitted.
type Inbound interface {
	Deliver(ctx context.Context, by Principal, channel dispatch.ChannelID, m protocol.InboundMessage) (Delivered, error)
}

// WhatsApp takes the provider's webhook. Nil from Receive means that everything in the body is durable.
type WhatsApp interface {
	// Verify returns the challenge to answer, or a refusal.
	Verify(ctx context.Context, channel dispatch.ChannelID, mode, token, challenge string) (string, error)
	// Receive checks signature (the header X-Hub-Signature-256) over the raw body first.
	Receive(ctx context.Context, channel dispatch.ChannelID, body []byte, signature string) error
}

// Upload is a file on its way in.
type Upload struct {
	Name   string // as sent
	Expect int64  // at least so many bytes will come; 0: not known
	Body   io.Reader
	// Confirm is asked once when all bytes are here and nothing is kept yet, with their SHA-256. Its error ends the upload.
	Confirm func(sent [32]byte) error
}

// AttachmentView is an attachment with what the gate needs to know about it for one principal.
type AttachmentView struct {
	Attachment protocol.Attachment
	Object     Object
}

// File is one that is given out. Drawn says that this server made its bytes, so that a page may show it.
type File struct {
	io.ReadSeekCloser
	Name, Type, Hash string
	Drawn            bool
}

// Attachments takes files in and gives them out. Refusals: CodeTooLarge, CodeTypeRefused, CodeQuotaExceeded, CodeReadOnly with
// the field /file; CodeNotFound; CodeNotAvailable for a file that is not clean.
type Attachments interface {
	Limits() protocol.AttachmentLimits
	// Upload returns when file and record are durable.
	Upload(ctx context.Context, p Principal, u Upload) (protocol.Attachment, error)
	Get(ctx context.Context, p Principal, id dispatch.AttachmentID) (AttachmentView, error)
	// Open opens the file, or its small picture. The caller has asked the gate.
	Open(ctx context.Context, id dispatch.AttachmentID, little bool) (File, error)
	// Linked reports whether a link that was given to a channel is genuine and still holds.
	Linked(id dispatch.AttachmentID, expires int64, signature string) bool
	// Sendable refuses attachments that the principal may not put into a message of the conversation.
	Sendable(ctx context.Context, p Principal, conversation dispatch.ConversationID, ids []dispatch.AttachmentID) error
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
	// Attachment describes a file as it is now; only its id where nothing is known. It alone may read the disk.
	Attachment(id dispatch.AttachmentID) protocol.Attachment
}

// Presence reads what was recorded of agents. Both lists are in order of their beginnings.
type Presence interface {
	Statuses(ctx context.Context, agent dispatch.AgentID, l LogRange) ([]StatusInterval, error)
	Connections(ctx context.Context, agent dispatch.AgentID, l LogRange) ([]ConnectionInterval, error)
}

// LogRange selects intervals that touch [From, To), at most Limit, after the one that began at After under Ordinal. Zero
// times are open ends.
type LogRange struct {
	From, To, After time.Time
	Ordinal         uint64
	Limit           int
}

// StatusInterval is one status of an agent; End is zero while it lasts.
type StatusInterval struct {
	Status            dispatch.AgentStatus
	Reason            string
	By                dispatch.AgentID
	Start, End, Until time.Time
	Ordinal           uint64
}

// ConnectionInterval is a time with a connection; End is zero while it lasts.
type ConnectionInterval struct{ Start, End time.Time }

// Directory finds targets of transfers; ones that can take a conversation come first.
type Directory interface {
	Search(ctx context.Context, p Principal, text string, limit int) ([]protocol.DirectoryAgent, error)
}

// Edge opens sessions.
type Edge interface {
	// Open begins a session for a connection. It is called once per connection, before any frame. A *Refusal closes the
	// connection: CodeForbidden with 4003, CodeOverloaded with 1013. From its return on the session hears when the
	// credential of p is revoked.
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
	Drafts        []dispatch.Draft
}

// AgentView is the agent as the snapshot shows it.
type AgentView struct {
	ID       dispatch.AgentID
	Status   dispatch.AgentStatus
	Reason   string
	Since    time.Time
	Until    time.Time // when it should end, by plan
	After    bool      // not ready once the current conversations are over, for the reason AfterIs
	AfterIs  string
	Capacity int // weight for new conversations
	Load     int // weight that counts against it
	Ceiling  int // weight that is never exceeded
	Total    int // weight of everything
	Queues   []dispatch.QueueID
}

// IDs makes an id with a prefix, such as msg, in a partition. Safe for concurrent use.
type IDs func(prefix string, p dispatch.Partition) string
