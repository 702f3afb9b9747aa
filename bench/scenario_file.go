package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// maxScenarioBytes bounds a file of a scenario.
const maxScenarioBytes = 1 << 20

// ReadScenario reads a scenario from a YAML file; what it leaves out is as in DefaultScenario, and its name that of the
// file. Unknown fields, values of the wrong kind and impossible values are errors that name the field.
func ReadScenario(file string) (Scenario, error) {
	f, err := os.Open(file)
	if err != nil {
		return Scenario{}, fmt.Errorf("read scenario: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxScenarioBytes+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return Scenario{}, fmt.Errorf("read scenario: %w", err)
	}
	s, err := decodeScenario(raw, filepath.Dir(file), strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario %s: %w", file, err)
	}
	return s, nil
}

// decodeScenario reads and checks a scenario; files that it names are below dir.
func decodeScenario(raw []byte, dir, name string) (Scenario, error) {
	s := DefaultScenario()
	s.Name = name
	if len(raw) > maxScenarioBytes {
		return s, fmt.Errorf("larger than %d bytes", maxScenarioBytes)
	}
	empty, err := checkTimes(raw)
	if err != nil {
		return s, err
	}
	if !empty { // else the decoder would leave nothing of the default
		if err := yaml.NewDecoder(bytes.NewReader(raw), yaml.DisallowUnknownField()).Decode(&s); err != nil {
			return s, shown(err)
		}
	}
	if s.Arrivals.Kind == Replay {
		if err := s.Arrivals.load(dir); err != nil {
			return s, fmt.Errorf("arrivals.file: %w", err)
		}
	}
	return s, s.Check()
}

// shown is an error of the decoder with the line that it is about, and the field in it.
func shown(err error) error { return errors.New(yaml.FormatError(err, false, true)) }

// checkTimes refuses what is no duration, with the field's name, which the decoder does not tell of these.
func checkTimes(raw []byte) (empty bool, err error) {
	var document any
	if err := yaml.Unmarshal(raw, &document); err != nil {
		return false, shown(err)
	}
	if document == nil {
		return true, nil
	}
	var times struct {
		WarmUp    string `yaml:"warm_up"`
		Duration  string
		Drain     string
		OfferTime string `yaml:"offer_time"`
		Arrivals  struct{ Burst, Calm string }
	}
	if err := yaml.Unmarshal(raw, &times); err != nil {
		return false, shown(err)
	}
	var p problems
	for _, f := range [][2]string{
		{"warm_up", times.WarmUp}, {"duration", times.Duration}, {"drain", times.Drain}, {"offer_time", times.OfferTime},
		{"arrivals.burst", times.Arrivals.Burst}, {"arrivals.calm", times.Arrivals.Calm},
	} {
		_, err := time.ParseDuration(f[1])
		p.unless(f[1] == "" || err == nil, f[0], "%q is no duration such as 1.5s or 2m", f[1])
	}
	return false, errors.Join(p...)
}

// load reads the recorded day.
func (c *Curve) load(dir string) error {
	if c.File == "" {
		return errors.New("replay needs one")
	}
	name := c.File
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	day, err := ReadDay(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	c.Day = day
	return nil
}
