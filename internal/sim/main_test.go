package sim

import (
	"os"
	"runtime/debug"
	"testing"
)

// Runs make much garbage and keep little: collecting it less often saves a quarter of their CPU time.
func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // as the command sets it
	}
	os.Exit(m.Run())
}
