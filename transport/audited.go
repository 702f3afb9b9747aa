package transport

import (
	"encoding/json"
	"maps"
	"slices"

	"pronto/protocol"
)

// auditedData is what an entry of the audit shows of a command's data: the object, and the fields of the list.
func auditedData(v any) (protocol.AuditObject, []protocol.AuditChange) {
	raw, err := json.Marshal(v)
	if err != nil {
		return protocol.AuditObject{}, nil
	}
	var fields map[string]any
	if json.Unmarshal(raw, &fields) != nil {
		return protocol.AuditObject{}, nil
	}
	var object protocol.AuditObject
	for _, o := range []struct{ field, kind string }{
		{"agent_id", "agent"},
		{"conversation_id", "conversation"},
	} {
		if id, ok := fields[o.field].(string); ok && id != "" {
			object = protocol.AuditObject{Kind: o.kind, ID: id}
		}
	}
	var changes []protocol.AuditChange
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := fields[name]
		if auditedFields[name] && value != nil && value != "" && value != false && value != object.ID {
			changes = append(changes, protocol.AuditChange{Field: name, After: value})
		}
	}
	return object, changes
}
