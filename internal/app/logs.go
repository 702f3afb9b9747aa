package app

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"regexp"
	"slices"
)

// logFields are the fields that a log line may have; whatever else somebody adds is left out of the log until it is
// listed here, with a thought about whose data it can hold.
var logFields = map[string]bool{
	"time": true, "level": true, "message": true, "error": true, "stack": true, "request_id": true, "method": true, "route": true, "status": true,
	"bytes": true, "took": true, "principal": true, "listen": true, "data": true, "to": true, "conversation": true, "session": true, "queue": true,
	"agent": true, "actor": true, "visitor": true, "kind": true, "id": true, "command": true, "rewrite": true, "audit_seq": true, "audit_hash": true,
	"channel": true, "webhook": true, "version": true,
}

// sensitive are the values that no line shows, wherever they stand: long runs of digits, alone or written as telephone
// numbers and documents are, addresses of mail, tokens and what follows a name of a secret. Ids of ours have letters next
// to their digits and stay.
var sensitive = regexp.MustCompile(`\+?\b\d[\d .()-]{6,}\d\b|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+|(?i:(?:bearer|password|secret|token|authorization)["':= ]+(?:bearer +)?)\S+|\b(?:pat|tok|ses|tkt)_[A-Za-z0-9_-]{20,}`)

const hidden = "[…]"

// SafeLog keeps what people wrote and who they are out of w, which gets JSON lines with listed fields only. A line that is
// no JSON object is replaced by a note.
func SafeLog(w io.Writer) io.Writer { return safeLog{w} }

type safeLog struct{ w io.Writer }

// Write takes one line.
func (s safeLog) Write(line []byte) (int, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		fields = map[string]json.RawMessage{"level": json.RawMessage(`"error"`), "message": json.RawMessage(`"a log line that is no JSON was left out"`)}
	}
	var out bytes.Buffer
	out.WriteByte('{')
	for _, first := range []string{"time", "level", "message"} {
		appendField(&out, first, fields[first])
		delete(fields, first)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if logFields[name] {
			appendField(&out, name, fields[name])
		}
	}
	out.WriteString("}\n")
	if _, err := s.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(line), nil
}

func appendField(out *bytes.Buffer, name string, raw json.RawMessage) {
	if raw == nil {
		return
	}
	if out.Len() > 1 {
		out.WriteByte(',')
	}
	var text string
	if name != "time" && json.Unmarshal(raw, &text) == nil {
		if masked, err := json.Marshal(sensitive.ReplaceAllString(text, hidden)); err == nil {
			raw = masked
		}
	}
	out.WriteString(`"` + name + `":`)
	out.Write(raw)
}
