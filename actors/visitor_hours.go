package actors

import "pronto/dispatch"

// lookAtHours asks a visitor's actor to find out anew whether its channel is open.
type lookAtHours struct{}

// HoursChanged lets every page that is connected show the hours that hold now. Call it after what they depend on changed.
func (s *System) HoursChanged() {
	for _, hub := range s.links.hubs() {
		if hub.Kind == kindVisitor {
			s.tellSurely(hub, lookAtHours{})
		}
	}
}

// lookAtHours tells the sessions when the channel opened or closed, and comes back when that changes by itself.
func (a *visitor) lookAtHours() {
	if len(a.sessions) == 0 {
		a.hours = dispatch.ContactHours{}
		return
	}
	was := a.hours
	a.hours = a.system.o.Visitors.Hours(a.who)
	if a.hours != was {
		a.push(dispatch.EventContactHours{Hours: a.hours})
	}
}
