package client

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"pronto/protocol"
)

// ErrClosed answers what still waits when the client is closed.
var ErrClosed = errors.New("client is closed")

// ErrTooMany refuses a command because MaxWaiting others are unanswered.
var ErrTooMany = errors.New("too many commands wait")

// ErrProtocol is a frame that is not what the protocol promises.
var ErrProtocol = errors.New("server broke the protocol")

// CommandError is the server's refusal of a command.
type CommandError struct {
	Code    protocol.Code
	Message string
	Data    *protocol.ErrorData
}

func (e *CommandError) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// APIError is the server's refusal of a REST request.
type APIError struct {
	Status     int
	Code       protocol.Code // empty when the answer was not a problem document
	Detail     string
	RetryAfter time.Duration // 0 when the server asked for none
	Problem    protocol.Problem
}

func (e *APIError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("status %d", e.Status)
	}
	return fmt.Sprintf("status %d: %s", e.Status, e.Code)
}

// GiveUpError says why the client does not try to come back. Code is the close code, 0 when the connection was refused
// before it was a websocket.
type GiveUpError struct {
	Code protocol.CloseCode
	Err  error
}

func (e *GiveUpError) Error() string { return fmt.Sprintf("gave up: %v", e.Err) }

// Unwrap returns what ended it.
func (e *GiveUpError) Unwrap() error { return e.Err }

// reconnects reports whether coming back makes sense after err, by the bands of close codes and statuses. newTicket: a refused
// credential can be replaced.
func reconnects(err error, newTicket bool) bool {
	switch code := protocol.CloseCode(websocket.CloseStatus(err)); code {
	case protocol.CloseBadTicket:
		return newTicket
	case protocol.CloseNormal, protocol.CloseTooBig, protocol.CloseProtocol, protocol.CloseForbidden, protocol.CloseSuperseded,
		protocol.CloseRevoked, protocol.CloseRate:
		return false
	case protocol.CloseRestart, protocol.CloseOverloaded, protocol.CloseTooSlow:
		return true
	}
	var api *APIError
	if errors.As(err, &api) {
		return api.Status >= http.StatusInternalServerError || api.Status == http.StatusTooManyRequests ||
			api.Status == http.StatusRequestTimeout
	}
	return true
}

func gaveUp(err error) *GiveUpError {
	return &GiveUpError{Code: protocol.CloseCode(max(websocket.CloseStatus(err), 0)), Err: err}
}
