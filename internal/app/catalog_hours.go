package app

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"pronto/internal/hours"
	"pronto/protocol"
	"pronto/transport"
)

// openingHours are one set of business hours with the state that holds until it changes.
type openingHours struct {
	schedule *hours.Schedule
	last     atomic.Pointer[stateSince]
}

type stateSince struct {
	hours.State
	at, until time.Time // it was computed at, and holds before until
}

// staleAfter bounds how long a state without a change in sight is believed.
const staleAfter = 24 * time.Hour

// now is the state at a moment; mostly remembered, because every message of a conversation asks.
func (h *openingHours) now(at time.Time) hours.State {
	if s := h.last.Load(); s != nil && !at.Before(s.at) && at.Before(s.until) {
		return s.State
	}
	s := &stateSince{State: h.schedule.At(at), at: at}
	s.until = s.Until
	if limit := at.Add(staleAfter); s.until.IsZero() || s.until.After(limit) {
		s.until = limit
	}
	h.last.Store(s)
	return s.State
}

func decodeHours(id string, body []byte) (*openingHours, error) {
	var b protocol.BusinessHours
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("decode %s: %w", id, err)
	}
	s, err := hours.New(hoursRules(b))
	if err != nil {
		return nil, fmt.Errorf("hours %s: %w", id, err)
	}
	return &openingHours{schedule: s}, nil
}

// hoursRules turns what was validated into rules. A further holiday is an exception unless there is one.
func hoursRules(b protocol.BusinessHours) hours.Rules {
	r := hours.Rules{Zone: b.TimeZone, Country: b.Holidays.Country, Exceptions: map[hours.Date]hours.Exception{}}
	for _, w := range b.Weekly {
		for day, name := range protocol.Weekdays {
			for _, d := range w.Days {
				if d == name {
					r.Weekly[day] = append(r.Weekly[day], hoursSpan(w.From, w.To))
				}
			}
		}
	}
	for _, h := range b.Holidays.Dates {
		r.Exceptions[hoursDate(h.Date)] = hours.Exception{Name: h.Name}
	}
	for _, e := range b.Exceptions {
		x := hours.Exception{Name: e.Name}
		for _, s := range e.Spans {
			x.Spans = append(x.Spans, hoursSpan(s.From, s.To))
		}
		r.Exceptions[hoursDate(e.Date)] = x
	}
	return r
}

func hoursSpan(from, to string) hours.Span {
	f, _ := protocol.ParseClock(from)
	t, _ := protocol.ParseClock(to)
	return hours.Span{From: f, To: t}
}

func hoursDate(text string) hours.Date {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return hours.Date{}
	}
	return hours.Date{Year: at.Year(), Month: at.Month(), Day: at.Day()}
}

// Hours answers GET /business-hours/{id}/status.
func (l live) Hours(_ context.Context, id string) (protocol.HoursStatus, error) {
	h := l.catalog.now.Load().hours[id]
	if h == nil {
		return protocol.HoursStatus{}, transport.Refuse(protocol.CodeNotFound)
	}
	s := h.schedule.At(l.system.Now())
	out := protocol.HoursStatus{Open: s.Open, Name: s.Name}
	if !s.Until.IsZero() {
		out.ChangesAt = protocol.At(s.Until)
	}
	return out, nil
}
