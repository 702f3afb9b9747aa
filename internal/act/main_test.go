package act

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails the package when a goroutine outlives its system.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
