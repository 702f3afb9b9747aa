package whatsapp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"pronto/transport/delivery"
	"pronto/transport/whatsapp"
)

func envelope(field, value string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"field":"` + field + `","value":` + value + `}]}]}`)
}

func TestWebhooksMeanWhatTheTraceSays(t *testing.T) {
	datadriven.RunTest(t, "testdata/parse.txt", func(t *testing.T, d *datadriven.TestData) string {
		b, err := whatsapp.Parse(envelope("messages", d.Input))
		if err != nil {
			return "error: " + err.Error()
		}
		return show(b)
	})
}

func show(b whatsapp.Batch) string {
	var out strings.Builder
	for _, m := range b.Inbound {
		fmt.Fprintf(&out, "message %s to=%s from=%s name=%q at=%s reply=%q %q\n", m.External, m.PhoneNumberID, values(m.From), m.Name, at(m.SentAt), m.ReplyTo, m.Text)
		for _, f := range m.Media {
			fmt.Fprintf(&out, "  media %+v\n", f)
		}
	}
	for _, s := range b.Statuses {
		fmt.Fprintf(&out, "status %s %s at=%s recipient=%s ours=%q error=%+v reason=%q\n", s.External, s.State, at(s.At), values(s.Recipient), s.Message, s.Error, s.Reason)
	}
	for _, e := range b.Errors {
		fmt.Fprintf(&out, "account error %d %q\n", e.Code, e.Title)
	}
	for _, s := range b.Skipped {
		fmt.Fprintf(&out, "skipped %q: %s\n", s.External, s.Reason)
	}
	return out.String()
}

func values(addresses []delivery.Address) string {
	var out []string
	for _, a := range addresses {
		out = append(out, a.Value)
	}
	return strings.Join(out, "|")
}

func at(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}

func TestBatchesOfEntriesAndChangesAreReadWhole(t *testing.T) {
	body := `{"object":"whatsapp_business_account","entry":[
	 {"changes":[{"field":"messages","value":{"messages":[{"from":"1","id":"a","type":"text","text":{"body":"x"}}]}},
	  {"field":"message_template_status_update","value":{}},7,
	  {"field":"messages","value":{"messages":[{"from":"1","id":"b","type":"text","text":{"body":"x"}}]}}]},
	 3,{"changes":{}},
	 {"changes":[{"field":"messages","value":{"messages":[{"from":"1","id":"c","type":"text","text":{"body":"x"}}]}}]}]}`
	b, err := whatsapp.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range b.Inbound {
		ids = append(ids, string(m.External))
	}
	if strings.Join(ids, "") != "abc" || len(b.Skipped) != 2 {
		t.Errorf("messages %v, skipped %v", ids, b.Skipped)
	}
}

func TestWhatIsNoWebhookIsRefused(t *testing.T) {
	for body, want := range map[string]error{
		"":                              whatsapp.ErrMalformed,
		"null":                          whatsapp.ErrMalformed,
		"[]":                            whatsapp.ErrMalformed,
		`{"object":"page","entry":[]}`:  whatsapp.ErrMalformed,
		`{"object":"whatsapp_business_`: whatsapp.ErrMalformed,
		strings.Repeat(" ", whatsapp.MaxBodyBytes+1): whatsapp.ErrTooLarge,
		`{"object":"whatsapp_business_account"}`:     nil,
	} {
		if _, err := whatsapp.Parse([]byte(body)); !errors.Is(err, want) {
			t.Errorf("%.30q: %v, want %v", body, err, want)
		}
	}
}

func TestTheWorkGrowsWithTheBodyOnly(t *testing.T) {
	const few, times = 2_500, 8
	parse := func(n int) (took time.Duration) {
		body := envelope("messages", `{"contacts":[`+strings.Repeat(`{"wa_id":"2"},`, n)+`{}],"messages":[`+strings.Repeat(`{"from":"1","id":"m"},`, n)+`{}]}`)
		for range 3 { // the least is what the machine's other work disturbed least
			started := time.Now()
			b, err := whatsapp.Parse(body)
			if err != nil || len(b.Inbound) != n {
				t.Fatal(len(b.Inbound), err)
			}
			if d := time.Since(started); took == 0 || d < took {
				took = d
			}
		}
		return took
	}
	small, large := parse(few), parse(few*times)
	if large > 3*times*small {
		t.Errorf("%d messages and contacts took %s, %d times as many %s", few, small, times, large)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(envelope("messages", `{"metadata":{"phone_number_id":"1"},"contacts":[{"wa_id":"1","profile":{"name":"n"}}],"messages":[{"from":"1","id":"m","type":"text","text":{"body":"x"}}]}`))
	f.Add(envelope("messages", `{"statuses":[{"id":"w","status":"failed","errors":[{"code":1}]}],"errors":[{}]}`))
	for _, kind := range []string{"image", "location", "contacts", "interactive", "order", "reaction", "system", "unsupported"} {
		f.Add(envelope("messages", `{"messages":[{"from":"1","id":"m","type":"`+kind+`","`+kind+`":{"id":"x","name":"y","text":"z","product_items":[{}]}}]}`))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := whatsapp.Parse(body)
		if err != nil {
			if len(b.Inbound)+len(b.Statuses)+len(b.Skipped) > 0 {
				t.Fatal("a refused body brought something")
			}
			return
		}
		for _, m := range b.Inbound {
			if m.External == "" || len(m.From) == 0 || strings.TrimSpace(m.Text) == "" {
				t.Fatalf("an incomplete message: %+v", m)
			}
		}
		for _, s := range b.Statuses {
			if s.External == "" || s.State == "" || (s.State == "failed") != (s.Reason != "") {
				t.Fatalf("an incomplete status: %+v", s)
			}
		}
	})
}
