package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"pronto/transport/delivery"
)

func TestOnlyAConnectionThatWasNeverMadeProvesThatNothingWasTaken(t *testing.T) {
	for _, c := range []struct {
		err   error
		state delivery.State
	}{
		{&url.Error{Op: "Post", URL: "https://x", Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, delivery.Retry},
		{&url.Error{Op: "Post", URL: "https://x", Err: &net.OpError{Op: "dial", Err: &net.DNSError{}}}, delivery.Retry},
		{&url.Error{Op: "Post", URL: "https://x", Err: &net.OpError{Op: "read", Err: errors.New("reset")}}, delivery.Unknown},
		{&url.Error{Op: "Post", URL: "https://x", Err: io.EOF}, delivery.Unknown},
		{context.DeadlineExceeded, delivery.Unknown},
		{&net.OpError{Op: "dial", Err: fmt.Errorf("dial: %w", delivery.ErrForbiddenAddress)}, delivery.Failed},
	} {
		got := delivery.AfterError(c.err, 1)
		if got.State != c.state || got.Reason == "" || (got.State != delivery.Failed) != (got.RetryAfter > 0) {
			t.Errorf("%v: %+v, want %s", c.err, got, c.state)
		}
	}
}

func TestAStatusDecidesTheNextStep(t *testing.T) {
	seconds := func(s string) http.Header { return http.Header{"Retry-After": {s}} }
	for _, c := range []struct {
		status int
		header http.Header
		want   delivery.Result
	}{
		{200, nil, delivery.Result{State: delivery.Sent}},
		{204, nil, delivery.Result{State: delivery.Sent}},
		{429, seconds("7"), delivery.Result{State: delivery.Retry, RetryAfter: 7 * time.Second, Reason: "rate_limited"}},
		{429, seconds("999999999999"), delivery.Result{State: delivery.Retry, RetryAfter: 5 * time.Minute, Reason: "rate_limited"}},
		{429, seconds("86400"), delivery.Result{State: delivery.Retry, RetryAfter: 5 * time.Minute, Reason: "rate_limited"}},
		{429, seconds("-1"), delivery.Result{State: delivery.Retry, RetryAfter: 4 * time.Second, Reason: "rate_limited"}},
		{503, seconds("3"), delivery.Result{State: delivery.Retry, RetryAfter: 3 * time.Second, Reason: "rate_limited"}},
		{503, nil, delivery.Result{State: delivery.Unknown, RetryAfter: 30 * time.Second, Reason: "unavailable"}},
		{500, nil, delivery.Result{State: delivery.Unknown, RetryAfter: 30 * time.Second, Reason: "unavailable"}},
		{401, nil, delivery.Result{State: delivery.Failed, Reason: "channel_unauthorized"}},
		{301, nil, delivery.Result{State: delivery.Failed, Reason: "rejected"}},
		{422, nil, delivery.Result{State: delivery.Failed, Reason: "rejected"}},
	} {
		if got := delivery.AfterStatus(c.status, c.header, 2); got != c.want {
			t.Errorf("%d %v: %+v, want %+v", c.status, c.header, got, c.want)
		}
	}
}

func TestPausesDoubleToALimit(t *testing.T) {
	for attempt, want := range map[int]time.Duration{0: 2 * time.Second, 1: 2 * time.Second, 3: 8 * time.Second, 50: 5 * time.Minute} {
		if got := delivery.Backoff(attempt); got != want {
			t.Errorf("attempt %d: %s", attempt, got)
		}
	}
	if got := delivery.UnknownBackoff(1); got != 30*time.Second {
		t.Errorf("unknown: %s", got)
	}
}
