package actors

import "pronto/dispatch"

// lookAtHours asks a visitor's actor to find out anew whether its channel is open and what it looks like.
type lookAtHours struct{}

// HoursChanged lets every page that is connected show the hours and the settings of its channel that hold now. Call it after
// what they depend on changed.
func (s *System) HoursChanged() {
	for _, hub := range s.links.hubs() {
		if hub.Kind == kindVisitor {
			s.tellSurely(hub, lookAtHours{})
		}
	}
}

// lookAtHours tells the sessions when the channel opened or closed, and comes back when that changes by itself. Settings of
// the channel are in snapshots.
func (a *visitor) lookAtHours() {
	if len(a.sessions.order) == 0 {
		a.hours, a.settings = dispatch.ContactHours{}, nil
		return
	}
	shown := a.settings
	a.settings = a.system.o.Visitors.Settings(a.who)
	was := a.hours
	a.hours = a.system.o.Visitors.Hours(a.who)
	switch anew := shown != nil && a.settings != shown; {
	case anew && a.conversation != "" && a.head == nil:
		a.allFallBehind("access_changed") // followed brings them up to date
	case anew:
		a.give(snapshotNow{view: a.snapshot(), reason: "access_changed"})
	case a.hours != was:
		a.push(dispatch.EventContactHours{Hours: a.hours})
	}
}
