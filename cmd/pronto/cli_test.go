package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"pronto/internal/app"
)

func TestInitMakesAFolderOnceAndDoctorFindsItSound(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	args := []string{"init", "--data", dir, "--admin-login", "root", "--admin-password-stdin"}
	if code, out := command(t, password+"\n", args...); code != 0 {
		t.Fatalf("init: %d %s", code, out)
	}
	if code, out := command(t, password+"\n", args...); code != 1 || !strings.Contains(out, "already has an administrator") {
		t.Errorf("init twice: %d %s", code, out)
	}
	if code, out := command(t, "", "doctor", "--data", dir); code != 0 || !strings.HasSuffix(out, "ok\n") {
		t.Errorf("doctor: %d %s", code, out)
	}
	p := serve(t, dir)
	if p.setUp != "" {
		t.Error("a folder with an administrator still has a set-up link")
	}
	p.login("root")
	if code := p.stop(); code != 0 {
		t.Errorf("stop: %d %s", code, p.stderr)
	}
}

func TestInitRefusesAWeakOrEmptyPassword(t *testing.T) {
	for _, weak := range []string{"", "short"} {
		dir := filepath.Join(t.TempDir(), "data")
		code, out := command(t, weak+"\n", "init", "--data", dir, "--admin-login", "root", "--admin-password-stdin")
		if code != 1 {
			t.Errorf("password %q: %d %s", weak, code, out)
		}
	}
}

func TestTheSetUpLinkOfAnEmptyFolderWorksOnce(t *testing.T) {
	p := serve(t, filepath.Join(t.TempDir(), "data"))
	if !strings.HasPrefix(p.setUp, p.base+"/setup/") {
		t.Fatalf("link %q", p.setUp)
	}
	get := func(link string) int {
		t.Helper()
		res, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	post := func(password string) int {
		t.Helper()
		res, err := http.PostForm(p.setUp, url.Values{"name": {"Raiz"}, "login": {"root"}, "password": {password}})
		if err != nil {
			t.Error(err)
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := get(p.setUp); got != 200 {
		t.Errorf("page: %d", got)
	}
	if got := get(p.base + "/setup/guess"); got != 404 {
		t.Errorf("a guess: %d", got)
	}
	if got := post("short"); got != 400 {
		t.Fatalf("a weak password: %d", got)
	}
	var made atomic.Int32
	var all sync.WaitGroup
	for range 8 { // who is impatient presses twice
		all.Go(func() {
			if post(password) == 204 {
				made.Add(1)
			}
		})
	}
	all.Wait()
	if n := made.Load(); n != 1 {
		t.Fatalf("%d set-ups", n)
	}
	p.login("root")
	if got := post(password); got != 404 {
		t.Errorf("the second time: %d", got)
	}
	if got := get(p.setUp); got != 404 {
		t.Errorf("page afterwards: %d", got)
	}
}

func TestTheConfigurationFileIsReadAndAnUnknownKeySuggestsTheRightOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pronto.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("lisen: 127.0.0.1:0\n")
	if code, out := command(t, "", "serve", "--config", file); code != 2 || !strings.Contains(out, `did you mean "listen"`) {
		t.Errorf("unknown key: %d %s", code, out)
	}
	write("data: " + filepath.Join(t.TempDir(), "from-file") + "\n")
	if code, out := command(t, "", "doctor", "--config", file); code != 1 || !strings.Contains(out, "from-file") {
		t.Errorf("data from the file: %d %s", code, out)
	}
	write("data: [\n")
	if code, out := command(t, "", "doctor", "--config", file); code != 2 {
		t.Errorf("broken file: %d %s", code, out)
	}
}

func TestExitCodesTellUsageFromFailure(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"version"}, 0, "pronto"},
		{[]string{"--help"}, 0, "serve"},
		{[]string{"serve", "--help"}, 0, "--listen"},
		{[]string{}, 2, "expected"},
		{[]string{"serv"}, 2, "serve"},
		{[]string{"serve", "--lisen", "x"}, 2, "--lisen"},
		{[]string{"doctor", "--data", filepath.Join(t.TempDir(), "none")}, 1, "none"},
		{[]string{"serve", "--data", t.TempDir(), "--listen", "not an address"}, 1, "listen"},
	} {
		if code, out := command(t, "", c.args...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%v: %d, not %d: %s", c.args, code, c.code, out)
		}
	}
}

func TestTwoServersDoNotShareAFolder(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	if code, out := command(t, "", "serve", "--data", dir, "--listen", "127.0.0.1:0"); code != 1 {
		t.Errorf("second server: %d %s", code, out)
	}
	if code, out := command(t, "", "doctor", "--data", dir); code != 1 {
		t.Errorf("doctor beside a server: %d %s", code, out)
	}
}

func TestATerminationDrainsSessionsBeforeTheProcessEnds(t *testing.T) {
	dir := newFolder(t)
	p := serve(t, dir)
	var sockets []*websocket.Conn
	token := p.login("root")
	for range 100 {
		ws, _ := p.dial(token)
		sockets = append(sockets, ws)
	}
	ended := make(chan int, 1)
	go func() { ended <- p.stop() }()
	for i, ws := range sockets {
		waitFor(t, ws, func(f object) bool { return f["type"] == "drain" })
		if _, err := readFrame(t.Context(), ws); websocket.CloseStatus(err) != websocket.StatusServiceRestart {
			t.Errorf("socket %d ended with %v", i, err)
		}
	}
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
}

func TestADiskThatFailedHasItsOwnExitCode(t *testing.T) {
	if code := exitCode(fmt.Errorf("serve: %w: %w", app.ErrStorage, errors.New("input/output error"))); code != 70 {
		t.Errorf("disk: %d", code)
	}
	if code := exitCode(errors.New("anything else")); code != 1 {
		t.Errorf("else: %d", code)
	}
}

// A folder that is no data folder, such as the one above it or that of a disk that is not mounted, is not made into one and
// found sound.
func TestToolsRefuseAFolderThatHoldsNoData(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"doctor"}, {"audit", "verify"}, {"backup", "create", "--to", dir + ".bak"}, {"shard", "export", "3"}, {"export"}, {"why", "cnv_1"},
	} {
		if code, out := command(t, "", append(args, "--data", dir)...); code != 1 || !strings.Contains(out, "no data of pronto is in this folder") {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}
