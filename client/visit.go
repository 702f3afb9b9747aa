package client

import (
	"encoding/json"
	"net/http"
	"net/url"

	"pronto/protocol"
)

// Visit makes a client the page of a customer: Options.Visit. Everything else is as for agents; commands and events are
// those of protocol.WidgetCommands and WidgetEvents, snapshots hold a protocol.WidgetData.
type Visit struct {
	Channel    string // chn_… of a web channel
	Origin     string // of the page; the server's own by default
	Token      string // of an earlier snapshot; empty: a new visitor
	Proof      string // by the host site; it counts instead of the token
	Name, Page string
	Attributes map[string]string
}

// address is where the websocket is, below the prefix of the API.
func (c *Client) address() string {
	if c.o.Visit == nil {
		return "/ws"
	}
	return "/widget/ws?channel=" + url.QueryEscape(c.o.Visit.Channel)
}

// credential of a page: where it comes from. Who the visitor is, the first frame says.
func (v *Visit) credential(base string) upgrade {
	origin := v.Origin
	if origin == "" {
		origin = base
	}
	return upgrade{
		fields:       http.Header{"User-Agent": {userAgent}, "Origin": {origin}},
		subprotocols: []string{protocol.WidgetSubprotocol},
	}
}

// greeting is the first frame: start, or resume from a place.
func (v *Visit) greeting(from place, seq int64) any {
	if from == (place{}) {
		return protocol.WidgetStart{
			Type: protocol.FrameStart, VisitorToken: v.Token, IdentityProof: v.Proof, Name: v.Name, Page: v.Page, Attributes: v.Attributes,
		}
	}
	return protocol.WidgetResume{
		Type: protocol.FrameResume, Session: from.session, ResumeToken: from.token, Epoch: from.epoch, Seq: seq,
		VisitorToken: v.Token, IdentityProof: v.Proof, Name: v.Name, Page: v.Page,
	}
}

// recognize keeps the token that the server gave a new visitor.
func (v *Visit) recognize(data []byte) {
	var world struct {
		Token string `json:"visitor_token"`
	}
	if json.Unmarshal(data, &world) == nil && world.Token != "" {
		v.Token = world.Token
	}
}

// VisitorToken is what a page shows to be the same visitor again; good once OnSnapshot was called, and only for handlers
// and after Dial has returned.
func (c *Client) VisitorToken() string {
	if c.o.Visit == nil {
		return ""
	}
	return c.o.Visit.Token
}
