package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"pronto/bench"
)

// benchOutput is where results go besides the text on standard output.
type benchOutput struct {
	JSON   string `help:"Also write the report as JSON to this file." placeholder:"FILE" name:"json"`
	Append bool   `help:"Keep the runs that are in the JSON file, and add to them: for two versions in turns."`
	HTML   string `help:"Also write the report as one HTML page with plots, which loads nothing else." placeholder:"FILE" name:"html"`
	HGRM   string `help:"Also write each histogram in HdrHistogram's text format to this folder." placeholder:"DIR" name:"hgrm"`
}

func (c benchOutput) write(w world, r *bench.Report) error {
	for i, run := range r.Runs {
		if len(r.Runs) > 1 {
			fmt.Fprintf(w.out, "run %d of %d\n", i+1, len(r.Runs))
		}
		if err := run.Text(w.out); err != nil {
			return err
		}
	}
	if c.HGRM != "" {
		if err := writeHGRM(c.HGRM, r); err != nil {
			return err
		}
	}
	if c.Append && c.JSON != "" {
		old, err := bench.ReadReport(c.JSON)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err == nil {
			r = &bench.Report{Runs: append(old.Runs, r.Runs...)}
		}
	}
	if err := writeFile(c.JSON, r.Write); err != nil {
		return err
	}
	return writeFile(c.HTML, r.HTML)
}

// writeFile writes a whole file; without a name it does nothing.
func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// writeHGRM writes one file for each latency of each run.
func writeHGRM(dir string, r *bench.Report) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write histograms: %w", err)
	}
	for i, run := range r.Runs {
		for _, l := range run.Latencies {
			name := filepath.Join(dir, fmt.Sprintf("%s-%d-%s.hgrm", run.Scenario.Name, i+1, l.Name))
			if err := writeFile(name, l.HGRM); err != nil {
				return err
			}
		}
	}
	return nil
}

// benchHTML turns a JSON report into a page.
type benchHTML struct {
	Report string `arg:"" help:"JSON report of a run."`
	Out    string `arg:"" help:"HTML file to write."`
}

// Run writes the page.
func (c benchHTML) Run(world) error {
	r, err := bench.ReadReport(c.Report)
	if err != nil {
		return err
	}
	return writeFile(c.Out, r.HTML)
}

// benchCompare compares two reports.
type benchCompare struct {
	A    string `arg:"" help:"JSON report to compare with."`
	B    string `arg:"" help:"JSON report of what is compared."`
	JSON string `help:"Also write the comparison as JSON to this file." placeholder:"FILE" name:"json"`
	// Worse makes the exit code 3.
	Worse float64 `help:"Fail when a metric is certainly worse by more than so many percent; 0: never." placeholder:"PERCENT" name:"max-worse"`
}

// Run prints the ratios.
func (c benchCompare) Run(w world) error {
	a, err := bench.ReadReport(c.A)
	if err != nil {
		return err
	}
	b, err := bench.ReadReport(c.B)
	if err != nil {
		return err
	}
	comparison, err := bench.Compare(a, b)
	if err != nil {
		return err
	}
	if err := comparison.Text(w.out); err != nil {
		return err
	}
	if err := writeFile(c.JSON, comparison.Write); err != nil {
		return err
	}
	if c.Worse <= 0 {
		return nil
	}
	var errs []error
	for _, r := range comparison.Ratios {
		if r.WorseBy(c.Worse / 100) {
			errs = append(errs, fmt.Errorf("%w: %s is worse by more than %g %%: %s", errThreshold, r.Metric, c.Worse, r.Interval()))
		}
	}
	return errors.Join(errs...)
}
