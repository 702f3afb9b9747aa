package app

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func (s *server) metrics() string {
	s.t.Helper()
	res, err := http.Get(s.base + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(raw)
}

var label = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

func TestMetricsCountByQueueChannelAndOutcomeAndNameNobody(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	ana.ok("message.send", object{"conversation_id": id, "text": "olá"})
	ana.ok("conversation.close", object{"conversation_id": id, "script": object{"reason_id": o.reason, "resolved": true}})
	o.inbound(o.channel, "again", phoneOf(3), "oi")
	ana.ok("offer.decline", object{"offer_id": ana.event("offer.created")["id"]})
	o.must(201, "POST", "/backups", o.admin, nil)
	got := o.metrics()
	for _, want := range []string{
		`pronto_offers_total{outcome="accepted",queue="Financeiro"} 1`, `pronto_offers_total{outcome="declined",queue="Financeiro"} 1`,
		`pronto_wait_seconds_count{queue="Financeiro"} 1`, `pronto_conversations_total{channel="API",outcome="opened",queue="Financeiro"} 2`,
		`pronto_messages_total{channel="API",outcome="received"} 2`, `pronto_messages_total{channel="API",outcome="sent"} 1`,
		`pronto_commit_seconds_count{outcome="durable"}`, "pronto_sockets 1", "pronto_outbox_conversations 0", "pronto_storage_read_only 0",
		`pronto_actor_overloaded_total{kind="conversation"} 0`, "pronto_last_backup_timestamp_seconds 1.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	for line := range strings.Lines(got) {
		if !strings.HasPrefix(line, "pronto_") {
			continue
		}
		for _, l := range label.FindAllStringSubmatch(line, -1) {
			if !strings.Contains(" queue channel outcome kind class le ", " "+l[1]+" ") || strings.Contains(l[2], "_0") {
				t.Errorf("label %s in %s", l[0], line)
			}
		}
	}
	for _, secret := range []string{id, o.anaID, phoneOf(0), "olá"} {
		if strings.Contains(got, secret) {
			t.Errorf("the metrics show %q", secret)
		}
	}
}

// The conversation was in the queue once. How long its first agent had it is no wait.
func TestAnAcceptedTransferIsNoWaitInTheQueue(t *testing.T) {
	t.Parallel()
	o, ana, bia, id := pair(t)
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"agent_id": o.biaID}})
	bia.ok("offer.accept", object{"offer_id": bia.event("offer.created")["id"]})
	got := o.metrics()
	for _, want := range []string{`pronto_offers_total{outcome="accepted",queue="Financeiro"} 2`, `pronto_wait_seconds_count{queue="Financeiro"} 1`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}
