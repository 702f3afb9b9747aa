//go:build plantedbugs

package storage

import (
	"os"

	"pronto/dispatch"
)

// Plant names the bug that is switched on, to prove that tests find it: that of PRONTO_PLANT at the start, for tests of
// whole programs. Set it while no store is open.
var Plant = os.Getenv("PRONTO_PLANT")

func init() { dispatch.Plant = Plant }

func planted(bug string) bool { return Plant == bug }
