package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"pronto/internal/app"
	"pronto/internal/cputime"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "dev"

// commit is set by the build where Go does not record it by itself, as with go run and in a second work tree of git.
var commit string

// cli is the command line: flags, environment variables and keys of the YAML file are the same fields.
type cli struct {
	File configFile `name:"config" help:"YAML file with the same names as the flags; flags and environment win." placeholder:"FILE" env:"PRONTO_CONFIG"`

	Serve   serveCommand   `cmd:"" help:"Run the server."`
	Demo    demoCommand    `cmd:"" help:"Run a server with a made-up organisation at work; nothing is kept."`
	Init    initCommand    `cmd:"" help:"Make a data folder with its first administrator."`
	Doctor  doctorCommand  `cmd:"" help:"Look through a data folder: journal, hash chains, history, claims, states and indexes; says what to do about each finding. The server must not run."`
	Backup  backupCommand  `cmd:"" help:"Make and check backups."`
	Restore restoreCommand `cmd:"" help:"Make a data folder of a backup."`
	Audit   auditCommand   `cmd:"" help:"Check the audit."`
	Export  exportCommand  `cmd:"" help:"Write the configuration of an organisation as YAML, without secrets."`
	Import  importCommand  `cmd:"" help:"Make and change configuration so that it is as in a YAML file."`
	Why     whyCommand     `cmd:"" help:"Print why a conversation was offered to whom, or to nobody: every decision with its candidates."`
	Shard   shardCommand   `cmd:"" help:"Move one shard between data folders."`
	Config  configCommand  `cmd:"" name:"config" help:"Print, check and document the settings of the server itself."`
	Bench   benchCommand   `cmd:"" help:"Load a server and measure it."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// world is what commands use of the process, so that tests can run them.
type world struct {
	ctx      context.Context
	stdin    io.Reader
	out, err io.Writer
}

const (
	exitFailed = 1
	exitUsage  = 2
	exitMissed = 3 // a threshold of a load
	exitDisk   = 70
)

func main() {
	cputime.TuneCollector()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(world{ctx: ctx, stdin: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:]))
}

// run carries out one command line and returns the exit code.
func run(w world, args []string) (code int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("pronto"), kong.Description("A real-time dispatch server for contact centers."),
		kong.Writers(w.out, w.err), kong.Exit(func(n int) { exited = n; panic(exitNow{}) }), kong.UsageOnError(), kong.Vars{"version": version})
	if err != nil {
		fmt.Fprintln(w.err, "pronto:", err)
		return exitUsage
	}
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(exitNow); !ok {
				panic(p)
			}
			code = exited
		}
	}()
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(w.err, "pronto:", err)
		return exitUsage
	}
	if err := ctx.Run(w); err != nil {
		fmt.Fprintln(w.err, "pronto:", err)
		return exitCode(err)
	}
	return 0
}

func exitCode(err error) int {
	if errors.Is(err, app.ErrStorage) {
		return exitDisk
	}
	if errors.Is(err, errThreshold) {
		return exitMissed
	}
	return exitFailed
}

// exitNow ends run where kong would end the process, after --help.
type exitNow struct{}

type versionCommand struct{}

func (versionCommand) Run(w world) error {
	_, err := fmt.Fprintln(w.out, "pronto", version)
	return err
}
