//go:build plantedbugs

package sim

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pronto/dispatch"
	"pronto/internal/hooks"
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
	{"merged_opens", "conversations of a merged contact open", 60},
	{"no_version_check", "a former self of a crashed actor may still write", 100},
	{"notes_not_found", "notes are not indexed by their words", 20},
	{"texts_misplaced", "texts are found at the place of another record", 20},
	{"fresh_not_read", "texts whose words are not stored yet are forgotten at a start", 20},
	{"fresh_as_it_was", "at a start a text is indexed by what it said before it was changed", 2000},
	{"fresh_not_dropped", "the words of a changed text are written although it says something else", 400},
	{"words_marked_early", "words count as stored before they are", 2000},
	{"index_rows_kept", "index rows of the state before are not deleted", 20},
	{"state_not_folded", "records after the stored state are not folded at load", 20},
	{"dedupe_without_channel", "external ids are deduplicated without their channel", 60},
	{"answers_forgotten", "a repeated command is carried out again", 20},
	{"answers_not_looked_up", "conversations do not look up whether a command was answered", 40},
	{"taken_without_recovery", "after a taken claim the machine is loaded and forgets whom it was telling", 800},
	{"deadlines_in_memory", "deadlines are only timers: a restart forgets them", 60},
	{"deadline_row_late", "the row of a deadline stands although the deadline came nearer", 60},
	{"deadline_row_kept", "who is woken for nothing is woken for nothing again", 60},
	{"slots_not_adopted", "a crashed agent never reads its slots again", 60},
	{"slots_adopted_at_once", "a crashed agent does not wait for reservations of its former self", 1000},
	{"time_back", "the clock is not clamped", 60},
	{"release_lost", "a former owner is never told", 20},
	{"offer_kept_on_not_ready", "leaving ready leaves the open offer", 60},
	{"slot_kept_on_release", "an agent keeps the slot of what it no longer has", 60},
	{"slot_leaked_on_disconnect", "an agent without a session does not hear that offers end", 60},
	{"owner_gone_untold", "conversations do not learn that their owner is gone", 60},
	{"stale_versions_taken", "an agent takes messages of old versions", 800},
	{"wrapup_weighs_nothing", "wrap-up does not count as load", 60},
	{"followers_hear_owners_only", "who follows a conversation does not hear what happens while nobody owns it", 20},
	{"top_forgotten", "a conversation whose owner is gone goes back to its place by age and priority", 400},
	{"gone_unrecorded", "an agent who is gone is recorded as connected", 40},
	{"status_unlogged", "statuses that somebody else or a rule gave are not in the log", 20},
	{"ceiling_ignored", "resting conversations leave room for any number of others", 40},
	{"status_ignored", "the status is not part of eligibility", 20},
	{"pause_ignored", "an offer returns to who declined before the pause is over", 40},
	{"excluded_ignored", "who declined gets it again although somebody else can", 100},
	{"last_come_first_served", "the queue serves the latest first", 20},
	{"late_accept", "an offer is accepted after its deadline", 400},
	{"place_lost", "a declined conversation goes to the end of the queue", 20},
	{"delivery_goes_back", "a late report moves a delivery back", 20},
	{"place_miscounted", "who stands behind two others is told a place too far ahead", 20},
	{"left_counted", "an agent who is not ready any more still counts for the queue", 20},
	{"greeted_again", "a reopened conversation is greeted again", 40},
	{"silence_outlives_answer", "the contact's answer does not end its silence", 200},
	{"reminded_after_answer", "the owner's answer does not end its silence", 200},
	{"silence_unwatched", "no deadline watches a silence", 60},
	{"priority_without_ticket", "a waiting conversation keeps its ticket when its priority changes", 400},
	{"wrapup_forgets_script", "a close at the end of wrap-up does not demand the script", 200},
	{"redacted_is_shown", "storage gives out what was redacted", 40},
	{"head_shows_redacted", "the head shows its last message although it was redacted", 400},
	{"redacted_is_edited", "a redacted message gets a new text", 150},
	{"reopened_for_ever", "a conversation is reopened after its window", 100},
	{"reopened_unclaimed", "a reopened conversation does not claim that it is the contact's open one", 100},
	{"snooze_forgets_slot", "a snoozed conversation goes on taking its slot", 400},
	{"snoozed_for_ever", "no deadline wakes a snoozed conversation", 100},
	{"snoozed_message_unheard", "the contact's message does not wake a snoozed conversation after a crash", 1600},
	{"snoozed_for_its_owner_only", "a snoozed conversation whose owner cannot take it back sleeps on", 100},
	{"woken_above_ceiling", "what wakes goes beyond the ceiling", 200},
	{"rated_while_open", "a conversation that is not over is rated", 40},
	{"rating_counted_twice", "the same rating again is another fact", 60},
	{"rating_never_final", "a rating may be changed for ever", 100},
	{"rating_outlives_reopening", "a conversation that goes on keeps the rating of its end", 100},
	{"receipt_goes_back", "a late receipt of the contact's client moves a delivery back", 60},
	{"stale_reservation", "a reservation for an old ticket becomes an offer", 800},
	{"tier_ignored", "top down does not look at the tiers", 60},
	{"share_ignored", "weighted gives everybody the same", 100},
	{"decline_pause_ignored", "who declined gets the next one at once, whatever its pause", 60},
	{"kept_for_ever", "a conversation is kept for its preferred agent beyond the time", 100},
	{"kept_for_the_absent", "a conversation is kept for a preferred agent who is not there", 100},
	{"relaxation_forgotten", "a step of relaxation is not carried out when its time comes", 100},
	{"relaxed_early", "a step of relaxation is carried out five seconds early", 100},
	{"why_not_recounted", "an agent keeps the cause under which a decision counts it", 40},
	{"why_blames_another", "a decision says tier where a skill is missing", 100},
	{"why_forgotten", "an offer is stored without the decision that made it", 20},
	{"pick_unexplained", "a pick is handed on without a decision", 100},
	{"alert_after_hours", "too few agents are an alert while the queue is closed", 200},
	{"after_hours_always", "the text for after hours is said in the hours too", 20},
	{"closing_unsaid", "the closing text is not said", 40},
	{"position_again", "places are told as often as they change", 200},
	{"overflows_again", "a rule of overflow is carried out again and again", 40},
	{"closed_offers", "a closed queue offers what waits in it", 40},
	{"max_wait_unwatched", "no timer watches the longest wait", 800},
	{"refuses_in_progress", "a conversation that somebody has had is refused by overflow", 400},
	{"length_ignored", "any number may wait", 60},
	{"assigned_beyond_ceiling", "a supervisor's assignment passes the ceiling", 200},
	{"takeover_keeps_former", "a takeover leaves its slot to who had the conversation", 100},
	{"whisper_to_contact", "a whisper passes for what a contact may see", 20},
	{"give_up_untold", "a conversation does not hear that it was taken from its owner", 100},
	{"max_wait_alert_untimed", "no timer watches the limit of the longest wait", 600},
	{"others_still_ring", "who else has it open is not told that it was accepted", 60},
	{"asks_without_limit", "more agents ring than may at the same time", 60},
	{"round_over_while_ringing", "a round starts over while somebody of it has it open", 200},
	{"offers_in_pull", "a queue that its members pick from offers too", 60},
	{"pick_ignores_room", "who picks is not asked whether there is room", 60},
	{"pick_ignores_relaxation", "a pick asks for what the conversation has stopped asking for", 200},
	{"pick_without_second_look", "two who pick at the same moment both get it", 200},
	{"auto_to_suspect", "a conversation is given to an agent whose connection is lost", 600},
	{"list_untold", "what changes soon after a word about the list is never told", 300},
	{"boost_forgotten", "who waits keeps the place of the old ageing", 200},
	{"webhook_mark_first", "the mark of webhooks is durable before what it stands for", 400},
	{"webhook_place_forgotten", "after a restart webhooks are told what happens from then on", 100},
	{"webhook_place_unwritten", "a changed webhook is told what was read before the change again, after a crash", 100},
	{"webhook_change_overtakes", "what is unread when a webhook changes is judged by its new form", 100},
	{"webhook_rotated_unfiltered", "after a rotation a webhook is told everything", 100},
	{"webhook_retry_overtaken", "the event behind one that failed is sent", 100},
	{"webhook_silence_is_taken", "an answer that does not come counts as taken", 100},
	{"webhook_given_up_forgotten", "what is given up is not parked", 100},
	{"webhook_gone_goes_on", "a receiver that is gone is told more until it is stored", 100},
	{"webhook_former_address_judges", "what a former address answers counts for the new one", 1600},
	{"webhook_failure_keeps_busy", "a conversation whose event failed is busy for ever", 100},
	{"webhook_parked_expires_early", "what was given up is forgotten before its time", 300},
	{"webhook_replayed_twice", "a second replay of an event sends it again", 100},
}

var (
	rewrite = flag.Bool("rewrite", false, "write the table of planted bugs anew")
	missing = flag.Bool("missing", false, "only the bugs whose row has no seed yet")
)

const plantedTable = "../../docs/planted-bugs.md"

const plantedHead = `# Planted bugs

Generated by ` + "`make planted-table`" + `: do not edit. Each is a mistake behind the build tag ` + "`plantedbugs`" + `; ` + "`make planted`" + ` plants one after the other and fails unless the simulator finds every one, and unless all are listed here. The seed is the first that found it when its row was written, with – for a row that no run has written yet (` + "`go test -tags plantedbugs -run 'TestPlantedBugs/NAME$' ./internal/sim`" + ` shows today's); what is broken is the invariant that noticed. The mistakes that ordinary tests must notice are in ` + "`internal/proof/mutants_test.go`" + ` (` + "`make mutants`" + `).

| bug | what is wrong | seed | step | broken |
|---|---|---|---|---|
`

// plantedRows are the rows of the table by their bug; those that no run has written yet have no seed.
func plantedRows(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(plantedTable)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, b := range plantedBugs {
		rows[b.name] = rowStart(b.name, b.what) + noSeed
		for line := range strings.Lines(string(raw)) {
			if strings.HasPrefix(line, rowStart(b.name, b.what)) {
				rows[b.name] = line
			}
		}
	}
	return rows
}

// noSeed ends the row of a bug that no run has found yet.
const noSeed = "– | – | – |\n"

func rowStart(name, what string) string { return fmt.Sprintf("| `%s` | %s | ", name, what) }

func writePlanted(t *testing.T, rows map[string]string) {
	t.Helper()
	table := plantedHead
	for _, b := range plantedBugs {
		table += rows[b.name]
	}
	if err := os.WriteFile(plantedTable, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPlantedBugs tests the tests: a bug that is not found means that an invariant is not watched.
func TestPlantedBugs(t *testing.T) {
	rows := plantedRows(t)
	for _, b := range plantedBugs {
		if *missing && !strings.HasSuffix(rows[b.name], noSeed) {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			dispatch.Plant, storage.Plant, hooks.Plant = b.name, b.name, b.name
			defer func() { dispatch.Plant, storage.Plant, hooks.Plant = "", "", "" }()
			total, failed := runSeeds(defaultBase, b.seeds, 2000, b.name, 1)
			if len(failed) == 0 {
				t.Fatalf("%s: not found in %d seeds (%+v)", b.what, b.seeds, total)
			}
			v := firstOf(failed)
			if v == nil || v.Invariant == "panic" {
				t.Fatalf("%s: not a broken invariant: %v", b.what, failed)
			}
			t.Logf("%s: %s by seed %d at step %d: %s", b.what, v.Invariant, v.Seed, v.Step, clip(v.Text))
			rows[b.name] = rowStart(b.name, b.what) + fmt.Sprintf("%d | %d | %s |\n", v.Seed, v.Step, v.Invariant)
			if *rewrite {
				writePlanted(t, rows)
			}
		})
	}
}

// firstOf is the violation of the lowest seed; every seed below it has been run. nil: a seed ended otherwise.
func firstOf(failed []error) (first *Violation) {
	for _, err := range failed {
		var v *Violation
		if !errors.As(err, &v) {
			return nil
		}
		if first == nil || v.Seed < first.Seed {
			first = v
		}
	}
	return first
}

func TestEveryPlantedBugIsInTheTable(t *testing.T) {
	raw, err := os.ReadFile(plantedTable)
	if err != nil {
		t.Fatal(err)
	}
	if len(plantedBugs) < 30 {
		t.Errorf("only %d planted bugs", len(plantedBugs))
	}
	rows := strings.Count(string(raw), "\n| `")
	for _, b := range plantedBugs {
		if !strings.Contains(string(raw), "\n"+rowStart(b.name, b.what)) {
			t.Errorf("%s is not in the table: make planted-table", b.name)
		}
	}
	if !strings.HasPrefix(string(raw), plantedHead) || rows != len(plantedBugs) {
		t.Errorf("the table has another head, or %d rows for %d bugs: make planted-table", rows, len(plantedBugs))
	}
}
