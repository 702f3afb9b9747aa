//go:build plantedbugs

package proof

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutants are bugs with the ordinary tests that must not pass while they are there. Those that the simulator must find are
// listed in internal/sim.
var mutants = []struct {
	plant, what string
	folder, run string
	times       int // how often the test may be tried: what it needs depends on chance
}{
	{"ack_before_sync", "the log is not synced (Pebble's NoSync)", "storage", "^TestPowerCutLosesNothingAcknowledgedAndSplitsNoChange$", 1},
	{"ack_before_sync", "the log is not synced (Pebble's NoSync)", "storage", "^TestAPowerCutAtEveryWriteLosesNothingAndReplaysToTheSame$", 1},
	{"ack_before_sync", "the log is not synced (Pebble's NoSync)", "storage", "^TestATornTailOfTheLogIsDroppedAndNothingBeforeIt$", 1},
	{"ack_before_sync", "the log is not synced (Pebble's NoSync)", "cmd/pronto", "^TestNothingAcknowledgedIsLostWhenTheServerIsKilledAgainAndAgain$", 3},
	{"read_before_sync", "reads are answered before what they tell is durable", "storage", "^TestWhatIsReadBeforeItsSyncIsSettledOnlyAfterIt$", 1},
	{"answers_lost", "the answers of commands are not found again", "cmd/pronto", "^TestNothingAcknowledgedIsLostWhenTheServerIsKilledAgainAndAgain$", 3},
	{"slot_kept_on_release", "an agent keeps the slot of what it no longer has", "cmd/pronto", "^TestNothingAcknowledgedIsLostWhenTheServerIsKilledAgainAndAgain$", 1},
	{"claims_off", "claims are not checked: external ids and open conversations are not unique", "internal/app", "^TestARepeatedMessageGetsTheFirstAnswerAlsoConcurrentlyAndAfterARestart$", 1},
	{"epoch_unchecked", "a writer that was replaced appends on", "storage", "^TestPebbleJournalKeepsTheRules$", 1},
	{"no_version_check", "a change on top of an old version is taken", "storage", "^TestStaleChangeIsRefusedAlone$", 1},
	{"owner_unchecked", "anybody acts for the owner", "cmd/pronto", "^TestConcurrentCommandsHaveAnOrderOverKills$", 1},
}

// TestMutants tests the tests: it runs each as it is, which must pass, and with its bug, which must fail.
func TestMutants(t *testing.T) {
	sound := map[string]bool{}
	for _, m := range mutants {
		t.Run(m.plant+" "+m.run, func(t *testing.T) {
			if key := m.folder + m.run; !sound[key] {
				if out, passed := goTest(t, m.folder, m.run, ""); !passed {
					t.Fatalf("fails without the bug:\n%s", out)
				}
				sound[key] = true
			}
			for n := range m.times {
				out, passed := goTest(t, m.folder, m.run, m.plant)
				if !passed {
					if !strings.Contains(out, "--- FAIL: ") {
						t.Fatalf("ended otherwise than by a failed test:\n%s", out)
					}
					t.Logf("%s: found in run %d", m.what, n+1)
					return
				}
			}
			t.Errorf("%s: not found", m.what)
		})
	}
}

func goTest(t *testing.T, folder, run, plant string) (out string, passed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "test", "-tags", "plantedbugs", "-count=1", "-run", run, "-v", "./"+folder)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "PRONTO_PLANT="+plant)
	raw, err := cmd.CombinedOutput()
	if err == nil && !strings.Contains(string(raw), "--- PASS: ") {
		t.Fatalf("%s has no %s", folder, run)
	}
	return string(raw), err == nil
}
