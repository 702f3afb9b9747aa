package storage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func put(id string, expect uint64, body string, unique ...string) Put {
	return Put{
		Kind: "queue", ID: id, Shard: 4, Expect: expect, Body: []byte(body), Unique: unique,
		Time: testStart.Add(time.Duration(expect) * time.Minute),
	}
}

func mustPut(t *testing.T, db *DB, p Put) Document {
	t.Helper()
	doc, err := db.PutDocument(t.Context(), p)
	if err != nil {
		t.Fatalf("put %s: %v", p.ID, err)
	}
	return doc
}

func TestDocumentIsReadAsWrittenAndVersioned(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	db := openTest(t, o)
	first := mustPut(t, db, put("que_1", 0, "one"))
	second := mustPut(t, db, put("que_1", 1, "two"))
	closeTest(t, db)
	db = openTest(t, o)
	defer closeTest(t, db)
	got, err := db.Document("queue", "que_1")
	if err != nil || fmt.Sprint(got) != fmt.Sprint(second) {
		t.Fatalf("read %+v, %v; put said %+v", got, err, second)
	}
	if first.Version != 1 || got.Version != 2 || string(got.Body) != "two" ||
		!got.CreatedAt.Equal(testStart) || !got.UpdatedAt.Equal(testStart.Add(time.Minute)) {
		t.Errorf("%+v then %+v", first, got)
	}
	_, err = db.Document("agent", "que_1")
	wantErr(t, "another kind", err, ErrNotFound)
	_, err = db.Document("queue", "que_2")
	wantErr(t, "another id", err, ErrNotFound)
}

func TestDocumentOfAnotherVersionIsStale(t *testing.T) {
	db := openMem(t)
	mustPut(t, db, put("que_1", 0, "one"))
	for _, expect := range []uint64{0, 2} {
		_, err := db.PutDocument(t.Context(), put("que_1", expect, "x"))
		wantStale(t, err, "que_1", 1)
	}
	_, err := db.PutDocument(t.Context(), put("que_2", 1, "x"))
	wantStale(t, err, "que_2", 0)
	wantStale(t, db.DeleteDocument(t.Context(), "queue", "que_1", 2, testStart), "que_1", 1)
	wantErr(t, "delete", db.DeleteDocument(t.Context(), "queue", "que_2", 1, testStart), ErrNotFound)
	wantErr(t, "delete", db.DeleteDocument(t.Context(), "agent", "que_1", 1, testStart), ErrNotFound)
	wrong := put("que_1", 1, "x")
	wrong.Kind = "agent"
	_, err = db.PutDocument(t.Context(), wrong)
	wantErr(t, "another kind", err, ErrInvalid)
}

func TestUniqueStringsFollowTheDocument(t *testing.T) {
	db := openMem(t)
	mustPut(t, db, put("que_1", 0, "", "name/sales", "slug/s"))
	_, err := db.PutDocument(t.Context(), put("que_2", 0, "", "name/sales"))
	wantTaken(t, err, "name/sales", "que_1")
	if v, ok, err := db.Claimed([]byte("slug/s")); !ok || string(v) != "que_1" || err != nil {
		t.Fatalf("claim %q %t %v", v, ok, err)
	}
	mustPut(t, db, put("que_1", 1, "", "name/service", "slug/s"))
	mustPut(t, db, put("que_2", 0, "", "name/sales"))
	_, err = db.PutDocument(t.Context(), put("que_2", 1, "", "name/sales", "slug/s"))
	wantTaken(t, err, "slug/s", "que_1")
	if err := db.DeleteDocument(t.Context(), "queue", "que_1", 2, testStart); err != nil {
		t.Fatal(err)
	}
	mustPut(t, db, put("que_2", 1, "", "name/service", "slug/s"))
	mustVerify(t, db)
}

func TestDeletedDocumentMayBeCreatedAgainWithAHigherVersion(t *testing.T) {
	db := openMem(t)
	mustPut(t, db, put("que_1", 0, "one"))
	if err := db.DeleteDocument(t.Context(), "queue", "que_1", 1, testStart); err != nil {
		t.Fatal(err)
	}
	_, err := db.Document("queue", "que_1")
	wantErr(t, "deleted", err, ErrNotFound)
	wantErr(t, "deleted twice", db.DeleteDocument(t.Context(), "queue", "que_1", 2, testStart), ErrNotFound)
	_, err = db.PutDocument(t.Context(), put("que_1", 2, "x"))
	wantStale(t, err, "que_1", 0)
	again := put("que_1", 0, "again")
	again.Time = testStart.Add(time.Hour)
	if doc := mustPut(t, db, again); doc.Version != 3 || !doc.CreatedAt.Equal(again.Time) {
		t.Errorf("created again as %+v", doc)
	}
	events, err := db.Events("que_1", 0, 10)
	if err != nil || len(events) != 3 || events[1].Type != EventDocumentDeleted || events[2].Type != EventDocumentSaved {
		t.Errorf("history %+v, %v", events, err)
	}
}

func TestDocumentsAreListedByKindInPages(t *testing.T) {
	db := openMem(t)
	for i := range 5 {
		mustPut(t, db, put(fmt.Sprint("que_", i), 0, fmt.Sprint(i)))
		other := put(fmt.Sprint("agt_", i), 0, "")
		other.Kind = "queues" // the kind is not a prefix
		mustPut(t, db, other)
	}
	if err := db.DeleteDocument(t.Context(), "queue", "que_3", 1, testStart); err != nil {
		t.Fatal(err)
	}
	got := ""
	for after := ""; ; {
		page, err := db.Documents("queue", after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page {
			got += d.ID + "=" + string(d.Body) + " "
			after = d.ID
		}
		if len(page) < 2 {
			break
		}
	}
	if got != "que_0=0 que_1=1 que_2=2 que_4=4 " {
		t.Errorf("listed %q", got)
	}
	if docs, err := db.Documents("queue", "", 0); len(docs) != 0 || err != nil {
		t.Errorf("limit 0: %v, %v", docs, err)
	}
}

func TestADocumentIsReadAsItWasInAnEarlierVersion(t *testing.T) {
	db := openMem(t)
	mustPut(t, db, put("que_1", 0, "one"))
	mustPut(t, db, put("que_1", 1, "two"))
	if err := db.DeleteDocument(t.Context(), "queue", "que_1", 2, testStart); err != nil {
		t.Fatal(err)
	}
	for version, body := range map[uint64]string{1: "one", 2: "two"} {
		if got, err := db.DocumentAt("queue", "que_1", version); err != nil || string(got.Body) != body || got.Version != version {
			t.Errorf("version %d: %+v, %v", version, got, err)
		}
	}
	for _, version := range []uint64{0, 3, 4} { // never, its deletion, not yet
		_, err := db.DocumentAt("queue", "que_1", version)
		wantErr(t, "version", err, ErrNotFound)
	}
	_, err := db.DocumentAt("agent", "que_1", 1)
	wantErr(t, "another kind", err, ErrNotFound)
}

func TestADocumentIsFoundByTheWordsOfItsNewestBody(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	o.Words = map[string]func([]byte) []string{"queue": func(body []byte) []string { return strings.Fields(string(body)) }}
	db := openTest(t, o)
	defer closeTest(t, db)
	mustPut(t, db, put("que_1", 0, "red green red"))
	mustPut(t, db, put("que_2", 0, "green grey"))
	mustPut(t, db, put("que_1", 1, "green blue"))
	if err := db.DeleteDocument(t.Context(), "queue", "que_2", 1, testStart); err != nil {
		t.Fatal(err)
	}
	told := put("que_3", 0, "green")
	told.Words = []string{"green", "", "green"}
	mustPut(t, db, told)
	walk := func(prefix, word, id string) (out string) {
		if err := db.DocumentsByWord("queue", prefix, word, id, func(word, id string) error { out += word + "/" + id + " "; return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	for got, want := range map[string]string{
		walk("", "", ""): "blue/que_1 green/que_1 green/que_3 ", walk("gr", "", ""): "green/que_1 green/que_3 ", walk("red", "", ""): "",
		walk("g", "green", "que_1"): "green/que_3 ",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if n, problems, err := db.VerifyWords(t.Context(), "queue"); n != 2 || len(problems) > 0 || err != nil {
		t.Errorf("%d documents, %v, %v", n, problems, err)
	}
	db.opts.Words["queue"] = func([]byte) []string { return []string{"blue"} }
	if _, problems, _ := db.VerifyWords(t.Context(), "queue"); len(problems) != 3 {
		t.Errorf("another rule: %q", problems)
	}
}

func TestAPageOfDocumentsIsFullAlsoWhereSomeAreDeletedMeanwhile(t *testing.T) {
	db := openTest(t, testOptions(t, vfs.NewMem()))
	defer closeTest(t, db)
	for _, id := range []string{"que_1", "que_3", "que_4"} {
		mustPut(t, db, put(id, 0, id))
	}
	// This is what a reader sees that found the name of one before it was deleted, and looks for it after.
	if err := db.commit(t.Context(), Change{Time: testStart, Set: []Row{{Key: documentKey("queue", "que_2")}}}); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]string{1: "que_1", 2: "que_1 que_3", 3: "que_1 que_3 que_4", 4: "que_1 que_3 que_4"} {
		page, err := db.Documents("queue", "", limit)
		var got []string
		for _, d := range page {
			got = append(got, d.ID)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("at most %d: %v, %v", limit, got, err)
		}
	}
	if page, err := db.Documents("queue", "que_1", 1); err != nil || len(page) != 1 || page[0].ID != "que_3" {
		t.Errorf("the next one: %v, %v", page, err)
	}
}
