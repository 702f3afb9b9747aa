package app

import (
	"slices"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

func TestTheFiguresOfTheDayAndTheServiceLevelGoOnOverARestart(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		ana := b.start(b.agent("ana"))
		start := b.app.system.Now()
		b.write(b.channel, "+5511910000001")
		b.write(b.channel, "+5511910000002")
		passInBubble(10 * time.Second)
		ana.ready()
		ana.take() // within the target
		passInBubble(20 * time.Minute)
		b.write(b.channel, "+5511910000003")
		passInBubble(time.Second)
		check := func() {
			t.Helper()
			items, target, err := live{b.app.catalog, b.app.system, b.app.db}.Intervals(b.t.Context(), b.queue, transport.Span{From: start.Add(-15 * time.Minute), To: start.Add(30 * time.Minute), Step: 15 * time.Minute})
			if err != nil || target != 20*time.Second || len(items) != 3 {
				t.Fatalf("%+v, %v, %v", items, target, err)
			}
			for i := range items {
				if want := protocol.At(start.Add(time.Duration(i-1) * 15 * time.Minute)); items[i].Start != want {
					t.Errorf("interval %d begins at %v, not %v", i, items[i].Start, want)
				}
				items[i].Start = protocol.Time{}
			}
			if want := []protocol.QueueInterval{{Percent: 100}, {Arrived: 2, Answered: 1, Within: 1, Percent: 100, Waiting: 2}, {Arrived: 1, Percent: 100, Waiting: 2}}; !slices.Equal(items, want) {
				t.Errorf("intervals: %+v", items)
			}
			v, err := b.app.system.QueueView(b.t.Context(), b.queue)
			if want := (dispatch.ServiceLevel{Target: 20 * time.Second, Answered: 1, Within: 1}); err != nil || v.Level != want {
				t.Errorf("level %+v, %v", v.Level, err)
			}
		}
		check()
		if err := b.app.Close(); err != nil {
			t.Fatal(err)
		}
		b.open()
		if err := b.app.system.Start(); err != nil {
			t.Fatal(err)
		}
		check()
	})
}

func TestIntervalsAreForWhoSupervisesTheQueue(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/queues", object{"name": "Outra"})
	_, sup := o.supervisor("sup", o.queue)
	o.arrive(1, nil)
	got := o.must(200, "GET", "/queues/"+o.queue+"/intervals", sup, nil)
	items := got["items"].([]any)
	if last := items[len(items)-1].(object); len(items) != 96 || last["arrived"] != 1.0 || last["waiting"] != 1.0 || got["step_ms"] != 900000.0 || got["target_ms"] != 20000.0 {
		t.Errorf("%d intervals, the last %v, %v", len(items), last, got)
	}
	for path, want := range map[string]int{
		"/queues/" + other + "/intervals": 404, "/queues/" + o.queue + "/intervals?step_ms=60000": 400, "/queues/" + o.queue + "/intervals?from=now": 400,
		"/queues/" + o.queue + "/intervals?from=2030-01-01T00:00:00Z": 400, "/queues/que_none/intervals": 404,
	} {
		if status, p := o.call("GET", path, sup, nil); status != want {
			t.Errorf("%s: %d %v", path, status, p)
		}
	}
	if status, _ := o.call("GET", "/queues/"+o.queue+"/intervals", o.ana, nil); status != 403 {
		t.Errorf("an agent: %d", status)
	}
}
