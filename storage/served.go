package storage

import (
	"fmt"
	"time"

	"pronto/dispatch"
)

// Served returns what closed conversations add to the averages of a queue, in order of their end, from a time on.
func (db *DB) Served(queue dispatch.QueueID, from time.Time) ([]dispatch.ServiceSample, error) {
	prefix := rowPrefix(rowServed, string(queue))
	r := Range{Prefix: prefix, From: append(prefix[:len(prefix):len(prefix)], timePart(from)...)}
	var out []dispatch.ServiceSample
	err := db.Scan(r, func(_, value []byte) error {
		var s dispatch.ServiceSample
		if err := decode(value, &s); err != nil {
			return err
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("served by %s: %w", queue, err)
	}
	return out, nil
}

// servedRow is the row of a closed conversation that somebody owned at its end.
func servedRow(s *dispatch.ConversationSnapshot) ([]Row, error) {
	if s.State != dispatch.ConversationClosed || s.Service == nil {
		return nil, nil
	}
	v, err := encode(s.Service)
	if err != nil {
		return nil, err
	}
	return []Row{{append(rowPrefix(rowServed, string(s.Queue)), timePart(s.Service.At)+string(s.ID)...), v}}, nil
}
