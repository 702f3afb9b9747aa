package app

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestASecretOfTheConfigurationIsNeverPrinted(t *testing.T) {
	t.Parallel()
	c := Config{Attachments: AttachmentConfig{S3AccessKey: "visível", S3SecretKey: "segredo"}}
	var prints []string
	for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		prints = append(prints, fmt.Sprintf(form, c))
	}
	for _, encode := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
		raw, err := encode(c)
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, string(raw))
	}
	for _, p := range prints {
		if strings.Contains(p, "segredo") || !strings.Contains(p, masked) || !strings.Contains(p, "visível") {
			t.Errorf("printed %s", p)
		}
	}
	if c.Attachments.S3SecretKey.Reveal() != "segredo" {
		t.Error("the secret is lost")
	}
}

func TestS3NeedsAllOfItsSettings(t *testing.T) {
	t.Parallel()
	_, err := AttachmentConfig{Driver: "s3", S3Endpoint: "localhost:9000", S3Bucket: "anexos", S3AccessKey: "k"}.store(nil)
	if err == nil || !strings.Contains(err.Error(), "attachments-s3-secret-key") {
		t.Errorf("got %v", err)
	}
}
