package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// MergePatch applies a JSON merge patch (RFC 7396) to the JSON object doc: null removes a field, an object merges, all
// else replaces. The error is *Invalid and concerns the patch; doc must be a JSON object.
func MergePatch(doc, patch []byte) ([]byte, error) {
	var base, change map[string]any
	if err := decodeNumbers(doc, &base); err != nil {
		return nil, invalid("", FieldSyntax)
	}
	if err := decodeNumbers(patch, &change); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return nil, invalid("", FieldType)
		}
		return nil, invalid("", FieldSyntax)
	}
	if change == nil {
		return nil, invalid("", FieldType)
	}
	merged, err := json.Marshal(mergeObject(base, change))
	if err != nil {
		return nil, invalid("", FieldSyntax)
	}
	return merged, nil
}

// decodeNumbers decodes one value and keeps numbers as they are written.
func decodeNumbers(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New(FieldTrailing)
	}
	return nil
}

func mergeObject(base, change map[string]any) map[string]any {
	if base == nil {
		base = map[string]any{}
	}
	for name, value := range change {
		switch x := value.(type) {
		case nil:
			delete(base, name)
		case map[string]any:
			child, _ := base[name].(map[string]any)
			base[name] = mergeObject(child, x)
		default:
			base[name] = value
		}
	}
	return base
}
