package actors

import (
	"slices"

	"pronto/dispatch"
)

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
	if len(a.sessions) == 0 {
		a.hours, a.settings = dispatch.ContactHours{}, nil
		return
	}
	shown := a.settings
	a.settings = a.system.o.Visitors.Settings(a.who)
	was := a.hours
	a.hours = a.system.o.Visitors.Hours(a.who)
	if shown != nil && a.settings != shown {
		a.showAnew()
		return
	}
	if a.hours != was {
		a.push(dispatch.EventContactHours{Hours: a.hours})
	}
}

// showAnew gives every session a snapshot; who cannot take it, or while there is no head, as soon as that is over.
func (a *visitor) showAnew() {
	for _, id := range a.sessions {
		behind := slices.Contains(a.behind, id)
		if !behind && (a.conversation != "" && a.head == nil || !a.system.tellSession(id, snapshotNow{view: a.snapshot(), reason: "access_changed"})) {
			a.behind = append(a.behind, id)
		}
	}
	if len(a.behind) > 0 {
		a.retry()
	}
}
