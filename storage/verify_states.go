package storage

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"pronto/dispatch"
)

// StatesReport says what VerifyStates found.
type StatesReport struct {
	Conversations uint64
	Problems      []string // the first maxStateProblems
}

const maxStateProblems = 100

// VerifyStates folds the records of every conversation anew and compares: the stored state, and the index rows that the
// state implies. It reads live; changes committed meanwhile may show as problems.
func (db *DB) VerifyStates(ctx context.Context) (rep StatesReport, err error) {
	want, texts := map[string][]byte{}, newTextSums()
	err = db.Conversations(Listing{}, func(id dispatch.ConversationID) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		rep.Conversations++
		rows, problem, err := db.verifyState(id)
		if err != nil {
			return err
		}
		rep.add(problem)
		for _, r := range rows {
			want[string(r.Key)] = r.Value
		}
		return db.eachFound(id, texts.expect)
	})
	if err != nil {
		return rep, fmt.Errorf("verify states: %w", err)
	}
	if err := db.verifyTexts(texts, &rep); err != nil {
		return rep, fmt.Errorf("verify search rows: %w", err)
	}
	if err := db.verifyRows(want, &rep); err != nil {
		return rep, fmt.Errorf("verify index rows: %w", err)
	}
	return rep, nil
}

func (r *StatesReport) add(problem string) {
	if problem != "" && len(r.Problems) < maxStateProblems {
		r.Problems = append(r.Problems, problem)
	}
}

func (db *DB) verifyState(id dispatch.ConversationID) (rows []Row, problem string, err error) {
	loaded, _, err := db.loaded(id)
	if err != nil {
		return nil, "", err
	}
	folded := dispatch.ConversationSnapshot{ID: id}
	if _, err := db.fold(&folded, 0, ^uint64(0), func(uint16) bool { return true }); err != nil {
		return nil, "", err
	}
	same, err := sameState(&loaded, &folded)
	if err != nil {
		return nil, "", err
	}
	if !same {
		problem = fmt.Sprintf("%s: stored state is not the fold of its records", id)
	}
	wake, err := db.storedWakeUp(&folded)
	if err != nil {
		return nil, "", err
	}
	if at := deadlineMS(&folded); at != 0 && (wake.at == 0 || wake.at > at) {
		problem = fmt.Sprintf("%s: it is woken later than at its deadline", id)
	}
	rows, err = new(arena).moving(nil, &folded, wake)
	return rows, problem, err
}

// sameState compares as stored: what is empty in one and absent in the other is the same on disk.
func sameState(a, b *dispatch.ConversationSnapshot) (bool, error) {
	left, err := encode(a)
	if err != nil {
		return false, err
	}
	right, err := encode(b)
	return bytes.Equal(left, right), err
}

// sameValue compares what a row has with what it should have. One that was written before codecVersion is the same.
func sameValue(want, have []byte) bool {
	if bytes.Equal(want, have) {
		return true
	}
	var t terse
	if len(want) == 0 || len(have) == 0 || want[0] != codecVersion || have[0] != codecPlain {
		return false
	}
	plain, ok := t.expand(nil, want[1:])
	return ok && bytes.Equal(plain, have[1:])
}

// verifyRows compares the rows that move with states with those that the folded states imply.
func (db *DB) verifyRows(want map[string][]byte, rep *StatesReport) error {
	for _, kind := range []byte{rowWaiting, rowAgent, rowDeadline, rowOutbox, rowState, rowServed, rowTag, rowQueue, rowChannel} {
		err := db.Scan(Prefix([]byte{kind}), func(key, value []byte) error {
			v, ok := want[string(key)]
			switch {
			case !ok:
				rep.add(fmt.Sprintf("index row %q belongs to no state", key))
			case !sameValue(v, value):
				rep.add(fmt.Sprintf("index row %q has another value than its state implies", key))
			}
			delete(want, string(key))
			return nil
		})
		if err != nil {
			return err
		}
	}
	missing := make([]string, 0, len(want))
	for key := range want {
		missing = append(missing, key)
	}
	slices.Sort(missing)
	for _, key := range missing {
		rep.add(fmt.Sprintf("index row %q is missing", key))
	}
	return nil
}
