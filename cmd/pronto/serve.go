package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/rs/zerolog"

	"pronto/internal/app"
	"pronto/internal/cputime"
)

type serveCommand struct {
	app.Config
}

// Run serves until SIGINT or SIGTERM.
func (c serveCommand) Run(w world) error {
	cputime.Spare()
	log := newLog(w.err, c.Config)
	if c.HugePages {
		if err := cputime.HugePages(app.MemoryBudget()); err != nil {
			log.Info().Err(err).Msg("usual pages for the heap")
		}
	}
	c.Version = version
	a, err := app.Open(c.Config, log)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), a.Close())
	}
	base := "http://" + l.Addr().String()
	fmt.Fprintf(w.out, "Pronto %s\nAPI    %s/docs/api\n", version, base)
	if !a.HasAdministrator() {
		link, until, err := a.SetupLink(base)
		if err != nil {
			return errors.Join(err, a.Close())
		}
		fmt.Fprintf(w.out, "Set-up %s (until %s)\n", link, until.Local().Format("15:04"))
	}
	log.Info().Str("listen", l.Addr().String()).Str("data", c.Data).Msg("serving")
	if err := a.Serve(w.ctx, l); err != nil {
		return err
	}
	log.Info().Msg("stopped")
	return nil
}

func newLog(out io.Writer, c app.Config) zerolog.Logger {
	level, err := zerolog.ParseLevel(c.LogLevel)
	if err != nil {
		level = zerolog.InfoLevel
	}
	if c.LogText {
		out = zerolog.ConsoleWriter{Out: out, NoColor: true}
	}
	out = app.SafeLog(out)
	zerolog.TimeFieldFormat = "2006-01-02T15:04:05.000Z07:00"
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

type initCommand struct {
	app.Config
	AdminName          string `help:"Name of the first administrator." default:"Administrator"`
	AdminLogin         string `help:"Login of the first administrator." required:""`
	AdminPasswordStdin bool   `help:"Read the password from standard input, one line."`
}

// Run makes the data folder and its first administrator. It refuses a folder that has one.
func (c initCommand) Run(w world) error {
	if !c.AdminPasswordStdin {
		return errors.New("give the password on standard input with --admin-password-stdin")
	}
	password, err := readLine(w.stdin)
	if err != nil {
		return err
	}
	c.Tool = true
	a, err := app.Open(c.Config, newLog(w.err, c.Config))
	if err != nil {
		return err
	}
	if err := a.CreateAdministrator(w.ctx, c.AdminName, c.AdminLogin, password); err != nil {
		return errors.Join(fmt.Errorf("create administrator: %w", err), a.Close())
	}
	if err := a.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "%s is ready; administrator %s\n", c.Data, c.AdminLogin)
	return err
}

func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", errors.New("the password on standard input is empty")
	}
	return line, nil
}
