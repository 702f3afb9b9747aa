package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"pronto/bench"
)

// system is what is measured.
type system interface {
	name() string
	durability() string
	cpu() (time.Duration, error) // of the server, so far
	close()
}

// figures of one load: cycles or deliveries.
type figures struct {
	PerSecond float64 `json:"per_second"`
	CPU       float64 `json:"server_cpu_us"` // for each
}

// options of the command line.
type options struct {
	program string
	rounds  int
	each    time.Duration
	flight  int
	sockets int
	loads   string
	json    string
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "serve" {
		exit(serve(os.Args[2]))
	}
	var o options
	flag.StringVar(&o.program, "pronto", "../../bin/pronto", "Pronto's program (make build)")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each system is measured, in turns")
	flag.DurationVar(&o.each, "each", 4*time.Second, "measured time of each load")
	flag.IntVar(&o.flight, "in-flight", 64, "conversations at a time")
	flag.IntVar(&o.sockets, "sockets", 200, "sockets of the fan-out")
	flag.StringVar(&o.loads, "loads", "cycles,fan", "which loads: cycles, fan, or both")
	flag.StringVar(&o.json, "json", "", "also write the report as JSON to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve is the process of a library.
func serve(kind string) error {
	switch kind {
	case "centrifuge":
		return serveCentrifuge(os.Stdout)
	case "nats":
		return serveNATS(os.Stdout)
	}
	return fmt.Errorf("there is no %q to serve", kind)
}

func run(ctx context.Context, o options) error {
	dir := os.TempDir()
	version, err := exec.CommandContext(ctx, o.program, "version").Output() // "pronto 1.2.3"
	if err != nil {
		return fmt.Errorf("ask for pronto's version: %w", err)
	}
	environment, err := bench.Observe(strings.TrimPrefix(strings.TrimSpace(string(version)), "pronto "), "", dir)
	if err != nil {
		return err
	}
	r := &report{Environment: environment, Rounds: o.rounds, Each: o.each, InFlight: o.flight, Sockets: o.sockets}
	for load := range strings.SplitSeq(o.loads, ",") {
		measure := map[string]func(context.Context, options, *report) error{"cycles": cycles, "fan": fans}[load]
		if measure == nil {
			return fmt.Errorf("there is no load %q", load)
		}
		if err := measure(ctx, o, r); err != nil {
			return err
		}
	}
	return r.write(os.Stdout, o.json)
}

// cycling is a system with its load of dispatch cycles.
type cycling interface {
	system
	load(ctx context.Context, level bench.Level, each time.Duration) (figures, error)
}

// cycles measures W1 and W2 of all in turns.
func cycles(ctx context.Context, o options, r *report) error {
	var systems []cycling
	defer func() {
		for _, s := range systems {
			s.close()
		}
	}()
	p, err := startPronto(ctx, o.program, o.flight)
	if err != nil {
		return err
	}
	systems = append(systems, p)
	pg, err := startPostgres(ctx, o.flight)
	if err != nil {
		return err
	}
	systems = append(systems, &driver{system: pg, store: pg, workers: o.flight})
	redis, err := startRedis(ctx, o.flight)
	if err != nil {
		return err
	}
	systems = append(systems, &driver{system: redis, store: redis, workers: o.flight})
	for range o.rounds {
		for _, level := range []bench.Level{bench.W1, bench.W2} {
			for _, s := range systems {
				f, err := s.load(ctx, level, o.each)
				if err != nil {
					return err
				}
				r.add(string(level), s, f)
			}
		}
	}
	return nil
}

// fans measures the fan-out of all in turns.
func fans(ctx context.Context, o options, r *report) error {
	var systems []fan
	defer func() {
		for _, s := range systems {
			s.close()
		}
	}()
	p, err := startPronto(ctx, o.program, o.flight)
	if err != nil {
		return err
	}
	systems = append(systems, &prontoFan{prontoServer: p})
	c, err := startCentrifuge()
	if err != nil {
		return err
	}
	systems = append(systems, c)
	n, err := startNATS()
	if err != nil {
		return err
	}
	systems = append(systems, n)
	for range o.rounds {
		for _, s := range systems {
			f, err := spread(ctx, s, o.sockets, o.each)
			if err != nil {
				return err
			}
			r.add("fan-out", s, f)
		}
	}
	return nil
}
