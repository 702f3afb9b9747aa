package storage

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"pronto/dispatch"
	"pronto/internal/words"
)

var aboutBoleto = TextSearch{Query: words.Query{Terms: []words.Term{{Words: []string{"boleto"}}}}}

// boletos adds as many texts, each found by the same word.
func (l *library) boletos(n int) {
	for i := range n {
		l.add(len(l.texts)%5, testStart, dispatch.AuthorContact, fmt.Sprintf("boleto %d", i))
	}
}

// reopened is the library after a start from what a disk holds.
func (l *library) reopened(o Options) *library {
	db, err := Open(o)
	if err != nil {
		l.t.Fatalf("open: %v", err)
	}
	again := *l
	again.db = db
	return &again
}

func (l *library) found() int { return len(l.find(aboutBoleto, 1<<20, 1000)) }

// Whatever the power cut leaves of the tables, marks and logs, the words are what the records imply, and all that was
// acknowledged is found.
func TestWordsAreWhatTheRecordsImplyAfterAPowerCutAtEveryWrite(t *testing.T) {
	c := &everyWrite{fs: newCrashDisk(), rng: rand.New(rand.NewPCG(5, 6)), step: thin}
	c.ledger.acked = map[string]uint64{}
	o := testOptions(t, errorfs.Wrap(c.fs, c))
	l := openLibrary(t, o)
	said := func(n int) {
		for range n {
			l.boletos(1)
			c.ledger.ack("texts", uint64(len(l.texts)))
		}
	}
	for range 3 {
		said(4)
		l.write()
		said(2)
		c.ledger.ack("redacted", 1) // begun
		l.redact(len(l.texts) - 1)
		l.redact(len(l.texts) - 5)
		said(1)
	}
	closeTest(t, l.db)
	c.mu.Lock()
	c.off = true
	c.mu.Unlock()
	if len(c.cuts) < 60/thin {
		t.Fatalf("only %d power cuts", len(c.cuts))
	}
	for _, cut := range c.cuts {
		for life := range 3 {
			after := l.reopened(testOptions(t, onCrashDisk(cut.fs)))
			after.sound()
			if have, want := after.found(), int(cut.acked["texts"])-6*int(cut.acked["redacted"]); have < want {
				t.Fatalf("cut at write %d, life %d: %d of %d texts are found", cut.op, life, have, want)
			}
			if life == 1 {
				after.write()
				after.sound()
			}
			closeTest(t, after.db)
		}
	}
	t.Logf("%d power cuts", len(c.cuts))
}

// A table that cannot be written is written the next time, or the store says that it cannot go on.
func TestWordsThatCannotBeWrittenStayFresh(t *testing.T) {
	for n := int64(1); ; n++ {
		disk := vfs.NewCrashableMem()
		fault := &failAt{n: n, kind: diskFull}
		fault.ops.Store(1 << 40) // not yet
		l := openLibrary(t, Options{Dir: "data", FS: errorfs.Wrap(disk, fault), Fatal: func(string) {}})
		l.boletos(10)
		fault.opened.Store(true)
		fault.ops.Store(0)
		err := l.db.WriteTexts(t.Context())
		failed := fault.ops.Load() >= n
		if l.db.Err() == nil {
			l.sound()
			if err != nil && l.db.fresh.count.Load() != 10 {
				t.Fatalf("fault %d: %v, and %d texts are fresh", n, err, l.db.fresh.count.Load())
			}
			l.write()
			l.sound()
		}
		clone := disk.CrashClone(vfs.CrashCloneCfg{})
		_ = l.db.Close() // of a store that failed it is an error
		after := l.reopened(testOptions(t, clone))
		after.sound()
		if have := after.found(); have != 10 {
			t.Fatalf("fault %d: %d texts are found", n, have)
		}
		closeTest(t, after.db)
		if !failed {
			if n < 8 {
				t.Fatalf("writing words took only %d operations", n)
			}
			return
		}
	}
}

// told hears what the store logs.
type told struct{ lines chan string }

func (l told) Infof(format string, args ...any)  { l.lines <- fmt.Sprintf(format, args...) }
func (l told) Errorf(format string, args ...any) { l.lines <- fmt.Sprintf(format, args...) }

func TestTheStoreWritesWordsByItself(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	log := told{make(chan string, 10_000)}
	o.FreshTexts, o.Log = 20, log
	l := openLibrary(t, o)
	l.boletos(50)
	for line := range log.lines {
		if strings.Contains(line, "words of") {
			break
		}
	}
	l.write()
	if have := l.found(); have != 50 || l.db.fresh.count.Load() != 0 {
		t.Errorf("%d texts are found, %d are fresh", have, l.db.fresh.count.Load())
	}
	l.sound()
	closeTest(t, l.db)
}

func TestTextsBringTheirRowsWhenTooManyAreFresh(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	o.FreshTexts = 5
	l := openLibrary(t, o)
	l.db.fresh.marking.Lock() // nobody writes
	l.boletos(30)
	if n := l.db.fresh.count.Load(); n != 5*freshMost {
		t.Errorf("%d texts are fresh", n)
	}
	l.db.fresh.marking.Unlock()
	if have := l.found(); have != 30 {
		t.Errorf("%d texts are found", have)
	}
	l.sound()
	closeTest(t, l.db)
}

func TestAStoreWhoseTextsBroughtTheirRowsIsNotIndexedAnew(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	l := openLibrary(t, o)
	l.boletos(10)
	closeTest(t, l.db)
	l = l.reopened(o)
	err := l.db.write(func(b *pebble.Batch) error {
		errs := []error{b.Set(metaKey(metaSearch), []byte{searchWithTexts}, nil)}
		for s := range Shard(Shards) {
			errs = append(errs, b.Delete(tailKey(s, tailWords), nil))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	closeTest(t, l.db)
	for range 2 {
		l = l.reopened(o)
		if built, err := l.db.SearchBuilt(); !built || err != nil || l.db.fresh.count.Load() != 0 {
			t.Errorf("built %t, %v, %d texts are fresh", built, err, l.db.fresh.count.Load())
		}
		l.boletos(3)
		l.sound()
		closeTest(t, l.db)
	}
}

func TestADamagedMarkHasTheTextsIndexedAnew(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	o.LeaveLog = true
	l := openLibrary(t, o)
	l.boletos(10)
	err := l.db.write(func(b *pebble.Batch) error {
		return b.Set(tailKey(l.shard(1), tailWords), appendTail(nil, Tail{Seq: 1, Hash: Hash{1}}), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	closeTest(t, l.db)
	l = l.reopened(o)
	if built, err := l.db.SearchBuilt(); built || err != nil {
		t.Fatalf("built: %t, %v", built, err)
	}
	if err := l.db.BuildSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.sound()
	closeTest(t, l.db)
}

// shard is that of a text.
func (l *library) shard(text int) Shard {
	return Shard(dispatch.PartitionOf(string(l.texts[text].place.Conversation)).Shard())
}

func TestAShardMovesWithTheWordsOfItsFreshTexts(t *testing.T) {
	from := newLibrary(t)
	from.boletos(10)
	from.write()
	from.boletos(10)
	shard := from.shard(1)
	raw := export(t, from.db, shard)
	want := 0
	for i := range from.texts {
		if from.shard(i) == shard {
			want++
		}
	}
	o := testOptions(t, vfs.NewMem())
	o.LeaveLog = true
	to := openLibrary(t, o)
	to.boletos(0)
	if _, err := to.db.Import(t.Context(), bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if have := to.found(); have != want || want == 0 || to.db.fresh.count.Load() != 0 {
			t.Errorf("%d texts of %d are found, %d are fresh", have, want, to.db.fresh.count.Load())
		}
		to.sound()
		to.write()
		to.sound()
		closeTest(t, to.db)
		to = to.reopened(o)
	}
	closeTest(t, to.db)
	from.write()
	if !slices.Equal(export(t, from.db, shard), raw) {
		t.Error("an export tells whether words are stored")
	}
	closeTest(t, from.db)
}
