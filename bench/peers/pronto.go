package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"pronto/bench"
	"pronto/client"
)

// prontoServer is a Pronto of the given program with the agents of its load connected over websockets.
type prontoServer struct {
	dir    string
	server *process
	url    string
	token  string
	fleet  *bench.Fleet
	flight int
}

func startPronto(ctx context.Context, program string, inFlight int) (_ *prontoServer, err error) {
	dir, err := os.MkdirTemp("", "pronto-peers-pronto-")
	if err != nil {
		return nil, err
	}
	p := &prontoServer{dir: dir, flight: inFlight}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	data, password := filepath.Join(dir, "data"), rand.Text()
	init := exec.CommandContext(ctx, program, "init", "--data", data, "--admin-login", "peers", "--admin-password-stdin")
	init.Stdin = strings.NewReader(password + "\n")
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pronto init: %w: %s", err, out)
	}
	cmd := exec.Command(program, "serve", "--data", data, "--listen", "127.0.0.1:0", "--log-level", "warn")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.server, err = start(cmd); err != nil {
		return nil, err
	}
	if p.url, err = addressIn(out); err != nil {
		return nil, err
	}
	rest := client.NewREST(p.url, nil)
	err = until(startTime, func() error {
		_, err := rest.Login(ctx, "peers", password)
		return err
	})
	p.token = rest.Token()
	return p, err
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

func (p *prontoServer) name() string                { return "Pronto, over websockets" }
func (p *prontoServer) durability() string          { return "fsync before every answer" }
func (p *prontoServer) cpu() (time.Duration, error) { return p.server.cpu() }

func (p *prontoServer) close() {
	if p.fleet != nil {
		p.fleet.Dismiss()
	}
	if p.server != nil {
		p.server.stop(syscall.SIGTERM)
	}
	_ = os.RemoveAll(p.dir)
}

// load is the peers' load: closed-loop, one of ten offers declined, nothing else otherwise.
func (p *prontoServer) load(ctx context.Context, level bench.Level, each time.Duration) (figures, error) {
	s := bench.DefaultScenario()
	s.Name, s.Cycle, s.Agents, s.Duration, s.WarmUp, s.CheckMessages = "peers", level, agents, each, each/4, 300
	s.Arrivals.Kind, s.Arrivals.InFlight = bench.Closed, p.flight
	s.Mix = bench.Mix{Decline: declined}
	if p.fleet == nil {
		var err error
		if p.fleet, err = bench.Hire(ctx, s, bench.Target{URL: p.url, Token: p.token, CPU: p.cpu, Probe: p.probe}); err != nil {
			return figures{}, fmt.Errorf("pronto: %w", err)
		}
	}
	r, err := p.fleet.Run(ctx, s)
	if err != nil {
		return figures{}, fmt.Errorf("pronto, %s: %w", level, err)
	}
	return figures{PerSecond: r.CyclesPerSec, CPU: r.ServerCPU}, nil
}

func (p *prontoServer) probe() (bench.Counters, error) {
	cpu, err := p.cpu()
	return bench.Counters{CPU: cpu}, err
}
