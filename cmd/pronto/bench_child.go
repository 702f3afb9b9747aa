package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"pronto/bench"
	"pronto/client"
	"pronto/protocol"
)

// childServer is a server process of ours on a temporary data folder.
type childServer struct {
	root            string // holds the data folder and nothing else
	url, token      string
	login, password string
	program         string
	flags           []string // of serve, besides its own
	cmd             *exec.Cmd
}

func (s *childServer) data() string { return filepath.Join(s.root, "data") }

// startOwn runs a server of this very program.
func startOwn(ctx context.Context) (*childServer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return startChild(ctx, self)
}

// startChild makes a data folder and runs a server of program on it, with more flags of serve.
func startChild(ctx context.Context, program string, flags ...string) (*childServer, error) {
	dir, err := os.MkdirTemp("", "pronto-bench-")
	if err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	s := &childServer{root: dir, login: "bench", password: rand.Text(), program: program, flags: flags}
	init := exec.CommandContext(ctx, program, "init", "--data", s.data(), "--admin-login", s.login, "--admin-password-stdin")
	init.Stdin = strings.NewReader(s.password + "\n")
	if out, err := init.CombinedOutput(); err != nil {
		s.remove()
		return nil, fmt.Errorf("init: %w: %s", err, out)
	}
	if err := s.start(ctx); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// start runs the server and waits until it is ready and this program signed in.
func (s *childServer) start(ctx context.Context) error {
	if err := s.run(ctx); err != nil {
		return err
	}
	return s.signIn(ctx)
}

// run runs the server and waits until it is ready.
func (s *childServer) run(ctx context.Context) error {
	args := append([]string{"serve", "--data", s.data(), "--listen", "127.0.0.1:0", "--log-level", "warn"}, s.flags...)
	s.cmd = exec.Command(s.program, args...) //nolint:noctx // ended by stop
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	if s.url, err = addressIn(out); err != nil {
		return err
	}
	return s.awaitReady(ctx)
}

// addressIn reads the address that a server prints, then lets the rest go.
func addressIn(out io.Reader) (string, error) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "http://"); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			host, _, _ := strings.Cut(address, "/")
			return "http://" + host, nil
		}
	}
	return "", errors.New("the server ended without printing its address")
}

func (s *childServer) signIn(ctx context.Context) error {
	var session protocol.Session
	body := protocol.Login{Login: s.login, Password: s.password}
	err := client.NewREST(s.url, nil).Do(ctx, client.Request{Method: http.MethodPost, Path: "/login", Body: body}, &session)
	s.token = session.Token
	return err
}

func (s *childServer) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/readyz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// counters reads what the server counts, and, better, what the operating system does.
func (s *childServer) counters() (bench.Counters, error) {
	c, err := scrape(context.Background(), s.url)
	if err != nil {
		return c, err
	}
	if c.CPU, err = s.cpu(); err != nil {
		return c, err
	}
	io, err := os.ReadFile(s.proc("io"))
	if err != nil {
		return c, nil //nolint:nilerr // not readable everywhere; the other counters are there
	}
	if _, after, ok := strings.Cut(string(io), "write_bytes: "); ok {
		line, _, _ := strings.Cut(after, "\n")
		c.Written, _ = strconv.ParseInt(line, 10, 64)
	}
	return c, nil
}

func (s *childServer) proc(name string) string {
	return "/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/" + name
}

// cpu is the process's time in user and system mode.
func (s *childServer) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(s.proc("stat"))
	if err != nil {
		return 0, fmt.Errorf("read counters: %w", err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	const ticks = 100 // of a second: USER_HZ on every Linux of today
	var cpu time.Duration
	for _, v := range f[11:13] {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read counters: %w", err)
		}
		cpu += time.Duration(n) * time.Second / ticks
	}
	return cpu, nil
}

func (s *childServer) kill() error {
	if err := s.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill server: %w", err)
	}
	_ = s.cmd.Wait() // "killed" is what was wanted
	return nil
}

// stop ends the server in an orderly way.
func (s *childServer) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop server: %w", err)
	}
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

func (s *childServer) remove() {
	if s.cmd != nil && s.cmd.ProcessState == nil {
		_ = s.kill()
	}
	_ = os.RemoveAll(s.root) // a temporary folder: nothing depends on it
}
