package main

import (
	"math/rand/v2"

	"pronto/internal/app"
	"pronto/internal/cputime"
	"pronto/internal/demo"
)

type demoCommand struct {
	Seed   *uint64 `help:"Play the people of this number again; by chance when not given." env:"PRONTO_DEMO_SEED"`
	Speed  float64 `help:"How many times faster than life people act, 0.1 to 100. The server's times are not changed." default:"1" env:"PRONTO_DEMO_SPEED"`
	Listen string  `help:"Address to listen on." default:"127.0.0.1:8080" env:"PRONTO_LISTEN"`
	Quiet  bool    `help:"Do not tell what happens." env:"PRONTO_DEMO_QUIET"`

	LogLevel string `help:"Least severe log line: debug, info, warn, error." default:"warn" enum:"debug,info,warn,error" env:"PRONTO_LOG_LEVEL"`
}

// Run serves the made-up organisation until SIGINT or SIGTERM.
func (c demoCommand) Run(w world) error {
	cputime.Spare()
	seed := rand.Uint64()
	if c.Seed != nil {
		seed = *c.Seed
	}
	return demo.Run(w.ctx, demo.Options{
		Seed: seed, Speed: c.Speed, Listen: c.Listen, Out: w.out, Quiet: c.Quiet,
		Log: newLog(w.err, app.Config{LogLevel: c.LogLevel, LogText: true}),
	})
}
