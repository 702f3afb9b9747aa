package transport

import (
	"cmp"

	"pronto/dispatch"
	"pronto/protocol"
)

// liveEvent are the events of what is shown live.
func (w wire) liveEvent(e dispatch.Event) (string, any) {
	switch e := e.(type) {
	case dispatch.EventLiveQueues:
		if e.Near {
			return protocol.EventDirectoryQueues, w.nearQueues(e)
		}
		out := protocol.LiveQueues{Full: e.Full, Removed: texts(e.Removed), Queues: make([]protocol.LiveQueue, len(e.Queues))}
		for i := range e.Queues {
			out.Queues[i] = w.oneLiveQueue(&e.Queues[i])
		}
		return protocol.EventLiveQueues, out
	case dispatch.EventLiveAgents:
		if e.Near {
			return protocol.EventDirectoryAgents, w.nearAgents(e)
		}
		out := protocol.LiveAgents{Full: e.Full, Removed: texts(e.Removed), Agents: make([]protocol.LiveAgent, len(e.Agents))}
		for i := range e.Agents {
			out.Agents[i] = w.liveAgent(&e.Agents[i])
		}
		return protocol.EventLiveAgents, out
	case dispatch.EventLiveAlerts:
		out := protocol.LiveAlerts{Alerts: make([]protocol.Alert, len(e.Alerts))}
		for i := range e.Alerts {
			out.Alerts[i] = w.alert(&e.Alerts[i])
		}
		return protocol.EventLiveAlerts, out
	case dispatch.EventAlert:
		name := protocol.EventAlertRaised
		if e.Cleared {
			name = protocol.EventAlertCleared
		}
		return name, w.alert(&e.Alert)
	default:
		return "", nil
	}
}

func (w wire) oneLiveQueue(q *dispatch.LiveQueue) protocol.LiveQueue {
	return protocol.LiveQueue{
		Queue: w.queue(q.Queue), Waiting: q.View.Waiting, OldestAt: at(q.View.Oldest), WaitEstimateMS: q.View.Wait.Milliseconds(), ReadyAgents: q.View.Ready,
		Agents: protocol.AgentDots{Green: q.Green, Amber: q.Amber, Red: q.Red, Grey: q.Grey},
		ServiceLevel: protocol.ServiceLevel{
			TargetMS: q.View.Level.Target.Milliseconds(), Answered: q.View.Level.Answered, Within: q.View.Level.Within, Abandoned: q.View.Level.Abandoned,
			Percent: q.View.Level.Percent(),
		},
	}
}

func (w wire) liveAgent(a *dispatch.LiveAgent) protocol.LiveAgent {
	return protocol.LiveAgent{
		Agent: protocol.Ref{ID: string(a.Agent), Name: w.names.AgentName(a.Agent)}, Status: string(a.Status), ReasonID: a.Reason, StatusSince: at(a.Since),
		PlannedUntil: at(a.Until), AfterCurrent: a.After, Dot: a.Dot, Why: a.Why, Load: a.Load, Capacity: a.Capacity, HardLoad: a.Total, HardCapacity: a.Ceiling,
		Misses: a.Misses, Conversations: a.Conversations, QueueIDs: texts(a.Queues),
	}
}

func (w wire) alert(a *dispatch.Alert) protocol.Alert {
	out := protocol.Alert{
		Kind: string(a.Kind), Agent: w.agent(a.Agent), ConversationID: string(a.Conversation), Since: at(a.Since), Value: a.Value, Limit: a.Limit,
	}
	if a.Owner != "" {
		out.Agent = w.agent(a.Owner)
	}
	if a.Queue != "" {
		queue := w.queue(a.Queue)
		out.Queue = &queue
	}
	return out
}

// nearQueues is what the members of a queue may see of it.
func (w wire) nearQueues(e dispatch.EventLiveQueues) protocol.DirectoryQueues {
	out := protocol.DirectoryQueues{Full: e.Full, Removed: texts(e.Removed), Queues: make([]protocol.DirectoryQueue, len(e.Queues))}
	for i := range e.Queues {
		q := &e.Queues[i]
		out.Queues[i] = protocol.DirectoryQueue{Queue: w.queue(q.Queue), Waiting: q.View.Waiting, OldestAt: at(q.View.Oldest)}
	}
	return out
}

// nearAgents is what colleagues may see of each other: what directory.search tells.
func (w wire) nearAgents(e dispatch.EventLiveAgents) protocol.DirectoryAgents {
	out := protocol.DirectoryAgents{Full: e.Full, Removed: texts(e.Removed), Agents: make([]protocol.DirectoryAgent, len(e.Agents))}
	for i := range e.Agents {
		a := &e.Agents[i]
		out.Agents[i] = protocol.DirectoryAgent{ID: string(a.Agent), Name: w.names.AgentName(a.Agent), Dot: a.Dot, Why: cmp.Or(a.Why, protocol.WhyAvailable), Capacity: a.Capacity, Load: a.Load}
	}
	return out
}
