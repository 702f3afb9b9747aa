package transport

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/protocol"
)

// Ids that the tests use.
var (
	born       = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	talkID     = dispatch.ConversationID(dispatch.FormatID("cnv", born, 7, 1))
	otherTalk  = dispatch.ConversationID(dispatch.FormatID("cnv", born, 7, 2))
	unknownID  = dispatch.FormatID("cnv", born, 7, 3)
	ana, bruno = dispatch.AgentID("agt_ana"), dispatch.AgentID("agt_bruno")
)

// world is every port at once, in memory.
type world struct {
	mu        sync.Mutex
	now       time.Time
	docs      map[string]Document
	unique    map[string]string // key/value → kind/id
	answers   map[string]StoredAnswer
	passwords map[string]string
	tickets   map[string]Principal
	tokens    map[string]protocol.APIToken
	done      []dispatch.Envelope
	do        func(e dispatch.Envelope) (dispatch.Reply, error)
	deliver   func(channel dispatch.ChannelID, m protocol.InboundMessage) (Delivered, error)
	channel   dispatch.ChannelID // of the last webhook
	received  func(body []byte, signature string) error
	filters   []Filter
	contact   protocol.Contact
	patch     string // of the contact
	matched   uint64
	denied    map[Action]error
	over      bool // every credential
	ids       int
	open      func(p Principal, c *Conn) (Peer, Greeting, error)
}

func newWorld() *world {
	return &world{
		now: born, docs: map[string]Document{}, unique: map[string]string{}, answers: map[string]StoredAnswer{}, passwords: map[string]string{},
		tickets: map[string]Principal{}, tokens: map[string]protocol.APIToken{}, denied: map[Action]error{},
		contact: protocol.Contact{ID: "con_1", Version: 3, Name: "Marina", Identities: []protocol.Identity{{Kind: "phone", Value: "+5511999990000"}}, CreatedAt: protocol.At(born)},
		do:      func(dispatch.Envelope) (dispatch.Reply, error) { return dispatch.Done{}, nil },
		deliver: func(dispatch.ChannelID, protocol.InboundMessage) (Delivered, error) {
			return Delivered{Conversation: talkID, Message: "msg_1", Created: true}, nil
		},
		received: func([]byte, string) error { return nil },
		open: func(Principal, *Conn) (Peer, Greeting, error) {
			return nil, Greeting{}, Refuse(protocol.CodeOverloaded)
		},
	}
}

func (w *world) options() Options {
	return Options{
		Accounts: w, Tokens: tokens{w}, Gate: w, Documents: documents{w}, Answers: answersPort{w}, Dispatch: w, Conversations: talks{w}, Contacts: contacts{w}, Said: said{w},
		Inbound: w, WhatsApp: w, Catalog: w, Directory: w, Edge: w, Attachments: &filePort{w: w, kept: map[dispatch.AttachmentID]keptFile{}}, Log: zerolog.Nop(),
		Now: func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now },
		IDs: func(prefix string, p dispatch.Partition) string {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ids++
			return dispatch.FormatID(prefix, born, p, uint64(w.ids))
		},
	}
}

func testServer(t *testing.T, w *world) *Server {
	t.Helper()
	return New(w.options())
}

func principal(role string) Principal {
	p := Principal{ID: "agt_" + role, Name: strings.ToUpper(role), Role: role, Credential: "cred_" + role}
	switch role {
	case "ana":
		p.Role = "agent"
	case "integrator":
		p.ID = "tok_1"
		return p
	case "admin", "supervisor":
	}
	p.Agent = dispatch.AgentID(p.ID)
	return p
}

func (w *world) Login(_ context.Context, login, password string, _ netip.Addr) (SignedIn, error) {
	if w.passwords[login] == "" || w.passwords[login] != password {
		return SignedIn{}, Refuse(protocol.CodeUnauthorized)
	}
	return SignedIn{Token: "token-" + login, ExpiresAt: born.Add(12 * time.Hour), Principal: principal(login)}, nil
}

func (w *world) Logout(context.Context, Principal) error { return nil }

func (w *world) ByToken(_ context.Context, token string) (Principal, error) {
	role, ok := strings.CutPrefix(token, "token-")
	if !ok {
		return Principal{}, Refuse(protocol.CodeUnauthorized)
	}
	return principal(role), nil
}

func (w *world) IssueTicket(_ context.Context, p Principal) (string, time.Time, error) {
	w.tickets["t1"] = p
	return "t1", born.Add(30 * time.Second), nil
}

func (w *world) RedeemTicket(_ context.Context, ticket string) (Principal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.tickets[ticket]
	delete(w.tickets, ticket)
	if !ok {
		return Principal{}, Refuse(protocol.CodeUnauthorized)
	}
	return p, nil
}

func (w *world) Current(_ context.Context, p *Principal) (*Principal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return nil, Refuse(protocol.CodeUnauthorized)
	}
	return p, nil
}

func (w *world) SetPassword(_ context.Context, a dispatch.AgentID, password string) error {
	w.passwords[string(a)] = password
	return nil
}

func (w *world) RevokeAll(_ context.Context, a dispatch.AgentID) error {
	w.passwords[string(a)+" revoked"] = "yes"
	return nil
}

func (w *world) Sessions(context.Context, dispatch.AgentID) ([]protocol.OpenSession, error) {
	return nil, nil
}

func (w *world) EndSessions(context.Context, dispatch.AgentID, func(string) bool) (int, error) {
	return 0, nil
}

func (w *world) Forget(_ context.Context, a dispatch.AgentID) error {
	delete(w.passwords, string(a))
	return nil
}

// Can knows three rules: administrators may all, integrators only channel messages, agents nothing that writes configuration.
func (w *world) Can(p Principal, a Action, o Object) error {
	if err := w.denied[a]; err != nil {
		return err
	}
	switch {
	case p.Role == "admin":
		return nil
	case p.Role == "integrator":
		if a == ActInbound && o.Channel != "" {
			return nil
		}
		if a == ActInbound { // of no channel; of some it may
			return Refuse(protocol.CodeNotFound)
		}
		return Refuse(protocol.CodeForbidden)
	case slices.Contains([]Action{ActReadConfig, ActWriteConfig, ActWriteAgents, ActTokens, ActInbound}, a):
		return Refuse(protocol.CodeForbidden)
	case slices.Contains([]Action{ActReadTalk, ActSend, ActClose, ActTransfer, ActRequeue, ActAddNote, ActMarkRead, ActHold, ActCancel, ActTyping}, a):
		if p.Role == "supervisor" && slices.Contains(o.Queues, "que_team") || o.Owner == p.Agent {
			return nil
		}
		return Refuse(protocol.CodeNotFound)
	case o.Agent == "" && (a == ActWriteCanned || a == ActSetStatus): // about nobody; about oneself it may
		return Refuse(protocol.CodeNotFound)
	case a == ActWriteCanned && o.Agent != p.Agent, a == ActSetStatus && o.Agent != p.Agent:
		return Refuse(protocol.CodeForbidden)
	case p.Role == "agent" && (a == ActForceStatus || a == ActAssign):
		return Refuse(protocol.CodeForbidden)
	}
	return nil
}

func (w *world) Declared(a Action) bool { return strings.Contains(string(a), ".") }

type documents struct{ w *world }

func (d documents) Get(_ context.Context, kind, id string) (Document, error) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	doc, ok := d.w.docs[kind+"/"+id]
	if !ok {
		return Document{}, Refuse(protocol.CodeNotFound)
	}
	return doc, nil
}

func (d documents) List(_ context.Context, kind, after string, limit int) ([]Document, error) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	var out []Document
	for _, doc := range d.w.docs {
		if doc.Kind == kind && doc.ID > after {
			out = append(out, doc)
		}
	}
	slices.SortFunc(out, func(a, b Document) int { return strings.Compare(a.ID, b.ID) })
	return out[:min(limit, len(out))], nil
}

func (d documents) Put(_ context.Context, c Change) (uint64, error) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	key := c.Kind + "/" + c.ID
	if d.w.docs[key].Version != c.Version {
		return 0, Refuse(protocol.CodeVersionMismatch)
	}
	for _, u := range c.Unique {
		if owner := d.w.unique[u.Key+"/"+u.Value]; owner != "" && owner != key {
			return 0, &Refusal{Code: protocol.CodeAlreadyExists, Fields: []protocol.FieldError{{Pointer: u.Pointer, Code: protocol.FieldTaken}}}
		}
	}
	for claim, owner := range d.w.unique {
		if owner == key {
			delete(d.w.unique, claim)
		}
	}
	for _, u := range c.Unique {
		d.w.unique[u.Key+"/"+u.Value] = key
	}
	c.Document.Version++
	d.w.docs[key] = c.Document
	return c.Document.Version, nil
}

func (d documents) Delete(_ context.Context, kind, id string, version uint64, _ Principal) error {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	if d.w.docs[kind+"/"+id].Version != version {
		return Refuse(protocol.CodeVersionMismatch)
	}
	delete(d.w.docs, kind+"/"+id)
	return nil
}

type answersPort struct{ w *world }

func (a answersPort) Find(_ context.Context, principal, key string) (StoredAnswer, bool, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	s, ok := a.w.answers[principal+key]
	return s, ok, nil
}

func (a answersPort) Keep(_ context.Context, principal, key string, s StoredAnswer) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	a.w.answers[principal+key] = s
	return nil
}

func (w *world) Do(_ context.Context, e dispatch.Envelope) (dispatch.Reply, error) {
	w.mu.Lock()
	w.done = append(w.done, e)
	w.mu.Unlock()
	return w.do(e)
}

type talks struct{ w *world }

func sampleHead(id dispatch.ConversationID) dispatch.Head {
	return dispatch.Head{
		ID: id, Protocol: "2026-000001", State: dispatch.ConversationActive, Version: 5, Queue: "que_team", Channel: "chn_1",
		Contact: dispatch.Contact{ID: "con_1", Name: "Marina", Identity: "+5511999990000"}, Owner: ana, EnqueuedAt: born, AssignedAt: born.Add(time.Second),
		LastSeq: 2, ReadSeq: 1, Unread: 1, OpenedAt: born,
		LastMessage: &dispatch.Chat{ID: "msg_2", Seq: 2, Author: dispatch.Author{Kind: dispatch.AuthorContact, ID: "con_1", Name: "Marina"}, Text: "oi", At: born},
	}
}

func (t talks) Get(_ context.Context, _ Principal, id dispatch.ConversationID) (Conversation, error) {
	switch id {
	case talkID:
		return Conversation{Head: sampleHead(id), Object: Object{Owner: ana, Queues: []dispatch.QueueID{"que_team"}}}, nil
	case otherTalk:
		return Conversation{Head: sampleHead(id), Object: Object{Owner: bruno, Queues: []dispatch.QueueID{"que_far"}}}, nil
	}
	return Conversation{}, Refuse(protocol.CodeNotFound)
}

func (t talks) List(ctx context.Context, p Principal, f Filter) ([]Conversation, string, error) {
	t.w.filters = append(t.w.filters, f)
	far, _ := t.Get(ctx, p, otherTalk)
	if f.Cursor == "" {
		return []Conversation{far}, "page2", nil
	}
	mine, _ := t.Get(ctx, p, talkID)
	return []Conversation{mine, far}, "", nil
}

func (t talks) Messages(_ context.Context, _ dispatch.ConversationID, after uint64, limit int) ([]dispatch.Chat, error) {
	var out []dispatch.Chat
	for seq := after + 1; seq <= 5 && len(out) < limit; seq++ {
		out = append(out, dispatch.Chat{ID: dispatch.MessageID(fmt.Sprint("msg_", seq)), Seq: seq, Author: dispatch.Author{Kind: dispatch.AuthorContact}, Text: "x", At: born})
	}
	return out, nil
}

func (t talks) Message(_ context.Context, _ dispatch.ConversationID, seq uint64, id dispatch.MessageID) (dispatch.Chat, error) {
	return dispatch.Chat{ID: id, Seq: max(seq, 1), Author: dispatch.Author{Kind: dispatch.AuthorAgent, ID: string(ana)}, At: born}, nil
}

func (t talks) Decisions(context.Context, dispatch.ConversationID, uint64, int) ([]StoredRecord, error) {
	return nil, nil
}

func (t talks) Records(context.Context, dispatch.ConversationID, uint64, int) ([]StoredRecord, error) {
	return []StoredRecord{
		{Seq: 1, At: born, Record: dispatch.ConversationOpened{ID: talkID, Queue: "que_team", Channel: "chn_1", Protocol: "2026-000001"}},
		{Seq: 2, At: born, Record: dispatch.OfferMade{Offer: dispatch.Offer{ID: "off_1", Agent: ana, Kind: dispatch.OfferFromQueue, Attempt: 1, ExpiresAt: born}}},
		{Seq: 3, At: born, Record: dispatch.CommandAnswered{}},
	}, nil
}

func (t talks) Notes(context.Context, dispatch.ConversationID, string, int) ([]dispatch.Note, string, error) {
	return []dispatch.Note{{ID: "not_1", Author: dispatch.Author{Kind: dispatch.AuthorAgent, Name: "Ana"}, Text: "n", At: born}}, "", nil
}

type contacts struct{ w *world }

func (c contacts) Get(_ context.Context, id dispatch.ContactID) (protocol.Contact, error) {
	if string(id) != c.w.contact.ID {
		return protocol.Contact{}, Refuse(protocol.CodeNotFound)
	}
	return c.w.contact, nil
}

func (c contacts) Find(_ context.Context, text, cursor string, _ int) ([]protocol.Contact, string, error) {
	return []protocol.Contact{{ID: "con_1", Name: text + " after " + cursor}}, "next", nil
}

func (c contacts) Object(_ context.Context, p Principal, id dispatch.ContactID) (Object, error) {
	return Object{Contact: id, History: p.Agent == ana}, nil
}

func (c contacts) Patch(_ context.Context, _ Principal, id dispatch.ContactID, patch []byte, version uint64) (protocol.Contact, error) {
	if string(id) != c.w.contact.ID {
		return protocol.Contact{}, Refuse(protocol.CodeNotFound)
	}
	c.w.patch, c.w.matched = string(patch), version
	c.w.contact.Version++
	return c.w.contact, nil
}

func (c contacts) Reveal(_ context.Context, _ Principal, _ dispatch.ContactID, b protocol.RevealBody) (protocol.Contact, error) {
	v := c.w.contact
	v.Name = "revealed: " + b.Reason
	return v, nil
}

func (c contacts) Merge(_ context.Context, _ Principal, id, other dispatch.ContactID) (protocol.Contact, error) {
	if other == "con_merged" {
		return protocol.Contact{}, &Refusal{Code: protocol.CodeContactMerged, Reason: "con_root"}
	}
	v := c.w.contact
	v.Merged = append(v.Merged, protocol.MergedContact{ID: string(other), Into: string(id)})
	return v, nil
}

func (c contacts) Unmerge(_ context.Context, _ Principal, id dispatch.ContactID) (protocol.Contact, error) {
	v := c.w.contact
	v.ID = string(id)
	return v, nil
}

type said struct{ w *world }

func (s said) AddNote(_ context.Context, by Principal, id dispatch.ContactID, text string) (protocol.ContactNote, error) {
	return protocol.ContactNote{ID: "not_1", ContactID: string(id), Author: protocol.Author{ID: by.ID}, Text: text, At: protocol.At(born)}, nil
}

func (s said) AddConsent(_ context.Context, by Principal, _ dispatch.ContactID, b protocol.ConsentBody) (protocol.Consent, error) {
	return protocol.Consent{Purpose: b.Purpose, State: b.State, By: protocol.Author{ID: by.ID}, At: protocol.At(born)}, nil
}

func (s said) Notes(_ context.Context, _ dispatch.ContactID, cursor string, _ int) ([]protocol.ContactNote, string, error) {
	return []protocol.ContactNote{{ID: "not_1", Text: "after " + cursor}}, "7", nil
}

func (s said) Consents(context.Context, dispatch.ContactID, string, int) ([]protocol.Consent, string, error) {
	return nil, "", nil
}

func (s said) Reveals(context.Context, dispatch.ContactID, string, int) ([]protocol.Reveal, string, error) {
	return []protocol.Reveal{{ContactID: "con_1"}}, "", nil
}

func (w *world) Deliver(_ context.Context, _ Principal, channel dispatch.ChannelID, m protocol.InboundMessage) (Delivered, error) {
	return w.deliver(channel, m)
}

func (w *world) Verify(_ context.Context, _ dispatch.ChannelID, mode, token, challenge string) (string, error) {
	if mode != "subscribe" || token != "right" {
		return "", Refuse(protocol.CodeForbidden)
	}
	return challenge, nil
}

func (w *world) Receive(_ context.Context, channel dispatch.ChannelID, body []byte, signature string) error {
	w.channel = channel
	return w.received(body, signature)
}

func (w *world) QueueName(id dispatch.QueueID) string {
	return map[dispatch.QueueID]string{"que_team": "Financeiro", "que_far": "Suporte"}[id]
}

func (w *world) AgentName(id dispatch.AgentID) string {
	name, _ := strings.CutPrefix(string(id), "agt_")
	if name == "nobody" {
		return ""
	}
	return name
}

func (w *world) AgentQueues(dispatch.AgentID) []dispatch.QueueID {
	return []dispatch.QueueID{"que_team"}
}

// Attachment knows one file, whatever it is called.
func (w *world) Attachment(id dispatch.AttachmentID) protocol.Attachment {
	return protocol.Attachment{ID: string(id), Name: "conta.pdf", Size: 9, Type: "application/pdf", State: "clean"}
}

func (w *world) Channel(dispatch.ChannelID) (string, string) { return "generic", "API" }

func (w *world) Queues() []protocol.Ref {
	return []protocol.Ref{{ID: "que_team", Name: "Financeiro"}, {ID: "que_far", Name: "Suporte Técnico"}}
}

func (w *world) PauseReasons() []protocol.PauseReason {
	return []protocol.PauseReason{{ID: "pau_1", Name: "Almoço"}}
}

func (w *world) Scripts([]dispatch.QueueID) []protocol.Script { return nil }

func (w *world) Search(_ context.Context, _ Principal, text string, _ int) ([]protocol.DirectoryAgent, error) {
	return []protocol.DirectoryAgent{{ID: "agt_bruno", Name: "Bruno " + text, Dot: "green", Why: "available"}}, nil
}

func (w *world) Open(p Principal, c *Conn) (Peer, Greeting, error) { return w.open(p, c) }

type tokens struct{ w *world }

func (t tokens) Create(_ context.Context, _ Principal, spec protocol.APIToken) (protocol.APIToken, error) {
	spec.ID, spec.Secret, spec.Version = fmt.Sprint("tok_", len(t.w.tokens)+1), "pat_secret", 1
	shown := spec
	shown.Secret = ""
	t.w.tokens[spec.ID] = shown
	return spec, nil
}

func (t tokens) Get(_ context.Context, id string) (protocol.APIToken, error) {
	if v, ok := t.w.tokens[id]; ok {
		return v, nil
	}
	return protocol.APIToken{}, Refuse(protocol.CodeNotFound)
}

func (t tokens) List(context.Context, string, int) ([]protocol.APIToken, error) {
	var out []protocol.APIToken
	for _, v := range t.w.tokens {
		out = append(out, v)
	}
	return out, nil
}

func (t tokens) Revoke(_ context.Context, id string) error {
	delete(t.w.tokens, id)
	return nil
}
