package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"pronto/dispatch"
	"pronto/internal/words"
)

// library is a store of texts, and the same texts in a list.
type library struct {
	t     interface{ Fatalf(string, ...any) }
	db    *DB
	convs map[dispatch.ConversationID]*dispatch.ConversationSnapshot
	rows  map[dispatch.ConversationID]*Rows
	texts []shelved
}

type shelved struct {
	place TextPlace
	key   []byte
	text  string
}

func newLibrary(t interface{ Fatalf(string, ...any) }) *library {
	return openLibrary(t, testOptions(&testing.T{}, vfs.NewMem()))
}

func openLibrary(t interface{ Fatalf(string, ...any) }, o Options) *library {
	db, err := Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return &library{t: t, db: db, convs: map[dispatch.ConversationID]*dispatch.ConversationSnapshot{}, rows: map[dispatch.ConversationID]*Rows{}}
}

// add makes a text durable; as a note, or as a message of somebody.
func (l *library) add(n int, at time.Time, by dispatch.AuthorKind, text string) {
	id := dispatch.ConversationID(dispatch.FormatID("cnv", testStart, dispatch.Partition(n*97), uint64(n)))
	if n == 0 {
		id = "cnv_of_another_make"
	}
	s, rows := l.convs[id], l.rows[id]
	var records []dispatch.Record
	if s == nil {
		s, rows = &dispatch.ConversationSnapshot{ID: id}, &Rows{}
		l.convs[id], l.rows[id] = s, rows
		opened := dispatch.ConversationOpened{ID: id, Channel: "chn_1", Contact: dispatch.Contact{ID: dispatch.ContactID(fmt.Sprint("con_", n))}, Queue: "que_1", Protocol: fmt.Sprintf("2026-%06d", n), At: at}
		records = append(records, opened)
		s.Apply(opened)
	}
	var r dispatch.ConversationRecord = dispatch.NoteAdded{Note: dispatch.Note{ID: "not_1", Text: text, At: at}}
	if by != "" {
		r = dispatch.MessageAppended{Message: dispatch.Chat{ID: dispatch.MessageID(fmt.Sprint("msg_", len(l.texts))), Seq: s.LastSeq + 1, Author: dispatch.Author{Kind: by}, Text: text, At: at}}
	}
	records = append(records, r)
	s.Apply(r)
	err := l.db.SaveConversation(context.Background(), SaveConversation{Now: at, State: s, Records: records, Rows: rows})
	if err != nil {
		l.t.Fatalf("save: %v", err)
	}
	place, _ := foundBy(id, r, s.Version)
	l.texts = append(l.texts, shelved{place, place.append(nil), text})
}

// redact takes away what a message says, the last one of its conversation.
func (l *library) redact(text int) {
	at := &l.texts[text]
	s := l.convs[at.place.Conversation]
	r := dispatch.MessageRedacted{Seq: s.LastSeq, Reason: "x", At: testStart}
	s.Apply(r)
	err := l.db.SaveConversation(context.Background(), SaveConversation{Now: testStart, State: s, Records: []dispatch.Record{r}, Rows: l.rows[s.ID]})
	if err != nil {
		l.t.Fatalf("redact: %v", err)
	}
	at.text = ""
}

// write makes the words of all texts rows.
func (l *library) write() {
	if err := l.db.WriteTexts(context.Background()); err != nil {
		l.t.Fatalf("write: %v", err)
	}
}

// sound compares the rows with what the records imply.
func (l *library) sound() {
	rep, err := l.db.VerifyStates(context.Background())
	if err != nil || len(rep.Problems) > 0 {
		l.t.Fatalf("%v %v", rep.Problems, err)
	}
}

// find pages through a search, so much work and so many texts a page.
func (l *library) find(q TextSearch, work Work, limit int) (found []string) {
	var m words.Matcher
	for range 100_000 {
		left, n := work, 0
		next, err := l.db.SearchTexts(&q, &left, func(p TextPlace) error {
			have, err := l.db.TextAt(p, nil)
			if err != nil {
				return err
			}
			left.Spend(WorkOfText)
			if _, ok := m.Match(&q.Query, have.Text); ok {
				found = append(found, fmt.Sprintf("%x", p.append(nil)))
				n++
			}
			if n == limit {
				return ErrStop
			}
			return nil
		})
		if err != nil {
			l.t.Fatalf("search: %v", err)
		}
		if next == nil {
			return found
		}
		if !IsTextPlace(next) {
			l.t.Fatalf("next %x is refused", next)
		}
		q.Start = next
	}
	l.t.Fatalf("no end")
	return nil
}

func (l *library) naive(q *TextSearch) (found []string) {
	all := slices.Clone(l.texts)
	slices.SortFunc(all, func(a, b shelved) int { return bytes.Compare(a.key, b.key) })
	var m words.Matcher
	for _, s := range all {
		_, ok := m.Match(&q.Query, s.text)
		old := !q.From.IsZero() && s.place.At.Before(q.From) || !q.To.IsZero() && !s.place.At.Before(q.To)
		if ok && !old && (q.Among == nil || q.Among[s.place.Conversation]) && (q.Kinds == 0 || q.Kinds&s.place.Kind != 0) {
			found = append(found, fmt.Sprintf("%x", s.key))
		}
	}
	return found
}

var someWords = []string{"bola", "bolo", "Bolívar", "bol", "não", "NAO", "a", "de", "123.456-7", "123", "456", "1234567", "ação", "acao", "你好", "e-mail", "x"}

func someText(longest int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		list := rapid.SliceOfN(rapid.SampledFrom(someWords), 0, longest).Draw(t, "words")
		return strings.Join(list, rapid.SampledFrom([]string{" ", ", ", "\n"}).Draw(t, "between"))
	})
}

func someQuery(t *rapid.T) words.Query {
	for {
		text := someText(4).Draw(t, "query")
		switch rapid.IntRange(0, 4).Draw(t, "form") {
		case 0:
			text = `"` + text + `"`
		case 1:
			text = strings.ReplaceAll(text, " ", "* ")
		case 2:
			text += ` "` + someText(3).Draw(t, "phrase") + `"`
		case 3:
			text += ` "x`
		}
		if q, err := words.Parse(text); err == nil && !q.Empty() {
			return q
		}
	}
}

func someOf(t *rapid.T, l *library) map[dispatch.ConversationID]bool {
	if rapid.Bool().Draw(t, "all") {
		return nil
	}
	some := map[dispatch.ConversationID]bool{}
	for _, s := range l.texts {
		some[s.place.Conversation] = len(some)%2 == 0
	}
	return some
}

func TestSearchFindsWhatALookThroughEveryTextFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLibrary(t)
		defer l.db.Close()
		authors := []dispatch.AuthorKind{"", dispatch.AuthorContact, dispatch.AuthorAgent, dispatch.AuthorBot}
		for range rapid.IntRange(1, 60).Draw(t, "texts") {
			at := testStart.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "at")) * 300 * time.Microsecond)
			l.add(rapid.IntRange(0, 5).Draw(t, "conversation"), at, rapid.SampledFrom(authors).Draw(t, "by"), someText(12).Draw(t, "text"))
			switch rapid.IntRange(0, 9).Draw(t, "then") {
			case 0:
				l.write()
			case 1:
				l.db.fresh.all()
			case 2:
				if last := l.texts[len(l.texts)-1]; last.place.Kind != TextNote {
					l.redact(len(l.texts) - 1)
				}
			}
		}
		for range 8 {
			q := TextSearch{Query: someQuery(t), Among: someOf(t, l), Kinds: TextKind(rapid.IntRange(0, 15).Draw(t, "kinds"))}
			if rapid.Bool().Draw(t, "bounded") {
				q.From = testStart.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "from")) * 600 * time.Microsecond).Truncate(time.Millisecond)
				q.To = q.From.Add(time.Duration(rapid.IntRange(0, 8).Draw(t, "long")) * time.Millisecond)
			}
			have, want := l.find(q, Work(rapid.IntRange(1, 300).Draw(t, "work")), rapid.IntRange(1, 5).Draw(t, "limit")), l.naive(&q)
			if !slices.Equal(have, want) {
				t.Fatalf("%+v: %d texts\n%v\nnot %d\n%v", q, len(have), have, len(want), want)
			}
		}
		l.sound()
		l.write()
		l.sound()
	})
}

func TestABeginningOfTooManyWordsIsRefusedAloneAndLeftToTheTextsBesideAnother(t *testing.T) {
	l := newLibrary(t)
	defer l.db.Close()
	for i := range maxBegins + 2 {
		l.add(1, testStart.Add(time.Duration(i)*time.Second), dispatch.AuthorContact, fmt.Sprintf("pedido%d nota %d", i, i%7))
	}
	parse := func(text string) words.Query {
		q, err := words.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	left := Work(1 << 20)
	_, err := l.db.SearchTexts(&TextSearch{Query: parse("pedi")}, &left, func(TextPlace) error { return nil })
	if !errors.Is(err, ErrTooMany) {
		t.Errorf("alone: %v", err)
	}
	for text, want := range map[string]int{"pedido10": 1 + 10 + 17, `"pedido10"`: 1, "5 pedi": 146, "pedi* 5": 146, `"nota 5" pedido10`: 4, "nota pedi": maxBegins + 2} {
		q := TextSearch{Query: parse(text)}
		have, naive := l.find(q, 1<<20, 50), l.naive(&q)
		if !slices.Equal(have, naive) || len(have) < min(want, 1) {
			t.Errorf("%s: %d, not %d", text, len(have), len(naive))
		}
	}
}

func TestRowsThatAreMissingOrTooManyAreTold(t *testing.T) {
	l := newLibrary(t)
	defer l.db.Close()
	l.add(1, testStart, dispatch.AuthorContact, "segunda via do boleto")
	l.add(2, testStart, "", "ligou ontem")
	problems := func() int {
		rep, err := l.db.VerifyStates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(rep.Problems)
	}
	if n := problems(); n != 0 {
		t.Fatalf("%d problems at first", n)
	}
	if err := l.db.WriteTexts(t.Context()); err != nil || problems() != 0 {
		t.Fatalf("after the words were written: %v", err)
	}
	first := l.texts[0]
	key := append([]byte("jboleto\x00"), first.key...)
	value, err := l.db.Get(key)
	if err != nil {
		t.Fatal(err)
	}
	shard := Shard(dispatch.PartitionOf(string(first.place.Conversation)).Shard())
	for _, c := range []Change{{Delete: [][]byte{key}}, {Set: []Row{{key, []byte{1, 9}}}}, {Set: []Row{{append([]byte("jboletos\x00"), first.key...), value}, {key, value}}}} {
		c.Shard, c.Time = shard, testStart
		mustCommit(t, l.db, c)
		if n := problems(); n != 1 {
			t.Errorf("%d problems after %v", n, c)
		}
	}
	mustCommit(t, l.db, Change{Shard: shard, Time: testStart, Delete: [][]byte{append([]byte("jboletos\x00"), first.key...), key}})
	if err := l.db.BuildSearch(t.Context()); err != nil || problems() != 0 {
		t.Errorf("after a build: %v", err)
	}
}

func TestAStoreOfAnEarlierReleaseIsIndexedOnce(t *testing.T) {
	l := newLibrary(t)
	defer l.db.Close()
	for i := range 3 {
		l.add(i, testStart, dispatch.AuthorContact, "segunda via")
	}
	built := func() bool {
		yes, err := l.db.SearchBuilt()
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	if !built() {
		t.Error("a new store is to be indexed")
	}
	listed := func(of Listing) (n int) {
		if err := l.db.Conversations(of, func(dispatch.ConversationID) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if listed(Listing{Queue: "que_1"}) != 3 || listed(Listing{Channel: "chn_1"}) != 3 || listed(Listing{Queue: "que_2"}) != 0 {
		t.Error("the queue and the channel do not list their conversations")
	}
	if err := l.db.WriteTexts(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := l.db.write(func(b *pebble.Batch) error {
		errs := []error{b.Delete(metaKey(metaSearch), nil)}
		for _, kind := range []byte{rowWord, rowQueue, rowChannel} {
			errs = append(errs, b.DeleteRange([]byte{spaceIndex, kind}, []byte{spaceIndex, kind + 1}, nil))
		}
		return errors.Join(errs...)
	})
	q := TextSearch{Query: words.Query{Terms: []words.Term{{Words: []string{"via"}}}}}
	if have := l.find(q, 1000, 5); err != nil || built() || len(have) != 0 {
		t.Fatalf("without an index: %v %v", have, err)
	}
	if err := l.db.BuildSearch(t.Context()); err != nil || !built() {
		t.Errorf("after the build: %v", err)
	}
	if have := l.find(q, 1000, 5); len(have) != 3 {
		t.Errorf("afterwards %d are found", len(have))
	}
	if listed(Listing{Queue: "que_1"}) != 3 || listed(Listing{Channel: "chn_1"}) != 3 {
		t.Error("the queue or the channel does not list them again")
	}
	if rep, err := l.db.VerifyStates(t.Context()); err != nil || len(rep.Problems) != 0 {
		t.Errorf("afterwards: %v %v", rep, err)
	}
}

func TestWhatATextSaysNowReplacesWhatItSaid(t *testing.T) {
	l := newLibrary(t)
	defer l.db.Close()
	l.add(1, testStart, dispatch.AuthorContact, "meu cartão 4111 1111")
	place := l.texts[0].place
	shard := Shard(dispatch.PartitionOf(string(place.Conversation)).Shard())
	count := func(word string) (n int) {
		if err := l.db.Scan(Prefix([]byte("j"+word+"\x00")), func([]byte, []byte) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, step := range []struct {
		before, now string
		want        map[string]int
	}{
		{"meu cartão 4111 1111", "meu cartão novo", map[string]int{"cartao": 1, "4111": 0, "1111": 0, "novo": 1}},
		{"meu cartão novo", "", map[string]int{"meu": 0, "cartao": 0, "novo": 0}},
	} {
		c := Change{Shard: shard, Time: testStart}
		new(wordRows).replace(&c, &arena{}, place, step.before, step.now)
		mustCommit(t, l.db, c)
		for word, n := range step.want {
			if got := count(word); got != n {
				t.Errorf("%q: %s has %d rows", step.now, word, got)
			}
		}
	}
}

func TestEveryRecordThatMakesAnOwnerIsIndexedForItsAgent(t *testing.T) {
	owners := 0
	for _, r := range recordTypes {
		if r == nil {
			continue
		}
		v := reflect.New(reflect.TypeOf(r)).Elem()
		if !v.FieldByName("Epoch").IsValid() {
			continue
		}
		owners++
		v.FieldByName("Agent").SetString("agt_1")
		made := v.Interface().(dispatch.Record) //nolint:forcetypeassert // as in the list
		rows := new(arena).fixed(nil, &dispatch.ConversationSnapshot{ID: "cnv_1"}, made, 1)
		if becameOwner(made) != "agt_1" || len(rows) != 1 || string(rows[0].Key) != "oagt_1\x00cnv_1" {
			t.Errorf("%T: owner %q, rows %q", r, becameOwner(made), rows)
		}
	}
	if owners < 3 {
		t.Errorf("%d records make an owner", owners)
	}
}

func TestPlacesOfTextsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := TextPlace{At: time.UnixMilli(rapid.Int64Range(0, 1<<43).Draw(t, "at")).UTC(), Ordinal: uint64(rapid.Uint32().Draw(t, "ordinal"))}
		p.Conversation = dispatch.ConversationID(dispatch.FormatID("cnv", p.At, dispatch.Partition(rapid.IntRange(0, 1023).Draw(t, "partition")), rapid.Uint64().Draw(t, "entropy")))
		if rapid.Bool().Draw(t, "other") {
			p.Conversation = dispatch.ConversationID("cnv_" + rapid.StringMatching("[a-z]{1,40}").Draw(t, "id"))
		}
		back, err := parseTextPlace(p.append(nil))
		if err != nil || back != p {
			t.Fatalf("%+v: %+v %v", p, back, err)
		}
	})
}

func FuzzTextPlace(f *testing.F) {
	f.Add(AfterText(TextPlace{At: testStart, Conversation: "cnv_1", Ordinal: 3}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := parseTextPlace(raw); err == nil && !bytes.Equal(p.append(nil), raw) {
			t.Errorf("%x is %x", raw, p.append(nil))
		}
	})
}
