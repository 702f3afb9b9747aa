package transcript

import (
	"strings"

	"pronto/dispatch"
	"pronto/internal/pdf"
)

// tone is how an entry of one kind of author looks.
type tone struct {
	bar, field, name pdf.Color
}

func toneOf(e *Entry) tone {
	switch {
	case e.Note:
		return tone{noteBar, noteTint, noteInk}
	case e.Author.Kind == dispatch.AuthorAgent:
		return tone{ours, oursTint, ours}
	case e.Author.Kind == dispatch.AuthorContact:
		return tone{customer, white, ink}
	}
	return tone{automatic, autoTint, soft}
}

// head is the header of an entry: who on the left, when and how on the right, or below when both do not fit one line.
type head struct {
	who, how []pdf.Line
	beside   bool
}

func (c *composer) head(e *Entry, continued bool) head {
	width := right - left - inset - pad
	who, how := c.who(e, continued), text(" "+c.how(e), metaStyle) // the space keeps them apart for those who hear them
	h := head{who: who.Lines(width), how: how.Lines(width)}
	h.who = h.who[:min(len(h.who), maxHeadLines)]
	h.beside = len(h.who) == 1 && len(h.how) == 1 && h.who[0].Width()+h.how[0].Width()+12 <= width
	return h
}

// maxHeadLines bounds the repetition of names and documents, which are whole among the details.
const maxHeadLines = 10

func (h head) height() float64 {
	n := len(h.who)
	if !h.beside {
		n += len(h.how)
	}
	return float64(n) * valueStyle.Size * leading
}

// draw draws the header at y.
func (h head) draw(c *pdf.Canvas, y float64) {
	step := valueStyle.Size * leading
	for _, l := range h.who {
		c.Text(left+inset, y+ascent(valueStyle.Size), l)
		y += step
	}
	if h.beside {
		c.Text(right-pad-h.how[0].Width(), y-step+ascent(valueStyle.Size), h.how[0])
		return
	}
	for i, l := range h.how {
		outdent := 0.0
		if i == 0 {
			outdent = metaStyle.Size * 0.26 // its space
		}
		c.Text(left+inset-outdent, y+ascent(valueStyle.Size), l)
		y += step
	}
}

// who is name, role, number and documents.
func (c *composer) who(e *Entry, continued bool) pdf.Text {
	name, role := e.Author.Name, word(c.words.roles, e.Author.Kind)
	if e.Note {
		role = join(c.words.note, role)
	}
	id := e.Author.Identity
	if e.Author.Kind == dispatch.AuthorContact {
		if id == "" && len(c.doc.Contact.Identities) > 0 {
			id = c.doc.Contact.Identities[0].Value
		}
		for _, d := range c.doc.Contact.Documents {
			id = join(id, word(c.words.identities, d.Kind)+" "+d.Value)
		}
	}
	var t pdf.Text
	if name == "" {
		name = c.words.unknown
	}
	t.Add(name, pdf.Style{Size: valueStyle.Size, Bold: true, Color: toneOf(e).name})
	t.Add(separator+join(role, id), metaStyle)
	if continued {
		t.Add(separator+c.words.continued, metaStyle)
	}
	return t
}

// how is time, channel, delivery and what was done to it since.
func (c *composer) how(e *Entry) string {
	if e.Note {
		return c.at(e.At)
	}
	delivery := ""
	if e.Delivery != dispatch.DeliveryNone {
		delivery = word(c.words.delivery, e.Delivery)
	}
	if e.Delivery == dispatch.DeliveryFailed && e.Failure != "" {
		delivery += " (" + e.Failure + ")"
	}
	edited := ""
	if !e.Edited.IsZero() {
		edited = c.words.edited + " " + c.at(e.Edited)
	}
	return join(c.at(e.At), c.doc.Channel, delivery, edited)
}

// maxQuote is how much of the answered message is repeated, in characters.
const maxQuote = 160

// flowLine is a line of an entry below its header.
type flowLine struct {
	element *pdf.Element
	line    pdf.Line
	x, size float64
}

func (l flowLine) height() float64 { return l.size * leading }

func heightOf(lines []flowLine) (h float64) {
	for _, l := range lines {
		h += l.height()
	}
	return h
}

// fitting is how many of the lines fit a height, at least one if there are any; a last line is not left alone.
func fitting(lines []flowLine, height float64) int {
	n := 0
	for n < len(lines) && (n == 0 || height >= lines[n].height()) {
		height -= lines[n].height()
		n++
	}
	if n == len(lines)-1 && n > 2 {
		n--
	}
	return n
}

// body are the lines of an entry below its header: what it answers, what it says, its attachments, each an element
// inside art. The elements are closed with finish.
func (c *composer) body(art *pdf.Element, e *Entry) (lines []flowLine, elements []*pdf.Element) {
	add := func(value string, style pdf.Style, x float64) {
		t := text(strings.TrimRight(value, "\r\n"), style)
		if t.Empty() {
			return
		}
		p := art.Open(pdf.RoleText)
		elements = append(elements, p)
		for _, l := range t.Lines(right - pad - x) {
			lines = append(lines, flowLine{element: p, line: l, x: x, size: style.Size})
		}
	}
	if e.Quote != nil {
		add("↩ "+e.Quote.Author+": "+shortened(e.Quote.Text), quoteStyle, left+inset+6)
	}
	if e.Redacted.IsZero() {
		add(e.Text, textStyle, left+inset)
	} else {
		add(join(c.words.redacted, c.at(e.Redacted)), quoteStyle, left+inset)
	}
	for _, a := range e.Attachments {
		add("📎 "+join(a.Name, a.Type, c.size(a.Size)), quoteStyle, left+inset)
	}
	return lines, elements
}

func shortened(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxQuote {
		return string(r[:maxQuote]) + "…"
	}
	return s
}

// entry writes one entry. Its header keeps two lines of what it says on its page; on each further page the header is
// repeated, as no part of the text.
func (c *composer) entry(parent *pdf.Element, e *Entry) {
	s := &c.sheet
	art := parent.Open(pdf.RoleArticle)
	header := art.Open(pdf.RoleMessage)
	lines, elements := c.body(art, e)
	h := c.head(e, false)
	s.room(2*pad + h.height() + heightOf(lines[:min(2, len(lines))]))
	for first := true; ; first = false {
		n := fitting(lines, bottom-s.y-h.height()-2*pad)
		height := 2*pad + h.height() + heightOf(lines[:n])
		c.field(e, height)
		y := s.y + pad
		if first {
			s.doc.Draw(header, func(canvas *pdf.Canvas) { h.draw(canvas, y) })
		} else {
			s.doc.Artifact(func(canvas *pdf.Canvas) { h.draw(canvas, y) })
		}
		y += h.height()
		for _, l := range lines[:n] {
			s.doc.Draw(l.element, func(canvas *pdf.Canvas) { canvas.Text(l.x, y+ascent(l.size), l.line) })
			y += l.height()
		}
		s.y += height + entryGap
		if lines = lines[n:]; len(lines) == 0 {
			break
		}
		s.begin()
		h = c.head(e, true)
	}
	for _, p := range append(elements, header, art) {
		p.Close()
	}
}

// field draws the ground of an entry and the bar on its left.
func (c *composer) field(e *Entry, height float64) {
	look, y := toneOf(e), c.sheet.y
	c.sheet.doc.Artifact(func(c *pdf.Canvas) {
		if look.field != white {
			c.Rect(left+bar, y, right-left-bar, height, look.field)
		}
		c.Rect(left, y, bar, height, look.bar)
	})
}
