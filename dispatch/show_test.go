package dispatch

import (
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"
)

// t0 is when every test world begins.
var t0 = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// printer shows messages, records and events in one readable line each: zero fields are left out, times are relative to
// t0, and offers made by queues are called o1, o2 … in order of appearance.
type printer struct {
	offers map[OfferID]string
	why    bool // decisions too
}

func newPrinter() *printer { return &printer{offers: map[OfferID]string{}} }

func (p *printer) offer(id OfferID) string {
	if !strings.HasPrefix(string(id), "off_") {
		return string(id)
	}
	if p.offers[id] == "" {
		p.offers[id] = fmt.Sprintf("o%d", len(p.offers)+1)
	}
	return p.offers[id]
}

func since(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return "+" + t.Sub(t0).String()
}

// show prints v with its type's name.
func (p *printer) show(v any) string {
	if e, ok := v.(*Error); ok {
		return strings.TrimSuffix(fmt.Sprintf("%s (%s) %s", e.Code, e.Message, e.Detail), " ")
	}
	rv := reflect.ValueOf(v)
	return rv.Type().Name() + p.value(rv)
}

func (p *printer) value(v reflect.Value) string {
	if v.CanInterface() {
		if s, ok := p.short(v.Interface()); ok {
			return s
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return p.value(v.Elem())
	case reflect.Interface:
		return p.show(v.Elem().Interface())
	case reflect.Struct:
		return p.fields(v)
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = p.value(v.Index(i))
			if v.Index(i).Kind() == reflect.Interface {
				parts[i] = p.show(v.Index(i).Interface())
			}
		}
		return "[" + strings.Join(parts, " ") + "]"
	default:
		return fmt.Sprint(v.Interface())
	}
}

func (p *printer) fields(v reflect.Value) string {
	var parts []string
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous || v.Field(i).IsZero() || f.Type == reflect.TypeFor[*Decision]() && !p.why {
			continue
		}
		parts = append(parts, strings.ToLower(f.Name)+":"+p.value(v.Field(i)))
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// short is how values that are big or opaque look.
func (p *printer) short(v any) (string, bool) {
	switch v := v.(type) {
	case time.Time:
		return since(v), true
	case OfferID:
		return p.offer(v), true
	case Head:
		return p.head(v), true
	case Offer:
		return p.wholeOffer(v), true
	case *Decision:
		return v.short(), true
	case Chat:
		return fmt.Sprintf("#%d %s %q%s", v.Seq, v.Author.Kind, v.Text, optional(" ", string(v.Delivery))), true
	case Ticket:
		return p.ticket(v), true
	case Author:
		return string(v.Kind), true
	case Availability:
		return fmt.Sprintf("<%s free=%d load=%d idle=%s%s%s>", v.Agent, v.Free, v.Load, since(v.IdleSince), number(" tier=", v.Tier), number(" share=", v.Share)), true
	case *Error:
		return p.show(v), true
	}
	return "", false
}

func number(before string, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(before, n)
}

func optional(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

// short is a decision in one line.
func (d *Decision) short() string {
	var parts []string
	for _, c := range d.Candidates {
		parts = append(parts, fmt.Sprint(c.Agent, ":", c.Why))
	}
	for _, n := range d.Counts {
		parts = append(parts, fmt.Sprint(n.N, "×", n.Why))
	}
	return "<" + strings.Join(parts, " ") + number(" unseen=", d.Unseen) + d.Pick.short() + ">"
}

func (s *PickSight) short() string {
	if s == nil {
		return ""
	}
	return fmt.Sprint(" place=", s.Position) + number(" passed=", s.Passed) + optional(" first=", string(s.First))
}

func (p *printer) head(h Head) string {
	s := fmt.Sprintf("<%s %s v%d %s", h.ID, h.State, h.Version, h.Queue)
	s += optional(" owner=", string(h.Owner))
	if h.OnHold {
		s += " hold"
	}
	if h.Transfer != nil {
		s += " transfer→" + string(h.Transfer.To)
	}
	return s + fmt.Sprintf(" seq=%d unread=%d>", h.LastSeq, h.Unread)
}

func (p *printer) wholeOffer(o Offer) string {
	s := fmt.Sprintf("<%s %s→%s %s until=%s attempt=%d", p.offer(o.ID), o.Conversation, o.Agent, o.Kind, since(o.ExpiresAt), o.Attempt)
	if o.Returned {
		s += " returned"
	}
	for _, r := range o.Relaxed {
		s += fmt.Sprintf(" %s%s%s%s", r.Action, optional(":", string(r.Skill)), number("≥", r.Level), number("≤", r.Tier))
	}
	return s + optional(" from=", string(o.From)) + optional(" note=", o.Note) + ">"
}

func (p *printer) ticket(t Ticket) string {
	s := fmt.Sprintf("<%s v%d %s since=%s", t.Conversation, t.Version, t.Queue, since(t.EnqueuedAt))
	if t.Priority != 0 {
		s += fmt.Sprintf(" priority=%d", t.Priority)
	}
	if !t.Since.Equal(t.EnqueuedAt) {
		s += " here=" + since(t.Since)
	}
	if len(t.Excluded) > 0 {
		s += fmt.Sprintf(" excluded=%v relax=%s", t.Excluded, since(t.RelaxAt))
	}
	if t.Top {
		s += " top"
	}
	if len(t.Spent) > 0 {
		s += fmt.Sprintf(" spent=%v", t.Spent)
	}
	return s + optional(" preferred=", string(t.Preferred)) + ">"
}

// dump renders everything a value holds, unexported fields too, so that equal dumps mean equal states.
func dump(v any) string {
	var b strings.Builder
	dumpValue(&b, reflect.ValueOf(v), map[uintptr]bool{})
	return b.String()
}

var timeType = reflect.TypeFor[time.Time]()

func dumpValue(b *strings.Builder, v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			b.WriteString("~")
			return
		}
		seen[v.Pointer()] = true
		dumpValue(b, v.Elem(), seen)
		delete(seen, v.Pointer())
	case reflect.Interface:
		if !v.IsNil() {
			b.WriteString(v.Elem().Type().String())
			dumpValue(b, v.Elem(), seen)
		}
	case reflect.Struct:
		if v.Type() == timeType {
			fmt.Fprintf(b, "%d.%d", v.Field(1).Int(), v.Field(0).Uint())
			return
		}
		b.WriteString("{")
		for i := range v.NumField() {
			b.WriteString(v.Type().Field(i).Name + ":")
			dumpValue(b, v.Field(i), seen)
			b.WriteString(" ")
		}
		b.WriteString("}")
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			dumpValue(b, v.Index(i), seen)
			b.WriteString(" ")
		}
		b.WriteString("]")
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
		for _, k := range keys {
			b.WriteString(k.String() + "=")
			dumpValue(b, v.MapIndex(k), seen)
			b.WriteString(" ")
		}
	case reflect.Func:
	default:
		fmt.Fprint(b, v)
	}
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}
