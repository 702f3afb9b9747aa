package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pronto/protocol"
)

// ChangedFields are the top fields of two JSON objects that differ, but for id and version; nil is no object. Secrets show
// that they changed, not what they are.
func ChangedFields(before, after []byte) ([]protocol.AuditChange, error) {
	was, err := topFields(before)
	if err != nil {
		return nil, err
	}
	is, err := topFields(after)
	if err != nil {
		return nil, err
	}
	names := maps.Clone(was)
	maps.Copy(names, is)
	out := []protocol.AuditChange{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if bytes.Equal(was[name], is[name]) {
			continue
		}
		c := protocol.AuditChange{Field: name}
		if c.Before, err = masked(name, was[name]); err == nil {
			c.After, err = masked(name, is[name])
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func topFields(raw []byte) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	if len(raw) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("decode object: %w", err)
	}
	delete(out, "id")
	delete(out, "version")
	return out, nil
}

// mask stands for a secret.
const mask = "***"

// secretNames are parts of the names of fields whose values nobody is shown.
var secretNames = []string{"password", "secret", "token", "api_key", "private_key", "credential"}

func secretName(name string) bool {
	name = strings.ToLower(name)
	return name != "secrets_set" && slices.ContainsFunc(secretNames, func(s string) bool { return strings.Contains(name, s) })
}

func masked(name string, raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode field: %w", err)
	}
	return maskValue(name, v), nil
}

// maskValue replaces secrets in v, however deep they are.
func maskValue(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = maskValue(k, v[k])
		}
		return v
	case []any:
		for i := range v {
			v[i] = maskValue(name, v[i])
		}
		return v
	}
	if v != nil && v != "" && secretName(name) {
		return mask
	}
	return v
}
