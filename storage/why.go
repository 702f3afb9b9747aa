package storage

import (
	"fmt"
	"reflect"

	"pronto/dispatch"
)

// decisionTypes are the numbers of the records that may hold a decision.
var decisionTypes = func() map[uint16]bool {
	types := map[uint16]bool{}
	for _, r := range []dispatch.Record{dispatch.OfferMade{}, dispatch.QueueJoined{}, dispatch.NobodyFound{}} {
		types[recordNumber[reflect.TypeOf(r)]] = true
	}
	return types
}

// Decisions returns at most limit records of a conversation after an ordinal that hold a decision of its queue, in order.
// Only those are decoded.
func (db *DB) Decisions(id dispatch.ConversationID, after uint64, limit int) ([]Recorded, error) {
	var out []Recorded
	types := decisionTypes()
	for len(out) < limit {
		events, err := db.Events(string(id), after, foldPage)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			after = e.Ordinal
			if !types[e.Type] || len(out) == limit {
				continue
			}
			r, err := DecodeFact(e.Event)
			if err != nil {
				return nil, fmt.Errorf("decisions of %s: %w", id, err)
			}
			if why, _ := dispatch.DecisionOf(r); why != nil {
				out = append(out, Recorded{Ordinal: e.Ordinal, Time: e.Time, Record: r})
			}
		}
		if len(events) < foldPage {
			break
		}
	}
	return out, nil
}
