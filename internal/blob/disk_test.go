package blob_test

import (
	"os"
	"path/filepath"
	"testing"

	"pronto/internal/blob"
	"pronto/internal/blob/blobtest"
)

func TestDiskConforms(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blobtest.Harness {
		dir := t.TempDir()
		s, err := blob.OpenStaging(blob.StagingOptions{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return blobtest.Harness{Store: blob.NewDisk(s), Staging: s, Damage: func(t *testing.T, h blob.Hash) {
			name := filepath.Join(dir, h.String()[:2], h.String())
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			raw[len(raw)/2] ^= 1
			if err := os.WriteFile(name, raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}}
	})
}
