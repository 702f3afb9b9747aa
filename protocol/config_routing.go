package protocol

import (
	"slices"
	"strconv"
)

// QueueRouting is the part of a queue that says who is offered what.
type QueueRouting struct {
	Strategy         string           `json:"strategy" enum:"longest_idle,least_busy,most_spare_capacity,round_robin,top_down,weighted,random" default:"longest_idle" doc:"Who gets the next conversation. top_down: the lowest tier of the agents' queue_settings first, the next one only when nobody of the earlier can take it; weighted: in proportion to their weights, evenly mixed; random: drawn from random_seed. Ties go to who has been idle longest"`
	RandomSeed       int64            `json:"random_seed" minimum:"0" maximum:"9007199254740991" default:"0" doc:"random: the same seed gives the same choices"`
	AgeBoostS        int64            `json:"age_boost_s" minimum:"0" maximum:"86400" default:"600" doc:"Seconds of waiting that are worth one step of priority; 0 = no waiting makes up for a lower priority"`
	SkillsRelaxation []RelaxationStep `json:"skills_relaxation" maxItems:"20" doc:"What conversations stop asking for when they have waited in this queue, in order of time"`
	PreferredMS      int64            `json:"preferred_ms" minimum:"0" maximum:"3600000" default:"0" doc:"Milliseconds for which a conversation is kept for its preferred agent (the one who had it, the one its first message names, or who served the contact last) while that one is at work and busy. 0 = it is not kept: a preferred agent who is free gets it, else anybody"`
	Mode             string           `json:"mode" enum:"push,pull,auto" default:"push" doc:"push: conversations are offered; pull: nothing is offered, the members see who waits and pick (conversation.pick); auto: conversations are given without asking"`
	ParallelOffers   int              `json:"parallel_offers" minimum:"1" maximum:"50" default:"1" doc:"How many agents are offered one conversation at the same time; the first who accepts has it. Above 1 in the mode push only"`
}

// RelaxationStep weakens what the conversations of a queue ask for.
type RelaxationStep struct {
	AfterMS int64  `json:"after_ms" minimum:"1000" maximum:"86400000" doc:"Milliseconds of waiting in this queue"`
	Action  string `json:"action" required:"true" enum:"lower,drop,tier,queue" doc:"lower: a lower level of a skill will do; drop: the skill is not asked for any more; tier: agents of further tiers may have it (a queue with such a step begins with tier 1 alone); queue: it goes to another queue, as the last step"`
	SkillID string `json:"skill_id,omitempty" maxLength:"64" doc:"lower, drop: skl_…; absent = all skills"`
	By      int    `json:"by,omitempty" minimum:"0" maximum:"8" doc:"lower: levels; tier: tiers; absent = 1"`
	QueueID string `json:"queue_id,omitempty" maxLength:"64" doc:"queue: que_… of the other one"`
}

func (q Queue) checkMode() []FieldError {
	if q.ParallelOffers > 1 && q.Mode != "push" {
		return []FieldError{{Pointer: "/parallel_offers", Code: FieldConflict}}
	}
	return nil
}

func (q Queue) checkRelaxation() []FieldError {
	var out []FieldError
	for i, s := range q.SkillsRelaxation {
		at := "/skills_relaxation/" + strconv.Itoa(i)
		if i > 0 && s.AfterMS < q.SkillsRelaxation[i-1].AfterMS {
			out = append(out, FieldError{Pointer: at + "/after_ms", Code: FieldRange})
		}
		if s.Action == "queue" && i < len(q.SkillsRelaxation)-1 {
			out = append(out, FieldError{Pointer: at + "/action", Code: FieldConflict})
		}
		if s.QueueID != "" && s.QueueID == q.ID {
			out = append(out, FieldError{Pointer: at + "/queue_id", Code: FieldInvalid})
		}
	}
	return out
}

func (s RelaxationStep) check() []FieldError {
	var out []FieldError
	if s.SkillID != "" && s.Action != "lower" && s.Action != "drop" {
		out = append(out, FieldError{Pointer: "/skill_id", Code: FieldConflict})
	}
	if s.By != 0 && s.Action != "lower" && s.Action != "tier" {
		out = append(out, FieldError{Pointer: "/by", Code: FieldConflict})
	}
	return append(out, checkTarget(s.Action, s.QueueID)...)
}

// checkTarget: the action "queue" names a queue, and no other does.
func checkTarget(action, queue string) []FieldError {
	switch {
	case action == "queue" && queue == "":
		return []FieldError{{Pointer: "/queue_id", Code: FieldRequired}}
	case action != "queue" && queue != "":
		return []FieldError{{Pointer: "/queue_id", Code: FieldConflict}}
	}
	return nil
}

// Relaxation is one step that did something for an offered conversation.
type Relaxation struct {
	Action  string `json:"action" doc:"lower, drop or tier"`
	SkillID string `json:"skill_id,omitempty" doc:"lower, drop: skl_…"`
	Level   int    `json:"level,omitempty" doc:"lower: the level that is asked for now"`
	Tier    int    `json:"tier,omitempty" doc:"tier: the highest that may have it now"`
	AfterMS int64  `json:"after_ms" doc:"After so many milliseconds in the queue"`
}

// AgentRouting is the part of an agent that says what is offered to it.
type AgentRouting struct {
	QueueSettings  []AgentQueue `json:"queue_settings" maxItems:"200" doc:"How the agent stands in queues of queue_ids; absent = tier 1, weight 1"`
	DeclinePauseMS int64        `json:"decline_pause_ms" minimum:"0" maximum:"600000" default:"0" doc:"Milliseconds in which the agent gets nothing after it declined something; it stays ready. 0 = no pause"`
}

func (a Agent) checkQueueSettings() []FieldError {
	var out []FieldError
	seen := make(map[string]bool, len(a.QueueSettings))
	for i, s := range a.QueueSettings {
		at := "/queue_settings/" + strconv.Itoa(i) + "/queue_id"
		switch {
		case seen[s.QueueID]:
			out = append(out, FieldError{Pointer: at, Code: FieldDuplicate})
		case !slices.Contains(a.QueueIDs, s.QueueID):
			out = append(out, FieldError{Pointer: at, Code: FieldNotFound})
		}
		seen[s.QueueID] = true
	}
	return out
}

// AgentQueue is how an agent stands in one queue.
type AgentQueue struct {
	QueueID string `json:"queue_id" required:"true" maxLength:"64" doc:"que_…, one of queue_ids"`
	Tier    int    `json:"tier,omitempty" minimum:"0" maximum:"9" doc:"1 to 9, for top_down: lower ones come first; absent = 1"`
	Weight  int    `json:"weight,omitempty" minimum:"0" maximum:"100" doc:"1 to 100, for weighted: the agent's share; absent = 1"`
}
