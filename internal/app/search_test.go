package app

import (
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// texts pages through a search, two at a time, and returns what was found with its highlights in brackets.
func (o *office) texts(token, query string, params ...string) (found []string) {
	o.t.Helper()
	cursor := ""
	for range 50 {
		page := o.must(200, "GET", "/search?limit=2&q="+url.QueryEscape(query)+cursor+strings.Join(params, ""), token, nil)
		for _, v := range page["items"].([]any) {
			found = append(found, bracketed(v.(object)["excerpt"].(object)))
		}
		if page["next_cursor"] == nil {
			return found
		}
		cursor = "&cursor=" + page["next_cursor"].(string)
	}
	o.t.Fatalf("%q: no end", query)
	return nil
}

func bracketed(excerpt object) string {
	out, text, at := "", []rune(excerpt["text"].(string)), 0
	for _, h := range excerpt["highlights"].([]any) {
		from, to := int(h.(object)["start"].(float64)), int(h.(object)["end"].(float64))
		out += string(text[at:from]) + "[" + string(text[from:to]) + "]"
		at = to
	}
	return out + string(text[at:])
}

func (o *office) say(d *desk, id string, texts ...string) {
	o.t.Helper()
	for _, text := range texts {
		d.ok("message.send", object{"conversation_id": id, "text": text})
	}
}

func TestMessagesAndNotesAreFoundByWordsPhrasesBeginningsAndFilters(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	o.inbound(o.channel, "2", phoneOf(0), "Não recebi o BOLETO de março")
	o.say(ana, id, "A segunda via do boleto está aqui", "via segunda", "Código 123.456.789-09", strings.Repeat("muito antes ", 40)+"o final "+strings.Repeat("depois ", 60))
	ana.ok("note.add", object{"conversation_id": id, "text": "boleto pago"})
	contact := o.head(id)["contact"].(object)["id"].(string)
	for _, c := range []struct {
		query, params string
		want          []string
	}{
		{"nao", "", []string{"[Não] recebi o BOLETO de março"}},
		{"boleto", "", []string{"[boleto] pago", "A segunda via do [boleto] está aqui", "Não recebi o [BOLETO] de março"}},
		{"bol", "&author=contact", []string{"Não recebi o [BOLETO] de março"}},
		{"bol", "&author=note,contact", []string{"[boleto] pago", "Não recebi o [BOLETO] de março"}},
		{`"bol"`, "", nil},
		{`"segunda via"`, "", []string{"A [segunda via] do boleto está aqui"}},
		{"via segunda", "", []string{"[via] [segunda]", "A [segunda] [via] do boleto está aqui"}},
		{"bol* aqui", "", []string{"A segunda via do [boleto] está [aqui]"}},
		{"boleto aqui pago", "", nil},
		{"12345678909", "", []string{"Código [123.456.789-09]"}},
		{"boleto", "&state=closed", nil},
		{"pago", "&state=active&queue_id=" + o.queue + "&agent_id=" + o.anaID + "&channel_id=" + o.channel + "&contact_id=" + contact, []string{"[boleto] [pago]"}[:0:0]},
		{"pago", "&state=queued,active", []string{"boleto [pago]"}}, {"pago", "&state=queued,offered", nil}, {"pago", "&state=queued,closed", nil},
		{"pago", "&queue_id=que_x", nil}, {"pago", "&agent_id=" + o.biaID, nil}, {"pago", "&contact_id=con_x", nil}, {"pago", "&channel_id=chn_x", nil}, {"pago", "&tag=vip", nil},
		{"pago", "&from=2100-01-01T00:00:00Z", nil}, {"pago", "&to=2001-01-01T00:00:00Z", nil},
	} {
		if strings.HasPrefix(c.params, "&state=active") {
			c.want = []string{"boleto [pago]"}
		}
		if got := o.texts(o.admin, c.query, c.params); !slices.Equal(got, c.want) {
			t.Errorf("%s%s: %q, want %q", c.query, c.params, got, c.want)
		}
	}
	if got := o.texts(o.admin, "final"); len(got) != 1 || !strings.HasPrefix(got[0], "…") || !strings.Contains(got[0], "o [final] depois") || len(got[0]) > 2*excerptBytes {
		t.Errorf("excerpt: %q", got)
	}
	hit := o.must(200, "GET", "/search?q=pago", o.admin, nil)["items"].([]any)[0].(object)
	if hit["kind"] != "note" || hit["conversation_id"] != id || hit["author"].(object)["id"] != o.anaID || hit["contact"].(object)["id"] != contact || hit["seq"] != nil {
		t.Errorf("hit %v", hit)
	}
	ana.ok("conversation.tag", object{"conversation_id": id, "add": []string{"vip"}})
	if got := o.texts(o.admin, "pago", "&tag=vip"); len(got) != 1 {
		t.Errorf("by tag: %v", got)
	}
	o.diagnosed()
}

// diagnosed stops the server and looks through its folder.
func (o *office) diagnosed() {
	o.t.Helper()
	o.shut()
	db, err := OpenStore(o.dir)
	if err != nil {
		o.t.Fatal(err)
	}
	defer db.Close()
	if d, err := Diagnose(o.t.Context(), db); err != nil || len(d.Findings) > 0 {
		o.t.Errorf("diagnosis: %v %v", d.Findings, err)
	}
}

func TestWhatIsEditedOrRedactedIsFoundByWhatItSaysNow(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	o.inbound(o.channel, "2", phoneOf(0), "meu cartão 4111 1111")
	o.say(ana, id, "outra coisa")
	said := o.must(200, "GET", "/conversations/"+id+"/messages", o.admin, nil)["items"].([]any)[1].(object)["id"]
	if got := o.texts(o.admin, "cartao"); len(got) != 1 {
		t.Fatalf("before: %v", got)
	}
	o.must(200, "POST", "/conversations/"+id+"/redact", o.admin, object{"message_id": said, "reason": "cartão"})
	for _, query := range []string{"cartao", "4111", "meu"} {
		if got := o.texts(o.admin, query); len(got) != 0 {
			t.Errorf("%s: %v", query, got)
		}
	}
	o.diagnosed()
}

func TestASearchRefusesWhatCannotBeLookedForByItsField(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	for query, want := range map[string]string{
		"": "query/q required", "q=": "query/q required", "q=+": "query/q required", "q=a": "query/q too_short", "q=%21%21": "query/q too_short",
		"q=a*+b*+c*+d*+e": "query/q too_long", "q=" + strings.Repeat("a+", 17): "query/q too_long", "q=" + strings.Repeat("a", 201): "query/q too_long",
		"q=boleto&cursor=x": "query/cursor invalid", "q=boleto&cursor=AAAA": "query/cursor invalid", "q=boleto&author=me": "query/author not_allowed",
		"q=boleto&state=gone": "query/state not_allowed", "q=boleto&from=now": "query/from invalid_time",
	} {
		for _, path := range []string{"/search", "/conversations"} {
			if path == "/conversations" && (!strings.HasPrefix(want, "query/q too") && !strings.HasPrefix(want, "query/cursor")) {
				continue // it may be without a text, and has no author
			}
			status, out := o.call("GET", path+"?"+query, o.admin, nil)
			got := ""
			if list, ok := out["errors"].([]any); ok {
				e := list[0].(object)
				got = fmt.Sprint(e["pointer"], " ", e["code"])
			}
			if status != 400 || got != want {
				t.Errorf("%s?%s: %d %s, want %s", path, query, status, got, want)
			}
		}
	}
}

func TestASearchFindsOnlyWhatThePersonMayRead(t *testing.T) {
	t.Parallel()
	o, ana, bia, id := pair(t)
	other := o.create("/queues", object{"name": "Suporte"})
	o.create("/agents", object{"name": "Sol", "login": "sol", "password": password, "role": "supervisor", "queue_ids": []string{o.queue}})
	o.create("/agents", object{"name": "Lia", "login": "lia", "password": password, "role": "supervisor", "queue_ids": []string{other}})
	sol, lia := o.login("sol", password), o.login("lia", password)
	o.say(ana, id, "senha do cofre")
	ana.ok("note.add", object{"conversation_id": id, "text": "cofre velho"})
	count := func(who, token string, want int) {
		t.Helper()
		if got := o.texts(token, "cofre"); len(got) != want {
			t.Errorf("%s: %q, want %d", who, got, want)
		}
		list := o.must(200, "GET", "/conversations?q=cofre", token, nil)["items"].([]any)
		if len(list) != min(want, 1) {
			t.Errorf("%s lists %d conversations", who, len(list))
		}
	}
	count("the owner", o.ana, 2)
	count("another agent", o.bia, 0)
	count("the supervisor", sol, 2)
	count("a supervisor of another team", lia, 0)
	count("an administrator", o.admin, 2)
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"agent_id": o.biaID}})
	offer := bia.event("offer.created")
	count("who it is offered to", o.bia, 0)
	bia.ok("offer.accept", object{"offer_id": offer["id"]})
	count("the former owner", o.ana, 2)
	count("the new owner", o.bia, 2)
	done := object{"reason_id": o.reason, "resolved": true}
	bia.ok("conversation.close", object{"conversation_id": id, "script": done})
	count("the last owner", o.bia, 2)
	second := o.accepted(ana, "later", phoneOf(1))
	o.create("/agents", object{"name": "Caio", "login": "caio", "password": password, "role": "agent", "queue_ids": []string{other}})
	caio := o.login("caio", password)
	desk := o.desk(caio)
	desk.ok("status.set", object{"status": "ready"})
	count("who has no part in it", caio, 0)
	ana.ok("conversation.close", object{"conversation_id": second, "script": done})
	o.patch("/queues/"+o.queue, object{"reopen_window_ms": 0})
	o.inbound(o.channel, "again", phoneOf(0), "voltei")
	third := o.must(200, "GET", "/conversations?state=offered,queued", o.admin, nil)["items"].([]any)[0].(object)["id"].(string)
	o.must(200, "POST", "/conversations/"+third+"/requeue", o.admin, object{"queue_id": other})
	offered := desk.event("offer.created")
	desk.ok("offer.accept", object{"offer_id": offered["id"]})
	count("who serves the same contact now", caio, 2)
	token := o.must(201, "POST", "/api-tokens", o.admin, object{"name": "t", "scopes": []string{"contacts:read"}})["secret"].(string)
	if status, _ := o.call("GET", "/search?q=cofre", token, nil); status != 403 {
		t.Errorf("a token without the scope: %d", status)
	}
}

func TestAConversationIsListedOnceByItsNewestTextOverAllPages(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	var ids []any
	for round := range 3 {
		for i := range 5 {
			nextMillisecond()
			out := o.inbound(o.channel, fmt.Sprint(round, " ", i), phoneOf(i), fmt.Sprint("fatura ", round))
			if round == 0 {
				ids = append(ids, out["conversation_id"])
			}
		}
	}
	nextMillisecond()
	o.inbound(o.channel, "last", phoneOf(2), "fatura de novo")
	slices.Reverse(ids)
	want := []any{ids[2], ids[0], ids[1], ids[3], ids[4]}
	var got []any
	for cursor := ""; len(got) < 20; {
		page := o.must(200, "GET", "/conversations?limit=2&q=fatura"+cursor, o.admin, nil)
		for _, v := range page["items"].([]any) {
			got = append(got, v.(object)["id"])
		}
		if page["next_cursor"] == nil {
			break
		}
		cursor = "&cursor=" + page["next_cursor"].(string)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v\nnot\n%v", got, want)
	}
}

// nextMillisecond waits for the next one: what was said in the same one has no order.
func nextMillisecond() {
	for at := time.Now().UnixMilli(); time.Now().UnixMilli() == at; {
		runtime.Gosched()
	}
}
