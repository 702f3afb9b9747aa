package app

import (
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

// defaultOrganisation is in force until the settings are written for the first time.
func defaultOrganisation() *protocol.Organisation {
	o := &protocol.Organisation{}
	protocol.SetDefaults(o)
	protocol.FillLists(o)
	o.ID = transport.OrganisationID
	return o
}

// organisationChanged brings changed settings to the agents that are in memory; the others find them when they come.
func (d *documents) organisationChanged(after *configuration) {
	for id := range after.agents { // each is told alone: the order does not matter
		if _, here := d.system.Presence(id); here {
			d.system.Configure(id)
		}
	}
}

// goneRule says whether a conversation whose agent is gone goes back to its queue by itself, and when.
func goneRule(q *protocol.Queue, channelKind string) (requeue bool, after time.Duration) {
	waitsOnScreen := channelKind == "web"
	if q == nil {
		return waitsOnScreen, dispatch.OwnerLostRequeue
	}
	switch q.Gone.Policy {
	case "requeue":
		waitsOnScreen = true
	case "keep":
		waitsOnScreen = false
	}
	return waitsOnScreen, milliseconds(q.Gone.AfterMS)
}
