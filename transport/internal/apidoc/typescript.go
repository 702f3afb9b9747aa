package apidoc

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"pronto/protocol"
)

const typesPreamble = `// Generated from the Go structs of package protocol by go generate ./protocol; do not edit.
// A field with "?" may be absent. Times are RFC 3339 texts.

export type Time = string;
`

// answered are objects of the REST interface that the desk reads besides those of the document.
var answered = []any{
	protocol.User{},
	protocol.Organisation{},
	protocol.BusinessHours{},
	protocol.AuditRecord{},
	protocol.ConfigurationPlan{},
	protocol.HoursStatus{},
	protocol.ChannelTest{},
	protocol.PreviewBody{},
	protocol.RoutingPreview{},
	protocol.QueuePosition{},
	protocol.QueueLive{},
	protocol.WaitingConversation{}, protocol.StatusInterval{},
	protocol.ConversationWhy{},
	protocol.WidgetMessages{},
}

// TypeScript returns the wire as types of the web application.
func TypeScript() []byte {
	var b strings.Builder
	b.WriteString(typesPreamble)
	roots := []any{}
	for _, f := range slices.Concat(agentFrames.server, agentFrames.client, widgetFrames.server, widgetFrames.client) {
		roots = append(roots, f.value)
	}
	roots = append(roots, protocol.Command{}, protocol.Reply{}, protocol.Event{})
	for _, t := range reachable(slices.Concat(roots, tables(), configuration, answered)...) {
		typeScriptStruct(&b, t)
	}
	typeScriptTables(&b)
	return []byte(b.String())
}

func typeScriptStruct(b *strings.Builder, t reflect.Type) {
	if t.NumField() == 0 {
		fmt.Fprintf(b, "\nexport type %s = { [key: string]: never };\n", t.Name())
		return
	}
	fmt.Fprintf(b, "\nexport interface %s {\n", t.Name())
	for _, f := range wireFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		mark := ""
		if strings.Contains(options, "omit") || f.Tag.Get("writeOnly") == "true" {
			mark = "?"
		}
		fmt.Fprintf(b, "  /** %s */\n  %s%s: %s;\n", f.Tag.Get("doc"), name, mark, typeScriptField(f))
	}
	b.WriteString("}\n")
}

// typeScriptField is the type of a field; an enumeration is spelled out, also that of a list.
func typeScriptField(f reflect.StructField) string {
	enum := f.Tag.Get("enum")
	if enum == "" {
		return typeScriptName(f.Type)
	}
	var words []string
	for _, w := range strings.Split(enum, ",") {
		words = append(words, fmt.Sprintf("%q", w))
	}
	// Empty stands for absent where the field is neither required nor left out.
	if f.Tag.Get("required") != "true" && f.Tag.Get("default") == "" && f.Tag.Get("json") != "type" {
		words = append(words, `""`)
	}
	union := strings.Join(words, " | ")
	if f.Type.Kind() == reflect.Slice {
		return "(" + union + ")[]"
	}
	return union
}

func typeScriptName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[protocol.Time]():
		return "Time"
	case t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Interface:
		return "unknown"
	case t.Kind() == reflect.Pointer:
		return typeScriptName(t.Elem())
	case t.Kind() == reflect.Slice:
		return typeScriptName(t.Elem()) + "[]"
	case t.Kind() == reflect.Map:
		return "{ [key: string]: " + typeScriptName(t.Elem()) + " }"
	case t.Kind() == reflect.Struct:
		return t.Name()
	case t.Kind() == reflect.String:
		return "string"
	case t.Kind() == reflect.Bool:
		return "boolean"
	default:
		return "number"
	}
}

// typeScriptTables adds what is no struct: commands, events, records, error codes, close codes, limits.
func typeScriptTables(b *strings.Builder) {
	typeScriptNames(b, "Commands", "Events", protocol.Commands, protocol.Events)
	typeScriptNames(b, "WidgetCommands", "WidgetEvents", protocol.WidgetCommands, protocol.WidgetEvents)
	b.WriteString("\nexport interface Records {\n")
	for _, r := range protocol.Records {
		fmt.Fprintf(b, "  %q: %s;\n", r.Name, tableType(r.Data))
	}
	b.WriteString("}\n\nexport const WebhookEvents = [\n")
	for _, e := range protocol.WebhookEvents {
		fmt.Fprintf(b, "  %q,\n", e.Name)
	}
	b.WriteString("] as const;\n\nexport type Code =\n")
	for _, c := range protocol.Codes {
		fmt.Fprintf(b, "  | %q\n", c.Code)
	}
	b.WriteString("  ;\n\nexport const CloseCode = {\n")
	for _, c := range protocol.CloseCodes {
		fmt.Fprintf(b, "  %q: %d,\n", c.Reason, c.Code)
	}
	fmt.Fprintf(b, "} as const;\n\nexport const Subprotocol = %q;\nexport const WidgetSubprotocol = %q;\nexport const TicketPrefix = %q;\nexport const MaxTextBytes = %d;\nexport const MaxListLimit = %d;\n",
		protocol.Subprotocol, protocol.WidgetSubprotocol, protocol.TicketPrefix, protocol.MaxTextBytes, protocol.MaxListLimit)
}

// typeScriptNames are the tables of commands and events of one websocket.
func typeScriptNames(b *strings.Builder, commands, events string, cs []protocol.CommandInfo, es []protocol.EventInfo) {
	fmt.Fprintf(b, "\nexport interface %s {\n", commands)
	for _, c := range cs {
		fmt.Fprintf(b, "  /** %s */\n  %q: { data: %s; reply: %s };\n", c.Doc, c.Name, tableType(c.Data), tableType(c.Reply))
	}
	fmt.Fprintf(b, "}\n\nexport interface %s {\n", events)
	for _, e := range es {
		fmt.Fprintf(b, "  /** %s */\n  %q: %s;\n", e.Doc, e.Name, tableType(e.Data))
	}
	b.WriteString("}\n")
}

func tableType(v any) string {
	if v == nil {
		return "Empty"
	}
	return typeScriptName(reflect.TypeOf(v))
}
