package app

import (
	"slices"
	"testing"
	"time"

	"pronto/internal/hours"
	"pronto/protocol"
	"pronto/transport"
)

var commercial = object{
	"name": "Comercial", "time_zone": "America/Sao_Paulo",
	"weekly":     []object{{"days": []string{"mon", "tue", "wed", "thu", "fri"}, "from": "09:00", "to": "12:00"}, {"days": []string{"mon", "fri"}, "from": "13:00", "to": "18:00"}},
	"exceptions": []object{{"date": "2026-12-24", "spans": []object{{"from": "09:00", "to": "11:00"}}, "name": "Véspera"}, {"date": "2026-12-31", "closed": true}},
	"holidays":   object{"country": "BR", "dates": []object{{"date": "2026-01-25", "name": "Aniversário da cidade"}}},
}

func TestBusinessHoursAreConfigurationLikeAnyOther(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	id := o.create("/business-hours", commercial)
	o.patch("/queues/"+o.queue, object{"hours_id": id})
	if got := o.must(200, "GET", "/business-hours/"+id, o.ana, nil); got["time_zone"] != "America/Sao_Paulo" || len(got["exceptions"].([]any)) != 2 {
		t.Errorf("got %v", got)
	}
	if status, out := o.call("DELETE", "/business-hours/"+id, o.admin, nil, "If-Match", `"1"`); status != 409 || out["code"] != "in_use" {
		t.Errorf("removed while in use: %d %v", status, out)
	}
	if status, out := o.call("PATCH", "/queues/"+o.queue, o.admin, object{"hours_id": "hrs_x"}, "If-Match", `"2"`); status != 400 || out["errors"].([]any)[0].(object)["pointer"] != "/hours_id" {
		t.Errorf("unknown hours: %d %v", status, out)
	}
	if s := o.must(200, "GET", "/business-hours/"+id+"/status", o.ana, nil); s["open"] == nil || s["changes_at"] == nil {
		t.Errorf("status %v", s)
	}
	if v := o.must(200, "GET", "/queues/"+o.queue+"/live", o.admin, nil); v["open"] == nil || v["hours_change_at"] == nil {
		t.Errorf("live %v", v)
	}
	o.must(404, "GET", "/business-hours/hrs_x/status", o.ana, nil)
}

func TestBusinessHoursThatMeanNothingAreRefusedAtTheirField(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	span := func(from, to string) object { return object{"days": []string{"mon"}, "from": from, "to": to} }
	for pointer, change := range map[string]object{
		"/time_zone":               {"time_zone": "Mars/Olympus"},
		"/weekly/0/to":             {"weekly": []object{span("09:00", "09:00")}},
		"/weekly/0/from":           {"weekly": []object{span("24:00", "09:00")}},
		"/weekly/1/to":             {"weekly": []object{span("09:00", "18:00"), span("9:00", "25:00")}},
		"/weekly/0/days/1":         {"weekly": []object{{"days": []string{"mon", "mon"}, "from": "09:00", "to": "10:00"}}},
		"/weekly/0/days":           {"weekly": []object{{"days": []string{}, "from": "09:00", "to": "10:00"}}},
		"/exceptions/0/date":       {"exceptions": []object{{"date": "2026-02-30", "closed": true}}},
		"/exceptions/1/date":       {"exceptions": []object{{"date": "2026-02-03", "closed": true}, {"date": "2026-02-03", "closed": true}}},
		"/exceptions/0/spans":      {"exceptions": []object{{"date": "2026-02-03"}}},
		"/exceptions/0/spans/0/to": {"exceptions": []object{{"date": "2026-02-03", "spans": []object{{"from": "10:00", "to": "x"}}}}},
		"/holidays/country":        {"holidays": object{"country": "XX"}},
		"/holidays/dates/0/date":   {"holidays": object{"dates": []object{{"date": "tomorrow"}}}},
	} {
		body := object{"name": "H", "time_zone": "UTC"}
		for k, v := range change {
			body[k] = v
		}
		status, out := o.call("POST", "/business-hours", o.admin, body)
		list, _ := out["errors"].([]any)
		if status != 400 || !slices.ContainsFunc(list, func(e any) bool { return e.(object)["pointer"] == pointer }) {
			t.Errorf("%s: %d %v", pointer, status, out)
		}
	}
	if !slices.Equal(hours.Countries, []string{"AR", "BR", "DE", "ES", "FR", "GB", "IT", "PT", "US"}) {
		t.Error("the enum of /holidays/country is another list")
	}
	for _, country := range hours.Countries {
		o.create("/business-hours", object{"name": country, "time_zone": "UTC", "holidays": object{"country": country}})
	}
}

// TestAQueueOpensAndClosesByItsHours: in a bubble, whose clock begins at midnight UTC of 1 January 2000, a Saturday.
func TestAQueueOpensAndClosesByItsHours(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		h := protocol.BusinessHours{ID: newID("hrs", 0), Name: "h", TimeZone: "UTC", Weekly: []protocol.WeeklyHours{{Days: []string{"sat"}, From: "09:00", To: "18:00"}}}
		b.put(transport.KindBusinessHours, h.ID, &h)
		q := *b.app.catalog.now.Load().queues[b.queue]
		q.HoursID = h.ID
		b.replace(transport.KindQueue, q.ID, 1, &q)
		state := func(want bool, until time.Time) {
			b.t.Helper()
			if r := b.app.catalog.Rules(b.queue, "").Waits; r.Closed == want || !r.HoursUntil.Equal(until) {
				b.t.Errorf("closed %v until %v at %v", r.Closed, r.HoursUntil, b.app.system.Now())
			}
		}
		day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		state(false, day.Add(9*time.Hour))
		passInBubble(9*time.Hour - time.Second)
		state(false, day.Add(9*time.Hour))
		passInBubble(time.Second)
		state(true, day.Add(18*time.Hour))
		passInBubble(10 * time.Hour)
		state(false, day.Add((7*24+9)*time.Hour))
		h.Exceptions = []protocol.HoursException{{Date: "2000-01-01", Spans: []protocol.HoursSpan{{From: "09:00", To: "22:00"}}}}
		b.replace(transport.KindBusinessHours, h.ID, 1, &h)
		state(true, day.Add(22*time.Hour))
		if s, err := (live{b.app.catalog, b.app.system, b.app.db}).Hours(b.t.Context(), h.ID); err != nil || !s.Open {
			b.t.Errorf("status %+v %v", s, err)
		}
	})
}
