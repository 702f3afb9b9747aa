package hours

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustNew(t interface {
	Helper()
	Fatal(...any)
}, r Rules,
) *Schedule {
	t.Helper()
	s, err := New(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func daily(spans ...Span) (week [7][]Span) {
	for i := range week {
		week[i] = spans
	}
	return week
}

// clock is "15:04" as minutes.
func clock(text string) int {
	if text == "24:00" {
		return dayMinutes
	}
	at, err := time.Parse("15:04", text)
	if err != nil {
		panic(err)
	}
	return at.Hour()*60 + at.Minute()
}

func span(from, to string) Span { return Span{clock(from), clock(to)} }

// TestStatesAtMoments: each line is a schedule, a moment, and what must hold then. Moments are in UTC.
func TestStatesAtMoments(t *testing.T) {
	office := [7][]Span{1: {span("09:00", "12:00"), span("13:00", "18:00")}, 5: {span("22:00", "02:00")}}
	for _, c := range []struct {
		name  string
		rules Rules
		at    string
		open  bool
		until string
	}{
		{"before opening", Rules{Zone: "America/Sao_Paulo", Weekly: office}, "2026-03-02T11:59:59Z", false, "2026-03-02T12:00:00Z"},
		{"open", Rules{Zone: "America/Sao_Paulo", Weekly: office}, "2026-03-02T12:00:00Z", true, "2026-03-02T15:00:00Z"},
		{"lunch", Rules{Zone: "America/Sao_Paulo", Weekly: office}, "2026-03-02T15:00:00Z", false, "2026-03-02T16:00:00Z"},
		{"after the day, until Friday night", Rules{Zone: "America/Sao_Paulo", Weekly: office}, "2026-03-02T21:00:00Z", false, "2026-03-07T01:00:00Z"},
		{"over midnight", Rules{Zone: "America/Sao_Paulo", Weekly: office}, "2026-03-07T04:59:00Z", true, "2026-03-07T05:00:00Z"},
		{"spans that touch are one", Rules{Zone: "UTC", Weekly: daily(span("08:00", "24:00"), span("00:00", "07:00"))}, "2026-03-02T09:00:00Z", true, "2026-03-03T07:00:00Z"},
		{"never", Rules{Zone: "UTC"}, "2026-03-02T09:00:00Z", false, ""},
		{"always", Rules{Zone: "UTC", Weekly: daily(span("00:00", "24:00"))}, "2026-03-02T09:00:00Z", true, ""},
		{
			"a closed exception keeps the night before it",
			Rules{Zone: "UTC", Weekly: daily(span("22:00", "02:00")), Exceptions: map[Date]Exception{{2026, 3, 3}: {Name: "move"}}},
			"2026-03-03T01:00:00Z", true, "2026-03-03T02:00:00Z",
		},
		{
			"a closed exception", Rules{Zone: "UTC", Weekly: daily(span("22:00", "02:00")), Exceptions: map[Date]Exception{{2026, 3, 3}: {Name: "move"}}},
			"2026-03-03T02:00:00Z", false, "2026-03-04T22:00:00Z",
		},
		{
			"an exception with other spans", Rules{Zone: "UTC", Weekly: daily(span("09:00", "18:00")), Exceptions: map[Date]Exception{{2026, 3, 3}: {Spans: []Span{span("10:00", "11:00")}}}},
			"2026-03-03T09:30:00Z", false, "2026-03-03T10:00:00Z",
		},
		{"a holiday", Rules{Zone: "America/Sao_Paulo", Weekly: daily(span("09:00", "18:00")), Country: "BR"}, "2026-09-07T15:00:00Z", false, "2026-09-08T12:00:00Z"},
		{
			"an exception opens a holiday", Rules{Zone: "America/Sao_Paulo", Weekly: daily(span("09:00", "18:00")), Country: "BR", Exceptions: map[Date]Exception{{2026, 9, 7}: {Spans: []Span{span("12:00", "16:00")}}}},
			"2026-09-07T15:00:00Z", true, "2026-09-07T19:00:00Z",
		},
	} {
		s := mustNew(t, c.rules).At(parse(c.at))
		if s.Open != c.open || !s.Until.Equal(parse(c.until)) {
			t.Errorf("%s: at %s %v until %v, not %v until %s", c.name, c.at, s.Open, s.Until, c.open, c.until)
		}
	}
}

func parse(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}

// TestDaylightSaving: what becomes of a span on the days on which the clocks change.
func TestDaylightSaving(t *testing.T) {
	for _, c := range []struct {
		name, zone string
		span       Span
		date       Date
		from, to   string // in UTC; empty: nothing is left
	}{
		// Madrid: 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00.
		{"a night that loses an hour", "Europe/Madrid", span("22:00", "06:00"), Date{2026, 3, 28}, "2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z"},
		{"it begins in the hour that is skipped", "Europe/Madrid", span("02:30", "06:00"), Date{2026, 3, 29}, "2026-03-29T01:00:00Z", "2026-03-29T04:00:00Z"},
		{"it ends in the hour that is skipped", "Europe/Madrid", span("00:00", "02:30"), Date{2026, 3, 29}, "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z"},
		{"it is skipped as a whole", "Europe/Madrid", span("02:15", "02:45"), Date{2026, 3, 29}, "", ""},
		{"a night that gains an hour", "Europe/Madrid", span("22:00", "06:00"), Date{2026, 10, 24}, "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z"},
		{"it begins in the hour that comes twice", "Europe/Madrid", span("02:30", "06:00"), Date{2026, 10, 25}, "2026-10-25T00:30:00Z", "2026-10-25T05:00:00Z"},
		{"it ends in the hour that comes twice", "Europe/Madrid", span("00:00", "02:30"), Date{2026, 10, 25}, "2026-10-24T22:00:00Z", "2026-10-25T01:30:00Z"},
		{"it is in the hour that comes twice", "Europe/Madrid", span("02:15", "02:45"), Date{2026, 10, 25}, "2026-10-25T00:15:00Z", "2026-10-25T01:45:00Z"},
		// New York: 2026-03-08 and 2026-11-01 at 02:00.
		{"a day in New York", "America/New_York", span("09:00", "17:00"), Date{2026, 3, 8}, "2026-03-08T13:00:00Z", "2026-03-08T21:00:00Z"},
		{"the day after", "America/New_York", span("09:00", "17:00"), Date{2026, 11, 2}, "2026-11-02T14:00:00Z", "2026-11-02T22:00:00Z"},
		// São Paulo changed at midnight: 2018-11-04 began at 01:00, and 2018-02-17 had its last hour twice.
		{"a day without midnight", "America/Sao_Paulo", span("00:00", "24:00"), Date{2018, 11, 4}, "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"a day that ends at a midnight which is skipped", "America/Sao_Paulo", span("00:00", "24:00"), Date{2018, 11, 3}, "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"a day of 25 hours", "America/Sao_Paulo", span("00:00", "24:00"), Date{2018, 2, 17}, "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"},
		{"an evening whose end comes twice", "America/Sao_Paulo", span("20:00", "23:30"), Date{2018, 2, 17}, "2018-02-17T22:00:00Z", "2018-02-18T02:30:00Z"},
		// Lord Howe changes by half an hour: 2026-10-04 02:00 → 02:30.
		{"half an hour", "Australia/Lord_Howe", span("02:15", "03:00"), Date{2026, 10, 4}, "2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z"},
		// Samoa went over the date line: there was no 2011-12-30.
		{"a day that was not", "Pacific/Apia", span("09:00", "17:00"), Date{2011, 12, 30}, "", ""},
	} {
		got := mustNew(t, Rules{Zone: c.zone, Weekly: daily(c.span)}).on(c.date)
		switch {
		case c.from == "" && len(got) > 0:
			t.Errorf("%s: %v, not nothing", c.name, got)
		case c.from != "" && (len(got) != 1 || !got[0].from.Equal(parse(c.from)) || !got[0].to.Equal(parse(c.to))):
			t.Errorf("%s: %v, not %s to %s", c.name, got, c.from, c.to)
		}
	}
	always := mustNew(t, Rules{Zone: "America/Sao_Paulo", Weekly: daily(span("00:00", "24:00"))})
	for _, at := range []string{"2018-11-03T12:00:00Z", "2018-02-17T12:00:00Z"} {
		if s := always.At(parse(at)); !s.Open || !s.Until.IsZero() {
			t.Errorf("around the clock: %+v", s)
		}
	}
}

var someZones = []string{"UTC", "America/Sao_Paulo", "Europe/Lisbon", "Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"}

func drawRules(t *rapid.T) Rules {
	r := Rules{Zone: rapid.SampledFrom(someZones).Draw(t, "zone"), Country: rapid.SampledFrom(append([]string{""}, Countries...)).Draw(t, "country")}
	spans := rapid.Custom(func(t *rapid.T) Span {
		from, to := rapid.IntRange(0, 47).Draw(t, "from")*30, rapid.IntRange(0, 48).Draw(t, "to")*30
		if from == to {
			to = (to + 30) % dayMinutes
		}
		return Span{from, to}
	})
	for i := range r.Weekly {
		r.Weekly[i] = rapid.SliceOfN(spans, 0, 3).Draw(t, "spans")
	}
	r.Exceptions = map[Date]Exception{}
	for range rapid.IntRange(0, 3).Draw(t, "exceptions") {
		d := Date{2026, time.March, 1}.plus(rapid.IntRange(0, 300).Draw(t, "date"))
		r.Exceptions[d] = Exception{Spans: rapid.SliceOfN(spans, 0, 2).Draw(t, "other"), Name: "x"}
	}
	return r
}

// TestTheNextChangeIsTheNextChange: nothing changes before it, and something does at it; away from the changes of the
// clock, open is what the clock on the wall says.
func TestTheNextChangeIsTheNextChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := mustNew(t, drawRules(t))
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 360*24*60).Draw(t, "minutes")) * time.Minute)
		state := s.At(now)
		if want, sure := s.onTheWall(now); sure && state.Open != want {
			t.Fatalf("%v: open %v, the wall says %v", now.In(s.zone), state.Open, want)
		}
		if state.Until.IsZero() {
			return
		}
		if !state.Until.After(now) || s.At(state.Until).Open == state.Open {
			t.Fatalf("%v: no change at %v", now, state.Until)
		}
		for i := range 20 {
			at := now.Add(state.Until.Sub(now) * time.Duration(i) / 20)
			if between := s.At(at); between.Open != state.Open || !between.Until.Equal(state.Until) {
				t.Fatalf("%v: %+v, and at %v %+v", now, state, at, between)
			}
		}
	})
}

// onTheWall reads the clock; it is not sure within a day of a change of the clock.
func (s *Schedule) onTheWall(now time.Time) (open, sure bool) {
	local := now.In(s.zone)
	_, here := local.Zone()
	for _, d := range []time.Duration{-30 * time.Hour, 30 * time.Hour} {
		if _, there := local.Add(d).Zone(); there != here {
			return false, false
		}
	}
	today := dateOf(local)
	minute := local.Hour()*60 + local.Minute()
	covers := func(spans []Span, minute int) bool {
		return slices.ContainsFunc(spans, func(s Span) bool {
			to := s.To
			if to <= s.From {
				to += dayMinutes
			}
			return s.From <= minute && minute < to
		})
	}
	return covers(s.spansOn(today), minute) || covers(s.spansOn(today.plus(-1)), minute+dayMinutes), true
}

func TestRulesThatMeanNothingAreRefused(t *testing.T) {
	for _, r := range []Rules{
		{Zone: "Mars/Olympus"}, {Zone: "Local"}, {Zone: "UTC", Country: "XX"},
		{Zone: "UTC", Weekly: daily(Span{600, 600})}, {Zone: "UTC", Weekly: daily(Span{-1, 600})}, {Zone: "UTC", Weekly: daily(Span{0, 1441})}, {Zone: "UTC", Weekly: daily(Span{1440, 10})},
		{Zone: "UTC", Exceptions: map[Date]Exception{{2026, 1, 1}: {Spans: []Span{{5, 5}}}}},
	} {
		if _, err := New(r); !errors.Is(err, ErrRules) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestHolidaysOfTheCountries(t *testing.T) {
	for _, c := range []struct {
		country string
		date    Date
		name    string
	}{
		{"BR", Date{2026, 2, 17}, "Carnaval"},
		{"BR", Date{2026, 4, 3}, "Sexta-feira Santa"},
		{"BR", Date{2026, 9, 7}, "Independência do Brasil"},
		{"BR", Date{2026, 11, 20}, "Dia Nacional de Zumbi e da Consciência Negra"},
		{"BR", Date{2023, 11, 20}, ""},
		{"BR", Date{2026, 7, 4}, ""},
		{"PT", Date{2026, 4, 25}, "Dia da Liberdade"},
		{"PT", Date{2026, 6, 4}, "Corpo de Deus"},
		{"PT", Date{2026, 4, 5}, "Páscoa"},
		{"ES", Date{2026, 1, 6}, "Día de Reyes"},
		{"ES", Date{2026, 12, 8}, "Inmaculada Concepción"},
		{"US", Date{2026, 7, 4}, "Independence Day"},
		{"US", Date{2026, 7, 3}, "Independence Day"}, // the Saturday's substitute
		{"US", Date{2026, 11, 26}, "Thanksgiving Day"},
		{"US", Date{2021, 12, 31}, "New Year's Day"},
	} {
		s := mustNew(t, Rules{Zone: "UTC", Country: c.country})
		if got := s.nameOf(c.date); got != c.name {
			t.Errorf("%s %v: %q, not %q", c.country, c.date, got, c.name)
		}
	}
	if len(Countries) != len(national) || !slices.IsSorted(Countries) {
		t.Errorf("%v", Countries)
	}
	for _, country := range Countries {
		n := 0
		s := mustNew(t, Rules{Zone: "UTC", Country: country})
		for d := (Date{2026, 1, 1}); d.Year == 2026; d = d.plus(1) {
			if s.nameOf(d) != "" {
				n++
			}
		}
		if n < 8 || n > 25 {
			t.Errorf("%s has %d holidays", country, n)
		}
	}
}

func ExampleSchedule_At() {
	s, _ := New(Rules{Zone: "America/Sao_Paulo", Weekly: [7][]Span{time.Monday: {{9 * 60, 18 * 60}}}})
	state := s.At(time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC))
	fmt.Println(state.Open, state.Until.UTC())
	// Output: true 2026-03-02 21:00:00 +0000 UTC
}
