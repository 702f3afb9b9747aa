package main

import (
	"bytes"
	"encoding/json"
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

// configurationOf reads YAML of sections that are lists of objects.
func configurationOf(raw []byte) (protocol.Configuration, error) {
	doc, err := plainyaml.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	asJSON, err := doc.JSON()
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	var file protocol.Configuration
	if err := json.Unmarshal(asJSON, &file); err != nil {
		return nil, fmt.Errorf("read configuration: it must have sections such as queues, each a list of objects: %w", err)
	}
	return file, nil
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
