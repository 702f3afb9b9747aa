package storage

import (
	"bytes"
	"context"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// wordIter iterates over stored rows and those of fresh texts, in order of their keys. A row that is both is met once.
type wordIter struct {
	it     *pebble.Iterator
	stored bool // it stands at a row
	fresh  []Row
	at     int // in fresh
}

// words iterates over the word rows from one key on and below another one; runs are what [freshTexts.all] gave before.
func (db *DB) words(r pebble.Reader, runs [][]Row, from, below []byte) (*wordIter, error) {
	if db.e.read != nil {
		db.e.read(from, below)
	}
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: below})
	if err != nil {
		return nil, readError(err)
	}
	return &wordIter{it: it, fresh: between(runs, from, below)}, nil
}

func (w *wordIter) valid() bool { return w.stored || w.at < len(w.fresh) }

func (w *wordIter) first() bool {
	w.stored, w.at = w.it.First(), 0
	return w.valid()
}

func (w *wordIter) seek(key []byte) bool {
	w.stored = w.it.SeekGE(key)
	w.at, _ = slices.BinarySearchFunc(w.fresh, key, func(r Row, key []byte) int { return bytes.Compare(r.Key, key) })
	return w.valid()
}

// order says which of the two has the row at hand: below zero the stored one, zero both.
func (w *wordIter) order() int {
	switch {
	case w.at == len(w.fresh):
		return -1
	case !w.stored:
		return 1
	}
	return bytes.Compare(w.it.Key(), w.fresh[w.at].Key)
}

func (w *wordIter) next() bool {
	order := w.order()
	if order >= 0 {
		w.at++
	}
	if order <= 0 {
		w.stored = w.it.Next()
	}
	return w.valid()
}

func (w *wordIter) key() []byte {
	if w.order() > 0 {
		return w.fresh[w.at].Key
	}
	return w.it.Key()
}

func (w *wordIter) value() []byte {
	if w.order() > 0 {
		return w.fresh[w.at].Value
	}
	return w.it.Value()
}

func (w *wordIter) err() error   { return readError(w.it.Error()) }
func (w *wordIter) close() error { return readError(w.it.Close()) }

// eachWord calls fn with every word row, as an index row.
func (db *DB) eachWord(fn func(key, value []byte) error) error {
	return db.reading("read words", func() error {
		rows := allRows{ctx: context.Background(), db: db, fresh: db.fresh.all(), r: db.e.p}
		return rows.words(func(key, value []byte) error {
			_, value, err := shardValue(value)
			if err != nil {
				return err
			}
			return fn(key[1:], value)
		})
	})
}
