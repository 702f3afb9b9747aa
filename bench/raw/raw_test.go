package raw

import (
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCommitsAreCountedAndLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	r, err := Commits(dir, 4, 200*time.Millisecond)
	if err != nil || r.Count < 1 || r.PerSecond <= 0 || r.CPU <= 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
	if _, err := Commits(dir+"/none", 1, time.Millisecond); err == nil {
		t.Error("commits into a folder that is not there")
	}
}

func TestFramesAreCountedOnceTheyWereRead(t *testing.T) {
	r, err := Frames(5, 200*time.Millisecond)
	if err != nil || r.Count < 5 || r.PerSecond <= 0 || r.CPU <= 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
