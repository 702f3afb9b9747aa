package app

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/storage"
)

// actorMetrics turns the actors' counters into metrics. Labels are kinds, never ids.
type actorMetrics struct {
	app                                                    *App
	alive, messages, overloaded, panics, activations, deep *prometheus.Desc
	sockets, full, outbox, backup                          *prometheus.Desc
	changes, groups, logBytes, syncs                       *prometheus.Desc
	begun, shed, waiting, places                           *prometheus.Desc
}

func (a *App) metrics() http.Handler {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("pronto_"+name, help, labels, nil)
	}
	m := &actorMetrics{
		app: a, alive: desc("actors_alive", "Actors in memory.", "kind"), messages: desc("actor_messages_total", "Messages received.", "kind"),
		overloaded:  desc("actor_overloaded_total", "Messages refused because a mailbox was full.", "kind"),
		panics:      desc("actor_panics_total", "Panics that were recovered.", "kind"),
		activations: desc("actor_activations_total", "Activations from storage.", "kind"),
		deep:        desc("actor_mailbox_depth_max", "Deepest mailbox so far.", "kind"),
		sockets:     desc("sockets", "Open websockets."), full: desc("storage_read_only", "1 while the disk is too full for changes."),
		outbox:  desc("outbox_conversations", "Conversations with messages that wait for their channel; counted to 10 000."),
		changes: desc("storage_changes_total", "Durable changes."), groups: desc("storage_groups_total", "Commits that they shared."),
		logBytes: desc("storage_log_bytes_total", "Bytes written to the write-ahead log."), syncs: desc("storage_log_syncs_total", "Times the write-ahead log was synced to disk."),
		begun:   desc("admitted_total", "Work of the classes that are refused under load that was begun.", "class"),
		shed:    desc("shed_total", "Work that was refused or left out under load.", "class"),
		waiting: desc("admission_waiting", "Work that waits for a place.", "class"),
		places:  desc("admission_places", "Work of these classes that may be carried out at once now."),
		backup:  desc("last_backup_timestamp_seconds", "When the newest backup in the server's folder was made; 0: there is none."),
	}
	r := prometheus.NewRegistry()
	a.counters.register(r)
	r.MustRegister(m, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

func (m *actorMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.alive, m.messages, m.overloaded, m.panics, m.activations, m.deep, m.sockets, m.full, m.outbox, m.backup, m.changes, m.groups, m.logBytes, m.syncs, m.begun, m.shed, m.waiting, m.places} {
		out <- d
	}
}

func (m *actorMetrics) Collect(out chan<- prometheus.Metric) {
	for kind, k := range m.app.system.Metrics().Kinds {
		count := func(d *prometheus.Desc, v uint64) {
			out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), kind)
		}
		out <- prometheus.MustNewConstMetric(m.alive, prometheus.GaugeValue, float64(k.Alive), kind)
		out <- prometheus.MustNewConstMetric(m.deep, prometheus.GaugeValue, float64(k.DepthMax), kind)
		count(m.messages, k.Messages)
		count(m.overloaded, k.Overloaded)
		count(m.panics, k.Panics)
		count(m.activations, k.Activations)
	}
	full := 0.0
	if m.app.db.Err() != nil {
		full = 1
	}
	out <- prometheus.MustNewConstMetric(m.sockets, prometheus.GaugeValue, float64(m.app.server.Sockets()))
	out <- prometheus.MustNewConstMetric(m.full, prometheus.GaugeValue, full)
	m.collectStorage(out)
	m.collectLoad(out)
	m.collectOperations(out)
}

func (m *actorMetrics) collectLoad(out chan<- prometheus.Metric) {
	for _, c := range shed.Classes() {
		begun, refused, waiting := m.app.line.Counts(c)
		out <- prometheus.MustNewConstMetric(m.begun, prometheus.CounterValue, float64(begun), c.String())
		out <- prometheus.MustNewConstMetric(m.shed, prometheus.CounterValue, float64(refused), c.String())
		out <- prometheus.MustNewConstMetric(m.waiting, prometheus.GaugeValue, float64(waiting), c.String())
	}
	out <- prometheus.MustNewConstMetric(m.places, prometheus.GaugeValue, float64(m.app.line.Places()))
}

func (m *actorMetrics) collectStorage(out chan<- prometheus.Metric) {
	s := m.app.db.Stats()
	count := func(d *prometheus.Desc, v uint64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	count(m.changes, s.Changes)
	count(m.groups, s.Groups)
	count(m.logBytes, s.WALBytes)
	count(m.syncs, s.WALSyncs)
}

// mostCounted bounds what one scrape counts.
const mostCounted = 10_000

func (m *actorMetrics) collectOperations(out chan<- prometheus.Metric) {
	waiting := 0
	err := m.app.db.OutboxConversations(func(dispatch.ConversationID) error {
		if waiting++; waiting == mostCounted {
			return storage.ErrStop
		}
		return nil
	})
	if err == nil {
		out <- prometheus.MustNewConstMetric(m.outbox, prometheus.GaugeValue, float64(waiting))
	}
	newest := 0.0
	if list, err := (&operations{app: m.app}).Backups(context.Background()); err == nil && len(list) > 0 {
		newest = float64(list[0].MadeAt.Unix())
	}
	out <- prometheus.MustNewConstMetric(m.backup, prometheus.GaugeValue, newest)
}
