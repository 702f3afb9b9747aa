package transport

import (
	"context"
	"errors"
	"testing"

	"pronto/protocol"
)

func TestNothingThatWasReadIsAnsweredBeforeItIsDurable(t *testing.T) {
	w := newWorld()
	var asked int
	var failure error
	o := w.options()
	o.Durable = func(context.Context) error {
		asked++
		return failure
	}
	s := New(o)
	ask(t, s, "admin", "GET", "/api/v1/queues", "").wants(200)
	if asked != 1 {
		t.Errorf("asked %d times for a read", asked)
	}
	ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":"Um"}`, "Idempotency-Key", "k1").wants(201)
	if asked != 1 {
		t.Errorf("asked %d times: a write waits for a second sync", asked)
	}
	ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":"Um"}`, "Idempotency-Key", "k1").wants(201)
	if asked != 2 {
		t.Errorf("asked %d times: a stored answer is something read", asked)
	}
	failure = errors.New("the disk is gone")
	ask(t, s, "admin", "GET", "/api/v1/queues", "").refused(protocol.CodeInternal)
	ask(t, s, "admin", "GET", "/api/v1/queues/que_missing", "").refused(protocol.CodeInternal)
}
