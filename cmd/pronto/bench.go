package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
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

type benchCommand struct {
	Agents   int           `help:"Agents connected over websockets." default:"100"`
	Queues   int           `help:"Queues; every agent serves all." default:"4"`
	Rate     float64       `help:"Arrivals a second, open-loop (Poisson); 0: closed-loop." default:"100"`
	InFlight int           `help:"Closed-loop: conversations at a time." default:"64"`
	Duration time.Duration `help:"Measured time." default:"20s"`
	WarmUp   time.Duration `help:"Time before it." default:"5s"`
	Messages int           `help:"Further messages each way: 0 is W1, 4 is W2." default:"4"`
	Plain    bool          `help:"No declines, misses, transfers or lost connections."`
	Seed     uint64        `help:"Seed of arrivals and choices." default:"1"`
	JSON     string        `help:"Also write the result as JSON to this file." placeholder:"FILE" name:"json"`
	Restart  int           `help:"Instead: open so many conversations, kill the server, and time its restart." placeholder:"N"`
	MaxP99   float64       `help:"Fail when arrival to offer has a p99 above so many milliseconds; 0: never." name:"max-p99-ms"`
}

// Run measures a server of its own on a temporary data folder.
func (c benchCommand) Run(w world) error {
	child, err := startChild(w.ctx)
	if err != nil {
		return err
	}
	defer child.remove()
	progress := func(line string) { _, _ = fmt.Fprintln(w.err, line) } // for people: nothing depends on it
	if c.Restart > 0 {
		return c.restart(w, child, progress)
	}
	result, err := bench.Run(w.ctx, c.scenario(), bench.Target{URL: child.url, Token: child.token, Probe: child.counters, Progress: progress})
	if result != nil {
		err = errors.Join(err, c.write(w, result))
	}
	if err == nil && c.MaxP99 > 0 && result.ArrivalOffer.P99 > c.MaxP99 {
		err = fmt.Errorf("arrival to offer: p99 %.2f ms is above %.2f ms", result.ArrivalOffer.P99, c.MaxP99)
	}
	return errors.Join(err, child.stop())
}

func (c benchCommand) scenario() bench.Scenario {
	s := bench.DefaultScenario()
	s.Agents, s.Queues, s.Rate, s.InFlight, s.Duration, s.WarmUp = c.Agents, c.Queues, c.Rate, c.InFlight, c.Duration, c.WarmUp
	s.Messages, s.Seed = c.Messages, c.Seed
	if c.Plain {
		s.Decline, s.Miss, s.Transfer, s.Reconnects = 0, 0, 0, 0
	}
	return s
}

func (c benchCommand) write(w world, r *bench.Result) error {
	err := r.Text(w.out)
	if c.JSON == "" {
		return err
	}
	raw, e := json.MarshalIndent(r, "", "  ")
	return errors.Join(err, e, os.WriteFile(c.JSON, append(raw, '\n'), 0o600))
}

// restart times how long a killed server takes until it is ready again.
func (c benchCommand) restart(w world, child *childServer, progress func(string)) error {
	if err := bench.Open(w.ctx, bench.Target{URL: child.url, Token: child.token, Progress: progress}, c.Restart); err != nil {
		return err
	}
	if err := child.kill(); err != nil {
		return err
	}
	began := time.Now()
	if err := child.start(w.ctx); err != nil {
		return err
	}
	ready := time.Since(began)
	offer, err := bench.FirstOffer(w.ctx, bench.Target{URL: child.url, Token: child.token})
	if err != nil {
		return err
	}
	counters, err := child.counters()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "%d open conversations: ready %.2f s after the start, first offer %.1f ms after an agent became ready, %.0f MiB resident\n",
		c.Restart, ready.Seconds(), float64(offer.Microseconds())/1000, float64(counters.RSS)/(1<<20))
	return errors.Join(err, child.stop())
}

// childServer is a server process of ours on a temporary data folder.
type childServer struct {
	dir, url, token string
	login, password string
	cmd             *exec.Cmd
}

func startChild(ctx context.Context) (*childServer, error) {
	dir, err := os.MkdirTemp("", "pronto-bench-")
	if err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	s := &childServer{dir: filepath.Join(dir, "data"), login: "bench", password: rand.Text()}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	init := exec.CommandContext(ctx, self, "init", "--data", s.dir, "--admin-login", s.login, "--admin-password-stdin")
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
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	s.cmd = exec.Command(self, "serve", "--data", s.dir, "--listen", "127.0.0.1:0", "--log-level", "warn") //nolint:noctx // ended by stop
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
	return s.signIn(ctx)
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
	if err := s.awaitReady(ctx); err != nil {
		return err
	}
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

// counters reads the process's CPU time, resident memory and written bytes.
func (s *childServer) counters() (bench.Counters, error) {
	var c bench.Counters
	proc := "/proc/" + strconv.Itoa(s.cmd.Process.Pid)
	stat, err := os.ReadFile(proc + "/stat")
	if err != nil {
		return c, fmt.Errorf("read counters: %w", err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	const ticks = 100 // of a second: USER_HZ on every Linux of today
	for _, v := range f[11:13] {
		n, _ := strconv.ParseInt(v, 10, 64)
		c.CPU += time.Duration(n) * time.Second / ticks
	}
	pages, _ := strconv.ParseInt(f[21], 10, 64)
	c.RSS = pages * int64(os.Getpagesize())
	io, err := os.ReadFile(proc + "/io")
	if err != nil {
		return c, nil //nolint:nilerr // not readable everywhere; the other counters are there
	}
	if _, after, ok := strings.Cut(string(io), "write_bytes: "); ok {
		line, _, _ := strings.Cut(after, "\n")
		c.Written, _ = strconv.ParseInt(line, 10, 64)
	}
	return c, nil
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
	_ = os.RemoveAll(filepath.Dir(s.dir)) // a temporary folder: nothing depends on it
}
