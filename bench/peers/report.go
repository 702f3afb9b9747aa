package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"pronto/bench"
)

// report is one table: what was measured in turns on one machine.
type report struct {
	Environment bench.Environment `json:"environment"`
	Rounds      int               `json:"rounds"`
	Each        time.Duration     `json:"each_ns"`
	InFlight    int               `json:"in_flight"`
	Sockets     int               `json:"sockets"`
	Rows        []*row            `json:"rows"`
}

// row is one system under one load. Ratios are Pronto's medians over its.
type row struct {
	Load       string    `json:"load"`
	System     string    `json:"system"`
	Durability string    `json:"durability"`
	All        []figures `json:"all"`
	Median     figures   `json:"median"`
	Ratio      float64   `json:"pronto_over_it"`
	CPURatio   float64   `json:"pronto_cpu_over_its"`
}

func (r *report) add(load string, s system, f figures) {
	i := slices.IndexFunc(r.Rows, func(x *row) bool { return x.Load == load && x.System == s.name() })
	if i < 0 {
		i = len(r.Rows)
		r.Rows = append(r.Rows, &row{Load: load, System: s.name(), Durability: s.durability()})
	}
	r.Rows[i].All = append(r.Rows[i].All, f)
}

// conclude fills medians and ratios. The first row of a load is Pronto's.
func (r *report) conclude() {
	ours := map[string]figures{}
	for _, x := range r.Rows {
		x.Median = figures{
			PerSecond: median(x.All, func(f figures) float64 { return f.PerSecond }), CPU: median(x.All, func(f figures) float64 { return f.CPU }),
		}
		if _, ok := ours[x.Load]; !ok {
			ours[x.Load] = x.Median
		}
		x.Ratio, x.CPURatio = ours[x.Load].PerSecond/x.Median.PerSecond, ours[x.Load].CPU/x.Median.CPU
	}
}

func median(all []figures, of func(figures) float64) float64 {
	v := make([]float64, len(all))
	for i, f := range all {
		v[i] = of(f)
	}
	slices.SortFunc(v, cmp.Compare)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// write prints the table as Markdown, and writes the file if there is a name.
func (r *report) write(w io.Writer, file string) error {
	r.conclude()
	fmt.Fprintf(w, "%s; medians of %d rounds of %s in turns; %d conversations in flight, %d sockets\n\n", r.Environment, r.Rounds, r.Each, r.InFlight, r.Sockets)
	fmt.Fprintln(w, "| load | system | durability | a second | least–most | server CPU, µs each | Pronto / it, a second | Pronto / it, CPU |\n|---|---|---|---|---|---|---|---|")
	for _, x := range r.Rows {
		rate := func(f figures) float64 { return f.PerSecond }
		least, most := rate(slices.MinFunc(x.All, byRate)), rate(slices.MaxFunc(x.All, byRate))
		_, err := fmt.Fprintf(w, "| %s | %s | %s | %.0f | %.0f–%.0f | %.1f | %.2f | %.2f |\n",
			x.Load, x.System, x.Durability, x.Median.PerSecond, least, most, x.Median.CPU, x.Ratio, x.CPURatio)
		if err != nil {
			return err
		}
	}
	if file == "" {
		return nil
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(raw, '\n'), 0o600)
}

func byRate(a, b figures) int { return cmp.Compare(a.PerSecond, b.PerSecond) }
