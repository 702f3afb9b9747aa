package transport

import (
	"strings"
	"testing"

	"pronto/protocol"
)

func TestAFileThatTheWritesWouldRefuseIsRefusedBeforeTheFirst(t *testing.T) {
	s := testServer(t, newWorld())
	que, skl := create(t, s, "/queues", `{"name":"Vendas"}`), create(t, s, "/skills", `{"name":"Inglês"}`)
	agent := create(t, s, "/agents", `{"name":"Ana","login":"ana","role":"agent"}`)
	before := ask(t, s, "admin", "GET", configurationPath, "").body
	for file, want := range map[string]string{
		`{"queues":[{"name":"Nova"}],"skills":[{"name":"inglês"}]}`:                                          "/skills/0/name taken",
		`{"queues":[{"name":"Nova"},{"name":"nova"}]}`:                                                       "/queues/1/name taken",
		`{"queues":[{"id":"` + que + `","name":"A"},{"id":"` + que + `","name":"B"}]}`:                       "/queues/1/id duplicate",
		`{"agents":[{"name":"B","login":" ANA ","role":"agent"}]}`:                                           "/agents/0/login taken",
		`{"queues":[{"id":"` + agent + `","name":"A"}]}`:                                                     "/queues/0/id invalid",
		`{"queues":[{"id":"que_ ","name":"A"}]}`:                                                             "/queues/0/id invalid",
		`{"queues":[{"id":"que_` + strings.Repeat("a", 61) + `","name":"A"}]}`:                               "/queues/0/id invalid",
		`{"organisation":[{"id":"org_other","suspect_ms":20000}]}`:                                           "/organisation/0/id invalid",
		`{"organisation":[{"suspect_ms":20000},{"suspect_ms":30000}]}`:                                       "/organisation/1/id duplicate",
		`{"contact-privacy":[{"masked_documents":[]},{"masked_documents":["cpf"]}],"queues":[{"name":"X"}]}`: "/contact-privacy/1/id duplicate",
	} {
		for _, query := range []string{"?dry_run=true", ""} {
			p := ask(t, s, "admin", "PUT", configurationPath+query, file).refused(protocol.CodeBadRequest)
			if len(p.Errors) != 1 || p.Errors[0].Pointer+" "+p.Errors[0].Code != want {
				t.Errorf("%s: %v, not %s", file, p.Errors, want)
			}
		}
	}
	if after := ask(t, s, "admin", "GET", configurationPath, "").body; after != before {
		t.Errorf("something was written: %s", after)
	}
	freed := `{"skills":[{"id":"` + skl + `","name":"English"},{"name":"Inglês"}],"organisation":[{"suspect_ms":20000}]}`
	ask(t, s, "admin", "PUT", configurationPath, freed).wants(200)
	if o := ask(t, s, "admin", "GET", "/api/v1/organisation", "").body; !strings.Contains(o, `"suspect_ms":20000`) {
		t.Errorf("the only object needs no id in a file: %s", o)
	}
}

func TestAWebChatThatDemandsAnIdentityIsImportedAsItWasExported(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	const key = "0123456789abcdef0123456789abcdef"
	queue := create(t, s, "/queues", `{"name":"q"}`)
	id := create(t, s, "/channels", `{"name":"w","kind":"web","queue_id":"`+queue+`","config":{"identity_secret":"`+key+`"},"widget":{"require_identity":true}}`)
	file := ask(t, s, "admin", "GET", configurationPath, "").wants(200).body
	if strings.Contains(file, key) {
		t.Fatalf("exported %s", file)
	}
	ask(t, s, "admin", "PUT", configurationPath, strings.Replace(file, `"name":"w"`, `"name":"site"`, 1)).wants(200)
	if stored := string(w.docs["channel/"+id].Body); !strings.Contains(stored, key) || !strings.Contains(stored, `"name":"site"`) {
		t.Errorf("stored %s", stored)
	}
	unsaid := `{"name":"x","kind":"web","queue_id":"` + queue + `","secrets_set":["identity_secret"],"widget":{"require_identity":true}}`
	for _, a := range []answerOf{
		ask(t, s, "admin", "POST", "/api/v1/channels", unsaid), ask(t, s, "admin", "PUT", configurationPath, `{"channels":[`+unsaid+`]}`),
		ask(t, s, "admin", "PATCH", "/api/v1/channels/"+id, `{"config":{"identity_secret":null},"secrets_set":["identity_secret"]}`),
	} {
		if p := a.refused(protocol.CodeBadRequest); !strings.HasSuffix(p.Errors[0].Pointer, "/config/identity_secret") || p.Errors[0].Code != protocol.FieldRequired {
			t.Errorf("it is only said to be set: %v", p.Errors)
		}
	}
}

func TestTheReasonForTheEndOfWrapUpMayComeWithTheScriptOfTheSameFile(t *testing.T) {
	s := testServer(t, newWorld())
	script := create(t, s, "/scripts", `{"name":"s","reasons":[{"id":"rsn_a","label":"A"}]}`)
	queue := create(t, s, "/queues", `{"name":"q","script_id":"`+script+`"}`)
	file := func(scriptID, reason string) string {
		return `{"scripts":[{"id":"` + scriptID + `","name":"` + scriptID + `","reasons":[{"id":"rsn_a","label":"A"},{"id":"rsn_b","label":"B"}]}],` +
			`"queues":[{"id":"` + queue + `","name":"q","script_id":"` + scriptID + `","wrapup":{"mode":"timed","default_reason_id":"` + reason + `"}}]}`
	}
	for _, id := range []string{script, "scr_new"} {
		p := ask(t, s, "admin", "PUT", configurationPath, file(id, "rsn_none")).refused(protocol.CodeBadRequest)
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "/queues/0/wrapup/default_reason_id" || p.Errors[0].Code != protocol.FieldNotFound {
			t.Errorf("a reason that neither has: %v", p.Errors)
		}
		ask(t, s, "admin", "PUT", configurationPath, file(id, "rsn_b")).wants(200)
	}
}
