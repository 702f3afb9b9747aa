package bench

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// plot is a line chart as inline SVG. Its ordinate begins at 0, or is logarithmic.
type plot struct {
	Title, X, Y string
	Lines       []line
	LogY        bool
	Ticks       []tick // of the abscissa; drawn from the values where empty
}

type line struct {
	Name   string
	Points []point
}

type point struct{ X, Y float64 }

type tick struct {
	At   float64
	Text string
}

const (
	plotWidth  = 720.0
	plotHeight = 260.0
	leftEdge   = 64.0
	rightEdge  = 12.0
	topEdge    = 12.0
	bottomEdge = 40.0
)

// palette is told apart with deficient colour vision too (Okabe and Ito), and dashes repeat it.
var palette = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8a6d00"}

// frame maps values to places.
type frame struct {
	minX, maxX, minY, maxY float64
	log                    bool
}

func (p plot) frame() frame {
	f := frame{minX: math.Inf(1), maxX: math.Inf(-1), minY: math.Inf(1), maxY: math.Inf(-1), log: p.LogY}
	for _, l := range p.Lines {
		for _, v := range l.Points {
			f.minX, f.maxX = math.Min(f.minX, v.X), math.Max(f.maxX, v.X)
			f.maxY = math.Max(f.maxY, v.Y)
			if !p.LogY || v.Y > 0 {
				f.minY = math.Min(f.minY, v.Y)
			}
		}
	}
	if math.IsInf(f.minX, 1) { // nothing to draw
		return frame{maxX: 1, minY: 1, maxY: 10, log: p.LogY}
	}
	if len(p.Ticks) == 0 {
		f.minX = math.Min(0, f.minX)
	}
	if f.maxX == f.minX {
		f.maxX++
	}
	if p.LogY {
		if math.IsInf(f.minY, 1) {
			f.minY, f.maxY = 1, 10
		}
		f.minY, f.maxY = math.Pow(10, math.Floor(math.Log10(f.minY))), math.Pow(10, math.Ceil(math.Log10(f.maxY)))
		if f.minY == f.maxY {
			f.maxY *= 10
		}
		return f
	}
	f.minY = 0
	f.maxY = ceiling(math.Max(f.maxY, 1e-9))
	return f
}

// ceiling is the next larger of 1, 2, 5, 10, 20 … times a power of ten.
func ceiling(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*power {
			return m * power
		}
	}
	return 10 * power
}

func (f frame) x(v float64) float64 {
	return leftEdge + (v-f.minX)/(f.maxX-f.minX)*(plotWidth-leftEdge-rightEdge)
}

func (f frame) y(v float64) float64 {
	part := (v - f.minY) / (f.maxY - f.minY)
	if f.log {
		part = math.Log(math.Max(v, f.minY)/f.minY) / math.Log(f.maxY/f.minY)
	}
	return plotHeight - bottomEdge - part*(plotHeight-topEdge-bottomEdge)
}

// yTicks are powers of ten, or fifths.
func (f frame) yTicks() []float64 {
	var out []float64
	if f.log {
		for v := f.minY; v <= f.maxY*1.0001; v *= 10 {
			out = append(out, v)
		}
		return out
	}
	for i := range 6 {
		out = append(out, f.maxY*float64(i)/5)
	}
	return out
}

// SVG draws the chart. Names are escaped.
func (p plot) SVG() template.HTML {
	f := p.frame()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, plotWidth, plotHeight, template.HTMLEscapeString(p.Title))
	for _, v := range f.yTicks() {
		y := f.y(v)
		fmt.Fprintf(&b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text x="%g" y="%.1f" text-anchor="end">%.4g</text>`,
			leftEdge, plotWidth-rightEdge, y, y, leftEdge-6, y+4, v)
	}
	for _, t := range p.ticks(f) {
		x := f.x(t.At)
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/><text x="%.1f" y="%g" text-anchor="middle">%s</text>`,
			x, x, topEdge, plotHeight-bottomEdge, x, plotHeight-bottomEdge+15, template.HTMLEscapeString(t.Text))
	}
	for i, l := range p.Lines {
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="1.6"%s points="`, palette[i%len(palette)], dash(i))
		for _, v := range l.Points {
			fmt.Fprintf(&b, "%.1f,%.1f ", f.x(v.X), f.y(v.Y))
		}
		b.WriteString(`"/>`)
	}
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="end">%s</text>`, plotWidth-rightEdge, plotHeight-6, template.HTMLEscapeString(p.X))
	fmt.Fprintf(&b, `<text x="%g" y="%g">%s</text></svg>`, 4.0, plotHeight-6, template.HTMLEscapeString(p.Y))
	return template.HTML(b.String()) //nolint:gosec // every text in it is escaped
}

func (p plot) ticks(f frame) []tick {
	if len(p.Ticks) > 0 {
		return p.Ticks
	}
	var out []tick
	step := ceiling((f.maxX - f.minX) / 8)
	for v := f.minX; v <= f.maxX; v += step {
		out = append(out, tick{v, fmt.Sprintf("%.4g", v)})
	}
	return out
}

func dash(i int) string {
	if i < 4 {
		return ""
	}
	return ` stroke-dasharray="5 3"`
}

// Legend is the colours with their names.
func (p plot) Legend() template.HTML {
	var b strings.Builder
	for i, l := range p.Lines {
		fmt.Fprintf(&b, `<span><svg viewBox="0 0 20 8" width="20" height="8"><line x1="0" x2="20" y1="4" y2="4" stroke="%s" stroke-width="2"%s/></svg> %s</span> `,
			palette[i%len(palette)], dash(i), template.HTMLEscapeString(l.Name))
	}
	return template.HTML(b.String()) //nolint:gosec // every text in it is escaped
}
