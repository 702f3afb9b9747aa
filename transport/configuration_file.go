package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/negotiation"

	"pronto/internal/plainyaml"
	"pronto/internal/shed"
	"pronto/protocol"
)

const (
	// maxConfigurationBytes bounds an imported configuration: tens of thousands of objects.
	maxConfigurationBytes = 16 << 20
	// maxYAMLBytes bounds one of YAML, whose reading takes many times its size: thousands of objects.
	maxYAMLBytes = 4 << 20
)

const (
	jsonType = "application/json"
	yamlType = "application/yaml"
)

func (s *Server) registerConfigurationFile() {
	const path, tag = "/configuration", "operations"
	handle(s, route{
		method: http.MethodGet, path: path, tag: tag, summary: "Every configuration object, without secrets: JSON, or YAML for who accepts that",
		action: ActManage, class: shed.Reports,
	}, s.exportConfiguration)
	handle(s, route{
		method: http.MethodPut, path: path, tag: tag, summary: "Make and change objects so that they are as given; others stay",
		action: ActManage, raw: true, yaml: true, limit: maxConfigurationBytes,
	}, s.importConfiguration)
	item := s.api.OpenAPI().Paths[apiPrefix+path]
	sections := &huma.Schema{Type: huma.TypeObject, Description: "Lists of objects by the last part of their path, such as queues", AdditionalProperties: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{}}}
	both := map[string]*huma.MediaType{jsonType: {Schema: sections}, yamlType: {Schema: sections}}
	item.Get.Responses["200"] = &huma.Response{Description: "OK", Content: both}
	item.Put.RequestBody.Content = both
}

type exportIn struct {
	Accept string `header:"Accept" hidden:"true"`
}

func (s *Server) exportConfiguration(ctx context.Context, in *exportIn) (*rawOut, error) {
	file, err := s.Configuration(ctx)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(file)
	if err != nil {
		return nil, fmt.Errorf("encode configuration: %w", err)
	}
	if negotiation.SelectQValue(in.Accept, []string{jsonType, yamlType}) != yamlType {
		return &rawOut{ContentType: jsonType, Body: raw}, nil
	}
	text, err := plainyaml.FromJSON(raw)
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return &rawOut{ContentType: yamlType, Body: text}, nil
}

type importIn struct {
	DryRun      bool   `query:"dry_run" doc:"Only check, and tell what would change"`
	ContentType string `header:"Content-Type" hidden:"true"`
}

func (s *Server) importConfiguration(ctx context.Context, in *importIn) (*bodyOf[protocol.ConfigurationPlan], error) {
	raw := callOf(ctx).body
	file, err := configurationOf(raw, in.ContentType)
	if err != nil {
		return nil, err
	}
	plan, err := s.Configure(ctx, file, in.DryRun)
	if err != nil {
		return nil, placed(err, raw)
	}
	return answer(plan), nil
}

// configurationOf reads the sections of a file, and says where it is broken.
func configurationOf(raw []byte, contentType string) (protocol.Configuration, error) {
	text := raw
	if isYAML(contentType) {
		if len(raw) > maxYAMLBytes {
			return nil, Refuse(protocol.CodePayloadTooLarge)
		}
		var err error
		if raw, err = jsonOf(raw); err != nil {
			return nil, err
		}
	}
	var sections map[string]json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&sections); err != nil {
		return nil, brokenJSON(raw, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, refuseField("", protocol.FieldTrailing)
	}
	file := protocol.Configuration{}
	for name, list := range sections {
		var objects []json.RawMessage
		if json.Unmarshal(list, &objects) != nil {
			return nil, placed(refuseField("/"+name, protocol.FieldType), text)
		}
		file[name] = objects
	}
	return file, nil
}

// jsonOf is YAML as JSON.
func jsonOf(text []byte) ([]byte, error) {
	doc, err := plainyaml.Parse(text)
	if err != nil {
		return nil, brokenYAML(err)
	}
	raw, err := doc.JSON()
	if err != nil {
		return nil, brokenYAML(err)
	}
	return raw, nil
}

func brokenYAML(err error) error {
	var at *plainyaml.Error
	if !errors.As(err, &at) {
		return err
	}
	code := map[plainyaml.Problem]string{
		plainyaml.Broken: protocol.FieldYAML, plainyaml.NotTaken: protocol.FieldNotSupported, plainyaml.Duplicate: protocol.FieldDuplicate,
	}[at.Problem]
	return &Refusal{Code: protocol.CodeBadRequest, Fields: []protocol.FieldError{{Code: code, Line: at.Line, Column: at.Column}}}
}

func brokenJSON(raw []byte, err error) error {
	field := protocol.FieldError{Code: protocol.FieldSyntax}
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		before := raw[:max(syntax.Offset-1, 0)]
		field.Line = bytes.Count(before, []byte{'\n'}) + 1
		field.Column = len(before) - bytes.LastIndexByte(before, '\n')
	case errors.As(err, &wrong):
		field.Code = protocol.FieldType
	}
	return &Refusal{Code: protocol.CodeBadRequest, Fields: []protocol.FieldError{field}}
}

// placed adds to a refusal where in the file its fields are. JSON is YAML as far as that goes.
func placed(err error, text []byte) error {
	var r *Refusal
	if !errors.As(err, &r) || len(r.Fields) == 0 || len(text) > maxYAMLBytes {
		return err
	}
	doc, broken := plainyaml.Parse(text)
	if broken != nil {
		return err
	}
	for i := range r.Fields {
		r.Fields[i].Line, r.Fields[i].Column = doc.Place(r.Fields[i].Pointer)
	}
	return r
}

func isYAML(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == yamlType
}
