package transport

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

func TestAConversationIsReadByItsOwnerAndTheTeamAndIsNotThereForOthers(t *testing.T) {
	s := testServer(t, newWorld())
	mine, far := "/api/v1/conversations/"+string(talkID), "/api/v1/conversations/"+string(otherTalk)
	a := ask(t, s, "ana", "GET", mine, "").wants(200)
	var head protocol.ConversationHead
	if err := json.Unmarshal([]byte(a.body), &head); err != nil || head.Queue.Name != "Financeiro" || head.Channel.Kind != "generic" || head.Contact.Identity != "+5511999990000" ||
		head.LastMessage.Text != "oi" || head.Unread != 1 || a.header.Get("Etag") != `"5"` {
		t.Fatalf("got %s", a.body)
	}
	ask(t, s, "supervisor", "GET", mine, "").wants(200)
	for _, path := range []string{far, far + "/messages", far + "/events", far + "/notes", "/api/v1/conversations/" + unknownID, "/api/v1/conversations/nonsense"} {
		ask(t, s, "ana", "GET", path, "").refused(protocol.CodeNotFound)
	}
}

func TestMessagesComeInOrderAfterASeq(t *testing.T) {
	s := testServer(t, newWorld())
	var page protocol.Page[protocol.Message]
	a := ask(t, s, "ana", "GET", "/api/v1/conversations/"+string(talkID)+"/messages?cursor=2&limit=2", "").wants(200)
	if json.Unmarshal([]byte(a.body), &page) != nil || len(page.Items) != 2 || page.Items[0].Seq != 3 || page.NextCursor != "4" || page.Items[0].Attachments == nil {
		t.Fatalf("got %s", a.body)
	}
}

func TestEventsShowEveryFactAndNoKeptAnswers(t *testing.T) {
	a := ask(t, testServer(t, newWorld()), "ana", "GET", "/api/v1/conversations/"+string(talkID)+"/events", "").wants(200)
	var page protocol.Page[protocol.Record]
	if json.Unmarshal([]byte(a.body), &page) != nil || len(page.Items) != 2 || page.Items[0].Name != "conversation_opened" || page.Items[1].Name != "offer_made" ||
		!strings.Contains(a.body, `"agent":{"id":"agt_ana","name":"ana"}`) {
		t.Fatalf("got %s", a.body)
	}
}

func TestTheListShowsOnlyWhatTheGateLetsReadAndPassesTheFilters(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	a := ask(t, s, "ana", "GET", "/api/v1/conversations?state=active,closed&queue_id=que_team&from=2026-11-23T09:00:00-03:00&q=boleto&limit=7", "").wants(200)
	var page protocol.Page[protocol.ConversationHead]
	if json.Unmarshal([]byte(a.body), &page) != nil || len(page.Items) != 1 || page.Items[0].ID != string(talkID) || page.NextCursor != "" {
		t.Fatalf("got %s", a.body)
	}
	f := w.filters[0]
	if len(f.States) != 2 || f.Queue != "que_team" || !f.From.Equal(born) || f.Text != "boleto" || f.Limit != 7 || w.filters[1].Cursor != "page2" {
		t.Fatalf("got %+v", w.filters)
	}
}

func TestCommandsOverRESTGiveTheSameMessagesAndErrorsAsTheWebsocket(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	talk := "/api/v1/conversations/" + string(talkID)
	for _, c := range []struct {
		who, method, path, body string
		reply                   dispatch.Reply
		status                  int
		check                   func(m dispatch.Message) bool
	}{
		{"ana", "POST", talk + "/close", ``, dispatch.ReplyConversation{Head: sampleHead(talkID)}, 200, func(m dispatch.Message) bool {
			v, ok := m.(dispatch.CloseConversation)
			return ok && v.By.Agent == ana && !v.By.Supervisor && v.By.Queues != nil && v.Script == nil
		}},
		{"supervisor", "POST", talk + "/close", `{"script":{"reason_id":"r","resolved":true,"answers":{"q":3.5,"b":true}}}`, dispatch.ReplyConversation{}, 200, func(m dispatch.Message) bool {
			v, ok := m.(dispatch.CloseConversation)
			return ok && v.By.Supervisor && v.Script.Resolved && v.Script.Answers["q"] == "3.5" && v.Script.Answers["b"] == "true"
		}},
		{"ana", "POST", talk + "/transfer", `{"to":{"queue_id":"que_far"},"note":"n"}`, dispatch.ReplyTransfer{}, 200, func(m dispatch.Message) bool {
			v, ok := m.(dispatch.StartTransfer)
			return ok && v.ToQueue == "que_far" && v.Note == "n" && dispatch.PartitionOf(string(v.ID)) == 7
		}},
		{"supervisor", "POST", talk + "/requeue", `{"priority":3}`, dispatch.ReplyConversation{}, 200, func(m dispatch.Message) bool {
			v, ok := m.(dispatch.RequeueConversation)
			return ok && *v.Priority == 3 && v.By.Supervisor
		}},
		{"ana", "POST", talk + "/notes", `{"text":"n","mentions":["agt_bruno"]}`, dispatch.ReplyNote{Conversation: talkID}, 201, func(m dispatch.Message) bool {
			v, ok := m.(dispatch.AddNote)
			return ok && v.Note.Text == "n" && v.Note.Author.Name == "ANA" && v.Note.Mentions[0] == bruno
		}},
		{"ana", "POST", talk + "/messages", `{"text":"oi"}`, dispatch.ReplyMessage{}, 201, func(m dispatch.Message) bool {
			v, ok := m.(dispatch.SendMessage)
			return ok && v.Text == "oi" && v.Author.Kind == dispatch.AuthorAgent && strings.HasPrefix(string(v.ID), "msg_")
		}},
		{"ana", "PUT", "/api/v1/agents/agt_ana/status", `{"status":"not_ready","reason_id":"pau_1","after_current":true}`, dispatch.ReplyStatus{}, 200, func(m dispatch.Message) bool {
			v, ok := m.(dispatch.SetStatus)
			return ok && v.Reason == "pau_1" && v.By == ana && v.AfterCurrent
		}},
		{"supervisor", "PUT", "/api/v1/agents/agt_ana/status", `{"status":"ready"}`, dispatch.ReplyStatus{}, 200, func(m dispatch.Message) bool {
			v, ok := m.(dispatch.SetStatus)
			return ok && v.By == "agt_supervisor"
		}},
	} {
		w.done = nil
		w.do = func(dispatch.Envelope) (dispatch.Reply, error) { return c.reply, nil }
		ask(t, s, c.who, c.method, c.path, c.body).wants(c.status)
		if len(w.done) != 1 || !c.check(w.done[0].Message) {
			t.Errorf("%s %s: got %+v", c.path, c.body, w.done)
		}
	}
	for code, want := range map[dispatch.Code]protocol.Code{
		dispatch.CodeScriptRequired: protocol.CodeScriptRequired, dispatch.CodeNotOwner: protocol.CodeNotOwner,
		dispatch.CodeConversationClosed: protocol.CodeConversationClosed, dispatch.CodeTaken: protocol.CodeInternal,
	} {
		w.do = func(dispatch.Envelope) (dispatch.Reply, error) {
			return nil, &dispatch.Error{Code: code, Message: "x", Detail: "full"}
		}
		ask(t, s, "ana", "POST", talk+"/close", "").refused(want)
	}
}

func TestCommandsAreRefusedBeforeTheyReachTheCore(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	talk, far := "/api/v1/conversations/"+string(talkID), "/api/v1/conversations/"+string(otherTalk)
	ask(t, s, "ana", "POST", talk+"/transfer", `{"to":{"agent_id":"agt_nobody"}}`).refused(protocol.CodeTargetUnavailable)
	ask(t, s, "supervisor", "POST", far+"/close", "").refused(protocol.CodeNotFound)
	ask(t, s, "ana", "PUT", "/api/v1/agents/agt_bruno/status", `{"status":"ready"}`).refused(protocol.CodeForbidden)
	ask(t, s, "ana", "PUT", "/api/v1/agents/agt_ana/status", `{"status":"not_ready","reason_id":"pau_9"}`).refused(protocol.CodeBadRequest)
	ask(t, s, "ana", "POST", talk+"/messages", `{"attachment_ids":["att_1"]}`).refused(protocol.CodeBadRequest)
	if len(w.done) != 0 {
		t.Fatalf("got %+v", w.done)
	}
}

func TestAContactIsReadChangedAndHasAHistory(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	const patch = `{"name":"Marina Silva","fields":{"cpf_ok":"sim"}}`
	a := ask(t, s, "ana", "PATCH", "/api/v1/contacts/con_1", patch, "If-Match", `"3"`).wants(200)
	if a.header.Get("Etag") != `"4"` || w.patch != patch || w.matched != 3 {
		t.Fatalf("got %s, %q at %d", a.body, w.patch, w.matched)
	}
	if ask(t, s, "ana", "PATCH", "/api/v1/contacts/con_1", patch).wants(200); w.matched != 0 {
		t.Errorf("without If-Match: version %d", w.matched)
	}
	ask(t, s, "ana", "PATCH", "/api/v1/contacts/con_1", patch, "If-Match", `"three"`).refused(protocol.CodeVersionMismatch)
	ask(t, s, "ana", "GET", "/api/v1/contacts/con_9", "").refused(protocol.CodeNotFound)
	found := ask(t, s, "ana", "GET", "/api/v1/contacts?q=+mar+&cursor=c", "").wants(200)
	if !strings.Contains(found.body, `"name":"mar after c"`) || !strings.Contains(found.body, `"next_cursor":"next"`) {
		t.Errorf("found %s", found.body)
	}
	ask(t, s, "ana", "GET", "/api/v1/contacts/con_1/conversations", "").wants(200)
	if w.filters[0].Contact != "con_1" {
		t.Fatalf("got %+v", w.filters)
	}
}

func TestContactsAreMergedAndTakenApartByWhoMay(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	const at = "/api/v1/contacts/con_1"
	if a := ask(t, s, "ana", "POST", at+"/merge", `{"contact_id":"con_2"}`).wants(200); !strings.Contains(a.body, `"merged_into":"con_1"`) || a.header.Get("Etag") == "" {
		t.Errorf("merge: %s", a.body)
	}
	if a := ask(t, s, "ana", "POST", "/api/v1/contacts/con_2/unmerge", "").wants(200); !strings.Contains(a.body, `"id":"con_2"`) {
		t.Errorf("unmerge: %s", a.body)
	}
	ask(t, s, "ana", "POST", at+"/merge", `{}`).refused(protocol.CodeBadRequest)
	if a := ask(t, s, "ana", "POST", at+"/merge", `{"contact_id":"con_merged"}`); a.status != 409 || !strings.Contains(a.body, `"reason":"con_root"`) {
		t.Errorf("merged before: %s", a.body)
	}
	w.denied[ActMerge] = Refuse(protocol.CodeForbidden)
	ask(t, s, "ana", "POST", at+"/merge", `{"contact_id":"con_2"}`).refused(protocol.CodeForbidden)
	ask(t, s, "ana", "POST", at+"/unmerge", "").refused(protocol.CodeForbidden)
}

func TestWhatIsSaidAboutAContactIsAddedListedAndRevealedToWhoMay(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	const at = "/api/v1/contacts/con_1"
	a := ask(t, s, "ana", "POST", at+"/notes", `{"text":"liga de manhã"}`).wants(201)
	if !strings.Contains(a.body, `"text":"liga de manhã"`) || !strings.Contains(a.body, "agt_ana") {
		t.Errorf("note: %s", a.body)
	}
	a = ask(t, s, "ana", "GET", at+"/notes?cursor=5", "").wants(200)
	if !strings.Contains(a.body, "after 5") || !strings.Contains(a.body, `"next_cursor":"7"`) {
		t.Errorf("notes: %s", a.body)
	}
	ask(t, s, "ana", "POST", at+"/consents", `{"purpose":"marketing","state":"given","source":"call"}`).wants(201)
	ask(t, s, "ana", "POST", at+"/consents", `{"purpose":"Marketing!","state":"given","source":"call"}`).refused(protocol.CodeBadRequest)
	ask(t, s, "ana", "POST", at+"/consents", `{"purpose":"marketing","state":"maybe","source":"call"}`).refused(protocol.CodeBadRequest)
	if a = ask(t, s, "ana", "GET", at+"/consents", "").wants(200); !strings.Contains(a.body, `"items":[]`) {
		t.Errorf("no consents: %s", a.body)
	}
	if a = ask(t, s, "ana", "POST", at+"/reveal", `{"reason":"confere o documento"}`).wants(200); !strings.Contains(a.body, "revealed: confere") {
		t.Errorf("reveal: %s", a.body)
	}
	ask(t, s, "ana", "POST", at+"/reveal", `{}`).refused(protocol.CodeBadRequest)
	w.denied[ActReveal] = Refuse(protocol.CodeNotFound)
	ask(t, s, "ana", "POST", at+"/reveal", `{"reason":"x"}`).refused(protocol.CodeForbidden)
	ask(t, s, "supervisor", "GET", at+"/reveals", "").wants(200)
}

func TestCustomFieldsAndPrivacyAreConfiguration(t *testing.T) {
	s := testServer(t, newWorld())
	ask(t, s, "admin", "POST", "/api/v1/contact-fields", `{"key":"plan","label":"Plano","kind":"choice","choices":["ouro","prata"]}`).wants(201)
	ask(t, s, "admin", "POST", "/api/v1/contact-fields", `{"key":"plan","label":"Outro"}`).refused(protocol.CodeAlreadyExists)
	for _, bad := range []string{`{"key":"Plan","label":"x"}`, `{"key":"p","label":"x","kind":"choice"}`, `{"key":"p","label":"x","choices":["a"]}`, `{"key":"1p","label":"x"}`} {
		ask(t, s, "admin", "POST", "/api/v1/contact-fields", bad).refused(protocol.CodeBadRequest)
	}
	list := ask(t, s, "ana", "GET", "/api/v1/contact-fields", "").wants(200)
	var page protocol.Page[protocol.ContactField]
	if err := json.Unmarshal([]byte(list.body), &page); err != nil || len(page.Items) != 1 {
		t.Fatalf("%s: %v", list.body, err)
	}
	at := "/api/v1/contact-fields/" + page.Items[0].ID
	ask(t, s, "admin", "PATCH", at, `{"kind":"text","choices":[]}`).refused(protocol.CodeBadRequest)
	ask(t, s, "admin", "PATCH", at, `{"key":"other"}`).refused(protocol.CodeBadRequest)
	ask(t, s, "admin", "PATCH", at, `{"masked":true,"choices":["ouro"]}`).wants(200)
	ask(t, s, "ana", "PATCH", at, `{"masked":false}`).refused(protocol.CodeForbidden)
	if a := ask(t, s, "ana", "GET", "/api/v1/contact-privacy", "").wants(200); !strings.Contains(a.body, `"masked_documents":[]`) {
		t.Errorf("defaults: %s", a.body)
	}
	ask(t, s, "admin", "PATCH", "/api/v1/contact-privacy", `{"masked_documents":["phone"]}`).refused(protocol.CodeBadRequest)
	ask(t, s, "admin", "PATCH", "/api/v1/contact-privacy", `{"masked_documents":["cpf"]}`).wants(200)
	ask(t, s, "admin", "PATCH", "/api/v1/contact-privacy", `{"masked_documents":[]}`, "If-Match", `"7"`).refused(protocol.CodeVersionMismatch)
	if a := ask(t, s, "admin", "GET", "/api/v1/contact-privacy", "").wants(200); !strings.Contains(a.body, `["cpf"]`) || a.header.Get("Etag") != `"1"` {
		t.Errorf("changed: %s %v", a.body, a.header)
	}
}

func TestEveryEventOfTheCoreIsOnTheWireUnderItsNameInTheTable(t *testing.T) {
	s := testServer(t, newWorld())
	known := map[string]bool{}
	for _, e := range protocol.Events {
		known[e.Name] = true
	}
	for name, e := range map[string]dispatch.Event{
		"offer.created": dispatch.EventOfferCreated{Offer: dispatch.Offer{ID: "off_1", Queue: "que_team", EnqueuedAt: born, MadeAt: born.Add(1500 * time.Millisecond), From: bruno}},
		"offer.ended":   dispatch.EventOfferEnded{Offer: "off_1", Cause: dispatch.EndExpired}, "conversation.assigned": dispatch.EventAssigned{Head: sampleHead(talkID)},
		"conversation.message":         dispatch.EventMessage{Conversation: talkID, Message: &dispatch.Chat{Seq: 3}},
		"conversation.message_changed": dispatch.EventMessageChanged{Conversation: talkID, Message: dispatch.Chat{Seq: 3, ChangedAt: born}},
		"conversation.updated":         dispatch.EventUpdated{Head: sampleHead(talkID)},
		"conversation.read":            dispatch.EventRead{Conversation: talkID, Seq: 3},
		"conversation.typing":          dispatch.EventTyping{Conversation: talkID, Typing: true},
		"conversation.note":            dispatch.EventNote{Conversation: talkID},
		"conversation.delivery":        dispatch.EventDelivery{Conversation: talkID, Delivery: dispatch.DeliverySent},
		"conversation.unanswered": dispatch.EventUnanswered{
			Conversation: talkID, Queue: "que_team", Owner: bruno, Level: dispatch.UnansweredNudge, Since: born,
		},
		"transfer.pending":         dispatch.EventTransferPending{Conversation: talkID, Transfer: dispatch.TransferView{ID: "off_1", To: bruno}},
		"transfer.ended":           dispatch.EventTransferEnded{Conversation: talkID, Outcome: "accepted"},
		"conversation.removed":     dispatch.EventRemoved{Conversation: talkID, Cause: dispatch.RemovedClosed},
		"config.changed":           dispatch.EventConfigChanged{Kind: KindQueue, ID: "que_team", Version: 2},
		"contact.updated":          dispatch.EventContactUpdated{Contact: "con_1", Wire: protocol.Contact{ID: "con_1", Version: 4, Name: "Marina"}},
		"status.changed":           dispatch.EventStatus{Status: dispatch.StatusReady, At: born},
		"live.queues":              dispatch.EventLiveQueues{Queues: []dispatch.LiveQueue{{Queue: "que_team"}}},
		"live.agents":              dispatch.EventLiveAgents{Agents: []dispatch.LiveAgent{{Agent: bruno}}},
		"directory.queues":         dispatch.EventLiveQueues{Near: true, Queues: []dispatch.LiveQueue{{Queue: "que_team"}}},
		"directory.agents":         dispatch.EventLiveAgents{Near: true, Agents: []dispatch.LiveAgent{{Agent: bruno}}},
		"live.alerts":              dispatch.EventLiveAlerts{Alerts: []dispatch.Alert{{AlertKey: dispatch.AlertKey{Kind: dispatch.AlertMaxWait, Queue: "que_team"}}}},
		"alert.raised":             dispatch.EventAlert{Alert: dispatch.Alert{AlertKey: dispatch.AlertKey{Kind: dispatch.AlertAgentGone, Agent: bruno}}},
		"alert.cleared":            dispatch.EventAlert{Cleared: true},
		"conversation.watched":     dispatch.EventWatched{Head: sampleHead(talkID), Messages: []dispatch.Chat{{Seq: 3}}},
		"conversation.watch_ended": dispatch.EventWatchEnded{Conversation: talkID},
		"attachment.updated":       dispatch.EventAttachment{Conversation: talkID, Attachment: "att_1"},
		"draft.saved":              dispatch.EventDraft{Draft: dispatch.Draft{Conversation: talkID, Text: "Bom d"}},
		"queue.waiting":            dispatch.EventQueueWaiting{Queue: "que_team", Waiting: 2, Oldest: born},
	} {
		tail, err := s.EncodeEvent(born, e)
		if err != nil || !known[name] {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var event protocol.Event
		if err := protocol.Decode(append([]byte(`{"type":"event","seq":1,`), tail...), 0, &event); err != nil || event.Name != name || event.At.String() != "2026-11-23T12:00:00.000Z" {
			t.Errorf("%s: got %s, %v", name, tail, err)
		}
		if strings.Contains(string(tail), "null") {
			t.Errorf("%s has a null: %s", name, tail)
		}
		delete(known, name)
		if name == "offer.created" && (!strings.Contains(string(tail), `"wait_ms":1500`) || !strings.Contains(string(tail), `"from_agent":{"id":"agt_bruno","name":"bruno"}`)) {
			t.Errorf("got %s", tail)
		}
	}
	for name := range known {
		t.Errorf("the core has no event for %s", name)
	}
	if _, err := s.EncodeEvent(born, dispatch.EventContactUpdated{Wire: "no contact"}); err == nil {
		t.Error("an event without a contact was encoded")
	}
}

func TestEveryRecordOfTheCoreIsShownUnderItsNameInTheTable(t *testing.T) {
	shown := map[string]bool{}
	for _, r := range []dispatch.Record{
		dispatch.ConversationOpened{},
		dispatch.QueueJoined{},
		dispatch.PositionTold{},
		dispatch.NobodyFound{},
		dispatch.ConversationOverflowed{To: "que_other"},
		dispatch.MessageAppended{},
		dispatch.OfferMade{},
		dispatch.OfferAccepted{},
		dispatch.OfferDeclined{},
		dispatch.OfferExpired{},
		dispatch.OfferWithdrawn{},
		dispatch.ConversationAssigned{},
		dispatch.ConversationTakenOver{},
		dispatch.ConversationRequeued{},
		dispatch.ConversationReopened{},
		dispatch.HoldChanged{},
		dispatch.SilenceNoted{},
		dispatch.TagsChanged{},
		dispatch.PriorityChanged{},
		dispatch.ConversationRated{},
		dispatch.ConversationSnoozed{},
		dispatch.SnoozeEnded{},
		dispatch.MessageEdited{},
		dispatch.MessageRedacted{},
		dispatch.ChangeSent{},
		dispatch.MessagesRead{},
		dispatch.NoteAdded{},
		dispatch.DeliveryChanged{},
		dispatch.MessagesSeen{},
		dispatch.OwnerLost{},
		dispatch.OwnerReturned{},
		dispatch.WrapupStarted{},
		dispatch.WrapupInterrupted{},
		dispatch.ConversationEnded{},
	} {
		name, data := wire{newWorld()}.fact(talkID, r)
		shown[name] = true
		i := slices.IndexFunc(protocol.Records, func(row protocol.RecordInfo) bool { return row.Name == name })
		if i < 0 || reflect.TypeOf(protocol.Records[i].Data) != reflect.TypeOf(data) {
			t.Errorf("%T: %q with %T is not in the table", r, name, data)
		}
		if body, err := json.Marshal(data); err != nil || strings.Contains(string(body), "null") {
			t.Errorf("%T: %s %v", r, body, err)
		}
	}
	if len(shown) != len(protocol.Records) {
		t.Errorf("%d of %d rows of the table are shown", len(shown), len(protocol.Records))
	}
}
