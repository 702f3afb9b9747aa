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
	spaceAt := db.opts.Now().Add(db.opts.CheckEvery)
	for {
		select {
		case <-db.stop:
			return
		case <-db.e.dead:
			return
		case <-tick.C:
		}
		now := db.opts.Now()
		db.checkHang(now)
		if now.Before(spaceAt) {
			continue
		}
		spaceAt = now.Add(db.opts.CheckEvery)
		if err := db.checkSpace(); err != nil {
			db.opts.Log.Errorf("storage: %v", err)
		}
	}
}

func (db *DB) checkHang(now time.Time) {
	for _, w := range db.writers {
		for _, since := range []int64{w.commitSince.Load(), w.syncSince.Load()} {
			if took := now.Sub(time.Unix(0, since)); since != 0 && took >= db.opts.HangLimit {
				db.e.fail(fmt.Errorf("commit of shard %d hangs since %v", w.shard, took))
				return
			}
		}
	}
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
