package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Threshold is a bound of one metric; see Metrics for the names.
type Threshold struct {
	Metric string   `json:"metric" yaml:"metric"`
	Max    *float64 `json:"max,omitempty" yaml:"max"`
	Min    *float64 `json:"min,omitempty" yaml:"min"`
}

// Verdict is a threshold with what was measured.
type Verdict struct {
	Threshold
	Value float64 `json:"value"`
	Met   bool    `json:"met"`
}

// String is "metric 1.23, at most 1: missed".
func (v Verdict) String() string {
	var bounds []string
	if v.Min != nil {
		bounds = append(bounds, fmt.Sprintf("at least %g", *v.Min))
	}
	if v.Max != nil {
		bounds = append(bounds, fmt.Sprintf("at most %g", *v.Max))
	}
	word := "met"
	if !v.Met {
		word = "missed"
	}
	return fmt.Sprintf("%s %.4g, %s: %s", v.Metric, v.Value, strings.Join(bounds, " and "), word)
}

func (t Threshold) check(p *problems, field string) {
	p.unless(knownMetric(t.Metric), field+".metric", "%q is none of %s", t.Metric, strings.Join(metricNames(), ", "))
	p.unless(t.Max != nil || t.Min != nil, field, "it needs max or min")
	p.unless(t.Max == nil || !math.IsNaN(*t.Max), field+".max", "it is not a number")
	p.unless(t.Min == nil || !math.IsNaN(*t.Min), field+".min", "it is not a number")
}

// judge compares the result with the scenario's thresholds. A metric that was not measured misses its threshold.
func (r *Result) judge() {
	metrics := r.Metrics()
	r.Verdicts = nil
	for _, t := range r.Scenario.Thresholds {
		v := Verdict{Threshold: t}
		i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == t.Metric })
		if i >= 0 {
			v.Value = metrics[i].Value
			v.Met = (t.Max == nil || v.Value <= *t.Max) && (t.Min == nil || v.Value >= *t.Min)
		}
		r.Verdicts = append(r.Verdicts, v)
	}
}

// Missed lists the thresholds that were not met.
func (r *Result) Missed() []Verdict {
	return slices.DeleteFunc(slices.Clone(r.Verdicts), func(v Verdict) bool { return v.Met })
}
