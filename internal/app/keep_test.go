package app

import (
	"fmt"
	"runtime/debug"
	"testing"
	"time"

	"pronto/dispatch"
)

// However short memory is, a conversation that has left it comes back by its messages, by its place in line and by its
// deadline, as it was.
func TestConversationsThatAreNotKeptInMemoryComeBackWithTheirStateAndDeadlines(t *testing.T) {
	bubbleWith(t, func(c *Config) { c.Idle, c.Keep = 24*time.Hour, 1 }, func(b *inBubble) {
		const slept, waited = 20, 400
		ana := b.start(b.agent("ana"))
		ana.ready()
		until := b.app.system.Now().Add(3 * time.Hour)
		var sleeping, waiting []dispatch.ConversationID
		for i := range slept {
			b.write(b.channel, phoneOf(i))
			id := ana.take()
			if err := ana.command(id.Address(), dispatch.SnoozeConversation{Until: until, By: dispatch.Actor{Agent: ana.agent}}); err != nil {
				t.Fatal(err)
			}
			sleeping = append(sleeping, id)
		}
		if err := ana.command(ana.agent.Address(), dispatch.SetStatus{Status: dispatch.StatusNotReady, By: ana.agent}); err != nil {
			t.Fatal(err)
		}
		for i := range waited {
			waiting = append(waiting, b.write(b.channel, phoneOf(slept+i)).Conversation)
		}
		m := b.app.system.Metrics().Kinds[string(dispatch.KindConversation)]
		if m.Alive > 100 || m.Passivations < slept+waited-100 {
			t.Errorf("%d are in memory, %d have left it: want one for each of 64 parts, and what was at work", m.Alive, m.Passivations)
		}
		for i, id := range waiting {
			if d := b.write(b.channel, phoneOf(slept+i)); d.Conversation != id || d.Created {
				t.Fatalf("a message of %s went to %+v", id, d)
			}
			if s := b.state(id); s.State != dispatch.ConversationQueued || s.LastSeq != 2 {
				t.Errorf("%s after its second message: %s, %d", id, s.State, s.LastSeq)
			}
		}
		ana.ready()
		if o := ana.offer(); o.Conversation != waiting[0] {
			t.Errorf("offered %s, the first in line is %s", o.Conversation, waiting[0])
		}
		if got := ana.take(); b.state(got).Owner != ana.agent {
			t.Errorf("%s is not its agent's", got)
		}
		passInBubble(3*time.Hour - time.Minute)
		for _, id := range sleeping {
			if s := b.state(id); !s.SnoozedUntil.Equal(until) {
				t.Errorf("%s sleeps until %v", id, s.SnoozedUntil)
			}
		}
		passInBubble(time.Minute + time.Second)
		for _, id := range sleeping {
			if s := b.state(id); !s.SnoozedUntil.IsZero() {
				t.Errorf("%s still sleeps until %v", id, s.SnoozedUntil)
			}
		}
	})
}

func TestHowManyConversationsAreKeptFollowsTheLimitOfMemory(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(512 << 20))
	for _, want := range []struct {
		limit int64
		keep  int
		kept  int
	}{{512 << 20, 0, 8192}, {32 << 30, 0, 524288}, {1, 0, 1}, {512 << 20, 7, 7}, {1<<63 - 1, 0, keptFreely}} {
		t.Run(fmt.Sprint(want.limit, want.keep), func(t *testing.T) {
			debug.SetMemoryLimit(want.limit)
			c := Config{Keep: want.keep}
			if got := c.kept(); got != want.kept {
				t.Errorf("%d are kept, want %d", got, want.kept)
			}
		})
	}
}
