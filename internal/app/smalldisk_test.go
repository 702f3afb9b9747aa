package app

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"pronto/internal/apart"
)

// onSmallDisk runs a test once more in a process of its own, whose mount namespace has a real file system of size bytes at
// dir. In that process it returns the directory; in the first one it has run everything and returns "".
func onSmallDisk(t *testing.T, size int) (dir string) {
	t.Helper()
	const marker = "PRONTO_TEST_SMALL_DISK"
	if dir = os.Getenv(marker); dir != "" {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size)); err != nil {
			t.Fatalf("mount a small file system: %v; this test needs root, or user namespaces (sysctl kernel.unprivileged_userns_clone=1)", err)
		}
		return dir
	}
	apart.Again(t, marker+"="+t.TempDir(), syscall.CLONE_NEWNS, 4*time.Minute)
	return ""
}

const (
	diskSize = 1 << 30
	minFree  = 256 << 20
)

// A file system of 1 GiB is filled by others while customers write. Below 256 MiB free the server takes no changes and
// says so; reading goes on; with room again it works again; and every message that was acknowledged is there, also after a
// restart.
func TestADiskThatFillsUpLosesNothingAndRecovers(t *testing.T) {
	dir := onSmallDisk(t, diskSize)
	if dir == "" {
		return
	}
	data := filepath.Join(dir, "data")
	o := &office{server: startWith(t, Config{Data: data, MinFreeBytes: minFree})}
	if err := o.app.CreateAdministrator(t.Context(), "Raiz", "root", password); err != nil {
		t.Fatal(err)
	}
	o.admin = o.login("root", password)
	o.queue = o.create("/queues", object{"name": "Geral"})
	o.channel = o.create("/channels", object{"name": "API", "kind": "generic", "queue_id": o.queue})

	var mu sync.Mutex
	var all []acked
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for n := range 4 {
		writers.Go(func() {
			o.writeOn(n, stop, func(a acked) { mu.Lock(); defer mu.Unlock(); all = append(all, a) })
		})
	}
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(all) }
	o.until("load", func() bool { return count() > 50 })
	ballast := fill(t, filepath.Join(dir, "others"), minFree-(8<<20))
	refused := func() bool { status, out := o.try("x"); return status == 503 && out["code"] == "read_only" }
	o.until("read-only", refused)
	if err := o.app.ready(); err == nil {
		t.Error("a server that takes no changes says that it is ready")
	}
	frozen := count()
	o.read(all[0].conversation, map[string]string{}) // reading goes on
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	o.until("recovery", func() bool { return count() > frozen+20 })
	close(stop)
	writers.Wait()
	o.everyAcked(all)
	o.shut()

	again := startWith(t, Config{Data: data, MinFreeBytes: minFree})
	again.admin = o.admin
	(&office{server: again}).everyAcked(all)
}

// try sends one message and returns the answer, whatever it is.
func (o *office) try(external string) (int, object) {
	o.t.Helper()
	return o.call("POST", "/channels/"+o.channel+"/messages", o.admin, object{
		"external_id": fmt.Sprint(external, time.Now().UnixNano()), "text": "oi", "contact": byPhone(phoneOf(700)),
	})
}

// everyAcked fails unless every acknowledged message is there as it was sent.
func (o *office) everyAcked(all []acked) {
	o.t.Helper()
	found := map[string]string{}
	for _, a := range all {
		if found[a.message] == "" {
			o.read(a.conversation, found)
		}
		if found[a.message] != a.text {
			o.t.Fatalf("acknowledged %+v, there is %q", a, found[a.message])
		}
	}
}

// fill writes a file that leaves so many bytes free.
func fill(t *testing.T, path string, leave uint64) string {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for {
		var s syscall.Statfs_t
		if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
			t.Fatal(err)
		}
		if s.Bavail*uint64(s.Bsize) <= leave {
			return path
		}
		if _, err := f.Write(block); err != nil {
			t.Fatal(err)
		}
	}
}
