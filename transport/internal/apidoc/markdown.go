package apidoc

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"pronto/protocol"
)

const preamble = `# The wire, version 1

Generated from the Go structs of package protocol by ` + "`go generate ./protocol`" + `; do not edit. The REST interface in full is
docs/api/openapi.json, the websocket docs/api/asyncapi.json; a running server shows both at /docs/api.

Unknown fields in a request are refused (bad_request, naming the field); clients ignore unknown fields in answers. Times are
RFC 3339 in UTC with milliseconds; durations are integers with the unit in the name. Ids are opaque texts with a type prefix
that sort by time. A field that is neither optional nor set by the server is present in every answer; in a request only required
fields must be given, the others have the default shown, else 0, false, empty.

Extension of version 1: a queue's offer_time_ms may be as low as 1 000 (the range for people is 5 000 to 900 000).
`

// configuration is every object of the REST interface, in the order of the documentation.
var configuration = []any{
	protocol.Queue{},
	protocol.Agent{},
	protocol.Channel{},
	protocol.Script{},
	protocol.CannedResponse{},
	protocol.PauseReason{},
	protocol.Skill{},
	protocol.Announcement{},
	protocol.AnnouncementsNow{},
	protocol.QueueIntervals{},
	protocol.APIToken{},
	protocol.Webhook{},
	protocol.WebhookEvent{},
	protocol.WebhookState{},
	protocol.WebhookTest{},
	protocol.ParkedDelivery{},
	protocol.WebhookReplay{},
	protocol.Contact{},
	protocol.ContactField{},
	protocol.SearchHit{},
	protocol.ContactPrivacy{},
	protocol.RevealBody{},
	protocol.Reveal{},
	protocol.ConsentBody{},
	protocol.ContactNoteBody{},
	protocol.ContactNote{},
	protocol.AttachmentLimits{},
	protocol.InboundMessage{},
	protocol.InboundAnswer{},
	protocol.Login{},
	protocol.Session{},
	protocol.Ticket{},
	protocol.OpenSession{},
	protocol.OpenSessions{},
	protocol.PasswordLink{},
	protocol.PasswordLinkCheck{},
	protocol.PasswordLinkOwner{},
	protocol.PasswordLinkUse{},
	protocol.CloseBody{},
	protocol.TransferBody{},
	protocol.RequeueBody{},
	protocol.NoteBody{},
	protocol.MessageBody{},
	protocol.Record{},
	protocol.Problem{},
}

// Markdown returns docs/protocol.md.
func Markdown() []byte {
	var b strings.Builder
	b.WriteString(preamble)
	markdownCommands(&b)
	markdownEvents(&b)
	markdownRecords(&b)
	markdownWebhooks(&b)
	markdownCodes(&b)
	b.WriteString("\n## Frames\n\nText frames, one JSON object each, over `GET /api/v1/ws` with the subprotocol `" + protocol.Subprotocol + "`.\n")
	roots := []any{}
	for _, f := range slices.Concat(agentFrames.server, agentFrames.client) {
		roots = append(roots, f.value)
	}
	roots = append(roots, protocol.Command{}, protocol.Reply{}, protocol.Event{})
	frames := map[reflect.Type]bool{}
	for _, r := range roots {
		frames[reflect.TypeOf(r)] = true
		markdownStruct(&b, reflect.TypeOf(r))
	}
	markdownWidget(&b)
	for _, r := range []any{protocol.WidgetStart{}, protocol.WidgetResume{}, protocol.WidgetSnapshot{}} {
		roots = append(roots, r)
		frames[reflect.TypeOf(r)] = true
		markdownStruct(&b, reflect.TypeOf(r))
	}
	b.WriteString("\n## Objects\n")
	for _, c := range slices.Concat(protocol.Commands, protocol.WidgetCommands) {
		roots = append(roots, c.Data, c.Reply)
	}
	for _, e := range slices.Concat(protocol.Events, protocol.WidgetEvents) {
		roots = append(roots, e.Data)
	}
	for _, r := range protocol.Records {
		roots = append(roots, r.Data)
	}
	for _, t := range reachable(append(roots, configuration...)...) {
		if !frames[t] && t.NumField() > 0 {
			markdownStruct(&b, t)
		}
	}
	markdownSettings(&b)
	return []byte(b.String())
}

// markdownWidget tells how the customers' websocket differs from that of agents.
func markdownWidget(b *strings.Builder) {
	b.WriteString("\n## The customers' websocket\n\n`GET /api/v1/widget/ws?channel=chn_…` with the subprotocol `" + protocol.WidgetSubprotocol + "`, from pages of the origins in the channel's `widget`. " +
		"Frames, numbers, resumes and close codes are those above; start, resume and snapshot are these. A visitor sees its own conversation and nothing else. " +
		"`4001` says that a token or proof is not valid, `1013` that the visitor has too many pages open.\n\n")
	commandTable(b, protocol.WidgetCommands)
	b.WriteString("\n| event | data | when |\n|---|---|---|\n")
	for _, e := range protocol.WidgetEvents {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", e.Name, link(e.Data), e.Doc)
	}
}

func markdownCommands(b *strings.Builder) {
	b.WriteString("\n## Commands\n\nBesides the errors listed, every command can get `bad_request`, `forbidden`, `not_found`, `command_id_reused`, `rate_limited`, `overloaded` and `internal`.\n\n")
	commandTable(b, protocol.Commands)
}

func commandTable(b *strings.Builder, table []protocol.CommandInfo) {
	b.WriteString("| name | data | reply | errors | from | what |\n|---|---|---|---|---|---|\n")
	for _, c := range table {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s |\n", c.Name, link(c.Data), link(c.Reply), sentence(c.Errors), c.Role, c.Doc)
	}
}

func markdownEvents(b *strings.Builder) {
	b.WriteString("\n## Events\n\n| name | data | when |\n|---|---|---|\n")
	for _, e := range protocol.Events {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", e.Name, link(e.Data), e.Doc)
	}
}

func markdownRecords(b *strings.Builder) {
	b.WriteString("\n## Records\n\nWhat `GET /conversations/{id}/events` gives, in order.\n\n| name | data | what happened |\n|---|---|---|\n")
	for _, r := range protocol.Records {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", r.Name, link(r.Data), r.Doc)
	}
}

func markdownWebhooks(b *strings.Builder) {
	b.WriteString("\n## Webhook events\n\nWhat a webhook can ask for; each is one [WebhookEvent](#webhookevent), posted and signed as docs/webhooks.md tells. `record` is one of the records named.\n\n| name | records | when |\n|---|---|---|\n")
	for _, e := range protocol.WebhookEvents {
		fmt.Fprintf(b, "| `%s` | `%s` | %s |\n", e.Name, strings.Join(e.Records, "`, `"), e.Doc)
	}
}

func markdownCodes(b *strings.Builder) {
	b.WriteString("\n## Error codes\n\n| code | HTTP | meaning |\n|---|---|---|\n")
	for _, c := range protocol.Codes {
		fmt.Fprintf(b, "| `%s` | %d | %s |\n", c.Code, c.Status, c.Text)
	}
	b.WriteString("\n## Close codes\n\n| code | reason | the client should |\n|---|---|---|\n")
	for _, c := range protocol.CloseCodes {
		fmt.Fprintf(b, "| %d | %s | %s |\n", c.Code, c.Reason, c.Client)
	}
	fmt.Fprintf(b, "\n## Limits\n\n| what | number |\n|---|---|\n| bytes of a frame | %d |\n| commands without a reply | %d |\n| commands a second, at once | %d, %d |\n"+
		"| requests a second, at once, of a credential | %d, %d |\n| bytes of a request body, of an inbound message | %d, %d |\n| entries of a page: default, most | %d, %d |\n",
		protocol.MaxFrameBytes, protocol.CommandWindow, protocol.CommandsPerSecond, protocol.CommandBurst, protocol.RequestsPerSecond, protocol.RequestBurst,
		protocol.MaxBodyBytes, protocol.MaxInboundBytes, protocol.DefaultListLimit, protocol.MaxListLimit)
}

func markdownStruct(b *strings.Builder, t reflect.Type) {
	fmt.Fprintf(b, "\n### %s\n\n| field | type | presence | rules | meaning |\n|---|---|---|---|---|\n", t.Name())
	for _, f := range fieldsOf(t) {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.Name, f.Type, f.Presence, f.Rules, strings.ReplaceAll(f.Doc, "|", "\\|"))
	}
}

func markdownSettings(b *strings.Builder) {
	b.WriteString("\n## Settings of channels\n\nKeys of a channel's `config` by `kind`. Secrets are accepted and never answered; `secrets_set` names those that are set.\n\n")
	b.WriteString("| kind | key | secret | meaning |\n|---|---|---|---|\n")
	for _, kind := range []string{"generic", "web", "whatsapp", "telegram"} {
		for _, s := range protocol.ChannelSettings[kind] {
			secret := ""
			if s.Secret {
				secret = "yes"
			}
			fmt.Fprintf(b, "| %s | `%s` | %s | %s |\n", kind, s.Name, secret, s.Doc)
		}
	}
}

func link(v any) string {
	t := reflect.TypeOf(v)
	if t.NumField() == 0 {
		return ""
	}
	return "[" + t.Name() + "](#" + strings.ToLower(t.Name()) + ")"
}
