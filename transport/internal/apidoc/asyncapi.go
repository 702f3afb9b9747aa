package apidoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pronto/protocol"
	"pronto/transport"
)

type object = map[string]any

// AsyncAPI returns the AsyncAPI 3.1 document of the websockets of agents and of customers.
func AsyncAPI() ([]byte, error) {
	d := &asyncDoc{schemas: transport.NewSchemas(), messages: object{}, operations: object{}, inputs: map[string]bool{}}
	agents := d.socket("agent", "", agentFrames, protocol.Commands, protocol.Events)
	visitors := d.socket("widget", "widget.", widgetFrames, protocol.WidgetCommands, protocol.WidgetEvents)
	transport.OpenAnswers(d.schemas, func(name string) bool { return d.inputs[name] })
	return indent(object{
		"asyncapi":           "3.1.0",
		"info":               object{"title": "Pronto", "version": "1", "description": "Sessions of agents, and of customers on web pages, over websockets: text frames, one JSON object each."},
		"defaultContentType": "application/json",
		"channels": object{
			"agent": object{
				"address":     "/api/v1/ws",
				"description": "Subprotocol " + protocol.Subprotocol + ". Authorization: Bearer, or the second subprotocol " + protocol.TicketPrefix + "<ticket>.",
				"messages":    agents,
				"bindings":    object{"ws": object{"method": "GET"}},
			},
			"widget": object{
				"address": "/api/v1/widget/ws",
				"description": "Subprotocol " + protocol.WidgetSubprotocol + "; ?channel=chn_…. Origin must be one of the channel's widget.origins or the server's own. " +
					"A visitor sees its own conversation and nothing else.",
				"messages": visitors,
				"bindings": object{"ws": object{"method": "GET"}},
			},
		},
		"operations": d.operations,
		"components": object{"schemas": d.schemas.Map(), "messages": d.messages},
	})
}

type asyncDoc struct {
	schemas    huma.Registry
	messages   object
	operations object
	inputs     map[string]bool

	// Of the socket that is being described.
	channel, prefix string
	here            object
}

// socket adds the frames, commands and events of one websocket, under names with a prefix, and returns its messages.
func (d *asyncDoc) socket(channel, prefix string, frames socketFrames, commands []protocol.CommandInfo, events []protocol.EventInfo) object {
	d.channel, d.prefix, d.here = channel, prefix, object{}
	d.frames(frames)
	d.commands(commands)
	d.events(events)
	return d.here
}

func (d *asyncDoc) add(name string, message object) {
	name = d.prefix + name
	d.messages[name] = message
	d.here[name] = ref("#/components/messages/" + name)
}

func (d *asyncDoc) operate(action, message string) object {
	op := d.operation(action, message)
	d.operations[action+"."+d.prefix+message] = op
	return op
}

// frames adds the frames that are neither command, reply nor event. Receive and send are the server's.
func (d *asyncDoc) frames(frames socketFrames) {
	for _, f := range frames.server {
		d.add(f.name, object{"name": f.name, "summary": f.doc, "payload": d.schema(f.value, false)})
		d.operate("send", f.name)
	}
	for _, f := range frames.client {
		d.add(f.name, object{"name": f.name, "summary": f.doc, "payload": d.schema(f.value, true)})
		d.operate("receive", f.name)
	}
}

func (d *asyncDoc) commands(table []protocol.CommandInfo) {
	d.schema(protocol.Error{}, false)
	for _, c := range table {
		d.add(c.Name, object{
			"name": c.Name, "summary": c.Doc, "x-role": c.Role, "x-errors": c.Errors,
			"payload": frame(protocol.FrameCommand, object{
				"id": object{"type": "string", "maxLength": protocol.MaxCommandIDLength}, "name": object{"const": c.Name}, "data": d.schema(c.Data, true),
			}, "type", "id", "name"),
		})
		reply := c.Name + ".reply"
		d.add(reply, object{
			"name": reply, "summary": "Answers " + c.Name + ".",
			"payload": frame(protocol.FrameReply, object{
				"id": object{"type": "string"}, "ok": object{"type": "boolean"}, "seq": object{"type": "integer"},
				"data": d.schema(c.Reply, false), "error": ref("#/components/schemas/Error"),
			}, "type", "id", "ok"),
		})
		op := d.operate("receive", c.Name)
		op["reply"] = object{"channel": ref(d.channelRef()), "messages": []any{ref(d.channelRef() + "/messages/" + d.prefix + reply)}}
	}
}

func (d *asyncDoc) channelRef() string { return "#/channels/" + d.channel }

func (d *asyncDoc) events(table []protocol.EventInfo) {
	for _, e := range table {
		d.add(e.Name, object{
			"name": e.Name, "summary": e.Doc,
			"payload": frame(protocol.FrameEvent, object{
				"seq": object{"type": "integer"}, "name": object{"const": e.Name},
				"at": object{"type": "string", "format": "date-time"}, "data": d.schema(e.Data, false),
			}, "type", "seq", "name", "at", "data"),
		})
		d.operate("send", e.Name)
	}
}

func (d *asyncDoc) schema(v any, input bool) *huma.Schema {
	if input {
		d.inputs[reflect.TypeOf(v).Name()] = true
	}
	return transport.SchemaOf(d.schemas, v)
}

func frame(kind string, properties object, required ...string) object {
	properties["type"] = object{"const": kind}
	return object{"type": "object", "properties": properties, "required": required}
}

func (d *asyncDoc) operation(action, message string) object {
	return object{"action": action, "channel": ref(d.channelRef()), "messages": []any{ref(d.channelRef() + "/messages/" + d.prefix + message)}}
}

func ref(to string) object { return object{"$ref": to} }

func indent(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	return out.Bytes(), nil
}

// frameInfo is a frame outside the tables of commands and events.
type frameInfo struct {
	name  string
	value any
	doc   string
}

// socketFrames are those of one websocket.
type socketFrames struct{ server, client []frameInfo }

var (
	agentFrames  = socketFrames{serverFrames(protocol.Snapshot{}), clientFrames(protocol.Start{}, protocol.Resume{})}
	widgetFrames = socketFrames{serverFrames(protocol.WidgetSnapshot{}), clientFrames(protocol.WidgetStart{}, protocol.WidgetResume{})}
)

func serverFrames(snapshot any) []frameInfo {
	return []frameInfo{
		{protocol.FrameHello, protocol.Hello{}, "First frame of the server."},
		{protocol.FrameSnapshot, snapshot, "The whole state; replaces what the client knew."},
		{protocol.FrameResumed, protocol.Resumed{}, "The missing events follow."},
		{protocol.FramePing, protocol.Ping{}, "Asks for a pong at once."},
		{protocol.FrameDrain, protocol.Drain{}, "A planned end: reconnect and resume."},
	}
}

func clientFrames(start, resume any) []frameInfo {
	return []frameInfo{
		{protocol.FrameStart, start, "Asks for a new session."},
		{protocol.FrameResume, resume, "Continues a session."},
		{protocol.FramePong, protocol.Pong{}, "Answers a ping and acknowledges events."},
	}
}

func isObject(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[protocol.Time]()
}

func element(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t.Name() == "" {
		t = t.Elem()
	}
	return t
}

func sentence(codes []protocol.Code) string {
	words := make([]string, len(codes))
	for i, c := range codes {
		words[i] = "`" + string(c) + "`"
	}
	return strings.Join(words, ", ")
}
