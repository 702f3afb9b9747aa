//go:build plantedbugs

package sim

import (
	"testing"

	"pronto/dispatch"
	"pronto/storage"
)

// plantedBugs are the bugs that the simulator must find, each within so many seeds.
var plantedBugs = []struct {
	name, what string
	seeds      uint64
}{
	{"ack_before_sync", "storage answers before the sync", 40},
	{"told_before_durable", "answers leave before the save is durable", 200},
	{"saved_in_halves", "a decision is durable in two commits", 100},
	{"claims_off", "claims are not checked", 40},
	{"no_version_check", "a former self of a crashed actor may still write", 100},
	{"index_rows_kept", "index rows of the state before are not deleted", 20},
	{"state_not_folded", "records after the stored state are not folded at load", 20},
	{"dedupe_without_channel", "external ids are deduplicated without their channel", 60},
	{"answers_forgotten", "a repeated command is carried out again", 20},
	{"answers_not_looked_up", "conversations do not look up whether a command was answered", 40},
	{"taken_without_recovery", "after a taken claim the machine is loaded and forgets whom it was telling", 800},
	{"deadlines_in_memory", "deadlines are only timers: a restart forgets them", 60},
	{"slots_not_adopted", "a crashed agent never reads its slots again", 60},
	{"slots_adopted_at_once", "a crashed agent does not wait for reservations of its former self", 1000},
	{"time_back", "the clock is not clamped", 60},
	{"release_lost", "a former owner is never told", 20},
	{"offer_kept_on_not_ready", "leaving ready leaves the open offer", 60},
	{"slot_leaked_on_disconnect", "an agent without a session does not hear that offers end", 60},
	{"owner_gone_untold", "conversations do not learn that their owner is gone", 60},
	{"stale_versions_taken", "an agent takes messages of old versions", 800},
	{"wrapup_weighs_nothing", "wrap-up does not count as load", 60},
	{"status_ignored", "the status is not part of eligibility", 20},
	{"pause_ignored", "an offer returns to who declined before the pause is over", 40},
	{"excluded_ignored", "who declined gets it again although somebody else can", 100},
	{"last_come_first_served", "the queue serves the latest first", 20},
	{"late_accept", "an offer is accepted after its deadline", 400},
	{"place_lost", "a declined conversation goes to the end of the queue", 20},
	{"delivery_goes_back", "a late report moves a delivery back", 20},
	{"stale_reservation", "a reservation for an old ticket becomes an offer", 800},
}

// TestPlantedBugs tests the tests: a bug that is not found means that an invariant is not watched.
func TestPlantedBugs(t *testing.T) {
	for _, b := range plantedBugs {
		t.Run(b.name, func(t *testing.T) {
			dispatch.Plant, storage.Plant = b.name, b.name
			defer func() { dispatch.Plant, storage.Plant = "", "" }()
			total, failed := runSeeds(defaultBase, b.seeds, 2000, b.name, 1)
			if len(failed) == 0 {
				t.Fatalf("%s: not found in %d seeds (%+v)", b.what, b.seeds, total)
			}
			v, ok := failed[0].(*Violation)
			if !ok || v.Invariant == "panic" {
				t.Fatalf("%s: not a broken invariant: %v", b.what, failed[0])
			}
			t.Logf("%s: %s by seed %d at step %d: %s", b.what, v.Invariant, v.Seed, v.Step, clip(v.Text))
		})
	}
}
