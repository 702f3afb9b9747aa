package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	if os.Getenv(floodVariable) != "" {
		os.Exit(floodMain())
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pronto-test")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "pronto")
	if out, err := exec.Command("go", "build", "-tags", buildTags(), "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// buildTags are those that the tests themselves are built with.
func buildTags() string {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-tags" {
			return s.Value
		}
	}
	return ""
}

// environment is what the program sees: nothing of the tester's, but what tests under a build tag hand down.
func environment(more ...string) []string {
	for _, name := range []string{"PRONTO_PLANT", "PRONTO_DELAYS"} {
		if v := os.Getenv(name); v != "" {
			more = append(more, name+"="+v)
		}
	}
	return append([]string{}, more...)
}

const (
	password = "senha-forte-1"
	patience = 20 * time.Second
)

// command runs the program to its end and returns its exit code and output.
func command(t *testing.T, stdin string, args ...string) (code int, out string) {
	t.Helper()
	return runIn(t, environment(), stdin, args...)
}

// runIn is command in an environment.
func runIn(t *testing.T, env []string, stdin string, args ...string) (code int, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = env
	raw, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatalf("%v: %v", args, err)
	}
	return cmd.ProcessState.ExitCode(), string(raw)
}

// process is a running server.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string
	setUp  string // the link of the first start
	stderr *bytes.Buffer
}

// serve starts the program over a data folder and waits until it says where it listens.
func serve(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	return serveIn(t, environment(), dir, args...)
}

// serveIn is serve in an environment.
func serveIn(t *testing.T, env []string, dir string, args ...string) *process {
	t.Helper()
	p := server(t, env, dir, args...)
	p.start()
	p.untilReady()
	return p
}

// server is the program over a data folder, not started yet.
func server(t *testing.T, env []string, dir string, args ...string) *process {
	t.Helper()
	p := &process{t: t, stderr: &bytes.Buffer{}}
	p.cmd = exec.Command(binary, append([]string{
		"serve", "--data", dir, "--listen", "127.0.0.1:0", "--min-free-bytes", "1", "--min-free-percent", "1",
		"--log-level", "warn",
	}, args...)...)
	p.cmd.Stderr = p.stderr
	p.cmd.Env = env
	return p
}

// start waits until the program says where it listens.
func (p *process) start() {
	p.t.Helper()
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { p.kill() })
	p.readAddresses(out)
}

func (p *process) untilReady() {
	p.t.Helper()
	p.until("the server to be ready", func() bool {
		res, err := http.Get(p.base + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == 200
	})
}

// readAddresses reads the lines that the server prints at its start, and leaves the rest to a goroutine.
func (p *process) readAddresses(out io.Reader) {
	p.t.Helper()
	lines := bufio.NewScanner(out)
	for p.base == "" && lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "API"); ok {
			p.base = strings.TrimSuffix(strings.TrimSpace(address), "/docs/api")
		}
	}
	if p.base == "" {
		p.t.Fatalf("the server does not start: %s", p.stderr)
	}
	rest := make(chan string, 16)
	go func() {
		defer close(rest)
		for lines.Scan() {
			rest <- lines.Text()
		}
	}()
	p.linkIn(rest)
}

// linkIn waits a moment for the set-up link, which follows at once when there is one.
func (p *process) linkIn(rest <-chan string) {
	select {
	case line := <-rest:
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Set-up" {
			p.setUp = f[1]
		}
	case <-time.After(200 * time.Millisecond):
	}
}

func (p *process) until(what string, holds func() bool) {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-timeout:
			p.t.Fatalf("no end of waiting for %s: %s", what, p.stderr)
		}
	}
}

// kill ends the process as a crash does.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// pause lets the process stand still for a time, as a debugger or a host without time for it does.
func (p *process) pause(d time.Duration) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		p.t.Fatal(err)
	}
	<-time.After(d)
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		p.t.Fatal(err)
	}
}

// stop asks the process to end and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

type object = map[string]any

// call sends a request. An error means that no answer came, as when the server is killed.
func (p *process) call(method, path, token string, body any) (status int, out object, err error) {
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, p.base+"/api/v1"+path, payload)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return answered(http.DefaultClient.Do(req))
}

// answered reads an answer to its end.
func answered(res *http.Response, err error) (status int, out object, _ error) {
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && len(raw) > 0 {
		err = json.Unmarshal(raw, &out)
	}
	return res.StatusCode, out, err
}

func (p *process) must(status int, method, path, token string, body any) object {
	p.t.Helper()
	got, out, err := p.call(method, path, token, body)
	if err != nil || got != status {
		p.t.Fatalf("%s %s: %d, not %d: %v %v: %s", method, path, got, status, out, err, p.stderr)
	}
	return out
}

func (p *process) login(login string) string {
	p.t.Helper()
	return p.must(200, "POST", "/login", "", object{"login": login, "password": password})["token"].(string)
}

// dial opens an agent's websocket and reads its snapshot.
func (p *process) dial(token string) (*websocket.Conn, object) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	ws, res, err := websocket.Dial(ctx, strings.Replace(p.base, "http", "ws", 1)+"/api/v1/ws", &websocket.DialOptions{
		Subprotocols: []string{"pronto.v1"}, HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		p.t.Fatalf("dial: %v: %s", err, p.stderr)
	}
	if res.Body != nil {
		res.Body.Close()
	}
	ws.SetReadLimit(1 << 20)
	if hello, err := readFrame(ctx, ws); err != nil || hello["type"] != "hello" {
		p.t.Fatalf("hello: %v %v", hello, err)
	}
	if err := ws.Write(ctx, websocket.MessageText, []byte(`{"type":"start"}`)); err != nil {
		p.t.Fatal(err)
	}
	snapshot, err := readFrame(ctx, ws)
	if err != nil || snapshot["type"] != "snapshot" {
		p.t.Fatalf("snapshot: %v %v", snapshot, err)
	}
	return ws, snapshot["data"].(object)
}

func readFrame(ctx context.Context, ws *websocket.Conn) (object, error) {
	_, raw, err := ws.Read(ctx)
	if err != nil {
		return nil, err
	}
	var f object
	return f, json.Unmarshal(raw, &f)
}

// initialise makes a data folder with an administrator.
func initialise(t *testing.T, dir string) {
	t.Helper()
	if code, out := command(t, password+"\n", "init", "--data", dir, "--admin-login", "root", "--admin-password-stdin"); code != 0 {
		t.Fatalf("init: %d %s", code, out)
	}
}

func newFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	initialise(t, dir)
	return dir
}

// atPace calls fn with 0, 1, 2 … until stop.
func atPace(pace time.Duration, stop <-chan struct{}, fn func(n int)) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-tick.C:
			fn(n)
		}
	}
}

// length is the duration that the environment says, or def.
func length(t *testing.T, name string, def time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return def
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

// number is what the environment says, or def.
func number(t *testing.T, name string, def int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return def
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// kills is how many rounds a kill test has.
func kills(t *testing.T, def int) int {
	t.Helper()
	return number(t, "PRONTO_KILLS", def)
}
