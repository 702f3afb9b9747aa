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

const channelRef = "#/channels/agent"

// AsyncAPI returns the AsyncAPI 3.1 document of the agents' websocket.
func AsyncAPI() ([]byte, error) {
	d := &asyncDoc{schemas: transport.NewSchemas(), messages: object{}, operations: object{}, inputs: map[string]bool{}}
	d.frames()
	d.commands()
	d.events()
	transport.OpenAnswers(d.schemas, func(name string) bool { return d.inputs[name] })
	inChannel := object{}
	for name := range d.messages {
		inChannel[name] = ref("#/components/messages/" + name)
	}
	return indent(object{
		"asyncapi":           "3.1.0",
		"info":               object{"title": "Pronto", "version": "1", "description": "Sessions of agents over a websocket: text frames, one JSON object each."},
		"defaultContentType": "application/json",
		"channels": object{"agent": object{
			"address":     "/api/v1/ws",
			"description": "Subprotocol " + protocol.Subprotocol + ". Authorization: Bearer, or the second subprotocol " + protocol.TicketPrefix + "<ticket>.",
			"messages":    inChannel,
			"bindings":    object{"ws": object{"method": "GET"}},
		}},
		"operations": d.operations,
		"components": object{"schemas": d.schemas.Map(), "messages": d.messages},
	})
}

type asyncDoc struct {
	schemas    huma.Registry
	messages   object
	operations object
	inputs     map[string]bool
}

// frames adds the frames that are neither command, reply nor event. Receive and send are the server's.
func (d *asyncDoc) frames() {
	for _, f := range serverFrames {
		d.messages[f.name] = object{"name": f.name, "summary": f.doc, "payload": d.schema(f.value, false)}
		d.operations["send."+f.name] = operation("send", f.name)
	}
	for _, f := range clientFrames {
		d.messages[f.name] = object{"name": f.name, "summary": f.doc, "payload": d.schema(f.value, true)}
		d.operations["receive."+f.name] = operation("receive", f.name)
	}
}

func (d *asyncDoc) commands() {
	d.schema(protocol.Error{}, false)
	for _, c := range protocol.Commands {
		d.messages[c.Name] = object{
			"name": c.Name, "summary": c.Doc, "x-role": c.Role, "x-errors": c.Errors,
			"payload": frame(protocol.FrameCommand, object{
				"id": object{"type": "string", "maxLength": protocol.MaxCommandIDLength}, "name": object{"const": c.Name}, "data": d.schema(c.Data, true),
			}, "type", "id", "name"),
		}
		reply := c.Name + ".reply"
		d.messages[reply] = object{
			"name": reply, "summary": "Answers " + c.Name + ".",
			"payload": frame(protocol.FrameReply, object{
				"id": object{"type": "string"}, "ok": object{"type": "boolean"}, "seq": object{"type": "integer"},
				"data": d.schema(c.Reply, false), "error": ref("#/components/schemas/Error"),
			}, "type", "id", "ok"),
		}
		op := operation("receive", c.Name)
		op["reply"] = object{"channel": ref(channelRef), "messages": []any{ref(channelRef + "/messages/" + reply)}}
		d.operations["receive."+c.Name] = op
	}
}

func (d *asyncDoc) events() {
	for _, e := range protocol.Events {
		d.messages[e.Name] = object{
			"name": e.Name, "summary": e.Doc,
			"payload": frame(protocol.FrameEvent, object{
				"seq": object{"type": "integer"}, "name": object{"const": e.Name},
				"at": object{"type": "string", "format": "date-time"}, "data": d.schema(e.Data, false),
			}, "type", "seq", "name", "at", "data"),
		}
		d.operations["send."+e.Name] = operation("send", e.Name)
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

func operation(action, message string) object {
	return object{"action": action, "channel": ref(channelRef), "messages": []any{ref(channelRef + "/messages/" + message)}}
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

var serverFrames = []frameInfo{
	{protocol.FrameHello, protocol.Hello{}, "First frame of the server."},
	{protocol.FrameSnapshot, protocol.Snapshot{}, "The whole state; replaces what the client knew."},
	{protocol.FrameResumed, protocol.Resumed{}, "The missing events follow."},
	{protocol.FramePing, protocol.Ping{}, "Asks for a pong at once."},
	{protocol.FrameDrain, protocol.Drain{}, "A planned end: reconnect and resume."},
}

var clientFrames = []frameInfo{
	{protocol.FrameStart, protocol.Start{}, "Asks for a new session."},
	{protocol.FrameResume, protocol.Resume{}, "Continues a session."},
	{protocol.FramePong, protocol.Pong{}, "Answers a ping and acknowledges events."},
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
