package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

const (
	tableFile = "words.making" // in the store's folder, until Pebble takes it

	wordsFile vfs.DiskWriteCategory = "pronto-words"
)

// tailWords is the mark of a shard: the tail of the last record whose texts are all in rows.
const tailWords = 'w'

// WriteTexts makes the words of all texts rows. The store does so itself, once there are many; it changes no search.
func (db *DB) WriteTexts(ctx context.Context) error {
	err := db.e.use(func() error { return db.writeTexts(ctx) })
	if err != nil {
		return fmt.Errorf("write words of texts: %w", err)
	}
	return nil
}

func (db *DB) writeTexts(ctx context.Context) error {
	f := &db.fresh
	f.marking.Lock()
	defer f.marking.Unlock()
	f.writing.Lock()
	defer f.writing.Unlock()
	f.settling.Lock()
	at := f.settle()
	runs := f.runs[:len(f.runs):len(f.runs)]
	f.sealed = len(runs)
	f.settling.Unlock()

	err := db.storeWords(ctx, runs, &at.upTo)

	f.settling.Lock()
	defer f.settling.Unlock()
	f.sealed = 0
	if err != nil {
		return err
	}
	f.runs = append([][]Row(nil), f.runs[len(runs):]...)
	f.count.Add(-at.count)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moved -= at.moved
	db.opts.Log.Infof("storage: words of %d texts are stored", at.count)
	return nil
}

// storeWords stores the rows of runs, and then that they are. Stored again after a crash in between, they are the same.
func (db *DB) storeWords(ctx context.Context, runs [][]Row, upTo *[Shards]Tail) error {
	if planted("words_marked_early") {
		if err := db.markWords(upTo); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(runs, func(run []Row) bool { return len(run) > 0 }) {
		if err := db.e.err(); err != nil {
			return err
		}
		if err := db.e.guard(func() error { return db.ingest(ctx, runs) }); err != nil {
			return err
		}
	}
	return db.markWords(upTo)
}

// ingest gives the rows to Pebble as a table: without the log, the memtable and a flush.
func (db *DB) ingest(ctx context.Context, runs [][]Row) error {
	path := db.opts.FS.PathJoin(db.opts.Dir, tableFile)
	if err := db.makeTable(path, runs); err != nil {
		return errors.Join(err, db.removeTable())
	}
	return db.e.p.Ingest(ctx, []string{path})
}

func (db *DB) makeTable(path string, runs [][]Row) error {
	po := db.opts.pebbleOptions(db.e)
	po.EnsureDefaults()
	file, err := po.FS.Create(path, wordsFile)
	if err != nil {
		return err
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(file), po.MakeWriterOptions(0, po.FormatMajorVersion.MaxTableFormat()))
	err = merged(runs, func(r *Row) error { return w.Set(r.Key, r.Value) })
	return errors.Join(err, w.Close())
}

// removeTable removes a table that was not finished.
func (db *DB) removeTable() error {
	err := db.opts.FS.Remove(db.opts.FS.PathJoin(db.opts.Dir, tableFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// markWords says up to which record of each shard all texts are in rows.
func (db *DB) markWords(upTo *[Shards]Tail) error {
	return db.write(func(b *pebble.Batch) error {
		var err error
		for s := range Shard(Shards) {
			err = errors.Join(err, b.Set(tailKey(s, tailWords), appendTail(nil, upTo[s]), nil))
		}
		return err
	})
}

// readFresh reads from the journal which texts are not in rows, before the first change. A folder of a release that wrote the
// words with their texts has none.
func (db *DB) readFresh() error {
	rules, err := db.e.get(db.e.p, metaKey(metaSearch))
	if err := notFoundIsZero(err); err != nil {
		return err
	}
	if len(rules) != 1 || rules[0] != searchRules {
		return db.beginMarks(len(rules) == 1 && rules[0] == searchWithTexts)
	}
	for s := range Shard(Shards) {
		err := db.readFreshOf(s)
		if errors.Is(err, ErrCorrupt) { // nobody should be without messages for the sake of their words
			db.opts.Log.Errorf("storage: texts of shard %d are not read: they will be indexed anew: %v", s, err)
			err = db.write(func(b *pebble.Batch) error { return b.Delete(metaKey(metaSearch), nil) })
		}
		if err != nil {
			return fmt.Errorf("texts of shard %d: %w", s, err)
		}
	}
	db.fresh.wake <- struct{}{} // in runs before somebody searches
	return db.removeTable()
}

// beginMarks puts the marks at the ends: what stands before them is in rows, or will be by BuildSearch.
func (db *DB) beginMarks(built bool) error {
	f := &db.fresh
	for s := range Shard(Shards) {
		_, tail, err := db.journal.Bounds(context.Background(), s)
		if err != nil {
			return err
		}
		f.upTo[s] = tail
	}
	err := db.markWords(&f.upTo)
	if err == nil && built {
		err = db.write(func(b *pebble.Batch) error { return b.Set(metaKey(metaSearch), []byte{searchRules}, nil) })
	}
	return err
}

func (db *DB) readFreshOf(s Shard) error {
	var from Tail
	v, err := db.e.get(db.e.p, tailKey(s, tailWords))
	if err == nil {
		from, err = decodeTail(v)
	}
	if err := notFoundIsZero(err); err != nil {
		return err
	}
	base, tail, err := db.journal.Bounds(context.Background(), s)
	if err != nil {
		return err
	}
	db.fresh.upTo[s] = tail
	if from.Seq < base.Seq {
		return corrupt("records after %d are gone, but the words of their texts were not written", from.Seq)
	}
	read := freshReader{db: db}
	part := chain{r: db.e.p, shard: s, from: from, last: tail.Seq}
	if err := part.each(context.Background(), read.record); err != nil {
		return err
	}
	return read.done()
}

// freshReader finds the texts in records that are read again.
type freshReader struct {
	db      *DB
	texts   []Text
	changed map[dispatch.ConversationID]bool // a text of it was changed since: who changed it wrote rows
}

func (x *freshReader) record(rec Record, _ []byte, _ Tail) error {
	x.db.fresh.moved += len(rec.Entries)
	for i := range rec.Entries {
		e := &rec.Entries[i]
		for j, ev := range e.Events {
			x.event(dispatch.ConversationID(e.Entity), ev, e.First+uint64(j))
		}
	}
	return nil
}

func (x *freshReader) event(id dispatch.ConversationID, ev Event, ordinal uint64) {
	switch ev.Type {
	case typeMessageEdited, typeMessageRedacted:
		if x.changed == nil {
			x.changed = map[dispatch.ConversationID]bool{}
		}
		x.changed[id] = true
	case typeMessageAppended, typeNoteAdded:
		r, err := DecodeFact(ev)
		if err != nil {
			x.db.opts.Log.Errorf("storage: %s event %d is not found by its words: %v", id, ordinal, err)
			return
		}
		if p, text := foundBy(id, r, ordinal); text != "" && !planted("fresh_not_read") {
			x.texts = append(x.texts, Text{p, text})
		}
	}
}

// done keeps the texts, as they are now.
func (x *freshReader) done() error {
	for _, t := range x.texts {
		if x.changed[t.Place.Conversation] && !planted("fresh_as_it_was") {
			now, err := x.db.TextAt(t.Place, nil)
			if err != nil {
				return err
			}
			t.Text = now.Text
		}
		if t.Text != "" {
			x.db.fresh.texts = append(x.db.fresh.texts, t)
			x.db.fresh.count.Add(1)
		}
	}
	return nil
}

// writeFresh writes texts whenever there are many, until the store ends. What it cannot write stays fresh.
func (db *DB) writeFresh() {
	defer db.watched.Done()
	for {
		select {
		case <-db.stop:
			return
		case <-db.e.dead:
			return
		case <-db.fresh.wake:
		}
		db.fresh.all()
		if !db.fresh.isDue() || db.full.Load() { // on a full disk Pebble could hang
			continue
		}
		if err := db.WriteTexts(context.Background()); err != nil && db.e.err() == nil {
			db.opts.Log.Errorf("storage: %v", err)
		}
	}
}
