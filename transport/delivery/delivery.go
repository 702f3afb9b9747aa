package delivery

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pronto/dispatch"
)

// Address is one way to reach a contact: a kind of identity and its value as the channel spells it.
type Address struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Outgoing is one message on its way to a contact.
type Outgoing struct {
	Conversation dispatch.ConversationID
	Message      dispatch.MessageID // the same at every attempt: what providers and receivers deduplicate by
	Seq          uint64
	To           Address
	Text         string
	ReplyTo      dispatch.ExternalID // the provider's id of the message that it answers; may be empty
	Attempt      int                 // 1 for the first
	Files        []File
	// Revision is not 0 for a message that was changed since; Left says that it went out as it was before.
	Revision uint64
	Redacted bool
	Left     bool
	Changed  time.Time
	// Done is how many parts of the message earlier attempts got through, where a provider takes it in parts.
	Done int
}

// File is an attachment of an outgoing message. It may be given out.
type File struct {
	ID   dispatch.AttachmentID
	Name string
	Type string
	Size int64
	// Open opens it for reading, any number of times.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// URL is where whoever has it can fetch the file until Expires; empty: there is no such address.
	URL     string
	Expires time.Time
}

// State says what is known about an attempt.
type State string

// The states of an attempt.
const (
	// Sent: the provider has taken it. External is its id, if it has one.
	Sent State = "sent"
	// Retry: it was surely not taken; try again after RetryAfter.
	Retry State = "retry"
	// Unknown: it may have been taken. A later report of the provider may tell; without one, try again after RetryAfter.
	Unknown State = "unknown"
	// Failed: it was not taken and never will be. Reason says why.
	Failed State = "failed"
)

// Reasons, stable: agents and reports see them.
const (
	ReasonWindowClosed  = "channel_window_closed"
	ReasonUndeliverable = "undeliverable" // the contact cannot be reached on this channel
	ReasonRejected      = "rejected"      // the provider or receiver refuses this message
	ReasonUnauthorized  = "channel_unauthorized"
	ReasonBlocked       = "channel_blocked" // the provider has suspended the account or number
	ReasonTooLong       = "too_long"
	ReasonRateLimited   = "rate_limited"
	ReasonUnavailable   = "unavailable"
	ReasonTimeout       = "timeout"
	ReasonBadAddress    = "forbidden_address"
	ReasonInfected      = "attachment_infected"
	ReasonFile          = "attachment_unavailable"
)

// Result is what became of an attempt.
type Result struct {
	State      State
	External   dispatch.ExternalID // Sent only
	RetryAfter time.Duration       // Retry and Unknown
	Reason     string              // all but Sent
	Done       int                 // Retry and Unknown: parts that got through, in all attempts
}

// Driver delivers messages over one channel. The error is nil exactly when the result is Sent, and never holds the text, an
// address or a secret.
type Driver interface {
	Deliver(ctx context.Context, m Outgoing) (Result, error)
}

// Checker is a driver that can try its connection without sending anything to a contact. Sent: it works.
type Checker interface {
	Check(ctx context.Context) (Result, error)
}

// ErrForbiddenAddress is what an outbound client's dialler returns for an address that it may not reach.
var ErrForbiddenAddress = errors.New("address is not allowed")

const (
	firstRetry = 2 * time.Second
	maxRetry   = 5 * time.Minute
	// unknownRetry leaves the provider time to report what it did with a message whose answer was lost.
	unknownRetry = 30 * time.Second
)

// Backoff is the pause after a failed attempt: 2 s, doubling to 5 min.
func Backoff(attempt int) time.Duration {
	d := firstRetry
	for i := 1; i < attempt && d < maxRetry; i++ {
		d *= 2
	}
	return min(d, maxRetry)
}

// UnknownBackoff is the pause after an attempt whose outcome is unknown; at least half a minute.
func UnknownBackoff(attempt int) time.Duration { return max(unknownRetry, Backoff(attempt)) }

// AfterError judges an HTTP exchange that gave no response. Only a connection that was never made proves that nothing was
// taken.
func AfterError(err error, attempt int) Result {
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.Is(err, ErrForbiddenAddress):
		return Result{State: Failed, Reason: ReasonBadAddress}
	case errors.As(err, &dns), errors.As(err, &op) && op.Op == "dial":
		return Result{State: Retry, RetryAfter: Backoff(attempt), Reason: ReasonUnavailable}
	default:
		return Result{State: Unknown, RetryAfter: UnknownBackoff(attempt), Reason: ReasonTimeout}
	}
}

// AfterStatus judges a response by its status alone, for drivers whose provider said nothing more exact. Answers of 500 and
// above come from proxies as well as from receivers, so they prove nothing.
func AfterStatus(status int, header http.Header, attempt int) Result {
	switch {
	case status >= 200 && status < 300:
		return Result{State: Sent}
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && header.Get("Retry-After") != "":
		return Result{State: Retry, RetryAfter: retryAfter(header, attempt), Reason: ReasonRateLimited}
	case status == http.StatusRequestTimeout, status >= 500:
		return Result{State: Unknown, RetryAfter: UnknownBackoff(attempt), Reason: ReasonUnavailable}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Result{State: Failed, Reason: ReasonUnauthorized}
	default:
		return Result{State: Failed, Reason: ReasonRejected}
	}
}

// retryAfter reads the header in its seconds form, within sense.
func retryAfter(header http.Header, attempt int) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(header.Get("Retry-After")))
	if err != nil || seconds <= 0 {
		return Backoff(attempt)
	}
	return min(time.Duration(min(seconds, 3600))*time.Second, maxRetry)
}
