package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Comparison is how the runs of one report differ from those of another one.
type Comparison struct {
	RunsA  int      `json:"runs_a"`
	RunsB  int      `json:"runs_b"`
	Ratios []Ratio  `json:"ratios"`
	Notes  []string `json:"notes,omitempty"` // what makes the two hard to compare
}

// Ratio is one metric of B over that of A. Both are geometric means over the runs. The interval is where the true ratio
// lies with 95 % confidence, by Welch's t-test on the logarithms; it needs two runs on each side.
type Ratio struct {
	Metric string   `json:"metric"`
	Higher bool     `json:"higher_is_better"`
	A      float64  `json:"a"`
	B      float64  `json:"b"`
	Ratio  float64  `json:"ratio"`
	Low    *float64 `json:"low,omitempty"`
	High   *float64 `json:"high,omitempty"`
}

// Compare compares the metrics that every run of both has, above 0. It refuses reports of different scenarios.
func Compare(a, b *Report) (*Comparison, error) {
	c := &Comparison{RunsA: len(a.Runs), RunsB: len(b.Runs)}
	if err := sameLoad(a.Runs[0].Scenario, append(slices.Clone(a.Runs), b.Runs...)); err != nil {
		return nil, err
	}
	c.Notes = notes(a, b)
	for _, m := range a.Runs[0].Metrics() {
		va, okA := values(a, m.Name)
		vb, okB := values(b, m.Name)
		if okA && okB {
			c.Ratios = append(c.Ratios, ratio(m, va, vb))
		}
	}
	return c, nil
}

// sameLoad refuses runs whose load differs; seed, thresholds and what is checked may.
func sameLoad(want Scenario, runs []*Result) error {
	load := func(s Scenario) string {
		s.Name, s.Seed, s.Thresholds, s.CheckMessages, s.Drain = "", 0, nil, 0, 0
		if s.Customers.Channel != Web { // reports of before this field have none of it
			s.Customers = Customers{}
		}
		raw, err := json.Marshal(s)
		if err != nil {
			return err.Error()
		}
		return string(raw)
	}
	for _, r := range runs {
		if load(r.Scenario) != load(want) {
			return fmt.Errorf("the reports are of different loads:\n%s\n%s", load(want), load(r.Scenario))
		}
	}
	return nil
}

func notes(a, b *Report) []string {
	var out []string
	ea, eb := a.Runs[0].Environment, b.Runs[0].Environment
	if ea.OS != eb.OS || ea.CPU != eb.CPU || ea.Cores != eb.Cores || ea.FileSystem != eb.FileSystem {
		out = append(out, "the machines differ: absolute figures do not travel between machines")
	}
	if ea.SyncRate > 0 && eb.SyncRate > 0 && math.Abs(math.Log(ea.SyncRate/eb.SyncRate)) > math.Log(1.25) {
		out = append(out, fmt.Sprintf("the disks synced %.0f and %.0f times a second: more than 25 %% apart", ea.SyncRate, eb.SyncRate))
	}
	if len(a.Runs) < 2 || len(b.Runs) < 2 {
		out = append(out, "one run on a side says nothing about chance: use --runs, or --append in turns")
	}
	return out
}

// values collects a metric over the runs; ok is false where one lacks it or has it at 0.
func values(r *Report, name string) (out []float64, ok bool) {
	for _, run := range r.Runs {
		metrics := run.Metrics()
		i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
		if i < 0 || metrics[i].Value <= 0 {
			return nil, false
		}
		out = append(out, metrics[i].Value)
	}
	return out, true
}

func ratio(m Metric, a, b []float64) Ratio {
	ma, va := logMoments(a)
	mb, vb := logMoments(b)
	r := Ratio{Metric: m.Name, Higher: m.Higher, A: math.Exp(ma), B: math.Exp(mb), Ratio: math.Exp(mb - ma)}
	if len(a) < 2 || len(b) < 2 {
		return r
	}
	na, nb := float64(len(a)), float64(len(b))
	ea, eb := va/na, vb/nb
	wide := 0.0
	if ea+eb > 0 { // else all runs of a side are the same
		freedom := (ea + eb) * (ea + eb) / (ea*ea/(na-1) + eb*eb/(nb-1))
		wide = student(freedom) * math.Sqrt(ea+eb)
	}
	low, high := math.Exp(mb-ma-wide), math.Exp(mb-ma+wide)
	r.Low, r.High = &low, &high
	return r
}

// logMoments are mean and sample variance of the logarithms.
func logMoments(v []float64) (mean, variance float64) {
	for _, x := range v {
		mean += math.Log(x) / float64(len(v))
	}
	if len(v) < 2 {
		return mean, 0
	}
	for _, x := range v {
		variance += (math.Log(x) - mean) * (math.Log(x) - mean) / float64(len(v)-1)
	}
	return mean, variance
}

// student975 are the 97.5 % quantiles of Student's t with 1, 2, 3 … degrees of freedom.
var student975 = []float64{
	12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
	2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
}

// student is the quantile for so many degrees of freedom, rounded down: the interval is never too narrow.
func student(freedom float64) float64 {
	i := int(math.Max(1, freedom)) - 1
	return student975[min(i, len(student975)-1)]
}

// certain says whether the interval is wholly on one side of 1.
func (r Ratio) certain() bool { return r.Low != nil && (*r.Low > 1 || *r.High < 1) }

// WorseBy says whether B is worse than A by more than a part, wherever in the interval the truth lies.
func (r Ratio) WorseBy(part float64) bool {
	switch {
	case r.Low == nil:
		return false
	case r.Higher:
		return *r.High < 1-part
	default:
		return *r.Low > 1+part
	}
}

// Interval is "0.93 (0.88 to 0.99)".
func (r Ratio) Interval() string {
	if r.Low == nil {
		return fmt.Sprintf("%.3f", r.Ratio)
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", r.Ratio, *r.Low, *r.High)
}

func (r Ratio) verdict() string {
	switch {
	case r.Low == nil:
		return "?"
	case !r.certain():
		return "no difference seen"
	case r.Higher == (r.Ratio > 1):
		return "better"
	default:
		return "worse"
	}
}

// Text writes the comparison for people.
func (c *Comparison) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "A: %d runs, B: %d runs; geometric means, B/A with 95 %% confidence\n", c.RunsA, c.RunsB)
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	fmt.Fprintf(&b, "%-34s %12s %12s  %-26s\n", "metric", "A", "B", "B/A")
	for _, r := range c.Ratios {
		fmt.Fprintf(&b, "%-34s %12.5g %12.5g  %-26s %s\n", r.Metric, r.A, r.B, r.Interval(), r.verdict())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Write writes the comparison as JSON.
func (c *Comparison) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}
