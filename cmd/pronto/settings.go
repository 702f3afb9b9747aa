package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"pronto/internal/app"
	"pronto/protocol"
)

// configCommand is about how a server is run; what an organisation sets is exported and imported.
type configCommand struct {
	Print configPrint `cmd:"" help:"Print every setting of serve with the value that holds: flag, else environment, else file, else default."`
	Check configCheck `cmd:"" help:"Check a file of settings, the environment and the flags; prints what is wrong."`
	Doc   configDoc   `cmd:"" help:"Print every setting with its environment variable, its default and what it is for."`
}

type configPrint struct{ app.Config }

// Run prints YAML that --config reads.
func (c configPrint) Run(w world, k *kong.Context) error {
	for _, f := range settings(k) {
		value := f.Target.Interface()
		if s, secret := value.(fmt.Stringer); secret && f.Target.Kind() == reflect.String {
			value = s.String() // a secret shows only that it is set
		}
		line, err := yaml.Marshal(map[string]any{f.Name: value})
		if err != nil {
			return fmt.Errorf("print %s: %w", f.Name, err)
		}
		fmt.Fprint(w.out, string(line))
	}
	return nil
}

type configCheck struct{ app.Config }

// Run says ok, or every problem of the values; unknown keys and values of the wrong kind were refused before.
func (c configCheck) Run(w world) error {
	if err := c.Check(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w.out, "ok")
	return err
}

type configDoc struct{ app.Config }

// Run prints a table in Markdown.
func (c configDoc) Run(w world, k *kong.Context) error {
	fmt.Fprintln(w.out, "| setting | environment | default | what it is for |\n|---|---|---|---|")
	for _, f := range settings(k) {
		fmt.Fprintf(w.out, "| `%s` | `%s` | %s | %s |\n", f.Name, strings.Join(f.Envs, ", "), f.Default, strings.ReplaceAll(f.Help, "|", "\\|"))
	}
	return nil
}

// settings are the flags of the selected command, but for those of every command.
func settings(k *kong.Context) []*kong.Flag {
	var out []*kong.Flag
	for _, f := range k.Selected().Flags {
		if f.Name != "help" && f.Name != "config" {
			out = append(out, f)
		}
	}
	return out
}

type exportCommand struct {
	dataFlags
	serverFlags
}

// Run writes YAML.
func (c exportCommand) Run(w world) error {
	var file protocol.Configuration
	err := c.withApp(w, func(a *app.App) (err error) {
		file, err = a.Configuration(w.ctx)
		return err
	}, func() error { return c.ask(w.ctx, http.MethodGet, "/configuration", nil, &file) })
	if err != nil {
		return err
	}
	out, err := configurationYAML(file)
	if err != nil {
		return err
	}
	_, err = w.out.Write(out)
	return err
}

type importCommand struct {
	dataFlags
	serverFlags
	DryRun bool   `help:"Only check, and print what would change."`
	File   string `arg:"" help:"YAML file as export writes it, or a part of one; - is standard input."`
}

// Run prints what changes, object by object and field by field.
func (c importCommand) Run(w world) error {
	name, raw, err := c.read(w)
	if err != nil {
		return err
	}
	file, err := configurationOf(name, raw)
	if err != nil {
		return err
	}
	var plan protocol.ConfigurationPlan
	err = c.withApp(w, func(a *app.App) (err error) {
		plan, err = a.Configure(w.ctx, file.sections, c.DryRun)
		return err
	}, func() error {
		body, path := configurationJSON(file.sections), "/configuration"
		if c.DryRun {
			path += "?dry_run=true"
		}
		return c.ask(w.ctx, http.MethodPut, path, body, &plan)
	})
	if err != nil {
		return file.placed(err)
	}
	return printPlan(w, &plan)
}

// read gives the file, and what it is called where it is wrong.
func (c importCommand) read(w world) (name string, raw []byte, err error) {
	if c.File == "-" {
		raw, err = readAll(w.stdin)
		return "<stdin>", raw, err
	}
	if raw, err = os.ReadFile(c.File); err != nil {
		return "", nil, fmt.Errorf("read configuration: %w", err)
	}
	return c.File, raw, nil
}

func printPlan(w world, plan *protocol.ConfigurationPlan) error {
	for _, c := range plan.Changes {
		fmt.Fprintf(w.out, "%s %s %s %q\n", c.Action, c.Section, c.ID, c.Name)
		for _, f := range c.Fields {
			fmt.Fprintf(w.out, "    %s: %s → %s\n", f.Field, compact(f.Before), compact(f.After))
		}
	}
	done := "changed"
	if !plan.Applied {
		done = "would change"
	}
	_, err := fmt.Fprintf(w.out, "%d objects %s, %d are already so\n", len(plan.Changes), done, plan.Unchanged)
	return err
}

// withApp runs one function with a server on the data folder that serves nobody, or the other one against a running server.
func (c exportCommand) withApp(w world, here func(*app.App) error, there func() error) error {
	return withApp(w, c.Data, c.Server, here, there)
}

func (c importCommand) withApp(w world, here func(*app.App) error, there func() error) error {
	return withApp(w, c.Data, c.Server, here, there)
}

func withApp(w world, data, server string, here func(*app.App) error, there func() error) error {
	if server != "" {
		return there()
	}
	if _, err := os.Stat(data); err != nil {
		return fmt.Errorf("open data folder: %w", err)
	}
	a, err := app.Open(app.Tool(data), newLog(w.err, app.Config{LogLevel: "warn"}))
	if err != nil {
		return err
	}
	return errors.Join(here(a), a.Close())
}
