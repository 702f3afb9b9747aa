package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// messenger brings customers' messages to a server over connections that it keeps. A request is written and its answer
// read on the goroutine that asks: the client of net/http has two more of them for each connection, which took 18 % of the
// generator's CPU time.
type messenger struct {
	address string // host:port
	secure  *tls.Config
	path    string // of a channel's messages, up to the channel
	head    string // of every request after its path, up to its length

	mu   sync.Mutex
	idle []*carrier // the last one used is the next one
}

// carrier is one connection.
type carrier struct {
	net.Conn
	in  *bufio.Reader
	out []byte
	ctx context.Context //nolint:containedctx // of the requests so far; its end ends the connection
	off func() bool     // the connection outlives ctx from here
}

// during ends the connection with ctx, which many requests have in common.
func (c *carrier) during(ctx context.Context) {
	if c.ctx == ctx {
		return
	}
	if c.off != nil {
		c.off()
	}
	c.ctx, c.off = ctx, context.AfterFunc(ctx, func() { _ = c.Conn.Close() })
}

// Close ends the connection.
func (c *carrier) Close() error {
	if c.off != nil {
		c.off()
	}
	return c.Conn.Close()
}

const (
	answerTime     = time.Minute // for one request, as long as for any other call of the generator
	maxAnswerBytes = 1 << 20
)

func newMessenger(server, token string) (*messenger, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("address of the server: %w", err)
	}
	m := &messenger{
		path: strings.TrimSuffix(u.EscapedPath(), "/") + "/api/v1/channels/",
		head: " HTTP/1.1\r\nHost: " + u.Host + "\r\nUser-Agent: pronto-bench\r\nAuthorization: Bearer " + token +
			"\r\nContent-Type: application/json\r\nContent-Length: ",
	}
	switch u.Scheme {
	case "http":
		m.address = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80"))
	case "https":
		m.address, m.secure = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443")), &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	default:
		return nil, fmt.Errorf("address of the server: %q is neither http nor https", server)
	}
	return m, nil
}

// post brings one message to a channel. A refusal is a *client.APIError. A kept connection that the server has closed
// meanwhile is replaced, and the message sent again: its external id makes the server take it once.
func (m *messenger) post(ctx context.Context, channel string, body []byte) (protocol.InboundAnswer, error) {
	c, err := m.take(ctx)
	if err != nil {
		return protocol.InboundAnswer{}, err
	}
	used := c.out != nil
	answer, err := m.call(ctx, c, channel, body)
	if used && errors.Is(err, errUnanswered) && ctx.Err() == nil {
		if c, err = m.dial(ctx); err != nil {
			return protocol.InboundAnswer{}, err
		}
		answer, err = m.call(ctx, c, channel, body)
	}
	return answer, err
}

// errUnanswered is a connection that ended before any of an answer came.
var errUnanswered = errors.New("no answer")

// call makes one request on c and gives c back when another one can follow.
func (m *messenger) call(ctx context.Context, c *carrier, channel string, body []byte) (a protocol.InboundAnswer, err error) {
	keep := false
	defer func() {
		if keep {
			m.give(c)
		} else {
			_ = c.Close()
		}
	}()
	if err := c.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return a, fmt.Errorf("%w: %w", errUnanswered, err)
	}
	c.during(ctx)
	c.out = append(append(c.out[:0], "POST "...), m.path...)
	c.out = append(append(c.out, channel...), "/messages"...)
	c.out = strconv.AppendInt(append(c.out, m.head...), int64(len(body)), 10)
	c.out = append(append(c.out, "\r\n\r\n"...), body...)
	if _, err := c.Write(c.out); err != nil {
		return a, fmt.Errorf("%w: %w", errUnanswered, err)
	}
	switch _, err := c.in.Peek(1); {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return a, fmt.Errorf("await answer: %w", err)
	case err != nil:
		return a, fmt.Errorf("%w: %w", errUnanswered, err)
	}
	a, keep, err = c.answer()
	return a, err
}

// answer reads what comes on c; again says whether another request can follow.
func (c *carrier) answer() (a protocol.InboundAnswer, again bool, err error) {
	here, _ := c.in.Peek(c.in.Buffered())
	if body, size, ok := usualAnswer(here); ok {
		a, err = readInboundAnswer(body)
		_, _ = c.in.Discard(size) // it is there
		return a, true, err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return a, false, fmt.Errorf("read answer: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return a, false, fmt.Errorf("read answer: %w", err)
	}
	again = !response.Close && len(raw) < maxAnswerBytes
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return a, again, refusal(response, raw)
	}
	a, err = readInboundAnswer(raw)
	return a, again, err
}

// usualAnswer finds the body of an answer that is all there, says yes, and has nothing in its head that changes how it is
// read; size is that of all of it. Any other is for net/http to read, which took five times as long.
func usualAnswer(b []byte) (body []byte, size int, ok bool) {
	head, rest, found := bytes.Cut(b, []byte("\r\n\r\n"))
	status, fields, _ := bytes.Cut(head, []byte("\r\n"))
	if !found || string(status) != "HTTP/1.1 200 OK" && string(status) != "HTTP/1.1 201 Created" {
		return nil, 0, false
	}
	length := -1
	for line := range bytes.SplitSeq(fields, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.ContainsAny(line, "\r\n"): // a line that ends otherwise
			return nil, 0, false
		case bytes.EqualFold(name, []byte("Content-Length")):
			n, err := strconv.ParseUint(string(bytes.Trim(value, " ")), 10, 31)
			if err != nil || length >= 0 {
				return nil, 0, false
			}
			length = int(n)
		case bytes.EqualFold(name, []byte("Connection")), bytes.EqualFold(name, []byte("Transfer-Encoding")), bytes.EqualFold(name, []byte("Content-Encoding")):
			return nil, 0, false
		}
	}
	if length < 0 || length > len(rest) {
		return nil, 0, false
	}
	return rest[:length], len(head) + len("\r\n\r\n") + length, true
}

func refusal(response *http.Response, raw []byte) *client.APIError {
	refused := &client.APIError{Status: response.StatusCode}
	if json.Unmarshal(raw, &refused.Problem) == nil {
		refused.Code, refused.Detail = refused.Problem.Code, refused.Problem.Detail
	}
	if s, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && s > 0 {
		refused.RetryAfter = time.Duration(min(s, 3600)) * time.Second
	}
	return refused
}

func (m *messenger) take(ctx context.Context) (*carrier, error) {
	m.mu.Lock()
	if n := len(m.idle); n > 0 {
		c := m.idle[n-1]
		m.idle = m.idle[:n-1]
		m.mu.Unlock()
		return c, nil
	}
	m.mu.Unlock()
	return m.dial(ctx)
}

func (m *messenger) dial(ctx context.Context) (*carrier, error) {
	dial := dialTCP
	if m.secure != nil {
		dial = (&tls.Dialer{NetDialer: &net.Dialer{Timeout: answerTime}, Config: m.secure}).DialContext
	}
	conn, err := dial(ctx, "tcp", m.address)
	if err != nil {
		return nil, fmt.Errorf("connect customer: %w", err)
	}
	return &carrier{Conn: conn, in: bufio.NewReader(conn)}, nil
}

func (m *messenger) give(c *carrier) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.idle = append(m.idle, c)
}

// close ends the connections that carry nothing.
func (m *messenger) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.idle {
		_ = c.Close()
	}
	m.idle = nil
}

const customerText = "Preciso da segunda via do boleto deste mês, por favor."

// appendMessage is the body of a customer's message: that of a protocol.InboundMessage.
func appendMessage(b []byte, contact string, nth int, queue string) []byte {
	b = protocol.AppendText(append(b, `{"external_id":`...), contact+"-"+strconv.Itoa(nth))
	b = append(b, `,"contact":{"name":"Cliente de carga","identities":[{"kind":"external","value":`...)
	b = append(protocol.AppendText(b, contact), `}]},"text":"`+customerText+`"`...)
	if queue != "" {
		b = protocol.AppendText(append(b, `,"queue":`...), queue)
	}
	return append(b, '}')
}
