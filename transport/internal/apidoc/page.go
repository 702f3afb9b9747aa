package apidoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"pronto/protocol"
)

// page is the readable documentation: one file, one style sheet, no script, nothing from elsewhere.
type page struct {
	Routes   []routeRow
	Commands []protocol.CommandInfo
	Events   []protocol.EventInfo
	Visitor  struct {
		Commands []protocol.CommandInfo
		Events   []protocol.EventInfo
	}
	Records []protocol.RecordInfo
	Codes   []protocol.CodeInfo
	Closes  []protocol.CloseInfo
	Objects []objectRow
}

type routeRow struct {
	Method, Path, Summary, Body, Answer string
	Open                                bool // no credential
	Query                               []string
}

type objectRow struct {
	Name   string
	Fields []field
}

// openAPI is the part of the document that the page shows.
type openAPI struct {
	Paths map[string]map[string]struct {
		Summary    string           `json:"summary"`
		Security   []map[string]any `json:"security"`
		Parameters []struct {
			Name string `json:"name"`
			In   string `json:"in"`
		} `json:"parameters"`
		RequestBody struct {
			Content map[string]media `json:"content"`
		} `json:"requestBody"`
		Responses map[string]struct {
			Content map[string]media `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
}

type media struct {
	Schema struct {
		Ref string `json:"$ref"`
	} `json:"schema"`
}

// Page returns index.html for an OpenAPI document.
func Page(document []byte) ([]byte, error) {
	var api openAPI
	if err := json.Unmarshal(document, &api); err != nil {
		return nil, fmt.Errorf("read openapi: %w", err)
	}
	p := page{Routes: routes(api), Commands: protocol.Commands, Events: protocol.Events, Records: protocol.Records, Codes: protocol.Codes, Closes: protocol.CloseCodes}
	p.Visitor.Commands, p.Visitor.Events = protocol.WidgetCommands, protocol.WidgetEvents
	roots := slices.Concat(configuration, tables())
	for _, t := range reachable(append(roots, protocol.Snapshot{}, protocol.WidgetStart{}, protocol.WidgetResume{}, protocol.WidgetSnapshot{})...) {
		if t.NumField() > 0 {
			p.Objects = append(p.Objects, objectRow{t.Name(), fieldsOf(t)})
		}
	}
	slices.SortFunc(p.Objects, func(a, b objectRow) int { return strings.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("print page: %w", err)
	}
	return out.Bytes(), nil
}

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func routes(api openAPI) []routeRow {
	var out []routeRow
	paths := make([]string, 0, len(api.Paths))
	for path := range api.Paths {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		for _, method := range methods {
			op, ok := api.Paths[path][strings.ToLower(method)]
			if !ok {
				continue
			}
			row := routeRow{Method: method, Path: path, Summary: op.Summary, Open: len(op.Security) == 0, Body: schemaName(op.RequestBody.Content)}
			for _, status := range []string{"200", "201", "202"} {
				if name := schemaName(op.Responses[status].Content); name != "" {
					row.Answer = name
				}
			}
			for _, q := range op.Parameters {
				if q.In == "query" {
					row.Query = append(row.Query, q.Name)
				}
			}
			out = append(out, row)
		}
	}
	return out
}

// schemaName is the object behind a media type, without the suffixes of inputs.
func schemaName(content map[string]media) string {
	for _, m := range content {
		name := m.Schema.Ref[strings.LastIndexByte(m.Schema.Ref, '/')+1:]
		return strings.TrimSuffix(strings.TrimSuffix(name, "Input"), "Patch")
	}
	return ""
}

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"typeOf": func(v any) string {
		if t := reflect.TypeOf(v); t.NumField() > 0 {
			return t.Name()
		}
		return ""
	},
	"lower": strings.ToLower,
	"list":  func(words []string) string { return strings.Join(words, ", ") },
	"codes": func(codes []protocol.Code) string { return strings.ReplaceAll(sentence(codes), "`", "") },
	"object": func(name string) string {
		return strings.TrimPrefix(name, "Page")
	},
}).Parse(pageText))

const pageText = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pronto: the API</title><link rel="stylesheet" href="/docs/api/style.css"></head><body>
<header><h1>Pronto: the API</h1>
<nav><a href="#rest">REST</a> <a href="#socket">Websocket</a> <a href="#visitors">Customers</a> <a href="#errors">Errors</a> <a href="#objects">Objects</a>
<a href="/openapi.json">openapi.json</a> <a href="/asyncapi.json">asyncapi.json</a></nav></header><main>
<section id="rest"><h2>REST</h2>
<p>Send <code>Authorization: Bearer</code> with a token of <code>POST /api/v1/login</code> or an API token. Lists answer <code>items</code> and <code>next_cursor</code>.
Creating POSTs honour <code>Idempotency-Key</code>; updates take <code>If-Match</code>; PATCH is a JSON merge patch. Errors are <a href="#problem">problem documents</a>.</p>
<table><thead><tr><th>Request</th><th>What</th><th>Body</th><th>Answer</th></tr></thead><tbody>
{{range .Routes}}<tr><td><b>{{.Method}}</b> <code>{{.Path}}</code>{{if .Query}}<br><small>{{list .Query}}</small>{{end}}</td><td>{{.Summary}}{{if .Open}} <small>(no credential)</small>{{end}}</td>
<td>{{with .Body}}<a href="#{{lower .}}">{{.}}</a>{{end}}</td><td>{{with .Answer}}<a href="#{{lower (object .)}}">{{.}}</a>{{end}}</td></tr>
{{end}}</tbody></table></section>
<section id="socket"><h2>Websocket</h2>
<p><code>GET /api/v1/ws</code>, subprotocol <code>pronto.v1</code>; text frames, one JSON object each. Browsers offer <code>ticket.&lt;ticket&gt;</code> as a second subprotocol.</p>
<h3>Commands</h3><table><thead><tr><th>Name</th><th>What</th><th>Data</th><th>Reply</th><th>Errors</th><th>From</th></tr></thead><tbody>
{{range .Commands}}<tr><td><code>{{.Name}}</code></td><td>{{.Doc}}</td><td>{{with typeOf .Data}}<a href="#{{lower .}}">{{.}}</a>{{end}}</td><td>{{with typeOf .Reply}}<a href="#{{lower .}}">{{.}}</a>{{end}}</td><td>{{codes .Errors}}</td><td>{{.Role}}</td></tr>
{{end}}</tbody></table>
<h3>Events</h3><table><thead><tr><th>Name</th><th>When</th><th>Data</th></tr></thead><tbody>
{{range .Events}}<tr><td><code>{{.Name}}</code></td><td>{{.Doc}}</td><td>{{with typeOf .Data}}<a href="#{{lower .}}">{{.}}</a>{{end}}</td></tr>
{{end}}</tbody></table>
<h3>Records of a conversation</h3><table><thead><tr><th>Name</th><th>What happened</th><th>Data</th></tr></thead><tbody>
{{range .Records}}<tr><td><code>{{.Name}}</code></td><td>{{.Doc}}</td><td>{{with typeOf .Data}}<a href="#{{lower .}}">{{.}}</a>{{end}}</td></tr>
{{end}}</tbody></table></section>
<section id="visitors"><h2>Customers' websocket</h2>
<p><code>GET /api/v1/widget/ws?channel=chn_…</code>, subprotocol <code>pronto.widget.v1</code>, from pages of the origins in the channel's <a href="#widget">widget</a>. The session begins with
<a href="#widgetstart">start</a> or <a href="#widgetresume">resume</a> and a <a href="#widgetsnapshot">snapshot</a>; all else is as for agents.</p>
<table><thead><tr><th>Command</th><th>What</th><th>Data</th><th>Reply</th><th>Errors</th></tr></thead><tbody>
{{range .Visitor.Commands}}<tr><td><code>{{.Name}}</code></td><td>{{.Doc}}</td><td>{{with typeOf .Data}}<a href="#{{lower .}}">{{.}}</a>{{end}}</td><td>{{with typeOf .Reply}}<a href="#{{lower .}}">{{.}}</a>{{end}}</td><td>{{codes .Errors}}</td></tr>
{{end}}</tbody></table>
<table><thead><tr><th>Event</th><th>When</th><th>Data</th></tr></thead><tbody>
{{range .Visitor.Events}}<tr><td><code>{{.Name}}</code></td><td>{{.Doc}}</td><td>{{with typeOf .Data}}<a href="#{{lower .}}">{{.}}</a>{{end}}</td></tr>
{{end}}</tbody></table></section>
<section id="errors"><h2>Errors</h2><table><thead><tr><th>Code</th><th>HTTP</th><th>Meaning</th></tr></thead><tbody>
{{range .Codes}}<tr><td><code>{{.Code}}</code></td><td>{{.Status}}</td><td>{{.Text}}</td></tr>
{{end}}</tbody></table>
<h3>Close codes</h3><table><thead><tr><th>Code</th><th>Reason</th><th>The client should</th></tr></thead><tbody>
{{range .Closes}}<tr><td>{{.Code}}</td><td>{{.Reason}}</td><td>{{.Client}}</td></tr>
{{end}}</tbody></table></section>
<section id="objects"><h2>Objects</h2>
{{range .Objects}}<h3 id="{{lower .Name}}">{{.Name}}</h3><table><thead><tr><th>Field</th><th>Type</th><th>Presence</th><th>Rules</th><th>Meaning</th></tr></thead><tbody>
{{range .Fields}}<tr><td><code>{{.Name}}</code></td><td>{{.Type}}</td><td>{{.Presence}}</td><td>{{.Rules}}</td><td>{{.Doc}}</td></tr>
{{end}}</tbody></table>
{{end}}</section></main></body></html>
`

// Style is style.css of the page.
const Style = `:root{color-scheme:light dark;--line:#8884}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:0 1rem 4rem}
header{border-bottom:1px solid var(--line);padding:1rem 0}
nav a{margin-right:1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem;display:block;overflow-x:auto}
th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
code{font:13px/1.4 ui-monospace,monospace}
h2{margin-top:2.5rem}
`
