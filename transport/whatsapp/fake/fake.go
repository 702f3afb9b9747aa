package fake

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are the provider's side of one channel. AppSecret signs webhooks; Client and WebhookURL are needed for Push only.
type Options struct {
	PhoneNumberID string
	AccessToken   string
	AppSecret     string
	Client        *http.Client
	WebhookURL    string
	Now           func() time.Time // time.Now by default
	// Wait waits for d or until the request ends; time.After by default. Tests may make it return at once.
	Wait func(r *http.Request, d time.Duration)
}

// Sent is one message that the provider took.
type Sent struct {
	ID       string // wamid
	To       string // phone number, or empty
	User     string // business-scoped user id, or empty
	Text     string
	ReplyTo  string
	Callback string // biz_opaque_callback_data
	Kind     string // of a file: image, audio, video, document; empty for a text
	Media    string // id of the file
	FileName string
}

// Failure is an answer to be given instead of taking a message.
type Failure struct {
	Status int // HTTP
	Code   int // the provider's; 0 for an answer without a body in its form
	// Taken says that the message is taken all the same: the answer is what gets lost.
	Taken      bool
	RetryAfter string // header
}

// Provider is the fake. It is an http.Handler.
type Provider struct {
	o Options

	mu       sync.Mutex
	next     int
	sent     []Sent
	failures []Failure
	delay    time.Duration
	queue    []event // webhooks not pushed yet
	repeat   int
	reverse  bool
	files    map[string]file
	uploads  []Failure // answers to the next uploads
}

// New returns a provider that takes everything.
func New(o Options) *Provider {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return &Provider{o: o, files: map[string]file{}}
}

func wait(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// FailNext makes the next requests answer with these failures, in order.
func (p *Provider) FailNext(f ...Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = append(p.failures, f...)
}

// Delay makes every answer wait.
func (p *Provider) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Repeat makes Push send every webhook n more times.
func (p *Provider) Repeat(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.repeat = n
}

// Reverse makes Push send statuses last to first.
func (p *Provider) Reverse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reverse = on
}

// Sent returns what was taken, in order.
func (p *Provider) Sent() []Sent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent)
}

type sendRequest struct {
	Product   string `json:"messaging_product"`
	To        string `json:"to"`
	Recipient string `json:"recipient"`
	Type      string `json:"type"`
	Text      struct {
		Body string `json:"body"`
	} `json:"text"`
	Image    *mediaRequest `json:"image"`
	Audio    *mediaRequest `json:"audio"`
	Video    *mediaRequest `json:"video"`
	Document *mediaRequest `json:"document"`
	Context  struct {
		MessageID string `json:"message_id"`
	} `json:"context"`
	Callback string `json:"biz_opaque_callback_data"`
}

type mediaRequest struct {
	ID       string `json:"id"`
	Caption  string `json:"caption"`
	FileName string `json:"filename"`
}

// media is the file of a message of a media type; nil for a text, or for what is neither.
func (r *sendRequest) media() *mediaRequest {
	return map[string]*mediaRequest{"image": r.Image, "audio": r.Audio, "video": r.Video, "document": r.Document}[r.Type]
}

// complete says whether exactly the part that the type names is there.
func (r *sendRequest) complete() bool {
	given := 0
	for _, m := range []*mediaRequest{r.Image, r.Audio, r.Video, r.Document} {
		if m != nil {
			given++
		}
	}
	if r.Type == "text" {
		return r.Text.Body != "" && given == 0
	}
	m := r.media()
	return m != nil && m.ID != "" && given == 1 && r.Text.Body == "" && (r.Type != "audio" || m.Caption == "")
}

const maxRequestBytes = 1 << 20

// The provider's codes for requests that it does not take.
const (
	codeBadToken  = 190
	codeBadInput  = 100
	codeNoAddress = 131009
)

// ServeHTTP answers POST /{version}/{phone number id}/messages, and GET of files.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bearer := []byte("Bearer " + p.o.AccessToken)
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), bearer) != 1 {
		refuse(w, Failure{Status: http.StatusUnauthorized, Code: codeBadToken})
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodGet && len(parts) == 2:
		p.serveMedia(w, r, parts[0], parts[1])
	case r.Method == http.MethodPost && len(parts) == 3 && parts[1] == p.o.PhoneNumberID && parts[2] == "messages":
		p.serveMessages(w, r)
	case r.Method == http.MethodPost && len(parts) == 3 && parts[1] == p.o.PhoneNumberID && parts[2] == "media":
		p.takeMedia(w, r)
	default:
		refuse(w, Failure{Status: http.StatusNotFound, Code: codeBadInput})
	}
}

func (p *Provider) serveMessages(w http.ResponseWriter, r *http.Request) {
	var body sendRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequestBytes)).Decode(&body); err != nil || body.Product != "whatsapp" || !body.complete() || !p.showable(body) {
		refuse(w, Failure{Status: http.StatusBadRequest, Code: codeBadInput})
		return
	}
	if body.To == "" && body.Recipient == "" {
		refuse(w, Failure{Status: http.StatusBadRequest, Code: codeNoAddress})
		return
	}
	p.answer(w, r, body)
}

func (p *Provider) answer(w http.ResponseWriter, r *http.Request, body sendRequest) {
	p.mu.Lock()
	delay := p.delay
	var failure *Failure
	if len(p.failures) > 0 {
		failure, p.failures = &p.failures[0], p.failures[1:]
	}
	var taken Sent
	if failure == nil || failure.Taken {
		taken = p.take(body)
	}
	p.mu.Unlock()
	if delay > 0 {
		p.o.Wait(r, delay)
	}
	if failure != nil {
		refuse(w, *failure)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"messaging_product": "whatsapp",
		"contacts":          []map[string]string{{"input": body.To + body.Recipient, "wa_id": body.To}},
		"messages":          []map[string]string{{"id": taken.ID, "message_status": "accepted"}},
	})
}

// take records the message and queues its statuses. A user id in "to" is taken and never delivered, as by the real one.
func (p *Provider) take(body sendRequest) Sent {
	p.next++
	s := Sent{
		ID: fmt.Sprintf("wamid.FAKE%08d", p.next), To: body.To, User: body.Recipient, Text: body.Text.Body,
		ReplyTo: body.Context.MessageID, Callback: body.Callback,
	}
	if m := body.media(); m != nil {
		s.Kind, s.Media, s.Text, s.FileName = body.Type, m.ID, m.Caption, m.FileName
	}
	p.sent = append(p.sent, s)
	if strings.Contains(body.To, ".") {
		return s
	}
	for _, state := range []string{"sent", "delivered", "read"} {
		p.queue = append(p.queue, p.statusEvent(s, state, Failure{}))
	}
	return s
}

func refuse(w http.ResponseWriter, f Failure) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Code == 0 {
		w.WriteHeader(f.Status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"message": fmt.Sprintf("(#%d) refused by the fake", f.Code), "type": "OAuthException", "code": f.Code, "fbtrace_id": "fake",
	}})
}
