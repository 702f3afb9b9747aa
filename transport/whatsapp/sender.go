package whatsapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"pronto/dispatch"
	"pronto/transport/delivery"
)

// What the provider's address looks like.
const (
	DefaultBaseURL = "https://graph.facebook.com"
	DefaultVersion = "v25.0"
)

const (
	// MaxTextRunes is the provider's limit for the body of a text message.
	MaxTextRunes     = 4096
	maxAnswerBytes   = 64 << 10 // an answer is a few hundred bytes
	pairPauseFactor  = 4        // the provider asks for 4^n seconds after the n-th "too many to this contact"
	pairRateLimit    = 131056
	longestPairPause = 5 * time.Minute
)

// Doer is what a Sender needs of an HTTP client. Its timeouts and the check of addresses are the client's.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// SenderOptions are one channel's settings for sending. Client, PhoneNumberID and AccessToken are required.
type SenderOptions struct {
	Client        Doer
	BaseURL       string // DefaultBaseURL by default
	Version       string // DefaultVersion by default
	PhoneNumberID string
	AccessToken   string
}

// Sender sends messages from one of the business's numbers, and fetches the files that came to it.
type Sender struct {
	client Doer
	root   string // of the provider's interface, with its version
	number string // of the number itself
	url    string // of sending
	media  string // of uploading
	token  string
}

var _ delivery.Driver = (*Sender)(nil)

// NewSender returns a Sender. It sends nothing yet and checks no credentials.
func NewSender(o SenderOptions) *Sender {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	root := strings.TrimSuffix(o.BaseURL, "/") + "/" + url.PathEscape(o.Version) + "/"
	number := root + url.PathEscape(o.PhoneNumberID)
	return &Sender{client: o.Client, token: o.AccessToken, root: root, number: number, url: number + "/messages", media: number + "/media"}
}

type (
	sendBody struct {
		Product       string       `json:"messaging_product"`
		RecipientType string       `json:"recipient_type"`
		To            string       `json:"to,omitempty"`
		Recipient     string       `json:"recipient,omitempty"`
		Type          string       `json:"type"`
		Text          *sendText    `json:"text,omitempty"`
		Image         *sendMedia   `json:"image,omitempty"`
		Audio         *sendMedia   `json:"audio,omitempty"`
		Video         *sendMedia   `json:"video,omitempty"`
		Document      *sendMedia   `json:"document,omitempty"`
		Context       *sendContext `json:"context,omitempty"`
		Callback      string       `json:"biz_opaque_callback_data,omitempty"`
	}
	sendText struct {
		Body string `json:"body"`
	}
	sendMedia struct {
		ID       string `json:"id"`
		Caption  string `json:"caption,omitempty"`
		FileName string `json:"filename,omitempty"`
	}
	sendContext struct {
		MessageID string `json:"message_id"`
	}
	sendAnswer struct {
		Messages list               `json:"messages"`
		Error    lenient[wireError] `json:"error"`
	}
	sentMessage struct {
		ID text `json:"id"`
	}
)

// Deliver sends a message: its text, and each file as a message of its own, the text below the first file where it fits.
// Parts that got through before are not sent again. The message's id goes along, so that the statuses which follow name it
// even when an answer is lost; those of a part that others follow say so.
func (s *Sender) Deliver(ctx context.Context, m delivery.Outgoing) (delivery.Result, error) {
	if utf8.RuneCountInString(m.Text) > MaxTextRunes {
		return delivery.Result{State: delivery.Failed, Reason: delivery.ReasonTooLong}, fmt.Errorf("send message: text is too long")
	}
	if m.To.Kind != addressKind || m.To.Value == "" {
		return delivery.Result{State: delivery.Failed, Reason: delivery.ReasonUndeliverable}, fmt.Errorf("send message: no WhatsApp address")
	}
	var first dispatch.ExternalID
	parts := partsOf(m)
	for n := min(m.Done, len(parts)); n < len(parts); n++ {
		result, err := s.deliverPart(ctx, m, parts[n], callbackOf(m.Message, n, len(parts)))
		if result.State != delivery.Sent {
			result.Done = n
			return result, err
		}
		if first == "" {
			first = result.External
		}
	}
	return delivery.Result{State: delivery.Sent, External: first}, nil
}

// Check asks the provider for the number: whether it is reached, and takes the token for it. Nothing is sent.
func (s *Sender) Check(ctx context.Context) (delivery.Result, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.number+"?fields=id", nil)
	if err != nil {
		return delivery.Result{State: delivery.Failed, Reason: delivery.ReasonBadAddress}, errors.New("ask for number: address is malformed")
	}
	status, header, raw, err := s.exchange(request)
	if err != nil {
		return delivery.AfterError(err, 1), fmt.Errorf("ask for number: %w", err)
	}
	if status == http.StatusOK {
		return delivery.Result{State: delivery.Sent}, nil
	}
	return judge(status, header, raw, 1)
}

func (s *Sender) deliverPart(ctx context.Context, m delivery.Outgoing, p part, callback string) (delivery.Result, error) {
	body := s.body(m)
	body.Callback = callback
	if p.file == nil {
		body.Type, body.Text = "text", &sendText{p.text}
	} else {
		id, result, err := s.upload(ctx, m, p.file)
		if err != nil {
			return result, err
		}
		p.show(&body, id)
	}
	return s.post(ctx, body, m.Attempt)
}

func (s *Sender) body(m delivery.Outgoing) sendBody {
	body := sendBody{Product: "whatsapp", RecipientType: "individual"}
	if isPhoneNumber(m.To.Value) {
		body.To = m.To.Value
	} else {
		// A user id in "to" is answered with success and never delivered.
		body.Recipient = m.To.Value
	}
	if m.ReplyTo != "" {
		body.Context = &sendContext{MessageID: string(m.ReplyTo)}
	}
	return body
}

func (s *Sender) post(ctx context.Context, body sendBody, attempt int) (delivery.Result, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return delivery.Result{State: delivery.Failed, Reason: delivery.ReasonRejected}, fmt.Errorf("encode message: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(raw))
	if err != nil {
		return delivery.Result{State: delivery.Failed, Reason: delivery.ReasonRejected}, fmt.Errorf("send message: base address is malformed")
	}
	request.Header.Set("Content-Type", "application/json")
	status, header, raw, err := s.exchange(request)
	if err != nil {
		return delivery.AfterError(err, attempt), fmt.Errorf("send message: %w", err)
	}
	return judge(status, header, raw, attempt)
}

// exchange sends a request with the token and reads the answer.
func (s *Sender) exchange(request *http.Request) (status int, header http.Header, body []byte, err error) {
	request.Header.Set("Authorization", "Bearer "+s.token)
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil, nil, withoutURL(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	return response.StatusCode, response.Header, body, err
}

// judge turns the provider's answer into a result. Its error code outranks the status.
func judge(status int, header http.Header, raw []byte, attempt int) (delivery.Result, error) {
	var answer sendAnswer
	_ = json.Unmarshal(raw, &answer) // a proxy's page instead of an answer leaves it empty
	code := answer.Error.v.Code.number()
	coded := answer.Error.v.Code != ""
	result := delivery.AfterStatus(status, header, attempt)
	switch {
	case coded:
		m := meaningOf(code)
		if m.state == delivery.Failed && status >= http.StatusInternalServerError && !known(code) {
			m = meaning{delivery.Unknown, delivery.ReasonUnavailable}
		}
		asked := time.Duration(0)
		if result.State == delivery.Retry {
			asked = result.RetryAfter
		}
		result = delivery.Result{State: m.state, Reason: m.reason, RetryAfter: pause(m.state, code, asked, attempt)}
	case result.State == delivery.Sent:
		id := text("")
		if len(answer.Messages) > 0 {
			sent, _ := object[sentMessage](answer.Messages[0])
			id = sent.ID
		}
		if id != "" {
			return delivery.Result{State: delivery.Sent, External: dispatch.ExternalID(id)}, nil
		}
		result = delivery.Result{State: delivery.Unknown, Reason: delivery.ReasonUnavailable, RetryAfter: delivery.UnknownBackoff(attempt)}
	}
	return result, fmt.Errorf("send message: status %d, code %d", status, code)
}

func known(code int) bool {
	_, ok := meanings[code]
	return ok
}

// pause is the longest of what the provider asks for in its header, by its code, and our own doubling.
func pause(state delivery.State, code int, asked time.Duration, attempt int) time.Duration {
	switch {
	case state == delivery.Unknown:
		return max(asked, delivery.UnknownBackoff(attempt))
	case state != delivery.Retry:
		return 0
	case code != pairRateLimit:
		return max(asked, delivery.Backoff(attempt))
	}
	d := time.Second
	for range max(attempt, 1) {
		if d *= pairPauseFactor; d >= longestPairPause {
			return longestPairPause
		}
	}
	return max(asked, d)
}

// isPhoneNumber tells a wa_id from a business-scoped user id, which begins with a country's letters.
func isPhoneNumber(address string) bool {
	return !strings.ContainsFunc(strings.TrimPrefix(address, "+"), func(r rune) bool { return r < '0' || r > '9' })
}

// withoutURL drops the address from a client's error: a base address may carry what logs should not.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
