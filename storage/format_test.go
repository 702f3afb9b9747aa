package storage

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
)

func init() {
	if flag.Lookup("rewrite") == nil { // datadriven may have defined it
		flag.Bool("rewrite", false, "rewrite the files in testdata")
	}
}

// golden compares got with a file of hexadecimal lines, and returns the file's bytes.
func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	if flag.Lookup("rewrite").Value.String() == "true" {
		var text strings.Builder
		for rest := got; len(rest) > 0; {
			n := min(len(rest), 32)
			text.WriteString(hex.EncodeToString(rest[:n]) + "\n")
			rest = rest[n:]
		}
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := released(t, name)
	if !bytes.Equal(got, want) {
		t.Errorf("%s: the format changed:\ngot  %x\nwant %x", path, got, want)
	}
	return want
}

// released reads what golden wrote, in a format that is not written any more.
func released(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return raw
}

func goldenRecords() map[string]Record {
	return map[string]Record{
		"record-v1-claim.hex": {Shard: 3, Seq: 1, Epoch: 1, Time: testStart, Owner: "pronto"},
		"record-v1-entries.hex": {
			Shard: 15, Seq: 1 << 40, Epoch: 7, PrevHash: Hash{0: 1, 31: 2}, Time: testStart.Add(time.Nanosecond),
			Entries: []Entry{
				{
					Entity: "cnv_01hx0000000000000000000000", First: 300, Time: testStart,
					Events:   []Event{{Type: 16, Data: []byte("data")}, {Type: 65535}},
					Releases: [][]byte{[]byte("released")},
					Claims:   []Claim{{Key: []byte("key"), Value: []byte("value")}, {Key: []byte{0}}},
				},
				{First: 1, Time: testStart.Add(time.Second)},
			},
		},
	}
}

func TestRecordsOfEveryFormatAreReadAsWritten(t *testing.T) {
	for name, rec := range goldenRecords() {
		got, err := DecodeRecord(golden(t, name, AppendRecord(nil, &rec)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(rec, got, emptyIsNil); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// emptyIsNil: the format does not tell an empty value from none.
var emptyIsNil = cmp.Transformer("empty", func(b []byte) string { return string(b) })

func TestDocumentsOfEveryFormatAreReadAsWritten(t *testing.T) {
	doc := &document{Kind: "queue", Created: 1, Updated: -2, Unique: []string{"a", ""}, Body: []byte("{}")}
	got, err := decodeDocument(golden(t, "document-v1.hex", doc.encode()))
	if diff := cmp.Diff(doc, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestExportsOfEveryFormatAreImported(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	o.Now = testClock
	from := openTest(t, o)
	defer closeTest(t, from)
	fillShards(t, from)
	for _, raw := range [][]byte{released(t, "export-v1.hex"), golden(t, "export-v2.hex", export(t, from, 2))} {
		to := openMem(t)
		if _, err := to.Import(t.Context(), bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(shardRows(t, from, 2), shardRows(t, to, 2)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNewerRecordsAndDocumentsAreRefused(t *testing.T) {
	_, err := DecodeRecord([]byte{recordVersion + 1})
	wantErr(t, "record", err, ErrNewerFormat)
	_, err = decodeDocument([]byte{documentVersion + 1})
	wantErr(t, "document", err, ErrNewerFormat)
}

func TestEveryChangedByteOfARecordIsNoticed(t *testing.T) {
	for name, rec := range goldenRecords() {
		raw := AppendRecord(nil, &rec)
		for i := range raw {
			bad := bytes.Clone(raw)
			bad[i] ^= 0x40
			if _, err := DecodeRecord(bad); err == nil {
				t.Errorf("%s: byte %d", name, i)
			}
			if _, err := DecodeRecord(raw[:i]); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: %d bytes of %d: %v", name, i, len(raw), err)
			}
		}
	}
}

// sealed is a record with any body but a correct header and checksum.
func sealed(kind byte, body []byte) []byte {
	rec := Record{Shard: 1, Seq: 2, Epoch: 3, Time: testStart, Owner: "x"}
	raw := AppendRecord(nil, &rec)[:recordHeader]
	raw[1] = kind
	binary.LittleEndian.PutUint32(raw[4:], uint32(len(body)))
	raw = append(raw, body...)
	return binary.LittleEndian.AppendUint32(raw, crc32.Checksum(raw, castagnoli))
}

func TestALyingCountAllocatesNothing(t *testing.T) {
	for _, prefix := range []string{"", "\x01\x00\x00\x00", "\x01\x00\x00\x00\x00", "\x01\x00\x00\x00\x00\x00"} {
		body := binary.AppendUvarint([]byte(prefix), 1<<16)
		raw := sealed(kindEntries, append(body, make([]byte, 64)...))
		least := ^uint64(0) // of several runs: others allocate too
		for range 20 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := DecodeRecord(raw)
			runtime.ReadMemStats(&after)
			wantErr(t, "decode", err, ErrCorrupt)
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		if least > 16<<10 {
			t.Errorf("prefix %x: %d bytes", prefix, least)
		}
	}
}

func TestEventTypesThatDoNotFitAreCorrupt(t *testing.T) {
	typ := binary.AppendUvarint(nil, 1<<16+16)
	body := append([]byte("\x01\x00\x01\x00\x01"), typ...)
	_, err := DecodeRecord(sealed(kindEntries, append(body, 0, 0, 0)))
	wantErr(t, "record", err, ErrCorrupt)
	if _, err := DecodeRecord(sealed(kindEntries, []byte("\x01\x00\x01\x00\x01\x10\x00\x00\x00"))); err != nil {
		t.Errorf("the same with a type that fits: %v", err)
	}
	_, _, err = decodeHistory(append(typ, 0))
	wantErr(t, "history row", err, ErrCorrupt)
}

func FuzzDecodeRecord(f *testing.F) {
	for _, rec := range goldenRecords() {
		raw := AppendRecord(nil, &rec)
		f.Add(raw[1], raw[recordHeader:len(raw)-recordTrailer])
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		if rec, err := DecodeRecord(body); err == nil {
			t.Fatalf("unsealed bytes decode as %+v", rec)
		}
		rec, err := DecodeRecord(sealed(kind, body))
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		if len(rec.Entries)*6 > len(body) {
			t.Fatalf("%d entries from %d bytes", len(rec.Entries), len(body))
		}
		again, err := DecodeRecord(AppendRecord(nil, &rec))
		if diff := cmp.Diff(rec, again, emptyIsNil); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

func FuzzDecodeRows(f *testing.F) {
	f.Add(appendHistory(nil, 5, Event{Type: 16, Data: []byte("x")}))
	f.Add(appendHead(nil, 2, 300))
	f.Add(appendTail(nil, Tail{Seq: 1, Time: testStart}))
	f.Add(appendHistoryKey(nil, "cnv_1", 7))
	f.Add((&document{Kind: "k", Unique: []string{"u"}}).encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if shard, n, err := decodeHead(raw); err == nil {
			if s, m, err := decodeHead(appendHead(nil, shard, n)); s != shard || m != n || err != nil {
				t.Fatalf("head %x read as %d %d", raw, shard, n)
			}
		}
		if tail, err := decodeTail(raw); err == nil && !bytes.Equal(appendTail(nil, tail), raw) {
			t.Fatalf("tail %x read as %+v", raw, tail)
		}
		if entity, n, ok := splitHistoryKey(raw); ok && !bytes.Equal(appendHistoryKey(nil, string(entity), n), raw) {
			t.Fatalf("key %x read as %q %d", raw, entity, n)
		}
		if ns, ev, err := decodeHistory(raw); err == nil {
			ns2, ev2, err := decodeHistory(appendHistory(nil, ns, ev))
			if err != nil || ns2 != ns || ev2.Type != ev.Type || !bytes.Equal(ev.Data, ev2.Data) {
				t.Fatalf("history %x", raw)
			}
		}
		if doc, err := decodeDocument(raw); err == nil {
			again, err := decodeDocument(doc.encode())
			if diff := cmp.Diff(doc, again, emptyIsNil); err != nil || diff != "" {
				t.Fatalf("document %x: %v %s", raw, err, diff)
			}
		}
		_, _, _ = decodeState(raw)
		_, _, _ = shardValue(raw)
	})
}

func FuzzReadExport(f *testing.F) {
	head := exportMagic + "\x02\x02"
	f.Add([]byte(head + "J\x03abc"))
	f.Add([]byte(head + "R\xff\xff\xff\xff\x7f"))
	f.Add([]byte(head + "Z\x30"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := newExportReader(bytes.NewReader(raw))
		for n := 0; err == nil; n++ {
			var typ byte
			typ, _, err = x.next()
			if x.buf.Cap() > 4*len(raw)+4096 || n > len(raw) {
				t.Fatalf("%d bytes buffered, %d frames from %d bytes", x.buf.Cap(), n, len(raw))
			}
			if typ == frameEnd && err == nil {
				return
			}
		}
		if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewerFormat) {
			t.Fatalf("untyped error %v", err)
		}
	})
}
