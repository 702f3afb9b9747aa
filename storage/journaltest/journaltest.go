package journaltest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pronto/storage"
)

// Start is when the clock of the journals under test stands.
var Start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Open returns an empty journal and a function that opens the same data again, as
// after a restart. It closes what it opened by t.Cleanup.
type Open func(t *testing.T) (storage.Journal, func() storage.Journal)

// Run runs the suite.
func Run(t *testing.T, open Open) {
	cases := []struct {
		name string
		run  func(t *testing.T, open Open)
	}{
		{"a claim starts the chain and raises the epoch by one", claims},
		{"records come back exactly as appended, in order", roundTrip},
		{"positions are dense and the hash of each record is in the next", chain},
		{"time never goes backwards", clampsTime},
		{"a second claim fences the first writer for ever", fences},
		{"shards are independent", independentShards},
		{"follow starts after the position given and stops at the tail", follows},
		{"follow refuses a position of another chain", refusesForeignPosition},
		{"the error of the function ends follow", followStops},
		{"a cancelled context proves that nothing was written", cancelled},
		{"invalid arguments write nothing and keep the writer alive", invalid},
		{"trim keeps the chain verifiable and refuses above the snapshot", trims},
		{"everything is there after a restart", restarts},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, open) })
	}
}

const shard = storage.Shard(3)

func entries(n int) []storage.Entry {
	return []storage.Entry{{
		Entity: fmt.Sprintf("cnv_%d", n), First: uint64(n), Time: Start.Add(time.Duration(n)),
		Events:   []storage.Event{{Type: 16, Data: []byte{1, 2, byte(n)}}, {Type: 65535}},
		Releases: [][]byte{[]byte("old")},
		Claims:   []storage.Claim{{Key: []byte("key"), Value: []byte("value")}},
	}, {Entity: "cnv_other", First: 1, Time: Start}}
}

func claim(t *testing.T, j storage.Journal, who string) (storage.Writer, storage.Tail) {
	t.Helper()
	w, tail, err := j.Claim(t.Context(), shard, who)
	if err != nil {
		t.Fatalf("claim by %s: %v", who, err)
	}
	return w, tail
}

func appendN(t *testing.T, w storage.Writer, from, to int) (tails []storage.Tail) {
	t.Helper()
	for i := from; i <= to; i++ {
		tail, err := w.Append(t.Context(), Start.Add(time.Duration(i)*time.Second), entries(i))
		if err != nil {
			t.Fatalf("append %d: %v", i, err)
		}
		tails = append(tails, tail)
	}
	return tails
}

// collect follows from a position and returns deep copies.
func collect(t *testing.T, j storage.Journal, from storage.Tail) (out []storage.Record) {
	t.Helper()
	err := j.Follow(t.Context(), shard, from, func(r storage.Record) error {
		raw := storage.AppendRecord(nil, &r)
		copied, err := storage.DecodeRecord(raw)
		out = append(out, copied)
		return err
	})
	if err != nil {
		t.Fatalf("follow from %d: %v", from.Seq, err)
	}
	return out
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: got %v, want %v", what, err, want)
	}
}

func claims(t *testing.T, open Open) {
	j, _ := open(t)
	for i := 1; i <= 3; i++ {
		_, tail := claim(t, j, fmt.Sprint("node ", i))
		if tail.Seq != storage.Seq(i) || tail.Epoch != storage.Epoch(i) {
			t.Fatalf("claim %d: at %d epoch %d", i, tail.Seq, tail.Epoch)
		}
	}
	recs := collect(t, j, storage.Tail{})
	if len(recs) != 3 || recs[1].Owner != "node 2" || recs[1].Epoch != 2 || len(recs[1].Entries) != 0 {
		t.Fatalf("claim records: %+v", recs)
	}
}

func roundTrip(t *testing.T, open Open) {
	j, _ := open(t)
	w, tail := claim(t, j, "a")
	appendN(t, w, 1, 5)
	recs := collect(t, j, tail)
	if len(recs) != 5 {
		t.Fatalf("%d records", len(recs))
	}
	for i, r := range recs {
		want := storage.Record{
			Shard: shard, Seq: tail.Seq + 1 + storage.Seq(i), Epoch: 1, PrevHash: r.PrevHash,
			Time: Start.Add(time.Duration(i+1) * time.Second), Entries: entries(i + 1),
		}
		if string(storage.AppendRecord(nil, &want)) != string(storage.AppendRecord(nil, &r)) {
			t.Fatalf("record %d: got %+v, want %+v", i, r, want)
		}
	}
}

func chain(t *testing.T, open Open) {
	j, _ := open(t)
	w, tail := claim(t, j, "a")
	tails := appendN(t, w, 1, 4)
	prev := tail
	for i, r := range collect(t, j, tail) {
		if r.PrevHash != prev.Hash || r.Seq != prev.Seq+1 || tails[i].Seq != r.Seq {
			t.Fatalf("record %d does not continue %d", r.Seq, prev.Seq)
		}
		prev = tails[i]
	}
	_, last, err := j.Bounds(t.Context(), shard)
	if err != nil || last.Hash != prev.Hash || last.Seq != prev.Seq {
		t.Fatalf("bounds %+v, %v; last append %+v", last, err, prev)
	}
}

func clampsTime(t *testing.T, open Open) {
	j, _ := open(t)
	w, tail := claim(t, j, "a")
	for _, now := range []time.Time{Start.Add(time.Hour), Start, {}, Start.Add(2 * time.Hour)} {
		if _, err := w.Append(t.Context(), now, entries(1)); err != nil {
			t.Fatal(err)
		}
	}
	recs := collect(t, j, tail)
	want := []time.Duration{time.Hour, time.Hour, time.Hour, 2 * time.Hour}
	for i, r := range recs {
		if !r.Time.Equal(Start.Add(want[i])) {
			t.Fatalf("record %d at %v, want +%v", i, r.Time, want[i])
		}
	}
}

func fences(t *testing.T, open Open) {
	j, _ := open(t)
	old, tail := claim(t, j, "old")
	appendN(t, old, 1, 2)
	fresh, _ := claim(t, j, "new")
	for range 2 {
		_, err := old.Append(t.Context(), Start, entries(9))
		wantErr(t, "append of the old writer", err, storage.ErrFenced)
	}
	appendN(t, fresh, 3, 4)
	_, err := old.Append(t.Context(), Start, entries(9))
	wantErr(t, "append of the old writer later", err, storage.ErrFenced)
	recs := collect(t, j, tail)
	if len(recs) != 5 || recs[2].Owner != "new" || recs[4].Epoch != 2 {
		t.Fatalf("records after fencing: %+v", recs)
	}
}

func independentShards(t *testing.T, open Open) {
	j, _ := open(t)
	w, tail := claim(t, j, "a")
	other, otherTail, err := j.Claim(t.Context(), shard+1, "b")
	if err != nil || otherTail.Seq != 1 {
		t.Fatalf("claim of the next shard: %+v, %v", otherTail, err)
	}
	appendN(t, w, 1, 3)
	got, err := other.Append(t.Context(), Start, entries(1))
	if err != nil || got.Seq != 2 {
		t.Fatalf("append to the next shard: %+v, %v", got, err)
	}
	if n := len(collect(t, j, tail)); n != 3 {
		t.Fatalf("%d records in the shard", n)
	}
}

func follows(t *testing.T, open Open) {
	j, _ := open(t)
	w, _ := claim(t, j, "a")
	tails := appendN(t, w, 1, 5)
	for i, from := range tails {
		if n := len(collect(t, j, from)); n != 4-i {
			t.Fatalf("from %d: %d records, want %d", from.Seq, n, 4-i)
		}
	}
}

func refusesForeignPosition(t *testing.T, open Open) {
	j, _ := open(t)
	w, _ := claim(t, j, "a")
	tails := appendN(t, w, 1, 3)
	none := func(storage.Record) error { return errors.New("must not be called") }
	for _, from := range []storage.Tail{tails[0], tails[2], {Seq: 9}, {Hash: storage.Hash{1}}} {
		from.Hash[0] ^= 1
		if from.Seq == 0 {
			from.Hash = storage.Hash{7}
		}
		wantErr(t, fmt.Sprint("follow from ", from.Seq), j.Follow(t.Context(), shard, from, none), storage.ErrCorrupt)
	}
}

func followStops(t *testing.T, open Open) {
	j, _ := open(t)
	w, tail := claim(t, j, "a")
	appendN(t, w, 1, 3)
	stop := errors.New("enough")
	seen := 0
	err := j.Follow(t.Context(), shard, tail, func(storage.Record) error { seen++; return stop })
	if !errors.Is(err, stop) || seen != 1 {
		t.Fatalf("got %v after %d records", err, seen)
	}
}

func cancelled(t *testing.T, open Open) {
	j, _ := open(t)
	w, tail := claim(t, j, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Append(ctx, Start, entries(1))
	wantErr(t, "append", err, context.Canceled)
	_, _, err = j.Claim(ctx, shard, "b")
	wantErr(t, "claim", err, context.Canceled)
	if n := len(collect(t, j, tail)); n != 0 {
		t.Fatalf("%d records were written", n)
	}
	appendN(t, w, 1, 1)
}

func invalid(t *testing.T, open Open) {
	j, _ := open(t)
	w, tail := claim(t, j, "a")
	_, err := w.Append(t.Context(), Start, nil)
	wantErr(t, "append of nothing", err, storage.ErrInvalid)
	_, _, err = j.Claim(t.Context(), storage.Shards, "b")
	wantErr(t, "claim of shard 16", err, storage.ErrInvalid)
	_, _, err = j.Claim(t.Context(), shard, "")
	wantErr(t, "claim by nobody", err, storage.ErrInvalid)
	if n := len(collect(t, j, tail)); n != 0 {
		t.Fatalf("%d records were written", n)
	}
	appendN(t, w, 1, 1)
}

func trims(t *testing.T, open Open) {
	j, reopen := open(t)
	w, _ := claim(t, j, "a")
	tails := appendN(t, w, 1, 6) // seq 2 … 7
	wantErr(t, "trim without a snapshot", j.Trim(t.Context(), shard, 3), storage.ErrInvalid)
	wantErr(t, "snapshot ahead", j.Snapshot(t.Context(), shard, 8), storage.ErrInvalid)
	if err := j.Snapshot(t.Context(), shard, 4); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "trim above the snapshot", j.Trim(t.Context(), shard, 6), storage.ErrInvalid)
	for range 2 { // the second finds nothing to do
		if err := j.Trim(t.Context(), shard, 5); err != nil {
			t.Fatal(err)
		}
	}
	trimmed(t, j, tails[2])
	trimmed(t, reopen(), tails[2])
	trimsAll(t, reopen())
}

func trimmed(t *testing.T, j storage.Journal, want storage.Tail) {
	t.Helper()
	base, _, err := j.Bounds(t.Context(), shard)
	if err != nil || base.Seq != 4 || base.Hash != want.Hash {
		t.Fatalf("base %+v, %v", base, err)
	}
	if recs := collect(t, j, base); len(recs) != 3 || recs[0].Seq != 5 {
		t.Fatalf("records left: %+v", recs)
	}
	none := func(storage.Record) error { return nil }
	wantErr(t, "follow from 0", j.Follow(t.Context(), shard, storage.Tail{}, none), storage.ErrTrimmed)
}

func trimsAll(t *testing.T, j storage.Journal) {
	w, tail := claim(t, j, "b")
	if err := j.Snapshot(t.Context(), shard, tail.Seq); err != nil {
		t.Fatal(err)
	}
	if err := j.Trim(t.Context(), shard, tail.Seq+1); err != nil {
		t.Fatal(err)
	}
	appendN(t, w, 7, 7)
	if recs := collect(t, j, tail); len(recs) != 1 || recs[0].Seq != tail.Seq+1 || recs[0].PrevHash != tail.Hash {
		t.Fatalf("after trimming everything: %+v", recs)
	}
}

func restarts(t *testing.T, open Open) {
	j, reopen := open(t)
	w, tail := claim(t, j, "a")
	appendN(t, w, 1, 3)
	j = reopen()
	if n := len(collect(t, j, tail)); n != 3 {
		t.Fatalf("%d records after a restart", n)
	}
	w, again := claim(t, j, "b")
	if again.Seq != 5 || again.Epoch != 2 {
		t.Fatalf("claim after a restart: %+v", again)
	}
	appendN(t, w, 4, 4)
	if n := len(collect(t, j, storage.Tail{})); n != 6 {
		t.Fatalf("%d records in the end", n)
	}
}
