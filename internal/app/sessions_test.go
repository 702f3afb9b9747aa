package app

import "testing"

func TestPeopleSeeWhereTheyAreSignedInAndEndIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	list := func(path, token string) []any {
		t.Helper()
		return o.must(200, "GET", path, token, nil)["items"].([]any)
	}
	old, phone := o.login("ana", password), o.login("ana", password)
	at := list("/me/sessions", phone)
	if len(at) != 3 {
		t.Fatalf("%d sessions", len(at))
	}
	for i, x := range at {
		s := x.(object)
		if s["current"] != (i == 0) || s["from"] != "127.0.0.1" || s["created_at"] == nil || s["last_used_at"] == nil || s["expires_at"] == nil {
			t.Errorf("session %d: %v", i, s)
		}
	}
	desk := o.desk(old)
	id := at[1].(object)["id"].(string)
	o.must(404, "DELETE", "/me/sessions/"+id, o.bia, nil)
	o.must(404, "DELETE", "/me/sessions/pst_00", phone, nil)
	o.must(204, "DELETE", "/me/sessions/"+id, phone, nil)
	if code := desk.closedWith(); code != 4010 {
		t.Errorf("the desk of it was closed with %d", code)
	}
	o.must(401, "GET", "/me", old, nil)
	o.must(404, "DELETE", "/me/sessions/"+id, phone, nil)
	o.must(204, "DELETE", "/me/sessions", phone, nil)
	o.must(401, "GET", "/me", o.ana, nil)
	if at := list("/me/sessions", phone); len(at) != 1 || at[0].(object)["current"] != true {
		t.Errorf("left: %v", at)
	}
	if n := len(o.audit("action=session.revoked&object_id=" + o.anaID)); n != 2 {
		t.Errorf("%d records", n)
	}
}

func TestAnAdministratorSignsAnAgentOutEverywhere(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	path := "/agents/" + o.anaID + "/sessions"
	_, sup := o.supervisor("sup", o.queue)
	for _, token := range []string{o.ana, o.bia, sup} {
		o.must(403, "GET", path, token, nil)
		o.must(403, "DELETE", path, token, nil)
	}
	o.must(404, "GET", "/agents/agt_none/sessions", o.admin, nil)
	o.must(404, "DELETE", "/agents/agt_none/sessions", o.admin, nil)
	desk := o.desk(o.ana)
	at := o.must(200, "GET", path, o.admin, nil)["items"].([]any)
	if len(at) != 1 || at[0].(object)["current"] != false {
		t.Errorf("sessions: %v", at)
	}
	o.must(204, "DELETE", path, o.admin, nil)
	if code := desk.closedWith(); code != 4010 {
		t.Errorf("closed with %d", code)
	}
	o.must(401, "GET", "/me", o.ana, nil)
	o.must(200, "GET", "/me", o.bia, nil)
	if e := o.audit("action=session.revoked"); len(e) != 1 || e[0]["by"].(object)["name"] != "Raiz" || e[0]["object"].(object)["id"] != o.anaID {
		t.Errorf("audit: %v", e)
	}
	secret := o.must(201, "POST", "/api-tokens", o.admin, object{"name": "CRM", "scopes": []string{"admin"}})["secret"].(string)
	o.must(403, "GET", "/me/sessions", secret, nil)
	o.must(200, "GET", path, secret, nil)
}
