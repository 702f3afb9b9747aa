package act

// Metrics is a snapshot of the counters. They are read one by one, so sums may be off by what happened meanwhile.
type Metrics struct {
	Kinds       map[string]KindMetrics
	OpenAsks    int64  // questions without an answer yet
	LateAnswers uint64 // answers to questions that had ended, or second answers
}

// KindMetrics are the counters of one kind. All but Alive and Waiting only grow.
type KindMetrics struct {
	Alive        int64  // actors in memory
	Waiting      int64  // messages in mailboxes or being received
	Activations  uint64 // actors brought into memory
	Passivations uint64 // actors retired
	Refusals     uint64 // times an actor refused to retire, or got a message just then
	Panics       uint64
	Overloaded   uint64 // messages refused by a full mailbox
	Messages     uint64 // received, wakes and this package's own included
	Letters      uint64 // with which they came: what one Receive sends to one actor may come together
	DepthMax     int64  // the fullest a mailbox has been
}

// Metrics returns the counters. It costs the same however many actors there are.
func (s *System) Metrics() Metrics {
	kinds := *s.kinds.Load()
	m := Metrics{
		Kinds:       make(map[string]KindMetrics, len(kinds)),
		OpenAsks:    s.asks.open.Load(),
		LateAnswers: s.asks.late.Load(),
	}
	for name, k := range kinds {
		var handled, admitted, letters uint64
		for i := range s.shards {
			handled += s.shards[i].counts[k.index].handled.Load()
			admitted += s.shards[i].counts[k.index].admitted.Load()
			letters += s.shards[i].counts[k.index].letters.Load()
		}
		m.Kinds[name] = KindMetrics{
			Alive:        k.alive.Load(),
			Waiting:      int64(admitted - handled),
			Activations:  k.activations.Load(),
			Passivations: k.passivations.Load(),
			Refusals:     k.refusals.Load(),
			Panics:       k.panics.Load(),
			Overloaded:   k.overloaded.Load(),
			Messages:     handled,
			Letters:      letters,
			DepthMax:     k.depthMax.Load(),
		}
	}
	return m
}
