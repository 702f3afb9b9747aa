package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/internal/access"
	"pronto/internal/outbound"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// Tool is the configuration of a server that serves nobody: a tool's way to a data folder that is there. What waits there for providers
// and webhooks goes on waiting: the folder may be a copy.
func Tool(data string) Config {
	return Config{Data: data, Tool: true, Existing: true, DrainTime: time.Second, Idle: time.Minute, TimeZone: "UTC"}
}

// Check says what is wrong with the settings, as far as that can be told without a data folder.
func (c *Config) Check() error {
	var wrong []error
	if _, err := zoneOf(c.TimeZone); err != nil {
		wrong = append(wrong, fmt.Errorf("time-zone: %w", err))
	}
	if _, err := outbound.ParseAllow(c.AllowedNetworks); err != nil {
		wrong = append(wrong, fmt.Errorf("allowed-networks: %w", err))
	}
	for _, o := range c.AllowedOrigins {
		if !strings.HasPrefix(o, "https://") && !strings.HasPrefix(o, "http://") || strings.HasSuffix(o, "/") {
			wrong = append(wrong, fmt.Errorf("allowed-origins: %q is not scheme://host[:port]", o))
		}
	}
	if c.Attachments.Driver == driverS3 {
		if _, err := c.Attachments.bucket(); err != nil {
			wrong = append(wrong, err)
		}
	}
	if _, err := c.Attachments.scanner(); err != nil {
		wrong = append(wrong, err)
	}
	if _, err := publicBase(c.PublicURL); err != nil {
		wrong = append(wrong, err)
	}
	if err := c.checkBenchToken(); err != nil {
		wrong = append(wrong, err)
	}
	if c.MinFreePercent > 90 {
		wrong = append(wrong, errors.New("min-free-percent: at most 90"))
	}
	return errors.Join(wrong...)
}

// operator is who does what a tool on the server's machine asks for.
func operator(ctx context.Context) context.Context {
	return transport.WithPrincipal(ctx, transport.Principal{Role: "server", Grant: access.Principal{Role: access.RoleAdmin}})
}

// Why lists every recorded decision of the queues about a conversation.
func (a *App) Why(ctx context.Context, id string) (protocol.ConversationWhy, error) {
	all := protocol.ConversationWhy{ConversationID: id}
	s, _, err := a.db.LoadConversation(dispatch.ConversationID(id))
	if err != nil || s.State == dispatch.ConversationNone {
		return all, errors.Join(err, fmt.Errorf("%s: %w", id, storage.ErrNotFound))
	}
	for after := uint64(0); ; {
		page, err := a.server.Why(operator(ctx), dispatch.ConversationID(id), after, protocol.MaxListLimit)
		if err != nil {
			return all, err
		}
		all.Items = append(all.Items, page.Items...)
		if page.NextCursor == "" {
			return all, nil
		}
		after = uint64(page.Items[len(page.Items)-1].Seq)
	}
}

// Configuration is every configuration object without secrets.
func (a *App) Configuration(ctx context.Context) (protocol.Configuration, error) {
	return a.server.Configuration(operator(ctx))
}

// Configure makes and changes objects so that they are as given; others stay. A dry run only tells what would change. An
// error that names fields wraps *protocol.Invalid.
func (a *App) Configure(ctx context.Context, file protocol.Configuration, dry bool) (protocol.ConfigurationPlan, error) {
	plan, err := a.server.Configure(operator(ctx), file, dry)
	var r *transport.Refusal
	if errors.As(err, &r) && len(r.Fields) > 0 {
		return plan, fmt.Errorf("%s: %w", r.Code, &protocol.Invalid{Fields: r.Fields})
	}
	return plan, err
}
