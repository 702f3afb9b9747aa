package bench

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Arrivals draws the times at which customers write first, as distances from the start of the run, in order. ok is false
// when nobody comes any more. The times depend on the scenario and its seed alone, never on the server.
type Arrivals interface {
	Next() (at time.Duration, ok bool)
}

// arrivalStream keeps the chance of arrivals apart from that of everything else.
const arrivalStream = 7

// NewArrivals returns the arrivals of an open-loop scenario, which must have passed Check.
func NewArrivals(s Scenario) Arrivals {
	chance := rand.New(rand.NewPCG(s.Seed, arrivalStream))
	a := s.Arrivals
	switch a.Kind {
	case Bursty:
		return newBursty(a, chance)
	case Replay:
		return newReplay(a, chance)
	default:
		return &poisson{rate: a.Rate, chance: chance}
	}
}

// seconds turns a time in seconds into a Duration.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// poisson is a Poisson process: independent exponential gaps.
type poisson struct {
	rate   float64 // a second
	at     float64 // seconds
	chance *rand.Rand
}

func (p *poisson) Next() (time.Duration, bool) {
	p.at += p.chance.ExpFloat64() / p.rate
	return seconds(p.at), true
}

// bursty is a Poisson process whose rate changes between two values; how long each holds is exponential. Over a long time
// the mean is that of the scenario.
type bursty struct {
	rates   [2]float64 // a second: in the calm, in a burst
	lengths [2]float64 // mean seconds
	state   int
	at      float64
	until   float64 // of this state
	chance  *rand.Rand
}

func newBursty(a Curve, chance *rand.Rand) *bursty {
	calm, burst := a.Calm.Seconds(), a.Burst.Seconds()
	b := &bursty{
		rates:   [2]float64{a.Rate * (calm + burst - a.Factor*burst) / calm, a.Rate * a.Factor},
		lengths: [2]float64{calm, burst}, chance: chance,
	}
	if chance.Float64() < burst/(calm+burst) {
		b.state = 1
	}
	b.until = chance.ExpFloat64() * b.lengths[b.state]
	return b
}

// Next may draw anew after a change of the rate, because an exponential gap has no memory.
func (b *bursty) Next() (time.Duration, bool) {
	for {
		gap := math.Inf(1)
		if rate := b.rates[b.state]; rate > 0 {
			gap = b.chance.ExpFloat64() / rate
		}
		if b.at+gap < b.until {
			b.at += gap
			return seconds(b.at), true
		}
		b.at = b.until
		b.state = 1 - b.state
		b.until += b.chance.ExpFloat64() * b.lengths[b.state]
	}
}

// Interval is one row of a recorded day: so many customers wrote between At and the next row.
type Interval struct {
	At       time.Duration `json:"at"` // since the first row
	Length   time.Duration `json:"length"`
	Arrivals int           `json:"arrivals"`
}

// replay repeats a recorded day: each interval has exactly its arrivals, at times drawn evenly over it.
type replay struct {
	rows   []Interval
	curve  Curve
	due    []time.Duration // of the current row, in order
	chance *rand.Rand
}

func newReplay(a Curve, chance *rand.Rand) *replay {
	return &replay{rows: a.Day, curve: a, chance: chance}
}

func (r *replay) Next() (time.Duration, bool) {
	for len(r.due) == 0 {
		if len(r.rows) == 0 {
			return 0, false
		}
		r.draw(r.rows[0])
		r.rows = r.rows[1:]
	}
	at := r.due[0]
	r.due = r.due[1:]
	return at, true
}

func (r *replay) draw(row Interval) {
	exact := float64(row.Arrivals) * r.curve.Scale
	n := int(exact)
	if r.chance.Float64() < exact-float64(n) {
		n++
	}
	for range n {
		in := float64(row.At) + r.chance.Float64()*float64(row.Length)
		r.due = append(r.due, time.Duration(in/r.curve.Speed))
	}
	slices.Sort(r.due)
}

// maxDayRows bounds a recorded day: a row a second.
const maxDayRows = 24 * 60 * 60

// ReadDay reads a recorded day: CSV with the header "time,arrivals", times as HH:MM or HH:MM:SS in rising order, and how
// many customers wrote from then until the next row. The last row lasts as long as the one before it. Errors name the row.
func ReadDay(in io.Reader) ([]Interval, error) {
	rows := csv.NewReader(in)
	rows.FieldsPerRecord = 2
	rows.Comment = '#'
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	if head[0] != "time" || head[1] != "arrivals" {
		return nil, fmt.Errorf("the header is %q, not \"time,arrivals\"", strings.Join(head, ","))
	}
	var day []Interval
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err // names the line
		}
		line, _ := rows.FieldPos(0)
		row, err := dayRow(fields)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if n := len(day); n > 0 && row.At <= day[n-1].At {
			return nil, fmt.Errorf("line %d: time: %s is not after the row before it", line, fields[0])
		}
		if day = append(day, row); len(day) > maxDayRows {
			return nil, fmt.Errorf("line %d: more than %d rows", line, maxDayRows)
		}
	}
	return lengths(day)
}

// lengths gives each row its length, and counts times from the first.
func lengths(day []Interval) ([]Interval, error) {
	if len(day) < 2 {
		return nil, errors.New("a recorded day has two rows at least")
	}
	first, last := day[0].At, len(day)-1
	for i := range day[:last] {
		day[i].Length = day[i+1].At - day[i].At
	}
	day[last].Length = day[last-1].Length
	for i := range day {
		day[i].At -= first
	}
	return day, nil
}

func dayRow(fields []string) (Interval, error) {
	at, err := timeOfDay(fields[0])
	if err != nil {
		return Interval{}, fmt.Errorf("time: %w", err)
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil || n < 0 {
		return Interval{}, fmt.Errorf("arrivals: %q is no count", fields[1])
	}
	return Interval{At: at, Arrivals: n}, nil
}

func timeOfDay(text string) (time.Duration, error) {
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, nil
		}
	}
	return 0, fmt.Errorf("%q is not HH:MM or HH:MM:SS", text)
}
