package app

import (
	"fmt"
	"net/http"
	"testing"

	"pronto/transport/whatsapp/fake"
)

func TestAnIDThatNoRuleKnowsMakesNoStrangerOfSomebodyKnown(t *testing.T) {
	t.Parallel()
	n, _, id := talking(t)
	contact := "/contacts/" + n.head(id)["contact"].(object)["id"].(string)
	n.must(200, "PATCH", contact, n.admin, object{"name": "Marina Alves"}) // who was met lately is looked up anew
	n.provider.Text(fake.Customer{Phone: marina.Phone, User: "BR-1502/576", Name: "Marina"}, "de novo")
	n.push()
	if h := n.head(id); h["last_seq"] != 2.0 {
		t.Errorf("the message is not in the conversation: %v", h)
	}
}

func TestWhomNoRuleKnowsMayGetANameAndAnotherIdentity(t *testing.T) {
	t.Parallel()
	n := newNumber(t)
	ana := n.desk(n.ana)
	ana.ok("status.set", object{"status": "ready"})
	rui := fake.Customer{User: "meia-noite"}
	n.provider.Text(rui, "oi")
	n.push()
	id := ana.event("offer.created")["conversation_id"].(string)
	rui.Name = "Rui"
	n.provider.Text(rui, "sou o Rui")
	n.push()
	if h := n.head(id); h["last_seq"] != 2.0 {
		t.Errorf("the second message is not in the conversation: %v", h)
	}
	contact := "/contacts/" + n.head(id)["contact"].(object)["id"].(string)
	shown := n.must(200, "GET", contact, n.admin, nil)
	list := append(shown["identities"].([]any), object{"kind": "phone", "value": phoneOf(1)})
	changed := n.must(200, "PATCH", contact, n.admin, object{"identities": list})
	if shown["name"] != "Rui" || fmt.Sprint(pick(changed["identities"], "value")) != "[meia-noite "+phoneOf(1)+"]" {
		t.Errorf("%v, then %v", shown, changed)
	}
	n.provider.Text(rui, "ainda eu")
	n.push()
	if h := n.head(id); h["last_seq"] != 3.0 {
		t.Errorf("the third message is not in the conversation: %v", h)
	}
}

func TestAnAnswerGoesToTheNumberThatWroteLastThoughTheContactIsMerged(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	fresh := fake.Customer{Phone: "5511912345678", Name: "Marina"}
	other := n.inbound(n.office.channel, "g1", "+"+fresh.Phone, "número novo")["conversation_id"].(string)
	n.office.merge(n.head(id)["contact"].(object)["id"].(string), n.head(other)["contact"].(object)["id"].(string))
	for i, from := range []fake.Customer{fresh, marina} {
		n.provider.Text(from, "sou eu")
		n.push()
		ana.ok("message.send", object{"conversation_id": id, "text": "olá"})
		n.until("the answer", func() bool { return len(n.provider.Sent()) == i+1 })
		if got := n.provider.Sent()[i]; got.To != from.Phone {
			t.Errorf("%s wrote, %s is answered", from.Phone, got.To)
		}
	}
}

func TestAMessageToAnotherNumberOfTheApplicationIsOneOfThatNumbersChannel(t *testing.T) {
	t.Parallel()
	n := newNumber(t)
	second := n.create("/channels", object{"name": "Vendas", "kind": "whatsapp", "queue_id": n.queue, "config": object{
		"phone_number_id": "777", "access_token": accessToken, "app_secret": appSecret, "verify_token": "confere", "api_url": n.api.URL,
	}})
	ana := n.desk(n.ana)
	ana.ok("status.set", object{"status": "ready"})
	sales := fake.New(fake.Options{
		PhoneNumberID: "777", AccessToken: accessToken, AppSecret: appSecret, Client: http.DefaultClient, WebhookURL: n.base + "/api/v1/channels/" + n.channel + "/whatsapp",
	})
	sales.Text(marina, "oi")
	if _, err := sales.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ana.event("offer.created")["channel"].(object)["id"]; got != second {
		t.Errorf("it came to %v, not to %s", got, second)
	}
}
