package app

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

const linkPath = "/desk/password#"

// link makes one for an agent and returns its token.
func (o *office) link(id string) string {
	o.t.Helper()
	token, ok := strings.CutPrefix(o.must(201, "POST", "/agents/"+id+"/password-link", o.admin, nil)["path"].(string), linkPath)
	if !ok {
		o.t.Fatal(token)
	}
	return token
}

func TestAnInvitedAgentSetsThePasswordWithTheLinkOnceAndSignsIn(t *testing.T) {
	o := newOffice(t, t.TempDir())
	id := o.create("/agents", object{"name": "Caio Prado", "login": "caio", "role": "agent"})
	token := o.link(id)
	owner := o.must(200, "POST", "/password-link/check", "", object{"token": token})
	if owner["name"] != "Caio Prado" || owner["login"] != "caio" || owner["expires_at"] == nil {
		t.Errorf("owner: %v", owner)
	}
	weak := o.must(400, "POST", "/password-link", "", object{"token": token, "password": "curta"})
	if field := weak["errors"].([]any)[0].(object); field["pointer"] != "/password" || field["code"] != "too_short" {
		t.Errorf("weak: %v", weak)
	}
	statuses := make([]int, 4)
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() {
			statuses[i], _ = o.call("POST", "/password-link", "", object{"token": token, "password": "uma senha do caio"})
		})
	}
	all.Wait()
	won := 0
	for _, s := range statuses {
		if s == http.StatusNoContent {
			won++
		} else if s != http.StatusNotFound {
			t.Errorf("status %d", s)
		}
	}
	if won != 1 {
		t.Errorf("%d won: %v", won, statuses)
	}
	o.login("caio", "uma senha do caio")
	var told []string
	for _, r := range o.must(200, "GET", "/audit?object_id="+id, o.admin, nil)["items"].([]any) {
		told = append(told, r.(object)["action"].(string)+" by "+r.(object)["by"].(object)["role"].(string))
	}
	for _, want := range []string{"password.link_made by admin", "password.link_used by agent", "password.link_refused by unknown"} {
		if !strings.Contains(strings.Join(told, ", "), want) {
			t.Errorf("the audit has %v, not %q", told, want)
		}
	}
	if strings.Contains(dump(o.must(200, "GET", "/audit", o.admin, nil)), "pln_") {
		t.Error("a link is in the audit")
	}
}

func TestLinksThatDoNotWorkAreAnsweredAlike(t *testing.T) {
	o := newOffice(t, t.TempDir())
	used, replaced, blocked := o.link(o.anaID), o.link(o.biaID), ""
	o.must(204, "POST", "/password-link", "", object{"token": used, "password": "outra senha dela"})
	if status, _ := o.call("GET", "/me", o.ana, nil); status != 401 {
		t.Errorf("a session from before: %d", status)
	}
	current := o.link(o.biaID)
	caio := o.create("/agents", object{"name": "Caio", "login": "caio", "role": "agent"})
	blocked = o.link(caio)
	o.patch("/agents/"+caio, object{"disabled": true})
	if status, out := o.call("POST", "/agents/"+caio+"/password-link", o.admin, nil); status != 409 {
		t.Errorf("a link for who is disabled: %d %v", status, out)
	}
	o.patch("/agents/"+caio, object{"disabled": false}) // what was void stays so
	m := &mirror{office: o}
	answers := map[string]string{}
	for name, token := range map[string]string{"wrong": "pln_x", "used": used, "replaced": replaced, "blocked": blocked, "a session": o.bia} {
		for _, path := range []string{"/password-link/check", "/password-link"} {
			body := object{"token": token}
			if path == "/password-link" {
				body["password"] = "uma boa senha"
			}
			answers[m.ask("POST", path, "", body, token)] += name + " "
		}
	}
	if len(answers) != 1 {
		t.Errorf("%v", answers)
	}
	o.must(200, "POST", "/password-link/check", "", object{"token": current})
}

func TestOnlyAdministratorsMakeLinks(t *testing.T) {
	o := newOffice(t, t.TempDir())
	if status, _ := o.call("POST", "/agents/"+o.biaID+"/password-link", o.ana, nil); status != 403 {
		t.Errorf("an agent: %d", status)
	}
	if status, _ := o.call("POST", "/agents/agt_none/password-link", o.admin, nil); status != 404 {
		t.Errorf("for nobody: %d", status)
	}
	if status, _ := o.call("POST", "/agents/"+o.biaID+"/password-link", "", nil); status != 401 {
		t.Errorf("without a credential: %d", status)
	}
}
