package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestTheDemoEndsWithASignalAndLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		folder := t.TempDir()
		var stderr bytes.Buffer
		cmd := exec.Command(binary, "demo", "--listen", "127.0.0.1:0", "--seed", "5", "--speed", "50")
		cmd.Env, cmd.Stderr = []string{"TMPDIR=" + folder}, &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		told, buffer := "", make([]byte, 4096)
		for !strings.Contains(told, " accepts after ") { // people are at work
			n, err := out.Read(buffer)
			if err != nil {
				t.Fatalf("%v after %s\n%s", err, told, &stderr)
			}
			told += string(buffer[:n])
		}
		if made, err := os.ReadDir(folder); err != nil || len(made) != 1 {
			t.Errorf("while it runs: %v %v", made, err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, out); err != nil { // to its end, as Wait demands
			t.Errorf("read the rest: %v", err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", signal, err, &stderr)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
		if stderr.Len() > 0 {
			t.Errorf("warnings: %s", &stderr)
		}
	}
}
