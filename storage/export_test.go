package storage

// OpenUnclaimed opens the store without claiming its shards: its Journal is empty at first.
func OpenUnclaimed(o Options) (*DB, error) {
	o.setDefaults()
	return openEngine(o)
}

// CloseUnclaimed closes what OpenUnclaimed opened.
func (db *DB) CloseUnclaimed() error { return db.shut() }
