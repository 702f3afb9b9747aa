package protocol

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// Channel is how messages come in and go out.
type Channel struct {
	ID         string            `json:"id" readOnly:"true" doc:"chn_…"`
	Version    int64             `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Name       string            `json:"name" required:"true" maxLength:"100" doc:"Unique name"`
	Kind       string            `json:"kind" required:"true" enum:"generic,web,whatsapp,telegram" doc:"Never changes once set"`
	QueueID    string            `json:"queue_id" required:"true" maxLength:"64" doc:"Where its conversations wait unless the message says otherwise"`
	Subject    string            `json:"subject" maxLength:"200" doc:"Subject of conversations that bring none"`
	Config     map[string]string `json:"config" maxItems:"20" doc:"The provider's settings by kind; secrets are accepted and never answered"`
	SecretsSet []string          `json:"secrets_set" readOnly:"true" doc:"Names of the secrets that are set"`
	Widget     Widget            `json:"widget" doc:"web: how it appears, and to whom; left as it is for the other kinds"`
	Disabled   bool              `json:"disabled" doc:"Takes no messages"`
	Weight     int               `json:"weight" minimum:"1" maximum:"10" default:"1" doc:"Slots that a conversation takes, times the weight of its queue, at most 10"`
	Inactivity *Inactivity       `json:"inactivity,omitempty" doc:"What the contact's silence leads to; when absent, what the kind of channel has: web warns after 50 minutes and closes after 60, whatsapp closes when its window of 24 hours ends, others do neither"`
}

// ChannelTest answers POST /channels/{id}/test.
type ChannelTest struct {
	Outcome string `json:"outcome" enum:"ok,failed,nothing_to_test" doc:"nothing_to_test: the channel's messages do not leave through a connection of the server, or it is not set up yet"`
	Reason  string `json:"reason,omitempty" doc:"failed: channel_unauthorized, forbidden_address, unavailable, timeout, rate_limited, rejected, or another stable word"`
	TookMS  int64  `json:"took_ms" doc:"Milliseconds until the answer"`
}

// Setting is one key of a channel's config.
type Setting struct {
	Name   string
	Secret bool // accepted, stored, never answered
	URL    bool // an absolute http or https address
	Doc    string
}

// ChannelSettings is what each kind of channel understands.
var ChannelSettings = map[string][]Setting{
	"generic": {
		{Name: "url", URL: true, Doc: "Address to which messages of agents are posted; without one they are read over REST"},
		{Name: "secret", Secret: true, Doc: "Key of the posts' signatures (Standard Webhooks): whsec_ and 24 to 64 bytes in base64"},
	},
	"web": {{Name: "identity_secret", Secret: true, Doc: "Key with which the host site signs who a visitor is; 32 characters or more"}},
	"whatsapp": {
		{Name: "phone_number_id", Doc: "Id of the phone number in the provider's account"},
		{Name: "business_account_id", Doc: "Id of the business account"},
		{Name: "access_token", Secret: true, Doc: "Token for sending"},
		{Name: "app_secret", Secret: true, Doc: "Key of the signature of webhooks"},
		{Name: "verify_token", Secret: true, Doc: "Chosen by you, given to the provider for the verification of the webhook"},
		{Name: "api_url", URL: true, Doc: "Base address of the provider; its public one when absent"},
	},
	"telegram": {
		{Name: "bot_token", Secret: true, Doc: "Token of the bot"},
		{Name: "webhook_secret", Secret: true, Doc: "Secret header of the webhook"},
	},
}

func (c Channel) check() []FieldError {
	var out []FieldError
	for name, value := range c.Config {
		at := "/config/" + EscapePointer(name)
		i := slices.IndexFunc(ChannelSettings[c.Kind], func(s Setting) bool { return s.Name == name })
		switch {
		case i < 0:
			out = append(out, FieldError{Pointer: at, Code: FieldUnknown})
		case len(value) > 2048:
			out = append(out, FieldError{Pointer: at, Code: FieldTooLong})
		case name == "identity_secret" && value != "" && len(value) < 32:
			out = append(out, FieldError{Pointer: at, Code: FieldTooShort})
		case ChannelSettings[c.Kind][i].URL && !webAddress(value), c.Kind == "generic" && name == "secret" && !webhookSecret(value):
			out = append(out, FieldError{Pointer: at, Code: FieldInvalid})
		}
	}
	switch {
	case c.Kind != "web" && !c.Widget.isDefault():
		out = append(out, FieldError{Pointer: "/widget", Code: FieldNotAllowed})
	case c.Widget.RequireIdentity && c.Config["identity_secret"] == "" && !slices.Contains(c.SecretsSet, "identity_secret"):
		out = append(out, FieldError{Pointer: "/config/identity_secret", Code: FieldRequired})
	}
	return sortFields(out)
}

// Redacted returns c without its secrets, whose names are in SecretsSet instead.
func (c Channel) Redacted() Channel {
	open := make(map[string]string, len(c.Config))
	c.SecretsSet = []string{}
	for name, value := range c.Config {
		open[name] = value
	}
	for _, s := range ChannelSettings[c.Kind] {
		if s.Secret && open[s.Name] != "" {
			c.SecretsSet = append(c.SecretsSet, s.Name)
		}
		if s.Secret {
			delete(open, s.Name)
		}
	}
	c.Config = open
	return c
}

// webhookSecret reports whether text is a secret in the form of Standard Webhooks.
func webhookSecret(text string) bool {
	encoded, ok := strings.CutPrefix(text, "whsec_")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	return ok && err == nil && len(raw) >= 24 && len(raw) <= 64
}

func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
