package protocol

import (
	"strconv"
	"time"
)

// BusinessHours say when queues are open: spans of the week on the clock of one time zone, exceptions, holidays.
//
// A span belongs to the day on which it begins; one whose to is not after its from ends on the next day. An exception
// replaces the spans of its date, a holiday closes its date unless an exception says otherwise. Where the clocks skip a
// time of a span it begins or ends at the skip; where they show one twice, it begins at the first and ends at the last.
type BusinessHours struct {
	ID         string           `json:"id" readOnly:"true" doc:"hrs_…"`
	Version    int64            `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Name       string           `json:"name" required:"true" maxLength:"100" doc:"Unique name"`
	TimeZone   string           `json:"time_zone" required:"true" maxLength:"64" doc:"IANA name" example:"America/Sao_Paulo"`
	Weekly     []WeeklyHours    `json:"weekly" maxItems:"50" doc:"Open time of the week; several for a day add up"`
	Exceptions []HoursException `json:"exceptions" maxItems:"1000" doc:"Dates that are different"`
	Holidays   Holidays         `json:"holidays" doc:"Dates that are closed"`
}

// WeeklyHours is the same span on some days of the week.
type WeeklyHours struct {
	Days []string `json:"days" required:"true" enum:"mon,tue,wed,thu,fri,sat,sun" maxItems:"7" doc:"On which days"`
	From string   `json:"from" required:"true" maxLength:"5" doc:"HH:MM" example:"09:00"`
	To   string   `json:"to" required:"true" maxLength:"5" doc:"HH:MM, up to 24:00; not after from: on the next day" example:"18:00"`
}

// HoursSpan is open time of one date.
type HoursSpan struct {
	From string `json:"from" required:"true" maxLength:"5" doc:"HH:MM" example:"09:00"`
	To   string `json:"to" required:"true" maxLength:"5" doc:"HH:MM, up to 24:00; not after from: on the next day" example:"13:00"`
}

// HoursException is a date with other hours, or none: either closed or spans.
type HoursException struct {
	Date   string      `json:"date" required:"true" maxLength:"10" doc:"YYYY-MM-DD" example:"2026-12-24"`
	Closed bool        `json:"closed,omitempty" doc:"Closed on that date"`
	Spans  []HoursSpan `json:"spans,omitempty" maxItems:"10" doc:"Open time instead of the week's"`
	Name   string      `json:"name,omitempty" maxLength:"100" doc:"What the date is"`
}

// Holidays are those of a country, and further dates.
type Holidays struct {
	Country string    `json:"country" enum:"AR,BR,DE,ES,FR,GB,IT,PT,US" doc:"Its national holidays are closed; empty: none"`
	Dates   []Holiday `json:"dates" maxItems:"1000" doc:"Further closed dates"`
}

// Holiday is one closed date.
type Holiday struct {
	Date string `json:"date" required:"true" maxLength:"10" doc:"YYYY-MM-DD" example:"2026-06-24"`
	Name string `json:"name,omitempty" maxLength:"100" doc:"What it is"`
}

// HoursStatus is what holds at a moment.
type HoursStatus struct {
	Open      bool   `json:"open" doc:"Open now"`
	ChangesAt Time   `json:"changes_at,omitzero" doc:"When that changes; absent: not within a year"`
	Name      string `json:"name,omitempty" doc:"The exception or holiday that today is"`
}

// Meta of the business hours.
func (b *BusinessHours) Meta() Meta { return Meta{&b.ID, &b.Version} }

// Weekdays are the names of the days in the order of time.Weekday.
var Weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseClock reads HH:MM as minutes since midnight; 24:00 is the end of a day.
func ParseClock(text string) (minutes int, ok bool) {
	if text == "24:00" {
		return 24 * 60, true
	}
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != 5 {
		return 0, false
	}
	return at.Hour()*60 + at.Minute(), true
}

func (b BusinessHours) check() []FieldError {
	var out []FieldError
	if _, err := time.LoadLocation(b.TimeZone); err != nil || b.TimeZone == "Local" {
		out = append(out, FieldError{Pointer: "/time_zone", Code: FieldInvalid})
	}
	for i, w := range b.Weekly {
		at := "/weekly/" + strconv.Itoa(i)
		out = append(out, checkSpan(at, HoursSpan{w.From, w.To})...)
		out = append(out, duplicates(at+"/days", w.Days)...)
	}
	seen := map[string]bool{}
	for i, e := range b.Exceptions {
		at := "/exceptions/" + strconv.Itoa(i)
		out = append(out, checkException(at, e)...)
		if seen[e.Date] {
			out = append(out, FieldError{Pointer: at + "/date", Code: FieldDuplicate})
		}
		seen[e.Date] = true
	}
	for i, h := range b.Holidays.Dates {
		out = append(out, checkDate("/holidays/dates/"+strconv.Itoa(i)+"/date", h.Date)...)
	}
	return out
}

func checkException(at string, e HoursException) []FieldError {
	out := checkDate(at+"/date", e.Date)
	switch {
	case e.Closed && len(e.Spans) > 0:
		out = append(out, FieldError{Pointer: at + "/spans", Code: FieldConflict})
	case !e.Closed && len(e.Spans) == 0:
		out = append(out, FieldError{Pointer: at + "/spans", Code: FieldRequired})
	}
	for i, s := range e.Spans {
		out = append(out, checkSpan(at+"/spans/"+strconv.Itoa(i), s)...)
	}
	return out
}

func checkSpan(at string, s HoursSpan) []FieldError {
	from, okFrom := ParseClock(s.From)
	to, okTo := ParseClock(s.To)
	var out []FieldError
	if s.From != "" && (!okFrom || from == 24*60) {
		out = append(out, FieldError{Pointer: at + "/from", Code: FieldInvalid})
	}
	if s.To != "" && (!okTo || (okFrom && from == to)) {
		out = append(out, FieldError{Pointer: at + "/to", Code: FieldInvalid})
	}
	return out
}

func checkDate(at, text string) []FieldError {
	if _, err := time.Parse(time.DateOnly, text); text != "" && err != nil {
		return []FieldError{{Pointer: at, Code: FieldInvalid}}
	}
	return nil
}
