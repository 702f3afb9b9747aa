package bench

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"math"
)

//go:embed report.html
var reportPage string

var reportTemplate = template.Must(template.New("report").Parse(reportPage))

// page is a run as the page shows it.
type page struct {
	*Result
	Number, Of int
	Scenario   string // as JSON
	Plots      []plot
}

// HTML writes the report as one page with its plots. It loads nothing: no script, font, picture or style from elsewhere.
func (r *Report) HTML(w io.Writer) error {
	var pages []page
	for i, run := range r.Runs {
		raw, err := json.MarshalIndent(run.Scenario, "", "  ")
		if err != nil {
			return fmt.Errorf("write page: %w", err)
		}
		p := page{Result: run, Number: i + 1, Of: len(r.Runs), Scenario: string(raw)}
		percentiles, err := run.percentilePlot()
		if err != nil {
			return err
		}
		p.Plots = append([]plot{percentiles}, run.timePlots()...)
		pages = append(pages, p)
	}
	if err := reportTemplate.Execute(w, pages); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// nines are the percentiles of the distribution's abscissa, which is the logarithm of the part above.
var nines = []float64{0, 90, 99, 99.9, 99.99, 99.999}

func ninesOf(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

const pointsPerNine = 20

// percentilePlot draws latency over percentile, as HdrHistogram's plotters do.
func (r *Result) percentilePlot() (plot, error) {
	p := plot{Title: "Latency by percentile", X: "percentile", Y: "milliseconds", LogY: true}
	deepest := 0.0
	for _, l := range r.Latencies {
		if l.Count == 0 {
			continue
		}
		h, err := l.histogram()
		if err != nil {
			return p, err
		}
		last := math.Log10(float64(max(l.Count, 2))) // the maximum is the percentile with one value above
		deepest = math.Max(deepest, last)
		one := line{Name: l.Title}
		for i := 0; float64(i)/pointsPerNine < last; i++ {
			x := float64(i) / pointsPerNine
			one.Points = append(one.Points, point{x, milliseconds(h.ValueAtQuantile(100 * (1 - math.Pow(10, -x))))})
		}
		one.Points = append(one.Points, point{last, l.Max})
		p.Lines = append(p.Lines, one)
	}
	for _, n := range nines {
		if at := ninesOf(n); at <= deepest {
			p.Ticks = append(p.Ticks, tick{at, fmt.Sprintf("%g", n)})
		}
	}
	return p, nil
}

// timePlots draw how the measured part went, second by second.
func (r *Result) timePlots() []plot {
	over := func(name string, of func(Second) float64) line {
		l := line{Name: name}
		for _, s := range r.Seconds {
			l.Points = append(l.Points, point{s.At, of(s)})
		}
		return l
	}
	return []plot{
		{Title: "Conversations a second", X: "seconds", Y: "a second", Lines: []line{
			over("arrived", func(s Second) float64 { return float64(s.Arrived) }), over("done", func(s Second) float64 { return float64(s.Done) }),
		}},
		{Title: "Arrival to offer, second by second", X: "seconds", Y: "milliseconds", LogY: true, Lines: []line{
			over("p50", func(s Second) float64 { return s.P50 }), over("p99", func(s Second) float64 { return s.P99 }),
		}},
		{Title: "Open conversations", X: "seconds", Y: "open", Lines: []line{over("open", func(s Second) float64 { return float64(s.Open) })}},
		{Title: "Cores that were kept busy", X: "seconds", Y: "cores", Lines: []line{
			over("by the server", func(s Second) float64 { return s.CPU }), over("by the generator", func(s Second) float64 { return s.Own }),
		}},
	}
}
