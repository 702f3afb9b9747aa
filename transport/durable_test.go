package transport

import (
	"context"
	"errors"
	"net/http/httptest"
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

func TestDownloadsWaitForTheDiskLikeOtherReads(t *testing.T) {
	w, port, _ := filesWorld(t)
	var asked int
	var failure error
	o := w.options()
	o.Attachments = port
	o.Transcripts = &pages{text: "%PDF-1.7 and so on"}
	o.Durable = func(context.Context) error {
		asked++
		return failure
	}
	s := New(o)
	port.kept["att_1"] = keptFile{data: []byte("PNG"), name: "x.png", uploader: "agt_ana"}
	paths := []string{"/api/v1/attachments/att_1", "/api/v1/attachments/att_1/thumbnail", "/api/v1/conversations/" + string(talkID) + "/transcript.pdf"}
	for _, path := range paths {
		before := asked
		ask(t, s, "ana", "GET", path, "").wants(200)
		if asked == before {
			t.Errorf("%s is answered before it is durable", path)
		}
	}
	failure = errors.New("the disk is gone")
	for _, path := range append(paths, "/api/v1/attachments/att_missing") {
		ask(t, s, "ana", "GET", path, "").refused(protocol.CodeInternal)
	}
}

// A transcript reads on while it is written: each of its pieces waits.
func TestEachPieceOfATranscriptWaitsForTheDisk(t *testing.T) {
	asked := 0
	f := &lateFile{w: httptest.NewRecorder(), durable: func() error {
		asked++
		return nil
	}}
	for n := range 3 {
		if _, err := f.Write([]byte("x")); err != nil || asked != n+1 {
			t.Errorf("piece %d: %d waits, %v", n, asked, err)
		}
	}
}
