package protocol

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func TestAScriptGetsIdsAndKnowsItsLeaves(t *testing.T) {
	var s Script
	body := `{"name":"s","reasons":[{"label":"A","children":[{"label":"A1","id":"mine"}]},{"label":"B"}],"questions":[{"label":"Q"}]}`
	if err := Decode([]byte(body), 0, &s); err != nil {
		t.Fatal(err)
	}
	n := 0
	s.FillIDs(func() string { n++; return "r" + strconv.Itoa(n) })
	if s.Reasons[0].ID != "r1" || s.Reasons[0].Children[0].ID != "mine" || s.Reasons[1].ID != "r2" || s.Questions[0].ID != "r3" || s.Questions[0].Kind != "text" {
		t.Fatalf("got %+v", s)
	}
	for id, leaf := range map[string]bool{"r1": false, "mine": true, "r2": true, "r9": false, "": false} {
		if s.Leaf(id) != leaf {
			t.Errorf("Leaf(%q) = %v", id, !leaf)
		}
	}
}

func TestAScriptRefusesTwiceTheSameIdAndATreeTooDeep(t *testing.T) {
	var s Script
	f := fieldsOf(t, Decode([]byte(`{"name":"s","reasons":[{"id":"x","label":"A"},{"id":"x","label":"B"}]}`), 0, &s))
	if f[0] != (FieldError{Pointer: "/reasons/1/id", Code: FieldDuplicate}) {
		t.Errorf("got %v", f)
	}
	deep := strings.Repeat(`{"label":"x","children":[`, 7) + `{"label":"x"}` + strings.Repeat(`]}`, 7)
	s = Script{}
	f = fieldsOf(t, Decode([]byte(`{"name":"s","reasons":[`+deep+`]}`), 0, &s))
	if f[0].Code != FieldTooLong {
		t.Errorf("got %v", f)
	}
}

func TestSecretsOfAChannelAreNamedAndNeverShown(t *testing.T) {
	var c Channel
	body := `{"name":"w","kind":"whatsapp","queue_id":"que_1","config":{"app_secret":"hunter2","phone_number_id":"1"}}`
	if err := Decode([]byte(body), 0, &c); err != nil {
		t.Fatal(err)
	}
	out, _ := json.Marshal(c.Redacted())
	if strings.Contains(string(out), "hunter2") || !strings.Contains(string(out), `"secrets_set":["app_secret"]`) || c.Config["app_secret"] != "hunter2" {
		t.Fatalf("got %s", out)
	}
	f := fieldsOf(t, Decode([]byte(`{"name":"w","kind":"generic","queue_id":"q","config":{"app_secret":"x"}}`), 0, &Channel{}))
	if f[0] != (FieldError{Pointer: "/config/app_secret", Code: FieldUnknown}) {
		t.Errorf("got %v", f)
	}
	f = fieldsOf(t, Decode([]byte(`{"name":"w","kind":"whatsapp","queue_id":"q","config":{"api_url":"ftp://x"}}`), 0, &Channel{}))
	if f[0] != (FieldError{Pointer: "/config/api_url", Code: FieldInvalid}) {
		t.Errorf("got %v", f)
	}
}

func TestAMergePatchReplacesMergesAndRemoves(t *testing.T) {
	got, err := MergePatch([]byte(`{"a":1,"b":{"c":2,"d":3},"e":[1],"big":9007199254740993}`), []byte(`{"a":null,"b":{"c":9},"e":[2,3],"f":"x"}`))
	if err != nil || string(got) != `{"b":{"c":9,"d":3},"big":9007199254740993,"e":[2,3],"f":"x"}` {
		t.Fatalf("got %s, %v", got, err)
	}
	for _, bad := range []string{`[]`, `null`, `{`, `{} {}`, ``} {
		if _, err := MergePatch([]byte(`{}`), []byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// Every struct of the tables has tags that the planner understands, and every field is documented.
func TestEveryFieldOfTheTablesIsDocumentedAndItsTagsAreSound(t *testing.T) {
	roots := []any{
		Queue{},
		Agent{},
		Channel{},
		Script{},
		CannedResponse{},
		PauseReason{},
		Announcement{},
		Skill{},
		BusinessHours{},
		HoursStatus{},
		APIToken{},
		Webhook{},
		Contact{},
		InboundMessage{},
		InboundAnswer{},
		Login{},
		Session{},
		Ticket{},
		Problem{},
		Record{},
		AuditRecord{},
		Backup{},
		Hello{},
		Start{},
		Resume{},
		Snapshot{},
		Resumed{},
		Event{},
		Command{},
		Reply{},
		Ping{},
		Pong{},
		Drain{},
		CloseBody{},
		TransferBody{},
		RequeueBody{},
		NoteBody{},
		MessageBody{},
	}
	for _, c := range Commands {
		roots = append(roots, c.Data, c.Reply)
	}
	for _, e := range Events {
		roots = append(roots, e.Data)
	}
	for _, r := range Records {
		roots = append(roots, r.Data)
	}
	seen := map[reflect.Type]bool{}
	for _, root := range roots {
		p := reflect.New(reflect.TypeOf(root))
		SetDefaults(p.Interface())
		checkDocumented(t, p.Type().Elem(), seen)
	}
}

func checkDocumented(t *testing.T, typ reflect.Type, seen map[reflect.Type]bool) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ == typeTime || seen[typ] {
		return
	}
	seen[typ] = true
	planOf(typ)
	for i := range typ.NumField() {
		f := typ.Field(i)
		if !f.Anonymous && (f.Tag.Get("doc") == "" || f.Tag.Get("json") == "") {
			t.Errorf("%s.%s has no json or doc tag", typ.Name(), f.Name)
		}
		checkDocumented(t, f.Type, seen)
	}
}

func TestEveryCodeOfTheTablesHasARowAndEveryCloseCodeAReason(t *testing.T) {
	for _, c := range Commands {
		for _, code := range c.Errors {
			if code.Info().Code != code {
				t.Errorf("%s: %s has no row", c.Name, code)
			}
		}
	}
	for _, c := range CloseCodes {
		if c.Code.Reason() == "" || len(c.Code.Reason()) > 123 {
			t.Errorf("%d has no reason that fits", c.Code)
		}
	}
}
