package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"
)

func TestALogLineHasListedFieldsAndNoPersonalData(t *testing.T) {
	var out bytes.Buffer
	log := zerolog.New(SafeLog(&out))
	log.Error().Err(errors.New(`claim "contact phone:+5511999990000": taken by marina@example.com; cpf 123.456.789-09; Authorization: Bearer abc123`)).
		Str("conversation", "cnv_01hzy3k12345678abcd").Str("text", "segunda via").Str("request_id", "req_ABC").Msg("deliver to +55 11 99999-0000")
	line := out.String()
	for _, secret := range []string{"99999", "marina@", "456.789", "abc123", "segunda via", `"text"`} {
		if strings.Contains(line, secret) {
			t.Errorf("%q is in %s", secret, line)
		}
	}
	for _, kept := range []string{"cnv_01hzy3k12345678abcd", "req_ABC", `"level":"error"`, "deliver to"} {
		if !strings.Contains(line, kept) {
			t.Errorf("%q is not in %s", kept, line)
		}
	}
	out.Reset()
	if _, err := SafeLog(&out).Write([]byte("no json with +5511999990000\n")); err != nil || strings.Contains(out.String(), "999") || !json.Valid(out.Bytes()) {
		t.Errorf("%s, %v", out.String(), err)
	}
}

// lines is a log in memory.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// A server at work, with every line logged: nothing of what people wrote, who they are, or how they prove it is in the log.
func TestTheLogOfABusyServerShowsNobody(t *testing.T) {
	t.Parallel()
	var log lines
	o := officeWithLog(t, t.TempDir(), zerolog.New(SafeLog(&log)).Level(zerolog.DebugLevel))
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	id := o.accepted(ana, "l1", "+5511987654321")
	ana.ok("message.send", object{"conversation_id": id, "text": "texto-que-ninguem-le"})
	ana.ok("note.add", object{"conversation_id": id, "text": "nota-que-ninguem-le"})
	o.call("POST", "/channels/"+o.channel+"/messages", o.admin, object{
		"external_id": "l2", "text": "outro-texto-privado", "contact": object{"name": "Nome-Privado", "identities": []object{{"kind": "phone", "value": "+5511987654321"}},
			"documents": []object{{"kind": "cpf", "value": "12345678909"}}},
	})
	o.call("POST", "/channels/"+o.channel+"/messages", o.admin, object{"external_id": "l3", "contact": object{"identities": []object{{"kind": "phone", "value": "nao-e-telefone-987654321"}}}})
	o.call("POST", "/login", "", object{"login": "ana", "password": "senha-errada-secreta"})
	o.call("GET", "/conversations?q=busca-privada", o.admin, nil)
	ana.drop()
	o.shut()
	got := log.String()
	if n := strings.Count(got, "\n"); n < 10 {
		t.Fatalf("only %d lines were logged:\n%s", n, got)
	}
	for _, secret := range []string{
		"ninguem-le", "privado", "Privado", "privada", "987654321", "12345678909", "senha-errada", password, o.admin, o.ana,
	} {
		if i := strings.Index(got, secret); i >= 0 {
			t.Errorf("%q is in the log: %s", secret, got[max(0, i-200):min(len(got), i+100)])
		}
	}
}
