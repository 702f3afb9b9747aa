package s3_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pronto/internal/blob"
	"pronto/internal/blob/blobtest"
	"pronto/internal/blob/s3"
	"pronto/internal/blob/s3/s3test"
)

const (
	accessKey = "AKIATESTE"
	secretKey = "segredo/de+teste"
)

// bucket is a strict server, a store in its bucket, and staging.
func bucket(t *testing.T, secure bool) (*s3test.Server, *s3.Store, *blob.Staging) {
	t.Helper()
	server := &s3test.Server{Bucket: "anexos", Region: "sa-east-1", AccessKey: accessKey, SecretKey: secretKey, PageSize: 7}
	web := httptest.NewUnstartedServer(server)
	if secure {
		web.StartTLS()
	} else {
		web.Start()
	}
	t.Cleanup(web.Close)
	return server, store(t, web, secretKey), staging(t)
}

func store(t *testing.T, web *httptest.Server, secret string) *s3.Store {
	t.Helper()
	at, err := url.Parse(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	s, err := s3.New(s3.Options{
		Endpoint: at.Host, Bucket: "anexos", Prefix: "pronto/", Region: "sa-east-1", AccessKey: accessKey, SecretKey: secret,
		Plain: at.Scheme == "http", Transport: web.Client().Transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func staging(t *testing.T) *blob.Staging {
	t.Helper()
	s, err := blob.OpenStaging(blob.StagingOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestS3Conforms(t *testing.T) {
	for name, secure := range map[string]bool{"over http, every chunk signed": false, "over https": true} {
		t.Run(name, func(t *testing.T) {
			blobtest.Run(t, func(t *testing.T) blobtest.Harness {
				server, s, stage := bucket(t, secure)
				return blobtest.Harness{Store: s, Staging: stage, Damage: func(_ *testing.T, h blob.Hash) { server.Damage("pronto/" + h.String()) }}
			})
		})
	}
}

func staged(t *testing.T, s *blob.Staging, text string) *blob.Staged {
	t.Helper()
	f, err := s.Stage(t.Context(), strings.NewReader(text), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAServerThatIsBusyIsAskedAgain(t *testing.T) {
	server, s, stage := bucket(t, false)
	server.FailNext(http.StatusServiceUnavailable, http.StatusServiceUnavailable)
	f := staged(t, stage, "paciência")
	if err := s.Keep(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if got := server.Names(); len(got) != 1 || got[0] != "pronto/"+f.Hash().String() {
		t.Errorf("objects %v", got)
	}
}

func TestRefusalsAreTold(t *testing.T) {
	server, s, stage := bucket(t, false)
	f := staged(t, stage, "cheio")
	server.FailNext(http.StatusInsufficientStorage, http.StatusInsufficientStorage, http.StatusInsufficientStorage, http.StatusInsufficientStorage)
	if err := s.Keep(t.Context(), f); !errors.Is(err, blob.ErrNoRoom) {
		t.Errorf("a full server: %v", err)
	}
	if again, err := f.Open(); err != nil {
		t.Errorf("the staged copy went with the refusal: %v", err)
	} else {
		_ = again.Close()
	}
}

func TestTheWrongKeyKeepsNothingAndIsNotShown(t *testing.T) {
	server := &s3test.Server{Bucket: "anexos", Region: "sa-east-1", AccessKey: accessKey, SecretKey: secretKey}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	s := store(t, web, "outra-chave")
	err := s.Keep(t.Context(), staged(t, staging(t), "x"))
	if err == nil || len(server.Names()) > 0 || len(server.Refused()) == 0 {
		t.Errorf("kept with the wrong key: %v", server.Names())
	}
	for _, e := range []error{err, s.Check(t.Context())} {
		if e == nil || strings.Contains(e.Error(), "outra-chave") {
			t.Errorf("error %v", e)
		}
	}
}

func TestTheBucketIsChecked(t *testing.T) {
	_, s, _ := bucket(t, true)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	gone, err := s3.New(s3.Options{Endpoint: "127.0.0.1:1", Bucket: "anexos", Region: "x", AccessKey: "a", SecretKey: "b", Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := gone.Check(ctx); err == nil {
		t.Error("a server that is not there was reached")
	}
}

func TestWhatIsNotOursInTheBucketIsLeftAlone(t *testing.T) {
	server, s, stage := bucket(t, false)
	if err := s.Keep(t.Context(), staged(t, stage, "nosso")); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	at, _ := url.Parse(web.URL)
	other, err := s3.New(s3.Options{Endpoint: at.Host, Bucket: "anexos", Prefix: "pronto/outro/", Region: "sa-east-1", AccessKey: accessKey, SecretKey: secretKey, Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Keep(t.Context(), staged(t, stage, "deles")); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := s.Each(t.Context(), func(blob.Info) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d files, %v", n, err)
	}
}
