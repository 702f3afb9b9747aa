//go:build s3server

package s3_test

import (
	"crypto/rand"
	"os"
	"testing"

	"pronto/internal/blob"
	"pronto/internal/blob/blobtest"
	"pronto/internal/blob/s3"
)

// TestARealServerConforms runs the suite against the server of PRONTO_S3_ENDPOINT (host:port, plain http) with the bucket
// PRONTO_S3_BUCKET and the keys PRONTO_S3_ACCESS_KEY and PRONTO_S3_SECRET_KEY. PRONTO_S3_FILES is where that server has the
// bucket's objects as files: the case about damage changes one.
func TestARealServerConforms(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blobtest.Harness {
		prefix := "t" + rand.Text() + "-"
		s, err := s3.New(s3.Options{
			Endpoint: os.Getenv("PRONTO_S3_ENDPOINT"), Bucket: os.Getenv("PRONTO_S3_BUCKET"), Prefix: prefix, Plain: true,
			AccessKey: os.Getenv("PRONTO_S3_ACCESS_KEY"), SecretKey: os.Getenv("PRONTO_S3_SECRET_KEY"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		return blobtest.Harness{Store: s, Staging: staging(t), Damage: func(t *testing.T, h blob.Hash) {
			name := os.Getenv("PRONTO_S3_FILES") + "/" + prefix + h.String()
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
