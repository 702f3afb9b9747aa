package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// channelServer answers messages of one channel, and counts its connections.
func channelServer(t *testing.T, secure bool, answer http.HandlerFunc) (*httptest.Server, *messenger, *atomic.Int64) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /desk/api/v1/channels/chn_1/messages", answer)
	s := httptest.NewUnstartedServer(mux)
	var opened atomic.Int64
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	m, err := newMessenger(s.URL+"/desk/", "tok")
	if err != nil {
		t.Fatal(err)
	}
	if secure {
		m.secure.RootCAs = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	}
	t.Cleanup(m.close)
	return s, m, &opened
}

func taken(w http.ResponseWriter, r *http.Request) {
	var in protocol.InboundMessage
	raw, err := io.ReadAll(r.Body)
	if err == nil {
		err = protocol.Decode(raw, 0, &in)
	}
	if err != nil || r.Header.Get("Authorization") != "Bearer tok" || r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, "bad", http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(protocol.InboundAnswer{ConversationID: "cnv_1", MessageID: in.ExternalID})
}

func TestCustomersMessagesAreThoseOfTheProtocol(t *testing.T) {
	for _, queue := range []string{"", "que_1"} {
		want := written(t, protocol.InboundMessage{
			ExternalID: oddIdentity + "-7", Text: "Preciso da segunda via do boleto deste mês, por favor.", Queue: queue,
			Contact: protocol.InboundContact{Name: "Cliente de carga", Identities: []protocol.Identity{{Kind: "external", Value: oddIdentity}}},
		})
		if got := appendMessage(nil, oddIdentity, 7, queue); string(got) != string(want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestCustomersKeepTheirConnections(t *testing.T) {
	for _, secure := range []bool{false, true} {
		_, m, opened := channelServer(t, secure, taken)
		for nth := range 5 {
			a, err := m.post(t.Context(), "chn_1", appendMessage(nil, "ana", nth, ""))
			if err != nil || a.ConversationID != "cnv_1" || a.MessageID != "ana-"+string(rune('0'+nth)) {
				t.Fatalf("%+v, %v", a, err)
			}
		}
		if opened.Load() != 1 {
			t.Errorf("%d connections for five messages", opened.Load())
		}
	}
}

func TestAConnectionThatTheServerClosedMeanwhileIsReplaced(t *testing.T) {
	s, m, opened := channelServer(t, false, taken)
	for range 2 {
		if _, err := m.post(t.Context(), "chn_1", appendMessage(nil, "ana", 0, "")); err != nil {
			t.Fatal(err)
		}
		s.CloseClientConnections()
	}
	if opened.Load() != 2 {
		t.Errorf("%d connections", opened.Load())
	}
}

func TestAConnectionEndsWithTheLoadThatUsedItLast(t *testing.T) {
	_, m, opened := channelServer(t, false, taken)
	first, end := context.WithCancel(t.Context())
	for _, ctx := range []context.Context{first, t.Context()} {
		if _, err := m.post(ctx, "chn_1", appendMessage(nil, "ana", 0, "")); err != nil {
			t.Fatal(err)
		}
	}
	end() // of a load before
	for range 2 {
		if _, err := m.post(t.Context(), "chn_1", appendMessage(nil, "ana", 1, "")); err != nil || opened.Load() != 1 {
			t.Fatalf("%v on %d connections", err, opened.Load())
		}
	}
	last, end := context.WithCancel(t.Context())
	if _, err := m.post(last, "chn_1", appendMessage(nil, "ana", 2, "")); err != nil {
		t.Fatal(err)
	}
	end() // it ends now or while the next message is on its way, which then goes over another one
	if _, err := m.post(t.Context(), "chn_1", appendMessage(nil, "ana", 3, "")); err != nil {
		t.Error(err)
	}
}

func TestAServerThatLeavesNoAnswerIsAskedOnceMoreAtMost(t *testing.T) {
	var asked atomic.Int64
	_, m, _ := channelServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			taken(w, r)
			return
		}
		panic(http.ErrAbortHandler)
	})
	if _, err := m.post(t.Context(), "chn_1", appendMessage(nil, "ana", 0, "")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.post(t.Context(), "chn_1", appendMessage(nil, "ana", 1, "")); !errors.Is(err, errUnanswered) || asked.Load() != 3 {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
}

func TestAnAnswerThatBreaksOffIsAnErrorAndNotRepeated(t *testing.T) {
	var asked atomic.Int64
	_, m, _ := channelServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			taken(w, r)
			return
		}
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"conversation_id":"cnv_1"`)
	})
	for nth := range 2 {
		_, err := m.post(t.Context(), "chn_1", appendMessage(nil, "ana", nth, ""))
		if (err != nil) != (nth == 1) {
			t.Fatalf("message %d: %v", nth, err)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("%d requests", asked.Load())
	}
}

func TestARefusedCustomerIsToldWhyAndWhenToComeBack(t *testing.T) {
	_, m, opened := channelServer(t, false, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(w).Encode(protocol.Problem{Status: http.StatusServiceUnavailable, Code: protocol.CodeOverloaded})
	})
	for range 2 {
		_, err := m.post(t.Context(), "chn_1", appendMessage(nil, "ana", 0, ""))
		var refused *client.APIError
		if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable || refused.Code != protocol.CodeOverloaded || refused.RetryAfter != 2*time.Second {
			t.Fatalf("%v", err)
		}
	}
	if opened.Load() != 1 {
		t.Errorf("%d connections", opened.Load())
	}
	if _, err := m.post(t.Context(), "chn_2", appendMessage(nil, "ana", 0, "")); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a channel that is not there: %v", err)
	}
}

func TestACustomerWhoIsWaitingLeavesWhenTheLoadEnds(t *testing.T) {
	asked, over := make(chan struct{}), make(chan struct{})
	_, m, _ := channelServer(t, false, func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-over
	})
	defer close(over)
	ctx, stop := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := m.post(ctx, "chn_1", appendMessage(nil, "ana", 0, ""))
		failed <- err
	}()
	<-asked
	stop()
	select {
	case err := <-failed:
		if err == nil {
			t.Error("an answer from nowhere")
		}
	case <-time.After(10 * time.Second):
		t.Error("the customer still waits")
	}
}

// What is read in the short way must be what net/http reads.
func FuzzUsualAnswersAreThoseOfTheLibrary(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nDate: x\r\n\r\n{}HTTP/1.1 200 OK",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\n\n\r\nContent-Length:0\r\n\r\n", "HTTP/1.1 200 OK\n\nContent-Length: 2\r\n\r\n{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		body, size, ok := usualAnswer(b)
		if !ok {
			return
		}
		in := bufio.NewReader(bytes.NewReader(b))
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return // a head that the library refuses, and that no server sends
		}
		want, err := io.ReadAll(response.Body)
		left, _ := io.ReadAll(in)
		if err != nil || response.StatusCode/100 != 2 || !bytes.Equal(want, body) || len(left) != len(b)-size {
			t.Errorf("%q: %q of %d, want %q of %d: %v", b, body, size, want, len(b)-len(left), err)
		}
	})
}

func TestAnAnswerInAnotherFormIsReadByTheLibrary(t *testing.T) {
	for _, last := range []string{"", "close"} {
		_, m, opened := channelServer(t, false, func(w http.ResponseWriter, _ *http.Request) {
			if last != "" {
				w.Header().Set("Connection", last)
			}
			_, _ = io.WriteString(w, `{"conversation_id":"cnv_1",`)
			w.(http.Flusher).Flush() // in chunks
			_, _ = io.WriteString(w, `"message_id":"msg_1"}`)
		})
		for range 3 {
			a, err := m.post(t.Context(), "chn_1", appendMessage(nil, "ana", 0, ""))
			if err != nil || a.ConversationID != "cnv_1" || a.MessageID != "msg_1" {
				t.Fatalf("%+v, %v", a, err)
			}
		}
		if want := map[string]int64{"": 1, "close": 3}[last]; opened.Load() != want {
			t.Errorf("%d connections, want %d", opened.Load(), want)
		}
	}
}

func TestAddressesOfServers(t *testing.T) {
	for server, want := range map[string]string{"http://a": "a:80", "https://a/b": "a:443", "http://127.0.0.1:81": "127.0.0.1:81", "https://[::1]:9": "[::1]:9"} {
		m, err := newMessenger(server, "")
		if err != nil || m.address != want || (m.secure != nil) != strings.HasPrefix(server, "https") {
			t.Errorf("%s: %+v, %v", server, m, err)
		}
	}
	if _, err := newMessenger("ws://a", ""); err == nil {
		t.Error("ws is taken for HTTP")
	}
}
