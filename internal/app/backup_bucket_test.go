package app

import (
	"net/http/httptest"
	"strings"
	"testing"

	"pronto/internal/blob/s3/s3test"
)

func TestABackupSaysInWhichBucketTheFilesAreAndVerifiesThemThere(t *testing.T) {
	t.Parallel()
	bucket := &s3test.Server{Bucket: "anexos", Region: "sa-east-1", AccessKey: "chave", SecretKey: "segredo"}
	web := httptest.NewServer(bucket)
	defer web.Close()
	files := AttachmentConfig{
		Driver: "s3", S3Endpoint: strings.TrimPrefix(web.URL, "http://"), S3Bucket: "anexos", S3Prefix: "pronto/", S3Region: "sa-east-1",
		S3AccessKey: "chave", S3SecretKey: "segredo", S3Plain: true, Scan: "none",
	}
	o := &office{server: administered(t, startWith(t, Config{Data: t.TempDir(), Attachments: files}))}
	for _, name := range []string{"um", "dois", "três"} {
		if status, made := o.upload(o.admin, name+".txt", []byte("conteúdo de "+name)); status != 201 {
			t.Fatalf("upload: %d %v", status, made)
		}
	}
	dir := o.must(201, "POST", "/backups", o.admin, nil)["path"].(string)
	o.shut()
	verify := func(files AttachmentConfig, read bool) (facts, findings string) {
		t.Helper()
		m, d, err := VerifyBackup(t.Context(), dir, files, read)
		if err != nil || m.FilesIn != "the bucket anexos/pronto of "+strings.TrimPrefix(web.URL, "http://") {
			t.Fatalf("%q, %v", m.FilesIn, err)
		}
		for _, f := range d.Findings {
			findings += f.Problem + "\n"
		}
		return strings.Join(d.Facts, "\n"), findings
	}
	if facts, found := verify(AttachmentConfig{}, false); found != "" || !strings.Contains(facts, "were not looked at") {
		t.Errorf("without the bucket: %s %s", facts, found)
	}
	if facts, found := verify(files, true); found != "" || !strings.Contains(facts, "attachments: 3 with 3 files") {
		t.Errorf("all there: %s %s", facts, found)
	}
	names := bucket.Names()
	bucket.Damage(names[0])
	if _, found := verify(files, false); found != "" {
		t.Errorf("a changed byte is only seen when it is read: %s", found)
	}
	if _, found := verify(files, true); strings.Count(found, "\n") != 1 || !strings.Contains(found, "has other bytes") {
		t.Errorf("a changed byte: %s", found)
	}
	bucket.Lose(names[1])
	if _, found := verify(files, false); strings.Count(found, "\n") != 1 || !strings.Contains(found, "is not there") {
		t.Errorf("one is gone: %s", found)
	}
}
