package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"pronto/client"
	"pronto/internal/app"
)

// Options say how to play.
type Options struct {
	Seed   uint64
	Speed  float64   // of people; the server's own times stay as they are
	Listen string    // address
	Out    io.Writer // the sheet of log-ins and the narration
	Quiet  bool      // no narration
	Log    zerolog.Logger
}

// The range of Speed: beyond it the people do nothing but wait for the server.
const (
	MinSpeed = 0.1
	MaxSpeed = 100
)

const (
	drainTime    = 3 * time.Second
	minFreeBytes = 256 << 20 // a demo writes little
	httpTimeout  = 30 * time.Second
	idleConns    = 32
)

// Run serves the made-up organisation until ctx ends or the server fails. Its data folder is gone when Run returns.
func Run(ctx context.Context, o Options) (err error) {
	if !(o.Speed >= MinSpeed && o.Speed <= MaxSpeed) {
		return fmt.Errorf("speed %v is not between %v and %v", o.Speed, MinSpeed, MaxSpeed)
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("listen (--listen takes another address, 127.0.0.1:0 any free port): %w", err)
	}
	dir, err := os.MkdirTemp("", "pronto-demo-")
	if err != nil {
		return errors.Join(fmt.Errorf("make data folder: %w", err), l.Close())
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a, err := app.Open(app.Config{
		Data: dir, DrainTime: drainTime, Idle: time.Minute, MinFreeBytes: minFreeBytes, MinFreePercent: 1,
		AllowedNetworks: []string{"127.0.0.1/32"},
	}, o.Log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	return serve(ctx, o, a, l)
}

// serve runs the server and, on it, the people. The people end first.
func serve(ctx context.Context, o Options, a *app.App, l net.Listener) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	playing, end := context.WithCancel(ctx)
	defer end()
	served := make(chan error, 1)
	go func() {
		served <- a.Serve(serving, l)
		end()
	}()
	err := play(playing, o, a, baseOf(l.Addr()))
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil // interrupted while the organisation was being made
	}
	stop()
	return errors.Join(err, <-served)
}

// baseOf is the server's address for people on this machine.
func baseOf(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return "http://" + a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// play makes the organisation and lets everybody work until ctx ends.
func play(ctx context.Context, o Options, a *app.App, base string) (err error) {
	admin := administrator(o.Seed)
	if err := a.CreateAdministrator(ctx, admin.name, admin.login, admin.password); err != nil {
		return fmt.Errorf("create administrator: %w", err)
	}
	transport := &http.Transport{MaxIdleConns: idleConns, MaxIdleConnsPerHost: idleConns}
	defer transport.CloseIdleConnections()
	browser := &http.Client{Timeout: httpTimeout, Transport: transport}
	rest := client.NewREST(base, browser)
	if _, err := rest.Login(ctx, admin.login, admin.password); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	whatsApp, err := listenProvider(o.Seed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, whatsApp.close()) }()
	people := staff(o.Seed)
	org, err := build(ctx, rest, people, whatsApp.api)
	if err != nil {
		return err
	}
	whatsApp.open(base, org.chat, browser)
	if err := sheet(o.Out, o, base, org, append(people, admin)); err != nil {
		return err
	}
	return stage{o, base, browser, org, whatsApp}.run(ctx, people)
}

// stage is what the players share.
type stage struct {
	o        Options
	base     string
	browser  *http.Client
	org      *organisation
	provider *provider
}

// run plays every person and the town until ctx ends.
func (s stage) run(ctx context.Context, people []person) error {
	n := &narrator{out: s.o.Out}
	if s.o.Quiet {
		n.out = nil
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	var players sync.WaitGroup
	errs := make(chan error, len(people))
	for _, p := range people {
		if !p.played {
			continue
		}
		a := &agent{
			loop: newLoop(s.o.Speed), person: p, ctx: ctx, url: s.base, http: s.browser, seed: s.o.Seed, luck: newChance(s.o.Seed, p.login), org: s.org,
			narrator: n, log: s.o.Log, chats: map[string]*chat{},
		}
		players.Go(func() {
			if err := a.play(); err != nil && ctx.Err() == nil {
				errs <- err
				end()
			}
		})
	}
	rest := client.NewREST(s.base, s.browser)
	rest.SetToken(s.org.token)
	t := &town{
		loop: newLoop(s.o.Speed), ctx: ctx, seed: s.o.Seed, luck: newChance(s.o.Seed, "town"), org: s.org, rest: rest, provider: s.provider,
		narrator: n, log: s.o.Log, talks: map[string]*talk{}, customers: map[string]*customer{}, pages: map[string]*customer{}, looking: map[*customer]bool{},
		base: s.base, browser: s.browser,
	}
	defer t.shutAll()
	t.start()
	t.run(ctx)
	players.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}
