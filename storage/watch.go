package storage

import (
	"fmt"
	"time"
)

// watch runs until Close: it checks free space and that no commit hangs.
func (db *DB) watch() {
	defer db.watched.Done()
	every := min(db.opts.CheckEvery, db.opts.HangLimit/4)
	tick := time.NewTicker(every)
	defer tick.Stop()
	spaceEvery := int((db.opts.CheckEvery + every - 1) / every) // ticks
	hangs := hangs{after: int((db.opts.HangLimit + every - 1) / every)}
	for n := 1; ; n++ {
		select {
		case <-db.stop:
			return
		case <-db.e.dead:
			return
		case <-tick.C:
		}
		if err := hangs.check(db.writers[:]); err != nil {
			db.e.fail(err)
			return
		}
		if n%spaceEvery != 0 {
			continue
		}
		if err := db.checkSpace(); err != nil {
			db.opts.Log.Errorf("storage: %v", err)
		}
	}
}

// hangs counts for how many ticks the same commit, or the same wait for a sync, was seen to run. The clock does not tell: it may
// be set, and a process that was stopped for a while has not waited for the disk meanwhile.
type hangs struct {
	after int // so many ticks more than the first are too many
	seen  [Shards][2]struct {
		since int64
		ticks int
	}
}

func (h *hangs) check(writers []*shardWriter) error {
	for i, w := range writers {
		for j, since := range [...]int64{w.commitSince.Load(), w.syncSince.Load()} {
			at := &h.seen[i][j]
			if since == 0 || since != at.since {
				at.since, at.ticks = since, 0
				continue
			}
			if at.ticks++; at.ticks >= h.after {
				return fmt.Errorf("commit of shard %d hangs since %v", w.shard, time.Unix(0, since).UTC())
			}
		}
	}
	return nil
}

// Room is nil when the disk has so many more bytes to give without making the store read-only, else ErrReadOnly: for
// what else is written beside the store. It asks the disk anew.
func (db *DB) Room(bytes uint64) error {
	free, need, err := db.space()
	switch {
	case err != nil:
		return err
	case db.full.Load() || free < need+bytes && need > 0:
		return ErrReadOnly
	}
	return nil
}

// space is what is free and what must stay free; a disk that does not know its size needs nothing.
func (db *DB) space() (free, need uint64, err error) {
	free, total, err := db.opts.DiskUsage()
	if err != nil {
		return 0, 0, fmt.Errorf("read free disk space: %w", err)
	}
	if total == 0 {
		return free, 0, nil
	}
	return free, max(db.opts.MinFreeBytes, total/100*db.opts.MinFreePercent), nil
}

// checkSpace opens or closes the free-space gate. It opens again only with a tenth
// more than the limit, so that it does not flap.
func (db *DB) checkSpace() error {
	free, need, err := db.space()
	if err != nil || need == 0 {
		return err
	}
	if db.full.Load() {
		need += need / 10
	}
	full := free < need
	if db.full.Swap(full) != full {
		db.opts.Log.Errorf("storage read-only: %t (%d bytes free, %d needed)", full, free, need)
	}
	return nil
}
