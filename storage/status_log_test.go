package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

// agentWorld steps one agent and stores what it decides.
type agentWorld struct {
	t  *testing.T
	db *DB
	a  *dispatch.Agent
}

func (w *agentWorld) at(minute int, m dispatch.Message) {
	w.t.Helper()
	now := at0.Add(time.Duration(minute) * time.Minute)
	out, err := w.a.Step(now, dispatch.Envelope{Message: m})
	if err != nil {
		w.t.Fatalf("%T: %v", m, err)
	}
	if err := w.db.SaveAgent(context.Background(), now, w.a.Snapshot(), out.Records); err != nil {
		w.t.Fatal(err)
	}
}

func aDayAtWork(t *testing.T) *DB {
	db := openTyped(t, vfs.NewMem())
	t.Cleanup(func() { _ = db.Close() })
	w := &agentWorld{t: t, db: db, a: dispatch.NewAgent(dispatch.AgentSnapshot{ID: "agt_1"}, at0)}
	status := func(s dispatch.AgentStatus, reason string, by dispatch.AgentID) dispatch.Message {
		return dispatch.SetStatus{Status: s, Reason: reason, By: by, Planned: time.Hour}
	}
	w.at(0, dispatch.AdoptSlots{})
	w.at(0, dispatch.SessionOpened{Session: "s1"})
	w.at(1, status(dispatch.StatusReady, "", "agt_1"))
	w.at(10, status(dispatch.StatusNotReady, "lunch", "agt_1"))
	w.at(40, status(dispatch.StatusReady, "", "agt_1"))
	w.at(50, status(dispatch.StatusNotReady, "meeting", "agt_sup"))
	w.at(60, status(dispatch.StatusReady, "", "agt_1"))
	w.at(70, dispatch.SessionClosed{Session: "s1"})
	w.at(71, dispatch.Wake{})
	w.at(90, dispatch.SessionOpened{Session: "s2"})
	other := &agentWorld{t: t, db: db, a: dispatch.NewAgent(dispatch.AgentSnapshot{ID: "agt_10"}, at0)}
	other.at(20, status(dispatch.StatusReady, "", "agt_10"))
	return db
}

func minutes(t time.Time) string {
	if t.IsZero() {
		return "now"
	}
	return fmt.Sprint(int(t.Sub(at0) / time.Minute))
}

func statusesOf(t *testing.T, db *DB, l LogRange) string {
	t.Helper()
	list, err := db.StatusLog("agt_1", l)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range list {
		what := string(i.Status)
		if i.Reason != "" {
			what = i.Reason
		}
		if i.By != "agt_1" {
			what += " by " + string(i.By)
		}
		out = append(out, minutes(i.At)+"-"+minutes(i.End)+" "+what)
	}
	return strings.Join(out, ", ")
}

func TestEveryStatusOfAnAgentIsKeptWithItsEnd(t *testing.T) {
	db := aDayAtWork(t)
	minute := func(n int) time.Time { return at0.Add(time.Duration(n) * time.Minute) }
	for _, c := range []struct {
		name string
		l    LogRange
		want string
	}{
		{"all", LogRange{Limit: 9}, "1-10 ready, 10-40 lunch, 40-50 ready, 50-60 meeting by agt_sup, 60-71 ready, 71-now disconnected by "},
		{"from within one", LogRange{From: minute(20), To: minute(50), Limit: 9}, "10-40 lunch, 40-50 ready"},
		{"from the very start of one", LogRange{From: minute(40), To: minute(41), Limit: 9}, "40-50 ready"},
		{"before the first", LogRange{To: minute(1), Limit: 9}, ""},
		{"after the last", LogRange{From: minute(500), Limit: 9}, "71-now disconnected by "},
		{"a page", LogRange{From: minute(20), Limit: 1}, "10-40 lunch"},
	} {
		if got := statusesOf(t, db, c.l); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	first, err := db.StatusLog("agt_1", LogRange{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	next := LogRange{After: first[1].At, Ordinal: first[1].Ordinal, Limit: 2}
	if got := statusesOf(t, db, next); got != "40-50 ready, 50-60 meeting by agt_sup" {
		t.Errorf("the next page: %s", got)
	}
	if until := first[1].Until; !until.Equal(minute(70)) {
		t.Errorf("the plan of lunch: %v", until)
	}
}

func TestConnectionsOfAnAgentAreKept(t *testing.T) {
	db := aDayAtWork(t)
	show := func(l LogRange) (out []string) {
		list, err := db.ConnectionLog("agt_1", l)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			out = append(out, minutes(i.Start)+"-"+minutes(i.End))
		}
		return out
	}
	if got := show(LogRange{Limit: 9}); !slices.Equal(got, []string{"0-70", "90-now"}) {
		t.Errorf("all: %v", got)
	}
	if got := show(LogRange{From: at0.Add(75 * time.Minute), Limit: 9}); !slices.Equal(got, []string{"90-now"}) {
		t.Errorf("from between: %v", got)
	}
	if got := show(LogRange{From: at0.Add(60 * time.Minute), To: at0.Add(80 * time.Minute), Limit: 9}); !slices.Equal(got, []string{"0-70"}) {
		t.Errorf("from within: %v", got)
	}
	if got := show(LogRange{After: at0, Limit: 9}); !slices.Equal(got, []string{"90-now"}) {
		t.Errorf("the next page: %v", got)
	}
}

func TestWhoIsConnectedIsWokenAtTheStart(t *testing.T) {
	db := aDayAtWork(t)
	var got []dispatch.AgentID
	if err := db.ReadyAgents(func(id dispatch.AgentID) error { got = append(got, id); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []dispatch.AgentID{"agt_1", "agt_10"}) { // connected but not ready, and ready
		t.Errorf("%v", got)
	}
}
