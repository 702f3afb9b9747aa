package hours

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // the same zones everywhere, whatever the machine has

	"github.com/rickar/cal/v2"
)

// Date is a day of the calendar, in no zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

func (d Date) plus(days int) Date {
	return dateOf(time.Date(d.Year, d.Month, d.Day+days, 12, 0, 0, 0, time.UTC))
}

func (d Date) weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).Weekday()
}

// Span is open time on the clock of its day, in minutes since midnight: 0 ≤ From < 1440. To is at most 1440; To ≤ From
// means that it ends on the next day. A span belongs to the day on which it begins.
type Span struct{ From, To int }

const dayMinutes = 24 * 60

func (s Span) valid() bool {
	return s.From >= 0 && s.From < dayMinutes && s.To >= 0 && s.To <= dayMinutes && s.From != s.To
}

// Exception replaces the spans of one date; without spans it is closed.
type Exception struct {
	Spans []Span
	Name  string
}

// Rules are what a schedule is made from.
type Rules struct {
	Zone       string // IANA
	Weekly     [7][]Span
	Exceptions map[Date]Exception
	Country    string // whose holidays are closed, of Countries; empty: none
}

// Schedule answers from rules.
type Schedule struct {
	zone     *time.Location
	rules    Rules
	holidays *cal.Calendar
}

// ErrRules is what New returns, wrapped, for rules that mean nothing.
var ErrRules = errors.New("hours that mean nothing")

// New checks the rules and keeps them; the caller must not change them any more.
func New(r Rules) (*Schedule, error) {
	zone, err := time.LoadLocation(r.Zone)
	if err != nil || r.Zone == "Local" {
		return nil, fmt.Errorf("time zone %q: %w", r.Zone, ErrRules)
	}
	s := &Schedule{zone: zone, rules: r}
	if r.Country != "" {
		if s.holidays = calendarOf(r.Country); s.holidays == nil {
			return nil, fmt.Errorf("holidays of %q: %w", r.Country, ErrRules)
		}
	}
	for _, spans := range r.Weekly {
		if slices.ContainsFunc(spans, func(s Span) bool { return !s.valid() }) {
			return nil, fmt.Errorf("span of a week: %w", ErrRules)
		}
	}
	for _, e := range r.Exceptions {
		if slices.ContainsFunc(e.Spans, func(s Span) bool { return !s.valid() }) {
			return nil, fmt.Errorf("span of an exception: %w", ErrRules)
		}
	}
	return s, nil
}

// State is what holds at one moment.
type State struct {
	Open  bool
	Until time.Time // the next change; zero: none within Horizon
	Name  string    // of the exception or holiday that the day is, if it is one
}

// Horizon is how far State looks ahead.
const Horizon = 400 * 24 * time.Hour

// At is the state at a moment. Spans that touch or overlap are one.
func (s *Schedule) At(now time.Time) State {
	today := dateOf(now.In(s.zone))
	state := State{Name: s.nameOf(today)}
	for d, end := today.plus(-2), today.plus(int(Horizon/(24*time.Hour))); d != end; d = d.plus(1) {
		for _, i := range s.on(d) {
			switch {
			case !i.to.After(now):
			case !state.Open && i.from.After(now):
				state.Until = i.from
				return state
			case !state.Open:
				state.Open, state.Until = true, i.to
			case i.from.After(state.Until):
				return state
			case i.to.After(state.Until):
				state.Until = i.to
			}
		}
	}
	if state.Until.After(now.Add(Horizon - 48*time.Hour)) { // open all the time
		state.Until = time.Time{}
	}
	return state
}

type interval struct{ from, to time.Time }

// on are the moments that the spans of a date mean, in order. A span that a change of the clock leaves nothing of is none.
func (s *Schedule) on(d Date) []interval {
	spans := s.spansOn(d)
	out := make([]interval, 0, len(spans))
	for _, span := range spans {
		ends := d
		if span.To <= span.From {
			ends = d.plus(1)
		}
		i := interval{s.resolve(d, span.From, false), s.resolve(ends, span.To, true)}
		if i.to.After(i.from) {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b interval) int { return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to)) })
	return out
}

// spansOn: an exception comes before a holiday, and that before the week.
func (s *Schedule) spansOn(d Date) []Span {
	if e, ok := s.rules.Exceptions[d]; ok {
		return e.Spans
	}
	if s.holidayOn(d) != "" {
		return nil
	}
	return s.rules.Weekly[d.weekday()]
}

func (s *Schedule) nameOf(d Date) string {
	if e, ok := s.rules.Exceptions[d]; ok {
		return e.Name
	}
	return s.holidayOn(d)
}

func (s *Schedule) holidayOn(d Date) string {
	if s.holidays == nil {
		return ""
	}
	actual, observed, h := s.holidays.IsHoliday(time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC))
	if !actual && !observed {
		return ""
	}
	return h.Name
}

// resolve is the moment at which the clocks of the zone show a time of a date. One that they show twice is the first
// moment for the beginning of a span and the last for its end; one that they skip is the moment of the skip.
func (s *Schedule) resolve(d Date, minute int, last bool) time.Time {
	wall := time.Date(d.Year, d.Month, d.Day, 0, minute, 0, 0, time.UTC)
	guess := time.Date(d.Year, d.Month, d.Day, 0, minute, 0, 0, s.zone)
	var found time.Time
	for _, offset := range offsetsAround(guess) {
		at := wall.Add(-time.Duration(offset) * time.Second)
		if _, o := at.In(s.zone).Zone(); o != offset {
			continue
		}
		if found.IsZero() || (last && at.After(found)) || (!last && at.Before(found)) {
			found = at
		}
	}
	if found.IsZero() {
		return nearestChange(guess)
	}
	return found
}

// offsetsAround are the offsets from UTC in seconds that hold at a moment, before and after.
func offsetsAround(at time.Time) []int {
	_, here := at.Zone()
	offsets := []int{here}
	start, end := at.ZoneBounds()
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		offsets = append(offsets, before)
	}
	if !end.IsZero() {
		_, after := end.Zone()
		offsets = append(offsets, after)
	}
	return offsets
}

// nearestChange is the change of the clock that skipped a time near at.
func nearestChange(at time.Time) time.Time {
	start, end := at.ZoneBounds()
	if start.IsZero() || (!end.IsZero() && end.Sub(at) < at.Sub(start)) {
		return end.UTC()
	}
	return start.UTC()
}
