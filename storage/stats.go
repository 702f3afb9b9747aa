package storage

import dto "github.com/prometheus/client_model/go"

// Stats counts since Open.
type Stats struct {
	Changes   uint64 // accepted
	Refused   uint64 // stale, taken
	Groups    uint64 // commits that they shared
	Waiting   int    // changes in the queues now
	WALBytes  uint64 // written to the write-ahead log, compression and blocks included
	WALSyncs  uint64 // of the write-ahead log
	DiskBytes uint64 // used by the data folder now
}

// Stats returns the counters; cheap enough for every scrape.
func (db *DB) Stats() (s Stats) {
	for _, w := range db.writers {
		s.Changes += w.accepted.Load()
		s.Refused += w.refused.Load()
		s.Groups += w.groups.Load()
		s.Waiting += len(w.queue)
	}
	_ = db.e.use(func() error { // closed: the rest is zero
		m := db.e.p.Metrics()
		s.WALBytes = m.WAL.BytesWritten
		var syncs dto.Metric
		if h := m.LogWriter.FsyncLatency; h != nil && h.Write(&syncs) == nil {
			s.WALSyncs = syncs.GetHistogram().GetSampleCount()
		}
		s.DiskBytes = m.DiskSpaceUsage()
		return nil
	})
	return s
}
