package app

import "testing"

func (d *desk) refusedAs(name string, data any, code string) {
	d.t.Helper()
	if got := d.refused(name, data); got != code {
		d.t.Errorf("%s is refused with %s, want %s", name, got, code)
	}
}

// served brings a page to a conversation that Ana owns; id is the conversation's.
func (s *shop) served() (v, ana *desk, id string) {
	s.t.Helper()
	v, world := s.visit(object{"name": "Marina"})
	s.visitor = world["visitor_token"].(string)
	v.ok("message.send", object{"text": "Oi"})
	ana = s.desk(s.token)
	ana.ok("status.set", object{"status": "ready"})
	offer := ana.event("offer.created")
	head := ana.ok("offer.accept", object{"offer_id": offer["id"]})["conversation"].(object)
	v.state("active")
	return v, ana, head["id"].(string)
}

func TestAVisitorRatesWhatIsOverAndChangesItsMind(t *testing.T) {
	s := openShop(t, object{"rating": true}, nil)
	v, ana, id := s.served()
	v.refusedAs("rating.give", object{"rating": 5}, "not_ratable")
	ana.ok("conversation.close", object{"conversation_id": id})
	if state := v.state("closed"); state["rating_asked"] != true || state["rating"] != nil {
		t.Fatalf("over: %v", state)
	}
	v.refusedAs("rating.give", object{"rating": 6}, "bad_request")
	v.ok("rating.give", object{"rating": 2, "comment": "demorou"})
	shown := v.wait("the rating", func(f object) bool {
		return f["name"] == "conversation.state" && f["data"].(object)["rating"] != nil
	})["data"].(object)["rating"].(object)
	if shown["score"] != 2.0 || shown["comment"] != "demorou" || shown["changed_at"] != nil {
		t.Errorf("shown %v", shown)
	}
	v.ok("rating.give", object{"rating": 4})

	path := "/conversations/" + id
	for who, token := range map[string]string{"the administrator": s.admin, "the last owner": s.token} {
		r, _ := s.must(200, "GET", path, token, nil)["rating"].(object)
		if r["score"] != 4.0 || r["comment"] != nil || r["changed_at"] == nil {
			t.Errorf("%s sees the rating %v", who, r)
		}
		var scores []any
		for _, e := range s.must(200, "GET", path+"/events", token, nil)["items"].([]any) {
			if e := e.(object); e["name"] == "conversation_rated" {
				scores = append(scores, e["data"].(object)["score"])
			}
		}
		if len(scores) != 2 || scores[0] != 2.0 || scores[1] != 4.0 {
			t.Errorf("%s sees the ratings %v", who, scores)
		}
	}
	v.ok("message.send", object{"text": "mais uma coisa"})
	if state := v.state("queued"); state["rating_asked"] != false || state["rating"] != nil {
		t.Errorf("what goes on is %v", state)
	}
}

func TestARatingIsForTheOwnerAndSupervisors(t *testing.T) {
	s := openShop(t, object{"rating": true}, nil)
	v, ana, id := s.served()
	agent := s.must(201, "POST", "/agents", s.admin, object{"name": "Bob", "login": "bob", "password": password, "role": "agent", "queue_ids": []string{s.queue}})
	token := s.login("bob", password)
	bob := s.desk(token)
	bob.ok("status.set", object{"status": "ready"})
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"agent_id": agent["id"]}})
	bob.ok("offer.accept", object{"offer_id": bob.event("offer.created")["id"]})
	bob.ok("conversation.close", object{"conversation_id": id})
	v.state("closed")
	v.ok("rating.give", object{"rating": 5, "comment": "ótimo"})
	path := "/conversations/" + id
	if r := s.must(200, "GET", path, token, nil)["rating"].(object); r["score"] != 5.0 {
		t.Errorf("its owner sees the rating %v", r)
	}
	if r := s.must(200, "GET", path, s.token, nil)["rating"]; r != nil {
		t.Errorf("a former owner sees the rating %v", r)
	}
	for _, e := range s.must(200, "GET", path+"/events", s.token, nil)["items"].([]any) {
		if e.(object)["name"] == "conversation_rated" {
			t.Errorf("a former owner sees %v", e)
		}
	}
}

func TestNobodyIsRatedWhereNobodyAsks(t *testing.T) {
	s := openShop(t, nil, nil)
	v, ana, id := s.served()
	ana.ok("conversation.close", object{"conversation_id": id})
	if state := v.state("closed"); state["rating_asked"] != false {
		t.Errorf("over: %v", state)
	}
	v.refusedAs("rating.give", object{"rating": 5}, "not_ratable")
}
