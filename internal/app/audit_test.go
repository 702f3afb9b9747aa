package app

import (
	"encoding/json"
	"strings"
	"testing"
)

func (o *office) audit(query string) []object {
	o.t.Helper()
	var out []object
	for _, v := range o.must(200, "GET", "/audit?"+query, o.admin, nil)["items"].([]any) {
		out = append(out, v.(object))
	}
	return out
}

func changeOf(entry object, field string) object {
	for _, c := range entry["changes"].([]any) {
		if c := c.(object); c["field"] == field {
			return c
		}
	}
	return object{}
}

func TestEveryAdministrativeChangeIsInTheAudit(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	queue := o.create("/queues", object{"name": "Auditada"})
	o.patch("/queues/"+queue, object{"name": "Auditada 2", "priority": 3})
	o.must(204, "DELETE", "/queues/"+queue, o.admin, nil)
	entries := o.audit("kind=queue&object_id=" + queue)
	if len(entries) != 3 || entries[0]["action"] != "queue.deleted" || entries[1]["action"] != "queue.updated" || entries[2]["action"] != "queue.created" {
		t.Fatalf("entries %v", entries)
	}
	if c := changeOf(entries[1], "name"); c["before"] != "Auditada" || c["after"] != "Auditada 2" {
		t.Errorf("change %v", c)
	}
	if by := entries[1]["by"].(object); by["name"] != "Raiz" || by["role"] != "admin" || entries[1]["from"] != "127.0.0.1" || len(entries[1]["changes"].([]any)) != 2 {
		t.Errorf("entry %v", entries[1])
	}
	token := o.must(201, "POST", "/api-tokens", o.admin, object{"name": "robô", "scopes": []string{"live:read"}})
	o.must(204, "DELETE", "/api-tokens/"+token["id"].(string), o.admin, nil)
	if e := o.audit("action=api_token."); len(e) != 2 || e[1]["object"].(object)["id"] != token["id"] {
		t.Errorf("tokens: %v", e)
	}
	o.call("POST", "/login", "", object{"login": "ana", "password": "errada-errada"})
	o.call("POST", "/login", "", object{"login": "ninguem-tem", "password": "errada-errada"})
	if e := o.audit("action=session.refused"); len(e) != 2 || e[1]["object"].(object)["id"] != o.anaID || e[0]["by"].(object)["role"] != "unknown" {
		t.Errorf("sign-ins: %v", e)
	}
	root := o.desk(o.admin)
	root.ok("status.force", object{"agent_id": o.anaID, "status": "not_ready"})
	o.must(200, "POST", "/conversations/"+id+"/requeue", o.admin, object{"priority": 2})
	if e := o.audit("action=status.force"); len(e) != 1 || e[0]["object"].(object)["id"] != o.anaID || e[0]["from"] != "127.0.0.1" || changeOf(e[0], "status")["after"] != "not_ready" {
		t.Errorf("forced: %v", e)
	}
	if e := o.audit("kind=conversation&object_id=" + id); len(e) != 1 || e[0]["action"] != "conversation.requeue" {
		t.Errorf("requeued: %v", e)
	}
	o.transcript(id, o.admin, "notes=true")
	if e := o.audit("action=conversation.transcript"); len(e) != 1 || changeOf(e[0], "notes")["after"] != true {
		t.Errorf("transcript: %v", e)
	}
	ana.drop()
	if status, _ := o.call("GET", "/audit", o.ana, nil); status != 403 {
		t.Errorf("an agent reads the audit: %d", status)
	}
}

func TestTheAuditIsAChainWithoutSecretsInPages(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.create("/channels", object{"name": "Zap", "kind": "whatsapp", "queue_id": o.queue, "config": object{
		"phone_number_id": "1", "access_token": "segredo-do-provedor", "app_secret": "outro-segredo", "verify_token": "terceiro-segredo",
	}})
	o.create("/agents", object{"name": "Eva", "login": "eva", "password": "senha-da-eva-1", "role": "agent"})
	var all []object
	for cursor := ""; ; {
		page := o.must(200, "GET", "/audit?limit=3&cursor="+cursor, o.admin, nil)
		for _, v := range page["items"].([]any) {
			all = append(all, v.(object))
		}
		next, _ := page["next_cursor"].(string)
		if cursor = next; next == "" {
			break
		}
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"segredo", "senha-"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("the audit shows %q", secret)
		}
	}
	if !strings.Contains(string(raw), `"access_token":"***"`) || !strings.Contains(string(raw), "password.set") {
		t.Errorf("masked secrets are missing in %s", raw)
	}
	for i, e := range all {
		if i+1 < len(all) && (e["previous"] != all[i+1]["hash"] || e["seq"].(float64) != all[i+1]["seq"].(float64)+1) {
			t.Errorf("entry %v does not follow from entry %v", e["seq"], all[i+1]["seq"])
		}
	}
	if last := all[len(all)-1]; last["seq"] != 1.0 || strings.Trim(last["previous"].(string), "0") != "" {
		t.Errorf("the first entry is %v", last)
	}
	rep, err := o.app.db.VerifyAudit(t.Context())
	if err != nil || rep.Entries != uint64(len(all)) || len(rep.Problems) > 0 {
		t.Errorf("%+v, %v", rep, err)
	}
	queue := o.create("/queues", object{"name": "Tomada"})
	if status, _ := o.call("POST", "/queues", o.admin, object{"name": "tomada"}); status != 409 {
		t.Errorf("the name was not taken: %d", status)
	}
	if e := o.audit("action=queue.created&limit=2"); e[0]["outcome"] != "already_exists" || e[1]["outcome"] != "already_exists" && e[1]["object"].(object)["id"] == queue {
		t.Errorf("a refused change: %v", e)
	}
}
