package bench

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// longest is the largest latency that a histogram tells apart; longer ones count as it.
const longest = 10 * time.Minute

const digits = 3 // significant

func newHDR() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, longest.Microseconds(), digits)
}

// histogram is an HdrHistogram of microseconds, safe for concurrent use.
type histogram struct {
	name, title string

	mu     sync.Mutex
	all    *hdrhistogram.Histogram
	second *hdrhistogram.Histogram // since the last call of lap
}

func (h *histogram) record(d time.Duration) {
	v := min(max(1, d.Microseconds()), longest.Microseconds())
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.all.RecordValue(v) // within bounds: never fails
	_ = h.second.RecordValue(v)
}

// lap returns median and 99th percentile in milliseconds since the last lap; 0 when nothing was recorded.
func (h *histogram) lap() (p50, p99 float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.second.Reset()
	return milliseconds(h.second.ValueAtQuantile(50)), milliseconds(h.second.ValueAtQuantile(99))
}

func milliseconds(micros int64) float64 { return float64(micros) / 1000 }

// Latency is one histogram: its figures in milliseconds and all of it, in the compressed format of HdrHistogram (V2,
// base64), of microseconds.
type Latency struct {
	Name  string  `json:"name"`
	Title string  `json:"title"`
	Count int64   `json:"count"`
	Mean  float64 `json:"mean_ms"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p999_ms"`
	Max   float64 `json:"max_ms"`
	HDR   string  `json:"hdr"`
}

func (h *histogram) latency() (Latency, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ms := func(q float64) float64 { return milliseconds(h.all.ValueAtQuantile(q)) }
	raw, err := h.all.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return Latency{}, fmt.Errorf("encode histogram %s: %w", h.name, err)
	}
	return Latency{
		Name: h.name, Title: h.title, Count: h.all.TotalCount(), Mean: h.all.Mean() / 1000,
		P50: ms(50), P90: ms(90), P99: ms(99), P999: ms(99.9), Max: milliseconds(h.all.Max()), HDR: string(raw),
	}, nil
}

// histogram decodes HDR.
func (l Latency) histogram() (*hdrhistogram.Histogram, error) {
	h, err := hdrhistogram.Decode([]byte(l.HDR))
	if err != nil {
		return nil, fmt.Errorf("decode histogram %s: %w", l.Name, err)
	}
	return h, nil
}

// HGRM writes the percentile distribution as HdrHistogram's plotters read it, in milliseconds.
func (l Latency) HGRM(w io.Writer) error {
	h, err := l.histogram()
	if err != nil {
		return err
	}
	var out bytes.Buffer // the library's writer drops errors of w
	if _, err := h.PercentilesPrint(&out, 5, 1000); err != nil {
		return fmt.Errorf("write histogram %s: %w", l.Name, err)
	}
	_, err = out.WriteTo(w)
	return err
}
