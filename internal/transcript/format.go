package transcript

import (
	"strconv"
	"strings"
	"time"
)

// at is a moment with its zone, in the reader's.
func (c *composer) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(c.zone).Format(c.words.dateTime)
}

// day is a date in words.
func (c *composer) day(t time.Time) string {
	t = t.In(c.zone)
	var b strings.Builder
	for _, r := range c.words.day {
		switch r {
		case 'W':
			b.WriteString(c.words.weekdays[t.Weekday()])
		case 'M':
			b.WriteString(c.words.months[t.Month()-1])
		case 'Y':
			b.WriteString(strconv.Itoa(t.Year()))
		case 'D':
			b.WriteString(strconv.Itoa(t.Day()))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// size is a number of bytes in the largest unit below it.
func (c *composer) size(bytes int64) string {
	if bytes <= 0 {
		return ""
	}
	units := []string{"B", "KB", "MB", "GB"}
	v, i := float64(bytes), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	digits := 0
	if i > 0 && v < 100 {
		digits = 1
	}
	return strings.Replace(strconv.FormatFloat(v, 'f', digits, 64), ".", c.words.decimal, 1) + " " + units[i]
}

// identities are kinds and values, one on each line.
func (c *composer) identities(list []Identity) string {
	lines := make([]string, len(list))
	for i, id := range list {
		lines[i] = word(c.words.identities, id.Kind) + " " + id.Value
	}
	return strings.Join(lines, "\n")
}

// word is the text of a key; a key without one stands for itself.
func word[K ~string](texts map[K]string, key K) string {
	if text, ok := texts[key]; ok {
		return text
	}
	return string(key)
}

// join puts a dot between the parts that are not empty.
func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, separator)
}

const separator = " · "
