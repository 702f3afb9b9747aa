package protocol

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func fieldsOf(t *testing.T, err error) []FieldError {
	t.Helper()
	var bad *Invalid
	if !errors.As(err, &bad) {
		t.Fatalf("got %v, want *Invalid", err)
	}
	return bad.Fields
}

func TestARefusedBodyNamesTheFieldAndTheRule(t *testing.T) {
	for _, c := range []struct{ body, pointer, code string }{
		{`{"name":"a","colour":1}`, "/colour", FieldUnknown},
		{`{"name":"a","wrapup":{"mood":1}}`, "/wrapup/mood", FieldUnknown},
		{`{"Name":"a"}`, "/Name", FieldUnknown},
		{`{"name":"a\"B\\","n\u0061Me" : "b"}`, "/naMe", FieldUnknown},
		{"{\"name\":\"a\",\"de\u017fcription\":\"b\"}", "/de\u017fcription", FieldUnknown},
		{`{"name":"a","Name":"b"}`, "/Name", FieldUnknown},
		{`{"name":"a","wrapup":{"Mode":"manual"}}`, "/wrapup/Mode", FieldUnknown},
		{`{}`, "/name", FieldRequired},
		{`{"name":"` + strings.Repeat("é", 101) + `"}`, "/name", FieldTooLong},
		{`{"name":1}`, "/name", FieldType},
		{`{"name":"a","offer_time_ms":999}`, "/offer_time_ms", FieldRange},
		{`{"name":"a","offer_time_ms":900001}`, "/offer_time_ms", FieldRange},
		{`{"name":"a","reoffer_pause_ms":600001}`, "/reoffer_pause_ms", FieldRange},
		{`{"name":"a","reoffer_pause_ms":40000}`, "/reoffer_pause_max_ms", FieldRange},
		{`{"name":"a","max_misses":11}`, "/max_misses", FieldRange},
		{`{"name":"a","strategy":"best"}`, "/strategy", FieldNotAllowed},
		{`{"name":"a","strategy":"cleverest"}`, "/strategy", FieldNotAllowed},
		{`{"name":"a","mode":"loud"}`, "/mode", FieldNotAllowed},
		{`{"name":"a","parallel_offers":51}`, "/parallel_offers", FieldRange},
		{`{"name":"a","parallel_offers":0}`, "/parallel_offers", FieldRange},
		{`{"name":"a","parallel_offers":2,"mode":"auto"}`, "/parallel_offers", FieldConflict},
		{`{"name":"a","wrapup":{"mode":"x"}}`, "/wrapup/mode", FieldNotAllowed},
		{`{"name":"a","script_required":true}`, "/script_id", FieldRequired},
		{`{"name":"a"}{}`, "", FieldTrailing},
		{`{"name":"a"} x`, "", FieldTrailing},
		{`[]`, "", FieldType},
		{`null`, "", FieldType},
		{``, "", FieldSyntax},
		{`{"name":`, "", FieldSyntax},
	} {
		var q Queue
		fields := fieldsOf(t, Decode([]byte(c.body), 4096, &q))
		if fields[0] != (FieldError{Pointer: c.pointer, Code: c.code}) {
			t.Errorf("%s: got %v, want %s %s", c.body, fields, c.pointer, c.code)
		}
	}
}

func TestABodyLargerThanTheLimitIsRefusedUnread(t *testing.T) {
	var q Queue
	if f := fieldsOf(t, Decode([]byte(`{"name":"abcdef"}`), 10, &q)); f[0].Code != FieldTooLarge {
		t.Fatalf("got %v", f)
	}
}

func TestAnErrorNeverContainsAValueThatWasSent(t *testing.T) {
	for _, body := range []string{`{"name":"a","mode":"hunter2"}`, `{"name":"a","offer_time_ms":"hunter2"}`, `{"name":"a","x":"hunter2"}`, `hunter2`} {
		var q Queue
		err := Decode([]byte(body), 0, &q)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestAbsentFieldsGetTheirDefaultsAndZeroIsKept(t *testing.T) {
	var q Queue
	if err := Decode([]byte(`{"name":"a","max_misses":0,"strategy":null}`), 0, &q); err != nil {
		t.Fatal(err)
	}
	want := Queue{
		Name: "a", QueueRouting: QueueRouting{Strategy: "longest_idle", AgeBoostS: 600, Mode: "push", ParallelOffers: 1, SkillsRelaxation: []RelaxationStep{}}, OfferTimeMS: 30000, ReofferPauseMS: 2000, ReofferPauseMaxMS: 30000,
		Wrapup: Wrapup{Mode: "off", MS: 60000}, Gone: Gone{Policy: "channel", AfterMS: 120000}, TransferTimeMS: 60000, ReopenWindowMS: 86400000, Weight: 1,
		AgentNudgeMS: 120000, AgentAlertMS: 300000, ServiceLevelMS: 20000,
	}
	if !reflect.DeepEqual(q, want) {
		t.Fatalf("got %+v", q)
	}
	var a Agent
	if err := Decode([]byte(`{"name":"A","login":"a","role":"agent"}`), 0, &a); err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(a)
	if a.Capacity != 4 || strings.Contains(string(body), "null") || strings.Contains(string(body), "\"password\"") {
		t.Fatalf("got %s", body)
	}
}

func TestATimeIsWrittenInUTCWithMillisecondsAndReadWithAnyOffset(t *testing.T) {
	var m InboundMessage
	body := `{"external_id":"1","contact":{"identities":[{"kind":"phone","value":"+55"}]},"text":"x","sent_at":"2026-11-23T09:00:00.1239-03:00"}`
	if err := Decode([]byte(body), 0, &m); err != nil {
		t.Fatal(err)
	}
	if got := m.SentAt.String(); got != "2026-11-23T12:00:00.123Z" {
		t.Fatalf("got %s", got)
	}
	for _, bad := range []string{`"yesterday"`, `12`, `{}`} {
		fields := fieldsOf(t, Decode([]byte(strings.Replace(body, `"2026-11-23T09:00:00.1239-03:00"`, bad, 1)), 0, &m))
		if fields[0] != (FieldError{Pointer: "/sent_at", Code: FieldTime}) {
			t.Errorf("%s: got %v", bad, fields)
		}
	}
	out, _ := json.Marshal(At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	if string(out) != `"2026-01-02T03:04:05.000Z"` {
		t.Fatalf("got %s", out)
	}
}

func TestAnInboundMessageNeedsContentAndASender(t *testing.T) {
	var m InboundMessage
	fields := fieldsOf(t, Decode([]byte(`{"external_id":"1","contact":{"identities":[]},"priority":11,"skills":[{"id":"","min_level":6}]}`), 0, &m))
	want := []FieldError{{Pointer: "/contact/identities", Code: FieldRequired}, {Pointer: "/priority", Code: FieldRange}, {Pointer: "/skills/0/id", Code: FieldRequired}, {Pointer: "/skills/0/min_level", Code: FieldRange}, {Pointer: "/text", Code: FieldRequired}}
	if len(fields) != len(want) {
		t.Fatalf("got %v", fields)
	}
	for i := range want {
		if fields[i] != want[i] {
			t.Errorf("got %v, want %v", fields[i], want[i])
		}
	}
}

func TestATransferHasExactlyOneTarget(t *testing.T) {
	var b TransferBody
	for body, code := range map[string]string{`{"to":{}}`: FieldRequired, `{}`: FieldRequired, `{"to":{"agent_id":"a","queue_id":"q"}}`: FieldConflict} {
		if f := fieldsOf(t, Decode([]byte(body), 0, &b)); f[0] != (FieldError{Pointer: "/to", Code: code}) {
			t.Errorf("%s: got %v", body, f)
		}
		b = TransferBody{}
	}
}

func FuzzNoFrameMakesTheDecoderPanic(f *testing.F) {
	f.Add([]byte(`{"type":"command","id":"1","name":"offer.accept","data":{"offer_id":"off_1"}}`))
	f.Add([]byte(`{"type":"resume","seq":-1}`))
	f.Add([]byte(`{"external_id":"1","contact":{"identities":[{"kind":"phone","value":"+55"}]},"text":"x","sent_at":"2026-11-23T09:00:00Z","attributes":{"a":"b"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, v := range []any{&InboundMessage{}, &Command{}, &Resume{}, &Script{}, &Channel{}, &TransferStart{}} {
			if err := Decode(data, MaxFrameBytes, v); err != nil {
				fieldsOf(t, err)
				continue
			}
			if _, err := json.Marshal(v); err != nil {
				t.Fatalf("%T was taken and cannot be written: %v", v, err)
			}
		}
	})
}
