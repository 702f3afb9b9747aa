package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"pronto/protocol"
)

// upgrade is what the upgrade request carries.
type upgrade struct {
	fields       http.Header
	subprotocols []string
}

// credential signs in when there is no token yet, and returns the token or a ticket for it.
func (c *Client) credential() (upgrade, error) {
	if c.o.Visit != nil {
		return c.o.Visit.credential(c.rest.base), nil
	}
	if c.rest.Token() == "" && c.o.Login != "" {
		if _, err := c.rest.Login(c.ctx, c.o.Login, c.o.Password); err != nil {
			return upgrade{}, fmt.Errorf("sign in: %w", err)
		}
	}
	up := upgrade{fields: http.Header{"User-Agent": {userAgent}}, subprotocols: []string{protocol.Subprotocol}}
	if !c.o.UseTicket {
		up.fields.Set("Authorization", "Bearer "+c.rest.Token())
		return up, nil
	}
	ticket, err := c.rest.Ticket(c.ctx)
	if err != nil {
		return upgrade{}, fmt.Errorf("get ticket: %w", err)
	}
	up.fields.Set("Origin", c.rest.base)
	up.subprotocols = append(up.subprotocols, protocol.TicketPrefix+ticket.Ticket)
	return up, nil
}

// signInAgain drops a session token that the server no longer takes, if there is a login to get another with. A sign-in that
// was itself refused is final.
func (c *Client) signInAgain(err error) bool {
	var api *APIError
	if c.o.Login == "" || c.rest.Token() == "" || !errors.As(err, &api) || api.Status != http.StatusUnauthorized {
		return false
	}
	c.rest.SetToken("")
	return true
}

// retryAfter is how long the server asked to wait.
func retryAfter(err error) time.Duration {
	var api *APIError
	if errors.As(err, &api) {
		return api.RetryAfter
	}
	return 0
}

// raw is a part of a frame, not copied: it is good for as long as the frame is.
type raw []byte

func (r *raw) UnmarshalJSON(b []byte) error {
	*r = b
	return nil
}

func (s *stream) writeJSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode frame: %w", err)
	}
	return s.write(b)
}
