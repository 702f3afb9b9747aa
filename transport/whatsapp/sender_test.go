package whatsapp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pronto/transport/delivery"
	"pronto/transport/whatsapp"
	"pronto/transport/whatsapp/fake"
)

const accessToken = "EAAG-secret"

func provider(t *testing.T) (*fake.Provider, *whatsapp.Sender) {
	t.Helper()
	p := fake.New(fake.Options{PhoneNumberID: "100", AccessToken: accessToken})
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, whatsapp.NewSender(whatsapp.SenderOptions{Client: server.Client(), BaseURL: server.URL + "/", PhoneNumberID: "100", AccessToken: accessToken})
}

func outgoing() delivery.Outgoing {
	return delivery.Outgoing{Conversation: "cnv_1", Message: "msg_1", Seq: 3, To: delivery.Address{Kind: "whatsapp", Value: "553188887777"}, Text: "Olá", Attempt: 1}
}

func TestAMessageGoesOutWithOurIDAndItsReply(t *testing.T) {
	p, s := provider(t)
	m := outgoing()
	m.ReplyTo = "wamid.1"
	got, err := s.Deliver(t.Context(), m)
	if err != nil || got.State != delivery.Sent || got.External == "" {
		t.Fatalf("%+v %v", got, err)
	}
	want := []fake.Sent{{ID: string(got.External), To: "553188887777", Text: "Olá", ReplyTo: "wamid.1", Callback: "msg_1"}}
	if diff := cmp.Diff(want, p.Sent()); diff != "" {
		t.Error(diff)
	}
}

func TestAUserIDGoesWhereTheProviderDeliversIt(t *testing.T) {
	p, s := provider(t)
	m := outgoing()
	m.To.Value = "BR.150"
	if got, err := s.Deliver(t.Context(), m); err != nil || got.State != delivery.Sent {
		t.Fatalf("%+v %v", got, err)
	}
	if sent := p.Sent()[0]; sent.User != "BR.150" || sent.To != "" {
		t.Errorf("sent %+v", sent)
	}
}

func TestAnswersDecideWhatBecomesOfAMessage(t *testing.T) {
	for name, c := range map[string]struct {
		failure fake.Failure
		attempt int
		want    delivery.Result
	}{
		"throughput":         {fake.Failure{Status: 429, Code: 130429}, 2, delivery.Result{State: delivery.Retry, RetryAfter: 4 * time.Second, Reason: "rate_limited"}},
		"throughput, asked":  {fake.Failure{Status: 429, Code: 130429, RetryAfter: "60"}, 1, delivery.Result{State: delivery.Retry, RetryAfter: time.Minute, Reason: "rate_limited"}},
		"pair rate":          {fake.Failure{Status: 400, Code: 131056}, 2, delivery.Result{State: delivery.Retry, RetryAfter: 16 * time.Second, Reason: "rate_limited"}},
		"pair rate, at last": {fake.Failure{Status: 400, Code: 131056}, 9, delivery.Result{State: delivery.Retry, RetryAfter: 5 * time.Minute, Reason: "rate_limited"}},
		"window closed":      {fake.Failure{Status: 400, Code: 131047}, 1, delivery.Result{State: delivery.Failed, Reason: "channel_window_closed"}},
		"undeliverable":      {fake.Failure{Status: 400, Code: 131026}, 1, delivery.Result{State: delivery.Failed, Reason: "undeliverable"}},
		"token":              {fake.Failure{Status: 401, Code: 190}, 1, delivery.Result{State: delivery.Failed, Reason: "channel_unauthorized"}},
		"permission":         {fake.Failure{Status: 403, Code: 215}, 1, delivery.Result{State: delivery.Failed, Reason: "channel_unauthorized"}},
		"parameter":          {fake.Failure{Status: 400, Code: 100}, 1, delivery.Result{State: delivery.Failed, Reason: "rejected"}},
		"new code":           {fake.Failure{Status: 400, Code: 999999}, 1, delivery.Result{State: delivery.Failed, Reason: "rejected"}},
		"new code, 5xx":      {fake.Failure{Status: 500, Code: 999999}, 1, delivery.Result{State: delivery.Unknown, RetryAfter: 30 * time.Second, Reason: "unavailable"}},
		"maintenance":        {fake.Failure{Status: 500, Code: 131057}, 1, delivery.Result{State: delivery.Retry, RetryAfter: 2 * time.Second, Reason: "unavailable"}},
		"server error":       {fake.Failure{Status: 502}, 1, delivery.Result{State: delivery.Unknown, RetryAfter: 30 * time.Second, Reason: "unavailable"}},
		"success, no id":     {fake.Failure{Status: 200}, 1, delivery.Result{State: delivery.Unknown, RetryAfter: 30 * time.Second, Reason: "unavailable"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := provider(t)
			p.FailNext(c.failure)
			m := outgoing()
			m.Attempt = c.attempt
			got, err := s.Deliver(t.Context(), m)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if err == nil || strings.Contains(err.Error(), accessToken) || strings.Contains(err.Error(), "Olá") {
				t.Errorf("error %v", err)
			}
			if got, err := s.Deliver(t.Context(), m); err != nil || got.State != delivery.Sent {
				t.Errorf("the next attempt: %+v %v", got, err)
			}
		})
	}
}

type brokenClient struct{ err error }

func (c brokenClient) Do(*http.Request) (*http.Response, error) { return nil, c.err }

func TestALostAnswerIsUnknownAndARefusedConnectionIsNot(t *testing.T) {
	for err, want := range map[error]delivery.State{
		io.ErrUnexpectedEOF:                                                delivery.Unknown,
		context.DeadlineExceeded:                                           delivery.Unknown,
		&net.OpError{Op: "dial", Err: errors.New("refused")}:               delivery.Retry,
		&net.OpError{Op: "dial", Err: delivery.ErrForbiddenAddress}:        delivery.Failed,
		&net.OpError{Op: "read", Err: errors.New("connection reset by x")}: delivery.Unknown,
	} {
		s := whatsapp.NewSender(whatsapp.SenderOptions{Client: brokenClient{err}, PhoneNumberID: "100", AccessToken: accessToken})
		if got, problem := s.Deliver(t.Context(), outgoing()); got.State != want || problem == nil {
			t.Errorf("%v: %+v %v", err, got, problem)
		}
	}
}

func TestAMessageWhoseAnswerWasLostIsFoundByItsStatus(t *testing.T) {
	inbox := receive(t, "app-secret")
	p := fake.New(fake.Options{PhoneNumberID: "100", AccessToken: accessToken, AppSecret: "app-secret", Client: http.DefaultClient, WebhookURL: inbox.URL})
	server := httptest.NewServer(p)
	defer server.Close()
	s := whatsapp.NewSender(whatsapp.SenderOptions{Client: server.Client(), BaseURL: server.URL, PhoneNumberID: "100", AccessToken: accessToken})
	p.FailNext(fake.Failure{Status: 504, Taken: true})
	if got, _ := s.Deliver(t.Context(), outgoing()); got.State != delivery.Unknown {
		t.Fatalf("%+v", got)
	}
	p.Reverse(true)
	p.Repeat(1)
	if n, err := p.Push(t.Context()); err != nil || n != 6 {
		t.Fatal(n, err)
	}
	var states []string
	for _, st := range inbox.statuses {
		if st.Message != "msg_1" || st.External == "" {
			t.Errorf("status %+v does not name the message", st)
		}
		states = append(states, string(st.State))
	}
	if got := strings.Join(states, " "); got != "read read delivered delivered sent sent" {
		t.Errorf("statuses: %s", got)
	}
}

func TestWhatCannotBeSentIsNotTried(t *testing.T) {
	s := whatsapp.NewSender(whatsapp.SenderOptions{Client: brokenClient{errors.New("was tried")}, PhoneNumberID: "100"})
	long := outgoing()
	long.Text = strings.Repeat("é", whatsapp.MaxTextRunes+1)
	elsewhere := outgoing()
	elsewhere.To.Kind = "email"
	for reason, m := range map[string]delivery.Outgoing{"too_long": long, "undeliverable": elsewhere} {
		if got, err := s.Deliver(t.Context(), m); got != (delivery.Result{State: delivery.Failed, Reason: reason}) || err == nil {
			t.Errorf("%s: %+v %v", reason, got, err)
		}
	}
}

// inbox is the receiving end of webhooks, as the application has it.
type inbox struct {
	*httptest.Server
	messages []whatsapp.Inbound
	statuses []whatsapp.Status
}

func receive(t *testing.T, secret string) *inbox {
	t.Helper()
	in := &inbox{}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || whatsapp.CheckSignature(secret, body, r.Header.Get("X-Hub-Signature-256")) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		b, err := whatsapp.Parse(body)
		if err != nil || len(b.Skipped) > 0 {
			t.Errorf("the fake's webhook: %v, skipped %v", err, b.Skipped)
		}
		in.messages = append(in.messages, b.Inbound...)
		in.statuses = append(in.statuses, b.Statuses...)
	}))
	t.Cleanup(in.Close)
	return in
}

func TestTheFakesWebhooksAreUnderstood(t *testing.T) {
	in := receive(t, "app-secret")
	p := fake.New(fake.Options{PhoneNumberID: "100", AppSecret: "app-secret", Client: http.DefaultClient, WebhookURL: in.URL})
	first := p.Text(fake.Customer{Phone: "553188887777", User: "BR.150", Name: "Marina"}, "oi")
	second := p.Message(fake.Customer{User: "BR.151", Name: "Ana"}, "image", map[string]any{"id": "med1", "mime_type": "image/png"})
	if n, err := p.Push(t.Context()); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	if len(in.messages) != 2 || string(in.messages[0].External) != first || string(in.messages[1].External) != second {
		t.Fatalf("received %+v", in.messages)
	}
	if m := in.messages[0]; m.Name != "Marina" || m.Text != "oi" || m.PhoneNumberID != "100" || len(m.From) != 2 {
		t.Errorf("%+v", m)
	}
	if m := in.messages[1]; m.Name != "Ana" || len(m.Media) != 1 || len(m.From) != 1 || m.From[0].Value != "BR.151" {
		t.Errorf("%+v", m)
	}
}

func TestAWebhookThatIsNotTakenStaysQueued(t *testing.T) {
	in := receive(t, "app-secret")
	p := fake.New(fake.Options{PhoneNumberID: "100", AppSecret: "another secret", Client: http.DefaultClient, WebhookURL: in.URL})
	p.Text(fake.Customer{Phone: "1"}, "oi")
	for range 2 {
		if n, err := p.Push(t.Context()); err == nil || n != 0 {
			t.Errorf("%d pushed, %v", n, err)
		}
	}
	if len(in.messages) != 0 {
		t.Error("an unsigned message came through")
	}
}
