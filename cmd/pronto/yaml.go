package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"pronto/internal/plainyaml"
	"pronto/protocol"
)

// configurationYAML writes a configuration for people: sections and fields keep their order, texts over lines stay so.
func configurationYAML(file protocol.Configuration) ([]byte, error) {
	raw, err := json.Marshal(file)
	if err != nil {
		return nil, fmt.Errorf("encode configuration: %w", err)
	}
	out, err := plainyaml.FromJSON(raw)
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return out, nil
}

// written is a configuration as people wrote it, with the name of its file.
type written struct {
	name     string
	doc      *plainyaml.Document
	sections protocol.Configuration
}

// configurationOf reads YAML of sections that are lists of objects. Its errors say where in the file they are.
func configurationOf(name string, raw []byte) (*written, error) {
	doc, err := plainyaml.Parse(raw)
	var asJSON []byte
	if err == nil {
		asJSON, err = doc.JSON()
	}
	if err != nil {
		var at *plainyaml.Error
		if errors.As(err, &at) {
			return nil, fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, at.Problem)
		}
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	w := &written{name: name, doc: doc, sections: protocol.Configuration{}}
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(asJSON, &sections); err != nil {
		return nil, fmt.Errorf("%s: it must have sections such as queues, each a list of objects: %w", w.at(""), err)
	}
	for section, raw := range sections {
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("%s: /%s: it must be a list of objects: %w", w.at("/"+section), section, err)
		}
		w.sections[section] = list
	}
	return w, nil
}

// at is where a JSON pointer leads in the file, or the nearest value around that, in the form that editors follow.
func (w *written) at(pointer string) string {
	line, column := w.doc.Place(pointer)
	return fmt.Sprintf("%s:%d:%d", w.name, line, column)
}

// placed is a refusal with a line for each field that is wrong: where it is in the file, its pointer and the problem.
func (w *written) placed(err error) error {
	var wrong *protocol.Invalid
	if !errors.As(err, &wrong) {
		return err
	}
	text := "refused"
	for _, f := range wrong.Fields {
		text += fmt.Sprintf("\n%s: %s: %s", w.at(f.Pointer), f.Pointer, f.Code)
	}
	return errors.New(text)
}

func configurationJSON(file protocol.Configuration) []byte {
	raw, err := json.Marshal(file)
	if err != nil {
		return nil // it was read from JSON
	}
	return raw
}

// compact is a value on one line, shortened.
func compact(v any) string {
	const most = 60
	if v == nil {
		return "none"
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "?"
	}
	text := []rune(string(bytes.TrimSpace(b.Bytes())))
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}

func readAll(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return raw, nil
}
