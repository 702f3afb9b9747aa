package protocol

import (
	"fmt"
	"time"
)

// TimeFormat is how every time is written: RFC 3339, UTC, always three digits of milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// Time is an instant on the wire. It is written as TimeFormat and read from any RFC 3339 text, whatever its offset.
type Time struct{ time.Time }

// At returns t as a wire time, cut to milliseconds.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// String returns t as TimeFormat.
func (t Time) String() string { return t.UTC().Format(TimeFormat) }

// AppendJSON appends t as a JSON string.
func (t Time) AppendJSON(b []byte) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, TimeFormat)
	return append(b, '"')
}

// MarshalJSON writes TimeFormat.
func (t Time) MarshalJSON() ([]byte, error) {
	if y := t.UTC().Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("encode time: year %d is outside 0 to 9999", y)
	}
	return t.AppendJSON(make([]byte, 0, len(TimeFormat)+2)), nil
}

// MarshalText writes TimeFormat.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalJSON reads RFC 3339 and cuts to milliseconds; null leaves t as it is.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return errTime
	}
	return t.UnmarshalText(b[1 : len(b)-1])
}

// UnmarshalText reads RFC 3339 and cuts to milliseconds.
func (t *Time) UnmarshalText(b []byte) error {
	v, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return errTime
	}
	*t = At(v)
	return nil
}
