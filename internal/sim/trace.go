package sim

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"pronto/dispatch"
)

// Violation is a broken invariant.
type Violation struct {
	Seed      uint64
	Step      int
	At        time.Time
	Invariant string // "I4", "I19", "panic" …
	Entity    dispatch.Address
	Text      string
	Trace     string // the last events of the entity, one a line
}

func (v *Violation) Error() string {
	return fmt.Sprintf("seed %d step %d %s: %s broken by %s %s: %s\n%s(replay with PRONTO_SIM_SEED=%d)",
		v.Seed, v.Step, v.At.Format("15:04:05.000000"), v.Invariant, v.Entity.Kind, v.Entity.ID, v.Text, v.Trace, v.Seed)
}

// fail ends the simulation: nothing after a broken invariant means anything.
func (s *Sim) fail(invariant string, who dispatch.Address, format string, args ...any) {
	panic(&Violation{
		Seed: s.p.Seed, Step: s.step, At: s.now, Invariant: invariant, Entity: who,
		Text: fmt.Sprintf(format, args...), Trace: s.traceOf(who),
	})
}

type noteKind byte

const (
	noteStep noteKind = iota
	noteSent
	noteLost
	noteRecord
	noteEvent
	noteRefused
	noteCrash
	noteLoaded
	noteOther
)

var noteNames = [...]string{"gets", "sends", "LOST", "record", "shows", "refuses", "CRASH", "loaded", "note"}

// note is one line of a trace, kept unformatted.
type note struct {
	step int
	at   int64
	kind noteKind
	what any
	n    uint64
}

const keptNotes = 64

// ring keeps the last notes of one entity.
type ring struct {
	notes [keptNotes]note
	n     int
}

// trace notes something about an entity and folds it into the hash of the run.
func (s *Sim) trace(who dispatch.Address, kind noteKind, what any, n uint64) {
	s.hash = (s.hash ^ uint64(kind) ^ n<<8 ^ uint64(s.clock)) * 0x100000001b3
	for i := 0; i < len(who.ID); i++ {
		s.hash = (s.hash ^ uint64(who.ID[i])) * 0x100000001b3
	}
	r := s.rings[who]
	if r == nil {
		r = &ring{}
		s.rings[who] = r
	}
	m := note{step: s.step, at: s.clock, kind: kind, what: what, n: n}
	r.notes[r.n%keptNotes] = m
	r.n++
	if s.p.Saw != nil {
		s.saw(kind, what)
	}
	if s.p.Print {
		fmt.Println(who.Kind, who.ID, m.String())
	}
}

// saw counts what happens, so that a test can tell a simulation in which nothing does.
func (s *Sim) saw(kind noteKind, what any) {
	switch w := what.(type) {
	case string:
		s.p.Saw(w)
	case *dispatch.Error:
		s.p.Saw(string(w.Code))
	case dispatch.Answer:
		if w.Err != nil {
			s.p.Saw(string(w.Err.Code))
		}
	case nil:
		s.p.Saw(noteNames[kind])
	default:
		if kind == noteRecord || kind == noteEvent {
			s.p.Saw(nameOf(w))
		}
	}
}

func (m note) String() string {
	text := ""
	switch w := m.what.(type) {
	case nil:
	case string:
		text = w
	case error:
		text = w.Error()
	default:
		text = show(w)
	}
	return fmt.Sprintf("%6d %s %-7s %s", m.step, epoch.Add(time.Duration(m.at)).Format("15:04:05.000000"), noteNames[m.kind], clip(text))
}

func clip(text string) string {
	if len(text) > 260 {
		return text[:260] + "…"
	}
	return text
}

// show prints a message without the empty fields.
func show(v any) string {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Struct {
		return fmt.Sprintf("%v", v)
	}
	if t, ok := v.(time.Time); ok {
		return t.Format("15:04:05.000")
	}
	var b strings.Builder
	b.WriteString(rv.Type().Name())
	b.WriteByte('{')
	first := true
	for i := range rv.NumField() {
		f := rv.Type().Field(i)
		if !f.IsExported() || rv.Field(i).IsZero() || f.Anonymous {
			continue
		}
		if !first {
			b.WriteByte(' ')
		}
		first = false
		fmt.Fprintf(&b, "%s:%s", f.Name, showField(rv.Field(i)))
	}
	b.WriteByte('}')
	return b.String()
}

func showField(v reflect.Value) string {
	for (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() == reflect.Struct && v.CanInterface() {
		return show(v.Interface())
	}
	if v.CanInterface() {
		return fmt.Sprintf("%v", v.Interface())
	}
	return "…"
}

func (s *Sim) traceOf(who dispatch.Address) string {
	r := s.rings[who]
	if r == nil {
		return ""
	}
	var b strings.Builder
	for i := max(0, r.n-keptNotes); i < r.n; i++ {
		fmt.Fprintln(&b, r.notes[i%keptNotes].String())
	}
	return b.String()
}
